"""Times that people write on the command line: how long ago, or a date."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

import click

MINUTE_MS = 60_000
AGO_MS = {"m": MINUTE_MS, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}
MINUTES_UNTIL_MS = 2 * AGO_MS["d"]  # beyond that a beginning is moved to the full hour: sums by the minute may be gone

_AGO = re.compile(r"(\d{1,6})([mhdw])")


def read_since(ctx: click.Context, param: click.Parameter, value: str) -> int:
    """The option as unix milliseconds."""
    try:
        return parse_moment(value, time.time_ns() // 1_000_000)
    except (ValueError, OverflowError):
        message = f"{value!r} is neither a time ago (90m, 24h, 7d, 4w) nor a date (2026-11-21)."
        raise click.BadParameter(message, ctx, param) from None


def parse_moment(text: str, now_ms: int) -> int:
    """`7d` and `2026-11-21` as unix milliseconds."""
    ago = _AGO.fullmatch(text)
    if not ago:
        return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)
    past_ms = int(ago[1]) * AGO_MS[ago[2]]
    moment = now_ms - past_ms
    return moment if past_ms <= MINUTES_UNTIL_MS else moment - moment % AGO_MS["h"]
