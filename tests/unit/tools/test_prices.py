"""From the shapes of the price package, stood in for by plain objects, to what the catalogue reads."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from types import SimpleNamespace as Shape
from typing import Any

import pytest

from dragoman.catalog.prices import PRICES_PATH, load_prices
from tools import prices
from tools.prices import compile_clause, compile_match, compile_models, compile_prices, write_file

FLAT = Shape(input_mtok=Decimal(1), output_mtok=Decimal(2))


def tiered(base: int, *tiers: tuple[int, int]) -> Any:
    return Shape(base=Decimal(base), tiers=[Shape(start=start, price=Decimal(price)) for start, price in tiers])


@pytest.mark.parametrize(
    ("clause", "fitting", "other"),
    [
        (Shape(equals="a.b"), "a.b", "a.bc"),
        (Shape(starts_with="a.b"), "a.bc", "xa.b"),
        (Shape(contains="b"), "abc", "ac"),
        (Shape(ends_with="b"), "ab", "abc"),
        (Shape(regex=r"^a-\d+$"), "a-12", "xa-12"),
        (Shape(regex=r"b\d"), "ab1", "ab"),
        (Shape(or_=[Shape(equals="a"), Shape(starts_with="b")]), "bc", "ab"),
        (Shape(and_=[Shape(contains="a"), Shape(ends_with="b")]), "xab", "xba"),
    ],
    ids=repr,
)
def test_a_clause_becomes_a_pattern_that_says_the_same(clause: Any, fitting: str, other: str) -> None:
    assert re.match(compile_clause(clause), fitting)
    assert not re.match(compile_clause(clause), other)


def test_whole_names_stand_apart_from_patterns() -> None:
    clause = Shape(or_=[Shape(equals="a"), Shape(starts_with="b"), Shape(equals="c"), Shape(contains="d")])
    assert compile_match(clause) == (("a", "c"), "b|.*d")
    assert compile_match(Shape(equals="a")) == (("a",), "")


def test_steps_of_size_become_rates_of_their_own() -> None:
    price = Shape(input_mtok=tiered(1, (100, 2), (200, 3)), output_mtok=tiered(5, (200, 6)), cache_read_mtok=Decimal(0))
    assert [
        (one.above_tokens, one.femtodollars[0], one.femtodollars[1], one.femtodollars[6])
        for one in compile_prices(price)
    ] == [
        (0, 10**9, 0, 5 * 10**9),
        (100, 2 * 10**9, 0, 5 * 10**9),
        (200, 3 * 10**9, 0, 6 * 10**9),
    ]


def test_prices_by_date_follow_each_other_and_those_by_the_hour_are_left_out() -> None:
    dated = [
        Shape(constraint=None, prices=FLAT),
        Shape(constraint=Shape(start_date=dt.date(2026, 1, 1)), prices=FLAT),
        Shape(constraint=Shape(start_time=1, end_time=2), prices=FLAT),
    ]
    assert [one.since_ms for one in compile_prices(dated)] == [0, 1_767_225_600_000]


def test_a_model_without_a_price_for_tokens_is_left_out() -> None:
    models = [
        Shape(id="a", match=Shape(equals="a"), prices=FLAT, price_variants=None),
        Shape(id="b", match=Shape(equals="b"), prices=Shape(requests_kcount=Decimal(1)), price_variants=None),
    ]
    assert [tariff.id for tariff in compile_models(models)] == ["a"]


def variant(when: dict[str, str], start: dt.date | None, **prices: Any) -> Any:
    return Shape(when=when, constraint=None if start is None else Shape(start_date=start), prices=Shape(**prices))


def test_another_tier_is_what_it_says_over_what_usually_holds() -> None:
    later = Shape(input_mtok=Decimal(5), output_mtok=Decimal(6), cache_read_mtok=Decimal(1))
    usual = [
        Shape(constraint=None, prices=FLAT),
        Shape(constraint=Shape(start_date=dt.date(2026, 3, 1)), prices=later),
    ]
    variants = [
        variant({"service_tier": "flex"}, dt.date(2026, 5, 1), input_mtok=Decimal(9), output_mtok=None),
        variant({"service_tier": "flex"}, dt.date(2026, 1, 1), input_mtok=Decimal(7)),
        variant({"service_tier": "default"}, None, input_mtok=Decimal(8)),
        variant({"processing": "batch"}, None),
        variant({"speed": "fast", "more": "x"}, None, input_mtok=Decimal(8)),
    ]
    tiers = prices.compile_variants(Shape(prices=usual, price_variants=variants))
    told = [(one.since_ms, *(rate and rate // 10**9 for rate in one.femtodollars[:2])) for one in tiers["flex"]]
    assert list(tiers) == ["flex"]
    assert told == [(1_767_225_600_000, 7, 7), (1_772_323_200_000, 7, 1), (1_777_593_600_000, 9, 1)]
    assert [one.femtodollars[6] for one in tiers["flex"]] == [2 * 10**9, 6 * 10**9, 6 * 10**9]


def test_a_tier_has_steps_of_size_of_its_own() -> None:
    told = [variant({"processing": "batch"}, None, output_mtok=tiered(1, (300, 4)))]
    tiers = prices.compile_variants(Shape(prices=FLAT, price_variants=told))
    assert [(one.above_tokens, one.femtodollars[6]) for one in tiers["batch"]] == [(0, 10**9), (300, 4 * 10**9)]


def test_the_file_is_as_this_tool_writes_it(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prices, "PRICES_PATH", tmp_path / "prices.json")
    write_file(load_prices())
    assert (tmp_path / "prices.json").read_bytes() == PRICES_PATH.read_bytes()
