"""A client that is no SDK: exact bytes out, exact bytes in."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 20.0

PATHS = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "anthropic": "/v1/messages",
    "gemini": "/v1beta/models/gemini/sim-large:generateContent",
}
GEMINI_STREAM = "/v1beta/models/gemini/sim-large:streamGenerateContent?alt=sse"


class Answered(NamedTuple):
    """An answer as it came. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    url: str, path: str, body: bytes | None, headers: Mapping[str, str] | None = None, method: str = "POST"
) -> Answered:
    """One request on a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(method, path, body, {"content-type": "application/json", **(headers or {})})
        response = connection.getresponse()
        return Answered(
            response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()
        )
    finally:
        connection.close()


def small_request(dialect: str, **more: Any) -> bytes:
    """The smallest request of a dialect, for the provider that speaks it."""
    hello: dict[str, Any] = {
        "chat": {"messages": [{"role": "user", "content": "Hi."}]},
        "responses": {"input": "Hi."},
        "anthropic": {"max_tokens": 100, "messages": [{"role": "user", "content": "Hi."}]},
        "gemini": {"contents": [{"role": "user", "parts": [{"text": "Hi."}]}]},
    }[dialect]
    named = {} if dialect == "gemini" else {"model": f"{dialect}/sim-large"}
    return json.dumps({**named, **hello, **more}).encode()
