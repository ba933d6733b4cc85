"""Errors of this dialect, both ways.

A provider's error is classified by its structured code, then by its status, and by its wording only where codes are
missing: a context that was too long, and content that was refused.

Messages are in our own words: the provider's ride in `reply`, for clients of this dialect and for who quotes them.
"""

from __future__ import annotations

import math
from typing import Any

from dragoman.dialects.base import WireReply
from dragoman.dialects.openai_chat.error_shapes import Told, read_error_body, read_error_fields
from dragoman.dialects.openai_chat.wire import NAME
from dragoman.dialects.provider_errors import KIND_BY_STATUS, MESSAGE_BY_KIND, map_blame
from dragoman.errors import STATUS_BY_KIND, DragomanError, Kind, Phase, UpstreamReply
from dragoman.wire.json_document import decode_value, encode_json
from dragoman.wire.json_read import Fields

_OUR_CREDENTIALS = frozenset({Kind.AUTHENTICATION, Kind.PAYMENT_REQUIRED, Kind.PERMISSION})

# -- tables ----------------------------------------------------------------------------------------------------------

_BY_CODE: dict[str, Kind] = {
    "context_length_exceeded": Kind.CONTEXT_LENGTH,
    "exceed_context_size_error": Kind.CONTEXT_LENGTH,
    "too_many_prompt_tokens": Kind.CONTEXT_LENGTH,
    "content_policy_violation": Kind.CONTENT_POLICY,
    "content_filter": Kind.CONTENT_POLICY,
    "moderation_blocked": Kind.CONTENT_POLICY,
    "invalid_api_key": Kind.AUTHENTICATION,
    "authentication_error": Kind.AUTHENTICATION,
    "account_deactivated": Kind.AUTHENTICATION,
    "insufficient_quota": Kind.PAYMENT_REQUIRED,
    "billing_hard_limit_reached": Kind.PAYMENT_REQUIRED,
    "billing_not_active": Kind.PAYMENT_REQUIRED,
    "enforced_spend_limit_reached": Kind.PAYMENT_REQUIRED,
    "permission_error": Kind.PERMISSION,
    "unsupported_country_region_territory": Kind.PERMISSION,
    "model_not_found": Kind.NOT_FOUND,
    "invalid_model": Kind.NOT_FOUND,
    "DeploymentNotFound": Kind.NOT_FOUND,
    "rate_limit_exceeded": Kind.RATE_LIMIT,
    "rate_limit_error": Kind.RATE_LIMIT,
    "RateLimitReached": Kind.RATE_LIMIT,
    "overloaded_error": Kind.OVERLOADED,
    "engine_overloaded": Kind.OVERLOADED,
    "server_overloaded": Kind.OVERLOADED,
    "tool_use_failed": Kind.UNAVAILABLE,  # the model wrote a call that its own server could not read
}

_BY_STATUS: dict[int, Kind] = KIND_BY_STATUS | {
    400: Kind.INVALID_REQUEST,
    422: Kind.INVALID_REQUEST,
    498: Kind.OVERLOADED,  # Groq's flex tier
    500: Kind.INTERNAL,
    502: Kind.UNAVAILABLE,
    524: Kind.TIMEOUT,
}

_BY_WORDING: tuple[tuple[str, Kind], ...] = (
    ("maximum context length", Kind.CONTEXT_LENGTH),
    ("max context length", Kind.CONTEXT_LENGTH),
    ("context window", Kind.CONTEXT_LENGTH),
    ("prompt is too long", Kind.CONTEXT_LENGTH),
    ("prompt too long", Kind.CONTEXT_LENGTH),
    ("content management policy", Kind.CONTENT_POLICY),
    ("content policy", Kind.CONTENT_POLICY),
    ("safety system", Kind.CONTENT_POLICY),
)
_WORDING_STATUSES = frozenset({400, 413, 422})

_WIRE_WORDS: dict[Kind, tuple[str, str | None]] = {
    Kind.INVALID_REQUEST: ("invalid_request_error", None),
    Kind.UNSUPPORTED: ("invalid_request_error", "unsupported"),
    Kind.CONTEXT_LENGTH: ("invalid_request_error", "context_length_exceeded"),
    Kind.CONTENT_POLICY: ("invalid_request_error", "content_policy_violation"),
    Kind.AUTHENTICATION: ("invalid_request_error", "invalid_api_key"),
    Kind.PAYMENT_REQUIRED: ("insufficient_quota", "insufficient_quota"),
    Kind.PERMISSION: ("permission_error", "permission_denied"),
    Kind.NOT_FOUND: ("invalid_request_error", "not_found"),
    Kind.CONFLICT: ("invalid_request_error", "conflict"),
    Kind.TOO_LARGE: ("invalid_request_error", "request_too_large"),
    Kind.RATE_LIMIT: ("rate_limit_error", "rate_limit_exceeded"),
    Kind.TIMEOUT: ("server_error", "timeout"),
    Kind.OVERLOADED: ("server_error", "overloaded"),
    Kind.UNAVAILABLE: ("server_error", "upstream_unavailable"),
    Kind.INTERNAL: ("server_error", "internal_error"),
}
"""Type and code for each kind; a more exact code that the error brings along wins."""

