"""Errors, both ways. A provider's error is known by its structured code, then by its type, then by its status.

Text is matched only where the API gives `invalid_request_error` for something else and no code tells it; each pattern
has its vector (`error-*`). Messages are in our own words: the provider's ride in `reply`, for clients of this dialect
and for who quotes them.
"""

from __future__ import annotations

import math
from typing import Any

from dragoman.dialects.anthropic_messages import wire
from dragoman.dialects.base import WireReply
from dragoman.dialects.provider_errors import KIND_BY_STATUS, MESSAGE_BY_KIND, map_blame, read_seconds, select_own_reply
from dragoman.errors import STATUS_BY_KIND, DragomanError, Kind, Phase, UpstreamReply
from dragoman.wire.json_document import decode_object, encode_json
from dragoman.wire.json_read import Fields
from dragoman.wire.sse import emit_sse

_KIND_BY_CODE: dict[str, Kind] = {
    "enforced_spend_limit_reached": Kind.PAYMENT_REQUIRED,
    "contract_spend_limit_reached": Kind.PAYMENT_REQUIRED,
    "linked_organization_spend_limit_reached": Kind.PAYMENT_REQUIRED,
    "linked_organization_billing_unavailable": Kind.PAYMENT_REQUIRED,
    "user_profile_billing_not_authorized": Kind.PAYMENT_REQUIRED,
    "user_profile_not_billable": Kind.PAYMENT_REQUIRED,
    "organization_on_hold": Kind.PERMISSION,
    "ramp_limit_exceeded": Kind.RATE_LIMIT,
    "compaction_unavailable": Kind.OVERLOADED,
    "request_body_too_large_after_decoding": Kind.TOO_LARGE,
}

_KIND_BY_TYPE: dict[str, Kind] = {
    "invalid_request_error": Kind.INVALID_REQUEST,
    "authentication_error": Kind.AUTHENTICATION,
    "billing_error": Kind.PAYMENT_REQUIRED,
    "permission_error": Kind.PERMISSION,
    "not_found_error": Kind.NOT_FOUND,
    "conflict_error": Kind.CONFLICT,
    "request_too_large": Kind.TOO_LARGE,
    "rate_limit_error": Kind.RATE_LIMIT,
    "timeout_error": Kind.TIMEOUT,
    "overloaded_error": Kind.OVERLOADED,
}
"""Without `api_error`, which says no more than the status does."""


_KIND_BY_TEXT: tuple[tuple[str, Kind], ...] = (
    ("prompt is too long", Kind.CONTEXT_LENGTH),
    ("exceed context limit", Kind.CONTEXT_LENGTH),
    ("content filtering policy", Kind.CONTENT_POLICY),
    ("credit balance is too low", Kind.PAYMENT_REQUIRED),
    ("specified api usage limits", Kind.PAYMENT_REQUIRED),
)

_TYPE_BY_KIND: dict[Kind, str] = {
    Kind.AUTHENTICATION: "authentication_error",
    Kind.PAYMENT_REQUIRED: "billing_error",
    Kind.PERMISSION: "permission_error",
    Kind.NOT_FOUND: "not_found_error",
    Kind.CONFLICT: "conflict_error",
    Kind.TOO_LARGE: "request_too_large",
    Kind.RATE_LIMIT: "rate_limit_error",
    Kind.TIMEOUT: "timeout_error",
    Kind.OVERLOADED: "overloaded_error",
    Kind.UNAVAILABLE: "api_error",
    Kind.INTERNAL: "api_error",
}
"""What is not here is an `invalid_request_error`."""

_STATUS_BY_KIND: dict[Kind, int] = {**STATUS_BY_KIND, Kind.OVERLOADED: 529, Kind.UNAVAILABLE: 500}


# -- provider side ---------------------------------------------------------------------------------------------------


