"""A gateway seen from the command line: two calls over plain `http.client`, which is here anyway and starts at once.

Every failure is a `DragomanError` that says what to do. A stream that stops without a finish reason was cut off, and is
never passed off as an answer.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import SplitResult, urlsplit

from dragoman.errors import DragomanError, Kind, invalid
from dragoman.wire.sse import SseDecoder, SseFrame

CONNECT_SECONDS = 5.0
READ_SECONDS = 600.0
CHUNK_BYTES = 64 * 1024
MAX_BODY_BYTES = 8 * 1024 * 1024


class Gateway:
    """Where a gateway is, and the key that it wants to see."""

    def __init__(self, url: str, key: str = "") -> None:
        self._parts = _split_url(url)
        self._url = url
        self._key = key

    def list_models(self) -> list[str]:
        """The names of its models, in its own order."""
        with self._send("GET", "/v1/models", None) as response:
            answer = _decode(response.read(MAX_BODY_BYTES))
        return [str(model["id"]) for model in answer.get("data", ()) if isinstance(model, dict) and "id" in model]

    def stream_answer(self, model: str, question: str) -> Generator[str]:
        """The text of the answer, piece by piece."""
        body = {"model": model, "stream": True, "messages": [{"role": "user", "content": question}]}
        is_finished = False
        with self._send("POST", "/v1/chat/completions", json.dumps(body).encode()) as response:
            for frame in _read_frames(response):
                if frame.data is None or frame.data == b"[DONE]":
                    continue
                text, is_last = _read_chunk(_decode(frame.data))
                is_finished = is_finished or is_last
                if text:
                    yield text
        if not is_finished:
            raise _unavailable("The answer was cut off before its end.")

    @contextmanager
    def _send(self, method: str, path: str, body: bytes | None) -> Iterator[http.client.HTTPResponse]:
        """Send a request and wait for the head of its answer; the connection is gone when the block ends."""
        headers = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        with closing(self._open()) as connection:
            try:
                connection.request(method, self._parts.path.rstrip("/") + path, body, headers)
                response = connection.getresponse()
            except (OSError, http.client.HTTPException) as error:
                raise _unavailable(f"{self._url} does not answer as a gateway does ({type(error).__name__}).") from None
            with response:
                if response.status >= 400:
                    raise _refused(response.status, response.read(MAX_BODY_BYTES))
                yield response

    def _open(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._parts.hostname or "", self._parts.port, timeout=CONNECT_SECONDS)
        try:
            connection.connect()
        except OSError as error:
            message = f"No gateway answers at {self._url} ({error.strerror or type(error).__name__})."
            raise _unavailable(f"{message} Start one with: dragoman serve") from None
        connection.sock.settimeout(READ_SECONDS)
        return connection


def _split_url(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:
        has_port = False
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or not has_port:
        raise invalid("The URL of the gateway must look like http://127.0.0.1:8642.")
    return parts


def _read_frames(response: http.client.HTTPResponse) -> Iterator[SseFrame]:
    decoder = SseDecoder()
    try:
        while chunk := response.read1(CHUNK_BYTES):
            yield from decoder.feed(chunk)
    except (OSError, http.client.HTTPException):
        raise _unavailable("The connection broke before the answer's end.") from None
    yield from decoder.finish()


def _read_chunk(chunk: dict[str, Any]) -> tuple[str, bool]:
    """The text of a chunk, and whether it carries a finish reason."""
    if "error" in chunk:
        raise _unavailable(_message_of(chunk) or "The answer ended with an error.")
    choices = chunk.get("choices") or [{}]
    choice = choices[0] if isinstance(choices[0], dict) else {}
    delta = choice.get("delta") or {}
    text = delta.get("content") or delta.get("refusal") or ""
    return (text if isinstance(text, str) else ""), choice.get("finish_reason") is not None


def _decode(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise _unavailable("What came back is not the JSON that a gateway answers with.")
    return value


def _message_of(answer: dict[str, Any]) -> str:
    error = answer.get("error")
    message = error.get("message") if isinstance(error, dict) else error
    return message if isinstance(message, str) else ""


def _refused(status: int, body: bytes) -> DragomanError:
    try:
        message = _message_of(_decode(body))
    except DragomanError:
        message = ""
    hint = " Set DRAGOMAN_API_KEY to a key of the gateway." if status == 401 else ""
    return _unavailable(f"{message or f'The gateway refused with status {status}.'}{hint}")


def _unavailable(message: str) -> DragomanError:
    return DragomanError(Kind.UNAVAILABLE, message, blame="gateway")
