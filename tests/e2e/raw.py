"""A client that is no SDK: exact bytes out, exact bytes in."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 60.0

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


def begin(port: int, path: str, body: bytes, receive_buffer: int | None = None, key: str = "") -> socket.socket:
    """A request sent, its answer not waited for. A small `receive_buffer` makes a client that soon takes no more."""
    peer = socket.socket()
    if receive_buffer is not None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    peer.settimeout(TIMEOUT_SECONDS)
    peer.connect(("127.0.0.1", port))
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    head += f"x-api-key: {key}\r\n" if key else ""
    peer.sendall(head.encode() + b"content-length: %d\r\n\r\n" % len(body) + body)
    return peer


def address(client: str, model: str, *, stream: bool) -> tuple[str, bytes]:
    """Path and body of the smallest request of a dialect for any model."""
    if client == "gemini":
        path = GEMINI_STREAM if stream else PATHS[client]
        return path.replace("gemini/sim-large", model), small_request(client)
    more = {"stream": True} if stream else {}
    return PATHS[client], small_request(client, model=model, **more)


def small_request(dialect: str, **more: Any) -> bytes:
    """The smallest request of a dialect, for the provider that speaks it."""
    hello: dict[str, dict[str, Any]] = {
        "chat": {"messages": [{"role": "user", "content": "Hi."}]},
        "responses": {"input": "Hi."},
        "anthropic": {"max_tokens": 100, "messages": [{"role": "user", "content": "Hi."}]},
        "gemini": {"contents": [{"role": "user", "parts": [{"text": "Hi."}]}]},
    }
    named = {} if dialect == "gemini" else {"model": f"{dialect}/sim-large"}
    return json.dumps({**named, **hello[dialect], **more}).encode()


def read_error(dialect: str, answered: Answered) -> str:
    """The message of an error answer, which must have the dialect's own shape."""
    body = answered.json
    error = body["error"]
    if dialect == "anthropic":
        assert (body["type"], set(error) >= {"type", "message"}) == ("error", True)
    elif dialect == "gemini":
        assert (error["code"], error["status"].isupper()) == (answered.status, True)
    else:
        assert set(error) >= {"message", "type", "param", "code"}
    return str(error["message"])


def read_until_closed(peer: socket.socket) -> bytes:
    """Everything that still comes."""
    pieces = []
    while piece := peer.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)