# -- a provider's error into ours ------------------------------------------------------------------------------------


def parse_error(status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> DragomanError:
    """A provider's error answer."""
    content_type = next((value for name, value in headers if name.lower() == b"content-type"), b"application/json")
    reply = UpstreamReply(dialect=NAME, status=status, content_type=content_type.decode("latin-1"), body=body)
    return _classify(read_error_body(body), status, reply, _read_retry_after(headers), "body")


def parse_inline_error(fields: Fields, body: bytes, phase: Phase = "body") -> DragomanError:
    """An error inside an answer whose status was 200, whole or as an event of a stream."""
    told = read_error_fields(fields)
    kind = _kind_of_codes(told.codes)
    status = told.status or (STATUS_BY_KIND[kind] if kind else 502)
    reply = UpstreamReply(dialect=NAME, status=status, content_type="application/json", body=body)
    return _classify(told, status, reply, None, phase)


def _classify(told: Told, status: int, reply: UpstreamReply, retry_after: float | None, phase: Phase) -> DragomanError:
    kind = _kind_of_codes(told.codes) or _kind_of_wording(told.message, status) or _kind_of_status(status)
    blame = map_blame(kind)
    reply.said = told.message
    return DragomanError(
        kind,
        MESSAGE_BY_KIND[kind],
        blame=blame,
        status=status if status >= 400 else None,
        path=told.param if blame == "client" else "",
        code=told.codes[0] if told.codes else None,
        phase=phase,
        retry_after_seconds=retry_after,
        reply=reply,
    )


def _kind_of_codes(codes: tuple[str, ...]) -> Kind | None:
    for code in codes:
        if code in _BY_CODE:
            return _BY_CODE[code]
    return None


def _kind_of_wording(message: str, status: int) -> Kind | None:
    if status not in _WORDING_STATUSES:
        return None
    lowered = message.lower()
    return next((kind for words, kind in _BY_WORDING if words in lowered), None)


def _kind_of_status(status: int) -> Kind:
    kind = _BY_STATUS.get(status)
    if kind is not None:
        return kind
    return Kind.INVALID_REQUEST if 400 <= status < 500 else Kind.UNAVAILABLE


def _read_retry_after(headers: list[tuple[bytes, bytes]]) -> float | None:
    """Seconds. A date needs to know what time it is, so it is left to the caller."""
    found = {name.lower(): value for name, value in headers}
    for name, scale in ((b"retry-after-ms", 0.001), (b"retry-after", 1.0)):
        try:
            seconds = float(found[name]) * scale
        except (KeyError, ValueError):
            continue
        if 0 <= seconds < math.inf:
            return seconds
    return None


# -- ours into the client's words ------------------------------------------------------------------------------------


def emit_error(error: DragomanError) -> WireReply:
    """An error before anything was sent. A provider's own body passes unmodified, unless it speaks of our keys."""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if error.retry_after_seconds is not None:
        headers = ((b"retry-after", str(math.ceil(error.retry_after_seconds)).encode()),)
    reply = error.reply
    if reply is not None and reply.dialect == NAME and not _speaks_of_our_keys(error):
        return WireReply(reply.status, reply.body, reply.content_type.encode("latin-1", "replace"), headers)
    return WireReply(error.own_status, encode_json(_describe(error)), headers=headers)


def emit_stream_error(error: DragomanError) -> bytes:
    """An error after the headers have gone: an unnamed event with an `error`, and no `[DONE]` after it."""
    described: Any = None
    reply = error.reply
    if reply is not None and reply.dialect == NAME and not _speaks_of_our_keys(error):
        described = _read_error_body(reply.body)
    return b"data: " + encode_json(described or _describe(error)) + b"\n\n"


def _read_error_body(body: bytes) -> Fields | None:
    """The provider's own words, if clients will recognise them as an error."""
    try:
        value = decode_value(body)
    except DragomanError:
        return None
    return value if type(value) is dict and type(value.get("error")) is dict else None


def _speaks_of_our_keys(error: DragomanError) -> bool:
    return error.blame == "gateway" and error.kind in _OUR_CREDENTIALS


def _describe(error: DragomanError) -> Fields:
    kind, code = _WIRE_WORDS[error.kind]
    return {
        "error": {
            "message": error.told,
            "type": kind,
            "param": error.path or None,
            "code": _choose_code(error) or code,
        }
    }


def _choose_code(error: DragomanError) -> str | None:
    """The code that the error brings along. Agents act on OpenAI's codes, so another dialect's word must be one."""
    is_foreign = error.reply is not None and error.reply.dialect != NAME
    return None if is_foreign and _BY_CODE.get(error.code or "") != error.kind else error.code
