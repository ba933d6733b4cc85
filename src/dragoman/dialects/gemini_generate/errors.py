"""Errors, both ways. A provider's error is known by its structured reason, then by its status word, then by its number.

Text is matched only where Google gives one status to several things and no reason tells them apart; each pattern has
its vector (`error-*`). Messages are in our own words: the provider's ride in `reply`, for clients of this dialect.
Spec: https://ai.google.dev/gemini-api/docs/troubleshooting and google.rpc's `error_details.proto`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dragoman.dialects.base import WireReply
from dragoman.dialects.gemini_generate.wire import NAME
from dragoman.dialects.provider_errors import KIND_BY_STATUS, MESSAGE_BY_KIND, map_blame, read_seconds, select_own_reply
from dragoman.errors import DragomanError, Kind, Phase, UpstreamReply
from dragoman.wire.json_document import decode_value, encode_json
from dragoman.wire.json_read import Fields
from dragoman.wire.sse import emit_sse

Headers = Sequence[tuple[bytes, bytes]]

_KIND_BY_REASON: dict[str, Kind] = {
    "API_KEY_INVALID": Kind.AUTHENTICATION,
    "API_KEY_EXPIRED": Kind.AUTHENTICATION,
    "ACCESS_TOKEN_EXPIRED": Kind.AUTHENTICATION,
    "ACCESS_TOKEN_TYPE_UNSUPPORTED": Kind.AUTHENTICATION,
    "CREDENTIALS_MISSING": Kind.AUTHENTICATION,
    "API_KEY_SERVICE_BLOCKED": Kind.PERMISSION,
    "API_KEY_IP_ADDRESS_BLOCKED": Kind.PERMISSION,
    "API_KEY_HTTP_REFERRER_BLOCKED": Kind.PERMISSION,
    "SERVICE_DISABLED": Kind.PERMISSION,
    "CONSUMER_INVALID": Kind.PERMISSION,
    "CONSUMER_SUSPENDED": Kind.PERMISSION,
    "BILLING_DISABLED": Kind.PAYMENT_REQUIRED,
    "RATE_LIMIT_EXCEEDED": Kind.RATE_LIMIT,
}

_KIND_BY_WORD: dict[str, Kind] = {
    "INVALID_ARGUMENT": Kind.INVALID_REQUEST,
    "FAILED_PRECONDITION": Kind.INVALID_REQUEST,
    "OUT_OF_RANGE": Kind.INVALID_REQUEST,
    "UNAUTHENTICATED": Kind.AUTHENTICATION,
    "PERMISSION_DENIED": Kind.PERMISSION,
    "NOT_FOUND": Kind.NOT_FOUND,
    "ALREADY_EXISTS": Kind.CONFLICT,
    "ABORTED": Kind.CONFLICT,
    "RESOURCE_EXHAUSTED": Kind.RATE_LIMIT,
    "UNIMPLEMENTED": Kind.UNSUPPORTED,
    "CANCELLED": Kind.UNAVAILABLE,
    "UNAVAILABLE": Kind.OVERLOADED,
    "DEADLINE_EXCEEDED": Kind.TIMEOUT,
    "INTERNAL": Kind.INTERNAL,
    "UNKNOWN": Kind.INTERNAL,
    "DATA_LOSS": Kind.INTERNAL,
}

_KIND_BY_STATUS = KIND_BY_STATUS | {499: Kind.UNAVAILABLE, 500: Kind.INTERNAL}

_KIND_BY_TEXT: tuple[tuple[str, Kind], ...] = (
    ("api key not valid", Kind.AUTHENTICATION),
    ("api key expired", Kind.AUTHENTICATION),
    ("input token count", Kind.CONTEXT_LENGTH),
    ("maximum number of tokens allowed", Kind.CONTEXT_LENGTH),
    ("request payload size exceeds", Kind.TOO_LARGE),
    ("responsible ai practices", Kind.CONTENT_POLICY),
    ("user location is not supported", Kind.PERMISSION),
    ("enable billing", Kind.PAYMENT_REQUIRED),
)
"""What hides behind `INVALID_ARGUMENT` and `FAILED_PRECONDITION`."""

_WORD_BY_KIND: dict[Kind, str] = {
    Kind.AUTHENTICATION: "UNAUTHENTICATED",
    Kind.PAYMENT_REQUIRED: "FAILED_PRECONDITION",
    Kind.PERMISSION: "PERMISSION_DENIED",
    Kind.NOT_FOUND: "NOT_FOUND",
    Kind.CONFLICT: "ABORTED",
    Kind.RATE_LIMIT: "RESOURCE_EXHAUSTED",
    Kind.TIMEOUT: "DEADLINE_EXCEEDED",
    Kind.OVERLOADED: "UNAVAILABLE",
    Kind.UNAVAILABLE: "UNAVAILABLE",
    Kind.INTERNAL: "INTERNAL",
}
"""What is not here is an `INVALID_ARGUMENT`."""

_TOO_LONG = "The input token count exceeds the maximum number of tokens allowed."
"""Agents know by these words that they have to compact."""
_TYPE_URL = "type.googleapis.com/google.rpc."


# -- provider side ---------------------------------------------------------------------------------------------------


def parse_error(status: int, headers: Headers, body: bytes, phase: Phase = "body") -> DragomanError:
    """An error answer. A body that is not JSON (a proxy's page) leaves only the status to go by; where the status is
    200, for the error stands inside an answer, its own number counts."""
    error = _read_error(body)
    details = [row for row in _list(error.get("details")) if type(row) is dict]
    number = error.get("code")
    if status < 400:
        status = number if type(number) is int and 400 <= number <= 599 else 502
    kind = _find_kind(error, details, status)
    blame = map_blame(kind)
    content_type, said = _find_content_type(headers), _text(error.get("message"))
    return DragomanError(
        kind,
        MESSAGE_BY_KIND[kind],
        blame=blame,
        status=status if blame == "client" and 400 <= status < 500 else None,
        code=_find_code(error, details),
        phase=phase,
        retry_after_seconds=_find_retry_after(headers, details),
        reply=UpstreamReply(dialect=NAME, status=status, content_type=content_type, body=body, said=said),
    )


def _read_error(body: bytes) -> Fields:
    """The `error` object; streams that are JSON arrays put it into a list."""
    try:
        value = decode_value(body)
    except DragomanError:
        return {}
    if type(value) is list and value:
        value = value[0]
    error = value.get("error") if type(value) is dict else None
    return error if type(error) is dict else {}


def _find_kind(error: Fields, details: list[Fields], status: int) -> Kind:
    for row in details:
        kind = _KIND_BY_REASON.get(_text(row.get("reason")))
        if kind is not None:
            return kind
    default = Kind.UNAVAILABLE if status >= 500 else Kind.INVALID_REQUEST
    kind = _KIND_BY_WORD.get(_text(error.get("status"))) or _KIND_BY_STATUS.get(status, default)
    if kind is not Kind.INVALID_REQUEST:
        return kind
    message = _text(error.get("message")).lower()
    known = _KIND_BY_STATUS.get(status, kind)  # where the word says no more than "invalid", the number may
    return next((kind for text, kind in _KIND_BY_TEXT if text in message), known)


def _find_code(error: Fields, details: list[Fields]) -> str | None:
    """The name of the exhausted quota says most (per minute or per day, free or paid); then a reason; then the word."""
    for row in details:
        for violation in _list(row.get("violations")):
            quota = _text(violation.get("quotaId")) if type(violation) is dict else ""
            if quota:
                return quota
    reasons = (_text(row.get("reason")) for row in details)
    return next(filter(None, reasons), None) or _text(error.get("status")) or None


def _find_retry_after(headers: Headers, details: list[Fields]) -> float | None:
    """Headers first, milliseconds before seconds; then `RetryInfo`, whose delay is written `34.4s`."""
    given = {name.lower(): value for name, value in headers}
    milliseconds = read_seconds(given.get(b"retry-after-ms", b""))
    if milliseconds is not None:
        return milliseconds / 1000
    seconds = read_seconds(given.get(b"retry-after", b""))
    if seconds is not None:
        return seconds
    for row in details:
        delay = _text(row.get("retryDelay"))
        if delay.endswith("s"):
            return read_seconds(delay[:-1].encode(errors="replace"))
    return None


def _find_content_type(headers: Headers) -> str:
    for name, value in headers:
        if name.lower() == b"content-type":
            return value.decode("latin-1")
    return "application/json"


def _text(value: Any) -> str:
    return value if type(value) is str else ""


def _list(value: Any) -> list[Any]:
    return value if type(value) is list else []


# -- client side -----------------------------------------------------------------------------------------------------


def emit_error(error: DragomanError) -> WireReply:
    """An error answer; a provider's own one in this dialect goes on as it came."""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if error.retry_after_seconds is not None:
        headers = ((b"retry-after", str(math.ceil(error.retry_after_seconds)).encode()),)
    reply = select_own_reply(error, NAME)
    if reply is not None:
        return WireReply(reply.status, reply.body, reply.content_type.encode("latin-1", "replace"), headers)
    return WireReply(error.own_status, encode_json(_emit_fields(error)), headers=headers)


def emit_error_chunk(error: DragomanError) -> bytes:
    """The chunk of a stream that tells of its failure: `error` must be its first key, and `code` a whole number, or
    Google's SDKs take it for content."""
    reply = select_own_reply(error, NAME)
    if reply is not None:
        fields = _read_error(reply.body)
        if type(fields.get("code")) is int:
            return encode_json({"error": fields})
    return encode_json(_emit_fields(error))


def emit_stream_error(error: DragomanError) -> bytes:
    """The same as a frame of a stream of server-sent events."""
    return emit_sse(emit_error_chunk(error))


def _emit_fields(error: DragomanError) -> Fields:
    details: list[Fields] = []
    if error.path:
        violations = [{"field": error.path, "description": error.message}]
        details.append({"@type": _TYPE_URL + "BadRequest", "fieldViolations": violations})
    if error.retry_after_seconds is not None:
        delay = f"{math.ceil(error.retry_after_seconds)}s"
        details.append({"@type": _TYPE_URL + "RetryInfo", "retryDelay": delay})
    message = error.told
    if error.kind is Kind.CONTEXT_LENGTH:
        message = f"{_TOO_LONG} {message}"
    fields: Fields = {
        "code": error.own_status,
        "message": message,
        "status": _WORD_BY_KIND.get(error.kind, "INVALID_ARGUMENT"),
    }
    return {"error": {**fields, "details": details} if details else fields}


# -- what a stream can do wrong --------------------------------------------------------------------------------------


def truncated_stream() -> DragomanError:
    """The bytes ended before every candidate had a finish reason."""
    return DragomanError(
        Kind.UNAVAILABLE,
        "The provider's stream was cut off before its end.",
        blame="upstream",
        phase="stream",
    )


def malformed_stream(detail: str) -> DragomanError:
    """A chunk that the dialect does not allow."""
    return DragomanError(
        Kind.UNAVAILABLE,
        f"The provider's stream holds a chunk that makes no sense ({detail}).",
        blame="upstream",
        phase="stream",
    )
