"""What a provider's headers say of its limits: how much is left, until when, and how long to stay away.

The forms, each with its test: OpenAI's and Groq's `x-ratelimit-remaining-requests` with durations (`6m0s`, `120ms`),
Anthropic's `anthropic-ratelimit-requests-remaining` with RFC 3339, a bare `x-ratelimit-remaining` with seconds or Unix
time (OpenRouter, Together, the IETF's `ratelimit-*`), suffixes such as `req-minute` (Mistral, Cerebras), Azure's counts
without a reset, and `retry-after` in seconds, milliseconds or as a date. What makes no sense is not there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

import msgspec

Headers = Sequence[tuple[bytes, bytes]]
Facet = tuple[str, str]
"""What is counted, and which of `limit`, `remaining` and `reset` a header gives of it."""

UNSAID_RESET_SECONDS = 10.0
"""Where a count comes without its reset (Azure): the shortest window that anybody is known to use."""

_PREFIXES = (b"x-ratelimit", b"anthropic-", b"ratelimit")
_NAME = re.compile(
    r"(?:x-)?ratelimit(?P<by>bysize)?-(?P<facet>limit|remaining|reset)(?:-(?P<scope>.+))?"
    r"|anthropic-(?P<maker>(?:.+-)?)ratelimit-(?P<counted>.+)-(?P<last>limit|remaining|reset)"
)
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|us|s|m|h|d))+")
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|us|s|m|h|d)")
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_UNIX_SECONDS_FROM = 1e9
_UNIX_MILLISECONDS_FROM = 1e11


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One thing that a provider counts, as it stood when the answer was written."""

    scope: str
    remaining: float
    reset_seconds: float
    limit: float | None = None

    @property
    def counts_tokens(self) -> bool:
        return "token" in self.scope


def read_limits(headers: Headers, now_unix: float) -> tuple[Reading, ...]:
    """Everything that the headers (names in lower case) say of what is left."""
    found: dict[str, dict[str, bytes]] = {}
    for name, value in headers:
        if name.startswith(_PREFIXES):
            facet = _parse_name(name)
            if facet is not None:
                found.setdefault(facet[0], {})[facet[1]] = value
    if not found:
        return ()
    readings = [_parse_reading(scope, facets, now_unix) for scope, facets in found.items()]
    return tuple([reading for reading in readings if reading is not None])


def read_retry_after(headers: Headers, now_unix: float) -> float | None:
    """Seconds to stay away as `retry-after-ms` or `retry-after` tell, the finer one first."""
    given = {name: value for name, value in headers if name.startswith((b"retry-after", b"x-ms-retry-after"))}
    for name in (b"retry-after-ms", b"x-ms-retry-after-ms"):
        milliseconds = _parse_number(given.get(name, b"").decode("latin-1"))
        if milliseconds is not None:
            return milliseconds / 1000
    text = given.get(b"retry-after", b"").decode("latin-1").strip()
    seconds = _parse_number(text)
    return seconds if seconds is not None else _parse_date(text, now_unix)


def find_wait(readings: Sequence[Reading]) -> float | None:
    """How long until everything that has run out is there again; None where nothing has."""
    waits = [reading.reset_seconds for reading in readings if reading.remaining <= 0]
    return max(waits) if waits else None


@lru_cache(maxsize=512)
def _parse_name(name: bytes) -> Facet | None:
    match = _NAME.fullmatch(name.decode("latin-1"))
    if match is None:
        return None
    if match["last"]:
        return f"{match['maker']}{match['counted']}", match["last"]
    scope = match["scope"] or "requests"
    return ("tokens-" + scope if match["by"] else scope), match["facet"]


def _parse_reading(scope: str, facets: dict[str, bytes], now_unix: float) -> Reading | None:
    remaining = _parse_number(facets.get("remaining", b"").decode("latin-1"))
    if remaining is None:
        return None
    reset = parse_reset(facets["reset"].decode("latin-1"), now_unix) if "reset" in facets else UNSAID_RESET_SECONDS
    if reset is None:
        return None
    return Reading(scope, remaining, reset, _parse_number(facets.get("limit", b"").decode("latin-1")))


def parse_reset(text: str, now_unix: float) -> float | None:
    """Seconds until a count begins anew, out of a number of seconds, a duration, a Unix time or a date."""
    text = text.strip()
    number = _parse_number(text)
    if number is not None:
        if number >= _UNIX_MILLISECONDS_FROM:
            return max(number / 1000 - now_unix, 0.0)
        return max(number - now_unix, 0.0) if number >= _UNIX_SECONDS_FROM else number
    if _DURATION.fullmatch(text):
        return sum(float(count) * _SECONDS[unit] for count, unit in _DURATION_PART.findall(text))
    return _parse_date(text, now_unix)


def _parse_number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None


def _parse_date(text: str, now_unix: float) -> float | None:
    """RFC 3339, or the form of HTTP; one without a zone is taken as UTC."""
    moment: datetime | None = None
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(text)
            break
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    if moment is None:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment.timestamp() - now_unix, 0.0)