def parse_error(status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> DragomanError:
    """An error answer. A body that is not JSON (a proxy's page) leaves only the status to go by."""
    content_type = b"application/json"
    retry_after: float | None = None
    for name, value in headers:
        lowered = name.lower()
        if lowered == b"content-type":
            content_type = value
        elif lowered == b"retry-after-ms":
            milliseconds = read_seconds(value)
            retry_after = retry_after if milliseconds is None else milliseconds / 1000
        elif lowered == b"retry-after" and retry_after is None:
            retry_after = read_seconds(value)
    try:
        fields = decode_object(body)
    except DragomanError:
        fields = {}
    reply = UpstreamReply(dialect=wire.NAME, status=status, content_type=content_type.decode("latin-1"), body=body)
    return _classify(fields, status, reply, retry_after_seconds=retry_after)


def read_error_event(fields: Fields, data: bytes, phase: Phase = "stream") -> DragomanError:
    """An error inside an answer with status 200; `data` is its JSON, `fields` the same decoded."""
    kind = _kind_of(_error_of(fields), None)
    reply = UpstreamReply(dialect=wire.NAME, status=_STATUS_BY_KIND[kind], content_type="application/json", body=data)
    return _classify(fields, None, reply, phase=phase)


def _classify(
    fields: Fields,
    status: int | None,
    reply: UpstreamReply,
    *,
    retry_after_seconds: float | None = None,
    phase: Phase = "body",
) -> DragomanError:
    error = _error_of(fields)
    kind = _kind_of(error, status)
    blame = map_blame(kind)
    reply.said = _text(error.get("message"))
    return DragomanError(
        kind,
        MESSAGE_BY_KIND[kind],
        blame=blame,
        status=status if blame == "client" else None,
        code=_code_of(error) or _text(error.get("type")) or None,
        phase=phase,
        retry_after_seconds=retry_after_seconds,
        reply=reply,
    )


def _kind_of(error: Fields, status: int | None) -> Kind:
    kind = _KIND_BY_CODE.get(_code_of(error)) or _KIND_BY_TYPE.get(_text(error.get("type")))
    if kind is Kind.INVALID_REQUEST:
        message = _text(error.get("message")).lower()
        known = KIND_BY_STATUS.get(status or 0, kind)  # a proxy's 408 says no more than "invalid" in words
        return next((kind for text, kind in _KIND_BY_TEXT if text in message), known)
    if kind is not None:
        return kind
    if status is None or status >= 500 or status < 400:
        return KIND_BY_STATUS.get(status or 500, Kind.UNAVAILABLE)
    return KIND_BY_STATUS.get(status, Kind.INVALID_REQUEST)


def _error_of(fields: Fields) -> Fields:
    error = fields.get("error")
    return error if type(error) is dict else {}


def _code_of(error: Fields) -> str:
    details = error.get("details")
    return _text(details.get("error_code")) if type(details) is dict else ""


def _text(value: Any) -> str:
    return value if type(value) is str else ""


# -- client side -----------------------------------------------------------------------------------------------------


def emit_error(error: DragomanError) -> WireReply:
    """An error answer; a provider's own one in this dialect goes on as it came."""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if error.retry_after_seconds is not None:
        headers = ((b"retry-after", str(math.ceil(error.retry_after_seconds)).encode()),)
    reply = select_own_reply(error, wire.NAME)
    if reply is not None:
        return WireReply(reply.status, reply.body, reply.content_type.encode("latin-1", "replace"), headers)
    status = 529 if error.kind is Kind.OVERLOADED else error.own_status
    return WireReply(status, _emit_body(error), headers=headers)


def emit_stream_error(error: DragomanError) -> bytes:
    """The event that ends a stream that failed."""
    reply = select_own_reply(error, wire.NAME)
    event = None if reply is None else _read_error_body(reply.body)
    return emit_sse(_emit_body(error) if event is None else encode_json(event), b"error")


def _read_error_body(body: bytes) -> Fields | None:
    """A provider's error, if it is one that a client could read."""
    try:
        fields = decode_object(body)
    except DragomanError:
        return None
    error = _error_of(fields)
    is_whole = fields.get("type") == "error" and _text(error.get("type")) and _text(error.get("message"))
    return fields if is_whole else None


def _emit_body(error: DragomanError) -> bytes:
    message = error.told
    if error.kind is Kind.CONTEXT_LENGTH and not message.startswith("prompt is too long"):
        message = f"prompt is too long: {message}"  # agents know by these words that they have to compact
    kind = _TYPE_BY_KIND.get(error.kind, "invalid_request_error")
    return encode_json({"type": "error", "error": {"type": kind, "message": message}})


# -- what a stream can do wrong --------------------------------------------------------------------------------------


def truncated_stream() -> DragomanError:
    """The bytes ended before the message did."""
    return DragomanError(
        Kind.UNAVAILABLE,
        "The provider's stream was cut off before its end.",
        blame="upstream",
        phase="stream",
    )


def malformed_stream(detail: str) -> DragomanError:
    """An event that the dialect does not allow."""
    return DragomanError(
        Kind.UNAVAILABLE,
        f"The provider's stream holds an event that makes no sense ({detail}).",
        blame="upstream",
        phase="stream",
    )
