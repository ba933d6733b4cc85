"""Prices as they are shown."""

from __future__ import annotations

import pytest

from dragoman.config.sections.prices import PriceSettings
from dragoman.errors import DragomanError
from dragoman.service.admin.prices import build_price, list_prices, list_targets
from dragoman.service.metering.own_prices import build_own_prices
from dragoman.service.metering.pricing import FREE, PriceBook, Pricer
from tests.unit.service.desk import make_provider, make_switchboard

PRICER = Pricer(PriceBook(rows={"a": "openai", "b": "nobody"}, free=frozenset({"own"})))


def test_a_price_tells_whose_it_is_and_every_class() -> None:
    view = build_price(PRICER, "a/gpt-4o")
    assert view is not None
    assert (view.target, view.name) == ("a/gpt-4o", "openai/gpt-4o")
    assert view.rates[0].dollars_per_million["output"] == "10"


def test_every_tier_that_has_a_price_of_its_own_is_shown() -> None:
    view = build_price(PRICER, "a/gpt-5")
    assert view is not None
    shown = {rate.tier: rate.dollars_per_million["output"] for rate in view.rates}
    assert shown == {"": "10", "flex": "5", "batch": "5", "priority": "20", "fast": "20"}


def test_what_an_hour_costs_is_shown() -> None:
    own = build_own_prices([PriceSettings("own/*", per_hour=1.25)])
    view = build_price(Pricer(PriceBook(own=own, free=frozenset({"own"}))), "own/llama")
    assert view is not None
    assert [(view.name, rate.dollars_per_hour, rate.dollars_per_million["input"]) for rate in view.rates] == [
        ("own own/*", "1.25", "0")
    ]


def test_a_server_of_one_s_own_is_free() -> None:
    view = build_price(PRICER, "own/llama")
    assert view is not None
    assert (view.name, view.rates) == (FREE, [])


def test_what_is_configured_is_listed_with_what_has_no_price() -> None:
    board = make_switchboard(make_provider("a"), make_provider("b"))
    assert list_targets(board) == ["a/m", "b/m"]
    assert list_prices(board, PRICER, "", "").unpriced == ["a/m", "b/m"]
    assert list_prices(board, PRICER, "", "B/").unpriced == ["b/m"]
    assert [one.target for one in list_prices(board, PRICER, "a/gpt-4o", "").items] == ["a/gpt-4o"]
    with pytest.raises(DragomanError, match="with its provider"):
        list_prices(board, PRICER, "gpt-4o", "")
