"""What stands around an answer in both of OpenAI's dialects: the shape of an error, headers, the list of models."""

from __future__ import annotations

from collections.abc import Iterable

from tests.simulator.complaint import ComplaintError
from tests.simulator.dialect import letters
from tests.simulator.say import JSON

TYPE_BY_STATUS = {
    401: "invalid_request_error",
    402: "billing_error",
    403: "permission_error",
    408: "timeout_error",
    409: "conflict_error",
    429: "requests",
    500: "server_error",
    502: "server_error",
    503: "server_error",
    504: "server_error",
    529: "server_error",
}
CODE_BY_STATUS = {
    401: "invalid_api_key",
    402: "insufficient_balance",
    403: "unsupported_country_region_territory",
    404: "model_not_found",
    413: "request_too_large",
    429: "rate_limit_exceeded",
    500: "server_error",
    503: "server_is_overloaded",
    529: "server_is_overloaded",
}
TYPE_BY_CODE = {"insufficient_quota": "insufficient_quota", "tokens": "tokens"}


def describe_error(complaint: ComplaintError) -> JSON:
    """The object that stands under `error`."""
    code = complaint.code or CODE_BY_STATUS.get(complaint.status)
    kind = TYPE_BY_CODE.get(code or "") or TYPE_BY_STATUS.get(complaint.status, "invalid_request_error")
    return {"message": complaint.message, "type": kind, "param": complaint.param, "code": code}


def openai_headers(request_id: str) -> dict[str, str]:
    """With the cookie and the account names that a gateway must not pass on."""
    return {
        "openai-organization": "org-simulated",
        "openai-processing-ms": "12",
        "openai-version": "2020-10-01",
        "x-request-id": request_id,
        "set-cookie": f"__cf_bm={letters(43, request_id)}; path=/; HttpOnly; Secure; SameSite=None",
    }


def openai_models(names: Iterable[str]) -> JSON:
    return {
        "object": "list",
        "data": [{"id": name, "object": "model", "created": 1_700_000_000, "owned_by": "simulator"} for name in names],
    }
