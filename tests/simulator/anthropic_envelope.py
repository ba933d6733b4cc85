"""What stands around an answer of Anthropic's: the shape of an error, headers, the list of models."""

from __future__ import annotations

from collections.abc import Iterable

from tests.simulator.complaint import ComplaintError
from tests.simulator.say import JSON

ERROR_TYPE = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    502: "api_error",
    503: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def headers(request_id: str) -> dict[str, str]:
    return {"request-id": request_id, "anthropic-organization-id": "00000000-0000-4000-8000-000000000000"}


def error(complaint: ComplaintError, request_id: str) -> JSON:
    """A code is the word for the type, or stands in the details that tell more."""
    code = complaint.code or ""
    kind = code if code.endswith("_error") else ERROR_TYPE.get(complaint.status, "invalid_request_error")
    details = {"details": {"error_code": code}} if code and code != kind else {}
    body: JSON = {"type": "error", "error": {"type": kind, "message": complaint.message} | details}
    return body | {"request_id": request_id} if request_id else body


def models(names: Iterable[str]) -> JSON:
    data = [
        {
            "type": "model",
            "id": name,
            "display_name": name.title(),
            "created_at": "2025-01-01T00:00:00Z",
            "lifecycle": "active",
        }
        for name in names
    ]
    ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"]} if data else {"first_id": None, "last_id": None}
    return {"data": data, "has_more": False} | ends
