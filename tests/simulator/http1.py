"""Requests out of bytes: HTTP/1.1 as far as a provider's API needs it, sans-IO.

`Inbox.feed` takes bytes as they come, `Inbox.next_request` gives a request once it is whole. A body comes with a
content-length or in chunks (RFC 9112, sections 6 and 7). Everything is bounded.
"""

from __future__ import annotations

from urllib.parse import parse_qsl

import msgspec

MAX_HEAD = 65_536
MAX_BODY = 64 << 20


class BadRequestError(Exception):
    """Bytes that are no request, or one too large."""


class Request(msgspec.Struct, frozen=True):
    """One request, whole. Header names are in lower case; what came twice is joined by a comma."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""

    @property
    def keeps_alive(self) -> bool:
        return self.headers.get("connection", "").lower() != "close"


def parse_head(head: bytes) -> Request:
    """The request line and the headers, without the blank line at their end."""
    first, *lines = head.split(b"\r\n")
    words = first.split(b" ")
    if len(words) != 3 or words[2] != b"HTTP/1.1":
        raise BadRequestError(f"no HTTP/1.1 request line: {first[:80]!r}")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon or not name or name != name.strip():
            raise BadRequestError(f"no header line: {line[:80]!r}")
        name, value = name.lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if "transfer-encoding" in headers and "content-length" in headers:
        raise BadRequestError("both transfer-encoding and content-length: a request must have one length")
    path, _, query = words[1].decode("latin-1").partition("?")
    pairs = parse_qsl(query, keep_blank_values=True)
    return Request(words[0].decode("latin-1"), path, dict(pairs), headers)


class Inbox:
    """Bytes of one connection, and how far they have been understood."""

    __slots__ = ("_body", "_buffer", "_head", "wants_continue")

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._head: Request | None = None
        self._body = bytearray()
        self.wants_continue = False

    def __len__(self) -> int:
        return len(self._buffer) + len(self._body)

    def feed(self, data: bytes) -> None:
        self._buffer += data
        if len(self) > MAX_HEAD + MAX_BODY:
            raise BadRequestError("too many bytes")

    def next_request(self) -> Request | None:
        """A whole request, or None while bytes are missing."""
        if self._head is None and not self._take_head():
            return None
        assert self._head is not None
        if not (self._take_chunks() if self._is_chunked() else self._take_length()):
            return None
        request = msgspec.structs.replace(self._head, body=bytes(self._body))
        self._head = None
        self._body.clear()
        self.wants_continue = False
        return request

    def _is_chunked(self) -> bool:
        assert self._head is not None
        return self._head.headers.get("transfer-encoding", "").lower() == "chunked"

    def _take_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n", 0, MAX_HEAD + 4)
        if end < 0:
            if len(self._buffer) > MAX_HEAD:
                raise BadRequestError("the head is too long")
            return False
        self._head = parse_head(bytes(self._buffer[:end]))
        del self._buffer[: end + 4]
        self.wants_continue = self._head.headers.get("expect", "").lower() == "100-continue"
        return True

    def _take_length(self) -> bool:
        assert self._head is not None
        text = self._head.headers.get("content-length", "0")
        if not text.isascii() or not text.isdigit() or int(text) > MAX_BODY:
            raise BadRequestError(f"content-length is no acceptable number: {text[:40]!r}")
        if len(self._buffer) < int(text):
            return False
        self._body += self._buffer[: int(text)]
        del self._buffer[: int(text)]
        return True

    def _take_chunks(self) -> bool:
        """Move whole chunks into the body; true once the last one, and its trailers, are read."""
        while (line_end := self._buffer.find(b"\r\n", 0, 1024)) >= 0:
            try:
                size = int(bytes(self._buffer[:line_end]).partition(b";")[0], 16)
            except ValueError as error:
                raise BadRequestError("no chunk size") from error
            if size == 0:
                return self._take_trailers(line_end)
            end = line_end + 2 + size
            if size < 0 or len(self._body) + size > MAX_BODY:
                raise BadRequestError("a chunk is too long")
            if len(self._buffer) < end + 2:
                return False
            self._body += self._buffer[line_end + 2 : end]
            del self._buffer[: end + 2]
        return False

    def _take_trailers(self, line_end: int) -> bool:
        end = self._buffer.find(b"\r\n\r\n", line_end, line_end + MAX_HEAD)
        if end < 0:
            return False
        del self._buffer[: end + 4]
        return True
