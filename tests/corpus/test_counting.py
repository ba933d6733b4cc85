"""Estimates of tokens against what providers counted. The figures are printed; run with `-s` to see them."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path
from statistics import median, quantiles

import pytest

from dragoman.adapt.counting.ruler import find_ruler
from dragoman.model.request import ProviderTool
from tests.corpus.exchanges import DEFAULT
from tools.recorded import DIALECT_NAMES, Recorded, read_recorded

pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def recorded() -> list[Recorded]:
    path = Path(os.environ.get("DRAGOMAN_CORPUS", DEFAULT))
    if not path.exists():
        pytest.skip(f"no recorded exchanges at {path.name}; set DRAGOMAN_CORPUS")
    return list(read_recorded(path))


def find_error(one: Recorded) -> float:
    return abs(find_ruler(one.model).count_request(one.request) / one.tokens - 1)


def test_half_of_all_requests_are_estimated_within_five_percent(recorded: list[Recorded]) -> None:
    errors: dict[str, list[float]] = defaultdict(list)
    for one in recorded:
        error = find_error(one)
        for name in (one.dialect, "all", "text alone" if one.is_whole else "with media, files and providers' tools"):
            errors[name].append(error)
    for name, listed in errors.items():
        print(f"{name}: {len(listed)}, median {median(listed):.1%}, p75 {quantiles(listed, n=4)[2]:.1%},", end=" ")
        print(f"p90 {quantiles(listed, n=10)[8]:.1%}")
    for name in (*DIALECT_NAMES, "all", "text alone"):
        assert median(errors[name]) <= 0.05, name
    assert quantiles(errors["text alone"], n=4)[2] <= 0.10
    assert len(errors["all"]) > 2_500


def test_tools_that_makers_describe_are_counted_where_the_caller_runs_them(recorded: list[Recorded]) -> None:
    mine = ("bash_", "text_editor_", "computer_")
    errors = [
        find_error(one)
        for one in recorded
        if any(isinstance(tool, ProviderTool) and tool.kind.startswith(mine) for tool in one.request.tools or ())
    ]
    print(f"makers' tools: {len(errors)}, median {median(errors):.1%}, worst {max(errors):.1%}")
    assert len(errors) >= 8
    assert median(errors) <= 0.05
    assert max(errors) <= 0.15


def test_long_texts_are_nearer_than_short_ones(recorded: list[Recorded]) -> None:
    """What fitting leans on: where a request is long, most of it is text."""
    errors = [find_error(one) for one in recorded if one.is_whole and one.tokens > 1_000]
    print(f"over 1000 tokens: {len(errors)}, median {median(errors):.1%}, p90 {quantiles(errors, n=10)[8]:.1%}")
    assert median(errors) <= 0.05


def test_half_of_all_answers_are_estimated_within_ten_percent(recorded: list[Recorded]) -> None:
    """Many are a few words long, and some providers count hidden thoughts among them."""
    errors = [abs(find_ruler(one.model).count_answer(one.answer) / one.output - 1) for one in recorded if one.output]
    print(f"answers: {len(errors)}, median {median(errors):.1%}, p90 {quantiles(errors, n=10)[8]:.1%}")
    assert median(errors) <= 0.10
