"""A provider's refusal, with what its headers tell of the wait."""

from __future__ import annotations

from dragoman.clock import Clock
from dragoman.dialects.base import ProviderSide
from dragoman.errors import DragomanError, Kind
from dragoman.routing.limit_headers import find_wait, read_limits, read_retry_after
from dragoman.upstream.transport import Answer

_WAITS = frozenset({Kind.RATE_LIMIT, Kind.OVERLOADED})


def read_refusal(side: ProviderSide, answer: Answer, body: bytes, clock: Clock) -> DragomanError:
    """A provider's error answer, with the wait that it tells of in whichever form."""
    error = side.parse_error(answer.status, answer.headers, body)
    if error.kind in _WAITS and error.retry_after_seconds is None:
        error.retry_after_seconds = read_retry_after(answer.headers, clock.unix())
        if error.retry_after_seconds is None and error.kind is Kind.RATE_LIMIT:
            error.retry_after_seconds = find_wait(read_limits(answer.headers, clock.unix()))
    return error
