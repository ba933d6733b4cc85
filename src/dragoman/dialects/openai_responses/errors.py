"""Errors, both ways. A provider's error is known by its code, then by its type, then by its status.

Text is matched only where servers of this dialect give one status and no telling code for different faults; each
pattern has its vector. Messages are in our own words: the provider's ride in `reply`, for clients of this dialect.
Spec: https://platform.openai.com/docs/guides/error-codes
"""

from __future__ import annotations

import math
import re
from typing import Any

from dragoman.dialects.base import WireReply
from dragoman.dialects.openai_responses.wire import NAME
from dragoman.dialects.provider_errors import KIND_BY_STATUS, MESSAGE_BY_KIND, map_blame, read_seconds, select_own_reply
from dragoman.errors import STATUS_BY_KIND, DragomanError, Kind, UpstreamReply
from dragoman.wire.json_document import decode_object, encode_json
from dragoman.wire.json_read import Fields

_KIND_BY_CODE: dict[str, Kind] = {
    "context_length_exceeded": Kind.CONTEXT_LENGTH,
    "string_above_max_length": Kind.TOO_LARGE,
    "insufficient_quota": Kind.PAYMENT_REQUIRED,
    "billing_hard_limit_reached": Kind.PAYMENT_REQUIRED,
    "billing_not_active": Kind.PAYMENT_REQUIRED,
    "account_deactivated": Kind.PERMISSION,
    "rate_limit_exceeded": Kind.RATE_LIMIT,
    "tokens_exceeded": Kind.RATE_LIMIT,
    "slow_down": Kind.OVERLOADED,
    "server_is_overloaded": Kind.OVERLOADED,
    "engine_overloaded": Kind.OVERLOADED,
    "invalid_api_key": Kind.AUTHENTICATION,
    "model_not_found": Kind.NOT_FOUND,
    "DeploymentNotFound": Kind.NOT_FOUND,
    "unsupported_country_region_territory": Kind.PERMISSION,
    "content_filter": Kind.CONTENT_POLICY,
    "content_policy_violation": Kind.CONTENT_POLICY,
    "cyber_policy": Kind.CONTENT_POLICY,
    "bio_policy": Kind.CONTENT_POLICY,
    "misalignment_policy_violation": Kind.CONTENT_POLICY,
    "image_content_policy_violation": Kind.CONTENT_POLICY,
    "server_error": Kind.UNAVAILABLE,
    "vector_store_timeout": Kind.TIMEOUT,
}

_KIND_BY_TYPE: dict[str, Kind] = {
    "insufficient_quota": Kind.PAYMENT_REQUIRED,
    "authentication_error": Kind.AUTHENTICATION,
    "permission_error": Kind.PERMISSION,
    "not_found_error": Kind.NOT_FOUND,
    "rate_limit_error": Kind.RATE_LIMIT,
    "rate_limit_exceeded": Kind.RATE_LIMIT,
    "tokens": Kind.RATE_LIMIT,
    "requests": Kind.RATE_LIMIT,
    "overloaded_error": Kind.OVERLOADED,
    "service_unavailable_error": Kind.OVERLOADED,
    "timeout_error": Kind.TIMEOUT,
    "server_error": Kind.UNAVAILABLE,
}


_KIND_BY_TEXT: tuple[tuple[str, Kind], ...] = (
    ("context window", Kind.CONTEXT_LENGTH),
    ("context length", Kind.CONTEXT_LENGTH),
    ("maximum prompt length", Kind.CONTEXT_LENGTH),
    ("content management policy", Kind.CONTENT_POLICY),
    ("violating our usage policy", Kind.CONTENT_POLICY),
    ("incorrect api key", Kind.AUTHENTICATION),
)

_WORDS_BY_KIND: dict[Kind, tuple[str, str | None]] = {
    Kind.UNSUPPORTED: ("invalid_request_error", "unsupported_value"),
    Kind.CONTEXT_LENGTH: ("invalid_request_error", "context_length_exceeded"),
    Kind.CONTENT_POLICY: ("invalid_request_error", "content_policy_violation"),
    Kind.AUTHENTICATION: ("invalid_request_error", "invalid_api_key"),
    Kind.PAYMENT_REQUIRED: ("insufficient_quota", "insufficient_quota"),
    Kind.PERMISSION: ("permission_error", "permission_denied"),
    Kind.NOT_FOUND: ("invalid_request_error", "model_not_found"),
    Kind.CONFLICT: ("conflict_error", None),
    Kind.TOO_LARGE: ("invalid_request_error", "request_too_large"),
    Kind.RATE_LIMIT: ("rate_limit_error", "rate_limit_exceeded"),
    Kind.TIMEOUT: ("server_error", "timeout"),
    Kind.OVERLOADED: ("server_error", "server_is_overloaded"),
    Kind.UNAVAILABLE: ("server_error", "server_error"),
    Kind.INTERNAL: ("server_error", "server_error"),
}
"""Type and code; what is not here is an `invalid_request_error` without a code."""

