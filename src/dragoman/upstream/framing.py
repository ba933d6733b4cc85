"""Bytes of a connection in, one answer at a time out; no socket in sight.

httptools' parser does the reading, with all its leniencies off; this class says where an answer begins and ends. A body
is framed by `content-length`, by chunks, or (neither being there) by the end of the connection. Interim answers (1xx)
are skipped; a switch of protocols, which we never ask for, is refused. Invariant: not a byte that follows an answer
gets into it, and `feed` raises nothing but `DragomanError`. RFC 9112 §6, RFC 9110 §15.2.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import httptools

from dragoman.errors import malformed_upstream
from dragoman.upstream.transport import Headers

Stage = Literal["idle", "head", "body", "complete"]

MAX_HEAD_BYTES = 64 * 1024  # beyond it comes at most what one read from the socket brings
MAX_HEADERS = 256
MAX_BARREN_BYTES = 64 * 1024  # chunk extensions and trailers in a row that carry no body


class _StopError(Exception):
    """Raised inside a callback, so that the parser stops at that byte; the text says why."""


class AnswerParser:
    """Parses one answer after another; `expect` announces each, `chunks` collects its body until somebody takes it."""

    __slots__ = (
        "_barren_bytes",
        "_fields",
        "_head_bytes",
        "_is_head_request",
        "_is_interim",
        "_parser",
        "chunks",
        "headers",
        "is_reusable",
        "on_body",
        "stage",
        "status",
    )

    def __init__(self) -> None:
        self.stage: Stage = "idle"
        self.status = 0
        self.headers: Headers = []
        self.chunks: list[bytes] = []
        self.is_reusable = True
        self.on_body: Callable[[bytes], None] = self.chunks.append  # no frame of ours for every piece of body
        self._fields: Headers = []
        self._is_head_request = False
        self._is_interim = False
        self._head_bytes = 0
        self._barren_bytes = 0
        self._parser = httptools.HttpResponseParser(self)

    def expect(self, method: bytes) -> None:
        """A request with this method goes out; what comes now is its answer."""
        self.stage = "head"
        self._is_head_request = method == b"HEAD"
        self._fields = []
        self._head_bytes = 0
        self._barren_bytes = 0

    @property
    def is_silent(self) -> bool:
        """Not a byte of the expected answer has come."""
        return self.stage == "head" and self._head_bytes == 0

    def feed(self, data: bytes) -> None:
        """Parses what the socket gave; `stage`, `headers` and `chunks` tell what came of it."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._stopped(error)
        if self.stage != "complete":
            self._bound(len(data))

    def end(self) -> bool:
        """The peer will send no more; True if that is how this answer ends."""
        if self.stage == "body" and not self.is_reusable and _is_framed_by_end(self.headers):
            self.stage = "complete"
            return True
        return False

    def on_message_begin(self) -> None:
        """Called by the parser at the first byte of an answer, asked for or not."""
        if self.stage == "complete":
            raise _StopError("bytes after the end of the answer")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser for a header or a trailer; trailers end up in a list that nobody reads."""
        self._fields.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Called by the parser when the head is whole."""
        parser = self._parser
        status = parser.get_status_code()
        fields, self._fields = self._fields, []
        if len(fields) > MAX_HEADERS:
            raise _StopError(f"more than {MAX_HEADERS} headers")
        if status < 200:
            self._skip_interim(status)
            return
        self.status = status
        self.headers = fields
        self.is_reusable = parser.should_keep_alive()
        self.stage = "body"
        if self._is_head_request:  # its headers may speak of a body that will not come
            self.stage = "complete"
            raise _StopError("the answer to HEAD has no body")

    def on_message_complete(self) -> None:
        """Called by the parser after the last byte of an answer, final or interim."""
        if self._is_interim:
            self._is_interim = False
            if self.chunks:
                raise _StopError("an interim answer with a body")
        else:
            self.stage = "complete"

    def _skip_interim(self, status: int) -> None:
        if status == 101:
            raise _StopError("a switch of protocols that was not asked for")
        if status < 100:
            raise _StopError("a status below 100")
        self._is_interim = True

    def _stopped(self, error: httptools.HttpParserError) -> None:
        """Stopping after the end spoils only the connection; before it, the answer."""
        self.is_reusable = False
        if self.stage != "complete":
            reason = error.__context__ if isinstance(error.__context__, _StopError) else error
            raise malformed_upstream(f"the provider's answer breaks HTTP/1.1: {reason}") from error

    def _bound(self, count: int) -> None:
        if self.stage == "head":
            self._head_bytes += count
            if self._head_bytes > MAX_HEAD_BYTES:
                raise malformed_upstream(f"the head of the provider's answer is longer than {MAX_HEAD_BYTES} bytes")
        else:
            self._barren_bytes = 0 if self.chunks else self._barren_bytes + count
            if self._barren_bytes > MAX_BARREN_BYTES:
                raise malformed_upstream("the provider's answer has chunk extensions or trailers without end")


def _is_framed_by_end(headers: Headers) -> bool:
    return not any(name in {b"content-length", b"transfer-encoding"} for name, _ in headers)
