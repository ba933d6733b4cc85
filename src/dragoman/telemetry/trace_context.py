"""W3C trace context: reads what a client sends, and names the spans of an exchange after it.

The ids of an exchange's spans follow from its own id, so that nothing has to be kept for them: a provider is told the
span of its attempt while that lasts, and the span itself is made from the ledger's row when all is over.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

TRACEPARENT = b"traceparent"
TRACESTATE = b"tracestate"
MAX_STATE_BYTES = 512
_LENGTH = 55
_VERSION = "00"
_INVALID_VERSION = "ff"
_HEX = frozenset("0123456789abcdef")


class TraceParent(NamedTuple):
    """Where a request stands in a trace that somebody else has begun."""

    trace_id: int
    span_id: int
    is_sampled: bool


def parse_traceparent(text: str) -> TraceParent | None:
    """None if it is not by the book: then the request stands in no trace. A later version may be longer."""
    version, rest = text[:2], text[2:_LENGTH]
    if len(text) < _LENGTH or version == _INVALID_VERSION or (len(text) > _LENGTH and version == _VERSION):
        return None
    if len(text) > _LENGTH and text[_LENGTH] != "-":
        return None
    if rest[0] + rest[33] + rest[50] != "---":
        return None
    numbers = (version, rest[1:33], rest[34:50], rest[51:53])
    if not all(_HEX.issuperset(number) for number in numbers):
        return None
    _, trace_id, span_id, flags = (int(number, 16) for number in numbers)
    return TraceParent(trace_id, span_id, bool(flags & 1)) if trace_id and span_id else None


def emit_traceparent(parent: TraceParent) -> str:
    """As it stands in a header."""
    return f"{_VERSION}-{parent.trace_id:032x}-{parent.span_id:016x}-{int(parent.is_sampled):02x}"


def derive_trace_id(exchange_id: str) -> int:
    """The trace of an exchange that belongs to no other."""
    return int.from_bytes(blake2b(exchange_id.encode(), digest_size=16, person=b"trace").digest()) or 1


def derive_span_id(exchange_id: str, attempt: int = 0) -> int:
    """The span of an exchange, or of one of its attempts, which count from 1."""
    name = f"{exchange_id}/{attempt}".encode()
    return int.from_bytes(blake2b(name, digest_size=8, person=b"span").digest()) or 1


def continue_trace(text: str, exchange_id: str, attempt: int) -> bytes:
    """The client's `traceparent` for a provider: the same trace, with the attempt as its parent. What is not by the
    book goes nowhere."""
    parent = parse_traceparent(text)
    if parent is None:
        return b""
    return emit_traceparent(parent._replace(span_id=derive_span_id(exchange_id, attempt))).encode()
