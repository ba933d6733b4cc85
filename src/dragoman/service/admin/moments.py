"""Days that people write, as moments. Pure."""

from __future__ import annotations

from datetime import UTC, datetime

from dragoman.errors import invalid


def parse_day(text: str) -> int:
    """`2026-11-21`, or a moment of it, as unix milliseconds; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise invalid(f"{text[:40]!r} is no date such as 2026-11-21.") from None
