"""Times on the command line."""

from __future__ import annotations

from dragoman.cli.moments import parse_moment
from tests.unit.ledger.rows import DAY_MS, HOUR_MS, MINUTE_MS, NOON_MS


def test_a_time_is_an_age_or_a_date() -> None:
    assert parse_moment("90m", NOON_MS) == NOON_MS - 90 * MINUTE_MS
    assert parse_moment("24h", NOON_MS + 5) == NOON_MS + 5 - DAY_MS
    assert parse_moment("7d", NOON_MS + 5) == NOON_MS - 7 * DAY_MS  # at the full hour
    assert parse_moment("4w", NOON_MS + HOUR_MS - 1) == NOON_MS - 28 * DAY_MS
    assert parse_moment("2025-06-16", 0) == NOON_MS - DAY_MS // 2
