"""The meter's ear on a stream that is passed on as it is.

Each chunk is read through small structs that skip all that the meter does not need. A chunk that makes no sense, or that
tells of an error, is never passed on; what was good before it is, and the error is raised by the next call.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from dragoman.dialects.gemini_generate.errors import malformed_stream, parse_error, truncated_stream
from dragoman.dialects.gemini_generate.framing import FrameReader
from dragoman.dialects.gemini_generate.parse_response import parse_blocked, parse_finish
from dragoman.dialects.gemini_generate.usage import parse_usage
from dragoman.errors import DragomanError
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from dragoman.wire.json_document import check_utf8

_ABSENT = msgspec.Raw()
_END_OF_EVENT = re.compile(rb"(?:\r\n|\n|\r){2}")


class _Part(msgspec.Struct, gc=False):
    text: str | None = None
    call: msgspec.Raw = msgspec.field(name="functionCall", default=_ABSENT)


class _Content(msgspec.Struct, gc=False):
    parts: list[_Part] | None = None


class _Candidate(msgspec.Struct, gc=False):
    content: _Content | None = None
    finish: str | None = msgspec.field(name="finishReason", default=None)
    index: int = 0


class _Chunk(msgspec.Struct, gc=False):
    candidates: list[_Candidate] | None = None
    usage: msgspec.Raw = msgspec.field(name="usageMetadata", default=_ABSENT)
    response_id: str | None = msgspec.field(name="responseId", default=None)
    feedback: dict[str, Any] | None = msgspec.field(name="promptFeedback", default=None)
    error: msgspec.Raw = _ABSENT


_decode = msgspec.json.Decoder(_Chunk).decode
_decode_any = msgspec.json.Decoder().decode


class StreamListener:
    """One stream."""

    def __init__(self) -> None:
        self.is_meaningful = False
        self.usage: Usage | None = None
        self.end: Finish | None = None
        self.response_id: str | None = None
        self._frames = FrameReader()
        self._reported = _ABSENT
        self._open: set[int] = set()
        self._ended: set[int] = set()
        self._callers: set[int] = set()
        self._error: DragomanError | None = None

    def feed(self, chunk: bytes) -> bytes:
        """The whole events in these bytes."""
        if self._error is not None:
            raise self._error
        return self._listen(self._frames.feed(chunk))

    def finish(self) -> bytes:
        """What is left, if every candidate has come to its end."""
        if self._error is not None:
            raise self._error
        rest = self._listen(self._frames.finish())
        if self._error is not None:
            raise self._error
        if self.end is None or self._open - self._ended:
            raise truncated_stream()
        return rest

    def _listen(self, frames: list[bytes]) -> bytes:
        complete = self._frames.complete
        good = 0
        try:
            for data in frames:
                self._hear(_read(data), data)
                good += 1
        except DragomanError as error:
            self._error = error
            error.phase = "stream"
            complete = _cut(complete, frames[:good])
            if not complete:
                raise
        if self._reported:
            self.usage = parse_usage(_decode_any(self._reported)) or self.usage
            self._reported = _ABSENT
        return complete

    def _hear(self, chunk: _Chunk, data: bytes) -> None:
        if chunk.usage:
            self._reported = chunk.usage
        if self.response_id is None:
            self.response_id = chunk.response_id
        if chunk.error:
            raise parse_error(200, (), data, "stream")
        if chunk.candidates:
            for candidate in chunk.candidates:
                content = candidate.content
                if content is not None and content.parts:
                    self._hear_parts(content.parts, candidate.index)
                elif candidate.index not in self._open:
                    self._open.add(candidate.index)
                if candidate.finish is not None:
                    self._hear_finish(candidate.finish, candidate.index)
        elif chunk.feedback is not None and not self._open:
            self.end = parse_blocked({"promptFeedback": chunk.feedback})
            self.is_meaningful = True

    def _hear_parts(self, parts: list[_Part], index: int) -> None:
        if index not in self._open:
            self._open.add(index)
        for part in parts:
            if part.text != "":
                self.is_meaningful = True
                if part.call:
                    self._callers.add(index)

    def _hear_finish(self, word: str, index: int) -> None:
        self._ended.add(index)
        self.is_meaningful = True
        if self.end is None or index == 0:
            self.end = parse_finish(word, None, has_calls=index in self._callers)


def _read(data: bytes) -> _Chunk:
    try:
        check_utf8(data)
        return _decode(data)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise malformed_stream("no chunk of this dialect") from None


def _cut(complete: bytes, good: list[bytes]) -> bytes:
    """The bytes of the first events, where they can be told; else none."""
    cursor = 0
    for data in good:
        start = complete.find(data, cursor)
        ending = _END_OF_EVENT.search(complete, start + len(data)) if start >= 0 else None
        if ending is None:
            return b""
        cursor = ending.end()
    return complete[:cursor]
