"""What stands around an answer of Gemini's: the shape of an error, headers, the list of models."""

from __future__ import annotations

from collections.abc import Iterable

from tests.simulator.complaint import ComplaintError
from tests.simulator.say import JSON

STATUS_WORD = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    402: "FAILED_PRECONDITION",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    408: "DEADLINE_EXCEEDED",
    409: "ABORTED",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
    529: "UNAVAILABLE",
}
TYPE = "type.googleapis.com/google.rpc."


def error(complaint: ComplaintError, request_id: str) -> JSON:
    """A code is the reason in the details; a wait stands there too."""
    word = STATUS_WORD.get(complaint.status, "INVALID_ARGUMENT")
    described: JSON = {"code": complaint.status, "message": complaint.message, "status": word}
    if details := _details(complaint):
        described["details"] = details
    return {"error": described}


def _details(complaint: ComplaintError) -> list[JSON]:
    details: list[JSON] = []
    if complaint.code:
        service = {"service": "generativelanguage.googleapis.com"}
        info = {"reason": complaint.code, "domain": "googleapis.com", "metadata": service}
        details.append({"@type": f"{TYPE}ErrorInfo"} | info)
    if complaint.google_wait_seconds:
        quota = {"quotaMetric": "generativelanguage.googleapis.com/generate_content_requests", "quotaValue": "10"}
        details.append({"@type": f"{TYPE}QuotaFailure", "violations": [quota]})
        details.append({"@type": f"{TYPE}RetryInfo", "retryDelay": f"{complaint.google_wait_seconds:g}s"})
    return details


def headers(request_id: str) -> dict[str, str]:
    return {"server-timing": "gfet4t7; dur=12", "x-content-type-options": "nosniff"}


def models(names: Iterable[str]) -> JSON:
    return {
        "models": [
            {
                "name": f"models/{name}",
                "version": "001",
                "displayName": name.title(),
                "inputTokenLimit": 1_048_576,
                "outputTokenLimit": 65_536,
                "supportedGenerationMethods": ["generateContent", "countTokens"],
            }
            for name in names
        ]
    }