_FAILURE_CODES: dict[Kind, str] = {
    Kind.CONTEXT_LENGTH: "context_length_exceeded",
    Kind.PAYMENT_REQUIRED: "insufficient_quota",
    Kind.RATE_LIMIT: "rate_limit_exceeded",
    Kind.CONTENT_POLICY: "invalid_prompt",
    Kind.INVALID_REQUEST: "invalid_prompt",
    Kind.UNSUPPORTED: "invalid_prompt",
    Kind.TOO_LARGE: "invalid_prompt",
}
"""Codes of a failed response; agents act on them. What is not here is a `server_error`, which they try again."""

_PLAIN_WORD = re.compile(r"[A-Za-z0-9_.\[\]-]{1,80}")


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
    reply = UpstreamReply(dialect=NAME, status=status, content_type=content_type.decode("latin-1"), body=body)
    error = _classify(_error_of(fields), status, reply)
    error.retry_after_seconds = retry_after
    return error


def read_failure(error: Any) -> DragomanError:
    """An error inside an answer with status 200: an `error` event, or the `error` of a failed response. Its reply is
    the error answer that the provider would have given with a status, had it known in time."""
    found: Fields = error if type(error) is dict else {}
    kind = _kind_of(found, None)
    status = 429 if kind is Kind.PAYMENT_REQUIRED else STATUS_BY_KIND[kind]
    whole = {"message": "", "type": None, "param": None, "code": None} | found
    reply = UpstreamReply(
        dialect=NAME, status=status, content_type="application/json", body=encode_json({"error": whole})
    )
    failure = _classify(found, None, reply)
    failure.phase = "stream"
    return failure


def error_of_event(fields: Fields) -> Any:
    """The error object of an `error` event, in both of its forms: nested, or flat beside the event's own fields."""
    if type(fields.get("error")) is dict:
        return fields["error"]
    return {name: value for name, value in fields.items() if name in ("message", "code", "param")}


def _classify(error: Fields, status: int | None, reply: UpstreamReply) -> DragomanError:
    kind = _kind_of(error, status)
    blame = map_blame(kind)
    message = error.get("message")
    reply.said = message if type(message) is str else ""
    code = _word(error.get("code")) or _word(error.get("type"))
    words = MESSAGE_BY_KIND[kind]
    where = " at ".join(word for word in (_word(error.get("code")), _word(error.get("param"))) if word)
    return DragomanError(
        kind,
        f"{words.removesuffix('.')} ({where})." if where and blame == "client" else words,
        blame=blame,
        status=status if blame == "client" else None,
        code=code or None,
        phase="body",
        reply=reply,
    )


def _kind_of(error: Fields, status: int | None) -> Kind:
    kind = _KIND_BY_CODE.get(_word(error.get("code"))) or _KIND_BY_TYPE.get(_word(error.get("type")))
    if kind is not None:
        return kind
    message = error.get("message")
    if type(message) is str and (status is None or 400 <= status < 500):
        lowered = message.lower()
        found = next((kind for text, kind in _KIND_BY_TEXT if text in lowered), None)
        if found is not None:
            return found
    if status is None:
        return Kind.INVALID_REQUEST if error.get("code") in ("invalid_prompt", "invalid_value") else Kind.UNAVAILABLE
    return KIND_BY_STATUS.get(status, Kind.INVALID_REQUEST if 400 <= status < 500 else Kind.UNAVAILABLE)


def _error_of(fields: Fields) -> Fields:
    """The error object. Some servers write a bare text, beside a code of their own or under another name."""
    error = fields.get("error")
    if type(error) is dict:
        return error
    texts = (error, fields.get("detail"), fields.get("message"))
    return {"message": next((text for text in texts if type(text) is str), ""), "code": fields.get("code")}


def _word(value: Any) -> str:
    """A code, type or path: short and plain, so that it may be repeated to the caller."""
    return value if type(value) is str and _PLAIN_WORD.fullmatch(value) else ""


# -- client side -----------------------------------------------------------------------------------------------------


def emit_error(error: DragomanError) -> WireReply:
    """An error answer; a provider's own one in this dialect goes on as it came."""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if error.retry_after_seconds is not None:
        headers = ((b"retry-after", str(math.ceil(error.retry_after_seconds)).encode()),)
    reply = select_own_reply(error, NAME)
    if reply is not None:
        return WireReply(reply.status, reply.body, reply.content_type.encode("latin-1", "replace"), headers)
    kind, code = _WORDS_BY_KIND.get(error.kind, ("invalid_request_error", None))
    fields = {"message": error.told, "type": kind, "param": error.path or None, "code": code}
    return WireReply(error.own_status, encode_json({"error": fields}), headers=headers)


def failure_fields(error: DragomanError) -> Fields:
    """The `error` of a failed response. A provider's own one in this dialect keeps its words."""
    reply = select_own_reply(error, NAME)
    if reply is not None:
        try:
            own = _error_of(decode_object(reply.body))
        except DragomanError:
            own = {}
        if type(own.get("message")) is str and own["message"] and type(own.get("code")) is str:
            return {"code": own["code"], "message": own["message"]}
    message = error.told
    if error.kind is Kind.RATE_LIMIT and error.retry_after_seconds is not None:
        message = f"{message} Please try again in {math.ceil(error.retry_after_seconds)}s."
    return {"code": _FAILURE_CODES.get(error.kind, "server_error"), "message": message}
