"""Days that people write."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError
from dragoman.service.admin.moments import parse_day
from tests.unit.ledger.rows import HOUR_MS, NOON_MS


def test_days_are_those_of_utc_unless_they_say_otherwise() -> None:
    assert parse_day("2025-06-16") == NOON_MS - 12 * HOUR_MS
    assert parse_day("2025-06-16T12:00:00") == NOON_MS
    assert parse_day("2025-06-16T14:00:00+02:00") == NOON_MS


@pytest.mark.parametrize("text", ["", "soon", "2025-13-01", "9999999999999"])
def test_what_is_no_day_is_told(text: str) -> None:
    with pytest.raises(DragomanError, match="no date"):
        parse_day(text)
