"""Exchanges as lines, as costs and as times."""

from __future__ import annotations

from dragoman.catalog.prices import CLASSES, Rates
from dragoman.ledger.row import AttemptRow, ExchangeRow
from dragoman.service.admin.exchanges import (
    build_line,
    build_token_lines,
    build_view,
    build_waterfall,
    show_dollars,
    split_words,
)
from tests.unit.ledger.rows import make_row

RATES = Rates(0, 0, tuple(1_000_000_000 * (position + 1) if position < 9 else None for position in range(len(CLASSES))))


def find_rates(_row: ExchangeRow) -> tuple[str, Rates]:
    return "own x", RATES


def test_a_line_adds_up_classes_and_splits_words() -> None:
    row = make_row(
        1, cache_read=5, cache_write_5m=7, input_image=1, reasoning=3, output_audio=2, tags="a,b", losses="x"
    )
    line = build_line(row)
    assert (line.input_tokens, line.cached_tokens, line.output_tokens) == (113, 5, 25)
    assert (line.tags, line.losses, line.attempts) == (["a", "b"], ["x"], 1)
    assert build_line(make_row(2)).tags == []


def test_each_class_that_was_used_has_its_price() -> None:
    lines = build_token_lines(make_row(1, input=1_000_000, output=2, cache_read=3, output_image=1), find_rates)
    assert [(line.token_class, line.tokens, line.dollars_per_million) for line in lines] == [
        ("input", 1_000_000, "1"),
        ("cache_read", 3, "2"),
        ("output", 2, "7"),
        ("output_image", 1, None),
    ]
    assert lines[0].cost_nanodollars == 1_000_000_000
    assert lines[-1].cost_nanodollars is None


def test_without_a_price_there_is_no_cost() -> None:
    lines = build_token_lines(make_row(1), lambda row: None)
    assert [line.cost_nanodollars for line in lines] == [None, None]
    assert build_token_lines(make_row(1, provider=""), find_rates)[0].cost_nanodollars is None


def test_rates_are_shown_to_their_last_digit() -> None:
    assert show_dollars(2_500_000_000) == "2.5"
    assert show_dollars(75_000_000) == "0.075"
    assert show_dollars(100_000_000_000) == "100"
    assert show_dollars(0) == "0"


def test_the_waterfall_shows_waiting_attempts_and_the_stream() -> None:
    attempts = (
        AttemptRow(1, "a", "m", "k1", 100, 200, "timeout", "connect", 504),
        AttemptRow(2, "b", "m", "k2", 350, 600),
    )
    spans = build_waterfall(make_row(1, attempts=attempts, first_content_us=700, duration_us=1000))
    assert [(span.kind, span.started_us, span.duration_us) for span in spans] == [
        ("wait", 0, 100),
        ("attempt", 100, 200),
        ("wait", 300, 50),
        ("attempt", 350, 600),
        ("stream", 700, 300),
    ]
    assert (spans[1].target, spans[1].error, spans[1].status, spans[3].credential) == ("a/m", "timeout", 504, "k2")


def test_what_never_answered_waits_until_its_end() -> None:
    spans = build_waterfall(make_row(1, attempts=(), first_content_us=None, duration_us=50))
    assert [(span.kind, span.started_us, span.duration_us) for span in spans] == [("wait", 0, 50)]
    assert build_waterfall(make_row(1, attempts=(), first_content_us=None, duration_us=0)) == []


def test_a_view_has_all_of_it() -> None:
    view = build_view(make_row(1, skipped="a/m cooling, b/m busy", price="own x"), find_rates)
    assert (view.skipped, view.price, view.bytes_in) == (["a/m cooling", "b/m busy"], "own x", 400)
    assert split_words("") == []
