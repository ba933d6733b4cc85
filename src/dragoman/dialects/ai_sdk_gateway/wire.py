"""Words and tables of the wire format. Spec: the sources of npm `@ai-sdk/gateway` 4 and 3, `@ai-sdk/provider` 4 and 3."""

from __future__ import annotations

from typing import Literal

from dragoman.errors import Kind
from dragoman.model.loss import LossCode
from dragoman.model.request import Effort
from dragoman.model.response import FinishReason

NAME = "ai_sdk_gateway"
V3_NAME = "ai_sdk_gateway_v3"

Version = Literal[3, 4]
"""Of the language model's specification: 4 tags the data of files and attaches citations to text, 3 does neither."""

MODEL_HEADER = "ai-language-model-id"

MINTERS = {"anthropic": "anthropic_messages", "openai": "openai_responses", "google": "gemini_generate"}
"""Who can read the tokens in `providerOptions` and `providerMetadata`: the object's own name says who minted them."""

METADATA = "dragoman"
"""Under which name `providerMetadata` tells what is ours to tell."""

# -- requests --------------------------------------------------------------------------------------------------------

EFFORTS: dict[str, Effort] = {
    "none": "none",
    "minimal": "minimal",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "xhigh",
    "max": "max",
}

THINKING_MODES: dict[str, Literal["off", "on", "adaptive"]] = {
    "enabled": "on",
    "disabled": "off",
    "adaptive": "adaptive",
}

DISPLAYS: dict[str, Literal["summary", "omitted"]] = {"summarized": "summary", "omitted": "omitted"}

CACHE_LIFETIMES: dict[str, Literal["5m", "1h"]] = {"5m": "5m", "1h": "1h"}

REFUSED_GATEWAY_OPTIONS = {
    "byok": "keys belong in the gateway's configuration, not in a request",
    "disallowPromptTraining": "the gateway does not know what its providers train on",
    "has": "the gateway cannot choose among providers by capability yet",
    "headquarters": "the gateway does not know where its providers sit",
    "zeroDataRetention": "the gateway does not know what its providers keep",
}
"""Promises that would be broken by going on without them. Other options that nobody here can honour are losses."""

SNIFFED_MEDIA_TYPES = {
    "iVBORw0KGgo": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
    "JVBERi": "application/pdf",
}
"""How the base64 text of a file begins: callers may say no more than `image/*`."""

# -- answers ---------------------------------------------------------------------------------------------------------

FINISH_TO_WIRE: dict[FinishReason, str] = {
    "stop": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "context_length": "length",
    "tool_calls": "tool-calls",
    "content_filter": "content-filter",
    "refusal": "content-filter",
    "pause": "other",
    "error": "error",
    "other": "other",
}

WARNING_BY_LOSS: dict[LossCode, str] = {
    "dropped": "unsupported",
    "stripped_token": "unsupported",
    "approximated": "compatibility",
    "moved": "compatibility",
    "renamed": "compatibility",
    "schema": "compatibility",
    "emulated": "compatibility",
}
"""A value that only the target demands (`defaulted`) is no wish of the caller's that was not met: no warning."""

ERROR_TYPES: dict[Kind, str] = {
    Kind.INVALID_REQUEST: "invalid_request_error",
    Kind.UNSUPPORTED: "invalid_request_error",
    Kind.CONTEXT_LENGTH: "invalid_request_error",
    Kind.CONTENT_POLICY: "invalid_request_error",
    Kind.AUTHENTICATION: "authentication_error",
    Kind.PAYMENT_REQUIRED: "forbidden",
    Kind.PERMISSION: "forbidden",
    Kind.NOT_FOUND: "not_found",
    Kind.CONFLICT: "invalid_request_error",
    Kind.TOO_LARGE: "invalid_request_error",
    Kind.RATE_LIMIT: "rate_limit_exceeded",
    Kind.TIMEOUT: "internal_server_error",
    Kind.OVERLOADED: "internal_server_error",
    Kind.UNAVAILABLE: "internal_server_error",
    Kind.INTERNAL: "internal_server_error",
}
"""The SDK makes one class of each type; whether to try again it decides by the status."""
