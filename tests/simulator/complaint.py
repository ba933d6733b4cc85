"""Refusals before they have a dialect, and the headers that say when to come back.

Rules raise a complaint; a scripted status becomes one as well. Each dialect puts it into its own shape.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime

from tests.simulator.fault import Fault, RetryForm
from tests.simulator.say import JSON

WORDS = {
    400: "The request is malformed.",
    401: "The API key is not valid.",
    402: "The credit balance is too low.",
    403: "This key has no permission for the resource.",
    404: "The model does not exist or you have no access to it.",
    408: "The request took too long to arrive.",
    409: "The request conflicts with another one.",
    413: "The request is larger than the allowed number of bytes.",
    422: "The request is well formed but cannot be followed.",
    429: "Rate limit reached. Please try again later.",
    500: "The server had an error while working on the request.",
    502: "Bad gateway.",
    503: "The server is overloaded or not ready yet.",
    504: "The server did not answer in time.",
    529: "Overloaded",
}


class ComplaintError(Exception):
    """Why a request is refused. `code` is a word of the dialect that goes beyond the status."""

    def __init__(
        self, status: int, message: str = "", *, code: str | None = None, param: str | None = None, wait: float = 0.0
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message or WORDS.get(status, f"The server answers with status {status}.")
        self.code = code
        self.param = param
        self.google_wait_seconds = wait


def refuse(message: str, param: str | None = None) -> ComplaintError:
    """The commonest complaint: the request is not one that the real API takes."""
    return ComplaintError(400, message, param=param)


def scripted_complaint(fault: Fault) -> ComplaintError:
    """The error that a fault asks for."""
    wait = fault.retry_after_seconds if "google" in fault.retry_forms else None
    return ComplaintError(fault.status or 500, fault.message or "", code=fault.code, wait=wait or 0.0)


def _seconds(wait: float, now: float) -> JSON:
    return {"retry-after": f"{wait:g}"}


def _date(wait: float, now: float) -> JSON:
    moment = datetime.fromtimestamp(math.ceil(now + wait), UTC)
    return {"retry-after": format_datetime(moment, usegmt=True)}


def _milliseconds(wait: float, now: float) -> JSON:
    return {"retry-after-ms": f"{wait * 1000:.0f}"}


def _openai_window(wait: float, now: float) -> JSON:
    minutes, seconds = divmod(wait, 60)
    words = f"{minutes:.0f}m{seconds:g}s" if minutes else f"{seconds:g}s"
    return {
        "x-ratelimit-limit-requests": "500",
        "x-ratelimit-remaining-requests": "0",
        "x-ratelimit-reset-requests": words,
        "x-ratelimit-limit-tokens": "30000",
        "x-ratelimit-remaining-tokens": "29000",
        "x-ratelimit-reset-tokens": "2ms",
    }


def _anthropic_window(wait: float, now: float) -> JSON:
    reset = datetime.fromtimestamp(math.ceil(now + wait), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "anthropic-ratelimit-requests-limit": "50",
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": reset,
        "anthropic-ratelimit-tokens-limit": "40000",
        "anthropic-ratelimit-tokens-remaining": "39000",
        "anthropic-ratelimit-tokens-reset": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _nothing(wait: float, now: float) -> JSON:
    return {}  # Google says it in the body


RETRY_HEADERS: Mapping[RetryForm, Callable[[float, float], JSON]] = {
    "seconds": _seconds,
    "date": _date,
    "ms": _milliseconds,
    "x-ratelimit": _openai_window,
    "anthropic-ratelimit": _anthropic_window,
    "google": _nothing,
}


def retry_headers(fault: Fault, now: float) -> dict[str, str]:
    """The headers that tell how long to wait, in every form that the fault asks for."""
    headers: dict[str, str] = {}
    if fault.retry_after_seconds is not None:
        for form in fault.retry_forms:
            headers |= RETRY_HEADERS[form](fault.retry_after_seconds, now)
    return headers
