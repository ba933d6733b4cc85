"""What is meant by a search, row by row."""

from __future__ import annotations

import pytest

from dragoman.ledger.search import Only, Position, Search, build_test, list_texts, parse_position
from tests.unit.ledger.rows import make_row


def test_a_position_is_read_back_as_it_was_written() -> None:
    assert parse_position(str(Position(1_750_000_000_000, 42))) == Position(1_750_000_000_000, 42)


@pytest.mark.parametrize("text", ["", "1", "1.", ".1", "a.b", "-1.2", "1.2.3", "1" * 39 + ".1", "①.1x"])
def test_what_is_no_position_is_none(text: str) -> None:
    assert parse_position(text) is None


def test_without_wishes_every_row_is_meant() -> None:
    assert build_test(Search())(make_row(1))


def test_an_empty_name_means_nobody_and_none_means_anybody() -> None:
    row = make_row(1, team="")
    assert build_test(Search(only=Only(team="")))(row)
    assert not build_test(Search(only=Only(team="red")))(row)
    assert not build_test(Search(only=Only(principal="")))(row)


def test_any_error_means_every_way_to_fail() -> None:
    is_meant = build_test(Search(error="any"))
    assert is_meant(make_row(1, outcome="failed", error="timeout"))
    assert is_meant(make_row(2, outcome="interrupted"))
    assert is_meant(make_row(3, outcome="cancelled", error="timeout"))
    assert not is_meant(make_row(4, outcome="cancelled"))
    assert not is_meant(make_row(5))


def test_text_is_looked_for_in_all_that_has_a_name() -> None:
    row = make_row(1, user="u-1", team="t-1", session="s-1", tags="g-1", losses="l-1", error="e-1")
    for text in (*list_texts(row), "U-1", "ex_"):
        assert build_test(Search(text=text))(row), text
    assert not build_test(Search(text="zzz"))(row)
    assert not build_test(Search(text="u-1t-1"))(row)
