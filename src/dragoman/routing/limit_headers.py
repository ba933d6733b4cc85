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
from operator import itemgetter

import msgspec

Headers = Sequence[tuple[bytes, bytes]]
Facet = tuple[str, str]
"""What is counted, and which of `limit`, `remaining` and `reset` a header gives of it."""

UNSAID_RESET_SECONDS = 10.0
"""Where a count comes without its reset (Azure): the shortest window that anybody is known to use."""

_NAME = re.compile(
    r"(?:x-)?ratelimit(?P<by>bysize)?-(?P<facet>limit|remaining|reset)(?:-(?P<scope>.+))?"
    r"|anthropic-(?P<maker>(?:.+-)?)ratelimit-(?P<counted>.+)-(?P<last>limit|remaining|reset)"
)
_DURATION = re.compile(rb"(?:\d+(?:\.\d+)?(?:ms|us|s|m|h|d))+")
_DURATION_PART = re.compile(rb"(\d+(?:\.\d+)?)(ms|us|s|m|h|d)")
_SECONDS = {b"us": 1e-6, b"ms": 1e-3, b"s": 1.0, b"m": 60.0, b"h": 3600.0, b"d": 86400.0}
_UNITS = (b"s", b"m", b"h", b"d")
_read_name = itemgetter(0)
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
    telling = _find_telling(tuple(map(_read_name, headers)))
    if not telling:
        return ()
    found: dict[str, dict[str, bytes]] = {}
    for position, (scope, what) in telling:
        value = headers[position][1]
        if scope in found:
            found[scope][what] = value
        else:
            found[scope] = {what: value}
    readings = [_parse_reading(scope, facets, now_unix) for scope, facets in found.items()]
    return tuple([reading for reading in readings if reading is not None])


def read_retry_after(headers: Headers, now_unix: float) -> float | None:
    """Seconds to stay away as `retry-after-ms` or `retry-after` tell, the finer one first."""
    given = {name: value for name, value in headers if name.startswith((b"retry-after", b"x-ms-retry-after"))}
    for name in (b"retry-after-ms", b"x-ms-retry-after-ms"):
        milliseconds = _parse_number(given.get(name, b""))
        if milliseconds is not None:
            return milliseconds / 1000
    value = given.get(b"retry-after", b"")
    seconds = _parse_number(value)
    return seconds if seconds is not None else _parse_date(value, now_unix)


def find_wait(readings: Sequence[Reading]) -> float | None:
    """How long until everything that has run out is there again; None where nothing has."""
    waits = [reading.reset_seconds for reading in readings if reading.remaining <= 0]
    return max(waits) if waits else None


def tell_limits(names: tuple[bytes, ...]) -> bool:
    """Whether headers of these names say anything of what is left."""
    return bool(_find_telling(names))


@lru_cache(maxsize=128)
def _find_telling(names: tuple[bytes, ...]) -> list[tuple[int, Facet]]:
    """Which of the headers say something, and of what. A provider names the same ones in every answer, or nearly so."""
    facets = enumerate(map(_parse_name, names))
    return [(position, facet) for position, facet in facets if facet is not None]


@lru_cache(maxsize=1024)
def _parse_name(name: bytes) -> Facet | None:
    """Of which there are few different ones, in however many orders they come."""
    match = _NAME.fullmatch(name.decode("latin-1"))
    if match is None:
        return None
    if match["last"]:
        return f"{match['maker']}{match['counted']}", match["last"]
    scope = match["scope"] or "requests"
    return ("tokens-" + scope if match["by"] else scope), match["facet"]


def _parse_reading(scope: str, facets: dict[str, bytes], now_unix: float) -> Reading | None:
    remaining = _parse_number(facets.get("remaining", b""))
    if remaining is None:
        return None
    reset = parse_reset(facets["reset"], now_unix) if "reset" in facets else UNSAID_RESET_SECONDS
    return None if reset is None else Reading(scope, remaining, reset, _parse_number(facets.get("limit", b"")))


def parse_reset(value: bytes, now_unix: float) -> float | None:
    """Seconds until a count begins anew, out of a number of seconds, a duration, a Unix time or a date."""
    if value.endswith(_UNITS):
        unit = b"ms" if value.endswith(b"ms") else value[-1:]
        simple = _parse_number(value[: -len(unit)])
        if simple is not None:  # `6.5s` and `120ms`, by far the commonest
            return simple * _SECONDS[unit]
        if _DURATION.fullmatch(value):
            return sum(float(count) * _SECONDS[unit] for count, unit in _DURATION_PART.findall(value))
    number = _parse_number(value)
    if number is None:
        return _parse_date(value, now_unix)
    if number >= _UNIX_MILLISECONDS_FROM:
        return max(number / 1000 - now_unix, 0.0)
    return max(number - now_unix, 0.0) if number >= _UNIX_SECONDS_FROM else number


def _parse_number(value: bytes) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if 0 <= number < math.inf else None


def _parse_date(value: bytes, now_unix: float) -> float | None:
    """RFC 3339, or the form of HTTP; one without a zone is taken as UTC."""
    text = value.decode("latin-1").strip()
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return max(moment.timestamp() - now_unix, 0.0)
    return None
