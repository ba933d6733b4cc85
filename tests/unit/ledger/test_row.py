"""What becomes of an exchange that was cut off."""

from __future__ import annotations

from dragoman.ledger.row import guess_tokens, interrupt
from tests.unit.ledger.rows import NOON_MS, make_reservation


def test_an_exchange_that_was_never_settled_shows_as_interrupted_with_a_guess() -> None:
    row = interrupt(make_reservation(7, is_stream=True, session="s-1"))
    assert (row.outcome, row.is_estimate, row.input, row.output) == ("interrupted", True, 100, 0)
    assert (row.id[-1], row.principal, row.route, row.provider, row.model) == ("7", "ada", "fast", "openai", "small")
    assert (row.started_ms, row.is_stream, row.session, row.bytes_in) == (NOON_MS, True, "s-1", 400)


def test_nothing_is_guessed_to_be_free() -> None:
    assert guess_tokens(0) == 1
    assert guess_tokens(4_000) == 1_000
