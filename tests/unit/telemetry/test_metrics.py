"""The table of series keeps to the conventions of Prometheus, and the page about it tells the truth."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dragoman.telemetry.metrics import FAMILIES, Family, Histogram

PAGE = Path(__file__).resolve().parents[3] / "docs" / "metrics.md"
UNITS = {1_000_000: "_seconds", 1_000_000_000: "_dollars"}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_name_tells_the_kind_and_the_unit(family: Family) -> None:
    assert re.fullmatch(r"dragoman_[a-z_]+", family.name)
    assert family.name.endswith("_total") == (family.kind == "counter")
    assert family.name.removesuffix("_total").endswith(UNITS.get(family.scale, ""))
    assert all(re.fullmatch(r"[a-z]+", label) and label != "le" for label in family.labels)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_meaning_needs_no_escapes(family: Family) -> None:
    assert not set('\\"\n|') & set(family.meaning)
    assert family.meaning.endswith(".")


def test_only_histograms_have_bounds_and_they_rise() -> None:
    for family in FAMILIES:
        assert bool(family.bounds) == (family.kind == "histogram")
        assert list(family.bounds) == sorted(set(family.bounds))


def test_no_name_is_used_twice() -> None:
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)


def test_the_documentation_has_a_row_for_each_in_their_order() -> None:
    told = re.findall(r"^\| `(dragoman_[a-z_]+)` \| (\w+) \| (.*?) \| (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    labels = [", ".join(f"`{label}`" for label in family.labels) or "–" for family in FAMILIES]
    assert told == [
        (family.name, family.kind, named, family.meaning) for family, named in zip(FAMILIES, labels, strict=True)
    ]


def test_a_histogram_has_a_bucket_more_than_bounds() -> None:
    histogram = Histogram((1, 2))
    histogram.buckets[-1] += 1
    assert (histogram.buckets, repr(histogram)) == ([0, 0, 1], "<Histogram of 1>")
