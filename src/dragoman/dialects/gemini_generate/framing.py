"""The two ways in which chunks of a stream are framed: server-sent events, or one JSON array.

`FrameReader` takes both from a provider and tells them apart by the first byte. `ArrayWriter` turns our own events into
an array for clients that did not ask for `alt=sse`. Invariant of both: however the bytes are cut, the frames are equal.
"""

from __future__ import annotations

import re

from dragoman.dialects.gemini_generate.errors import emit_error_chunk, malformed_stream
from dragoman.errors import DragomanError
from dragoman.wire.sse import MAX_EVENT_BYTES, SseDecoder

_END_OF_EVENTS = b"[DONE]"
_OUTSIDE_STRING = re.compile(rb'["{}\[\]]')
_INSIDE_STRING = re.compile(rb'["\\]')
_BETWEEN = b" \t\r\n,"


class ObjectScanner:
    """Finds the objects of a JSON array by their brackets, without reading what is in them."""

    __slots__ = ("_depth", "_held", "_in_string", "_is_escaped", "_pending", "_start_depth")

    def __init__(self) -> None:
        self._pending: list[bytes] = []
        self._held = 0
        self._depth = 0
        self._start_depth: int | None = None
        self._in_string = False
        self._is_escaped = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """The objects that `chunk` completes."""
        found: list[bytes] = []
        start = 0
        cursor = 0
        while True:
            if self._in_string:
                cursor = self._skip_string(chunk, cursor)
            match = None if self._in_string else _OUTSIDE_STRING.search(chunk, cursor)
            if match is None:
                break
            cursor = match.end()
            mark = match[0]
            if mark == b'"':
                self._in_string = True
            elif mark in b"{[":
                self._depth += 1
                if self._start_depth is None and mark == b"{":
                    self._start_depth = self._depth
                    start = match.start()
            else:
                if self._depth == self._start_depth:
                    found.append(b"".join([*self._pending, chunk[start:cursor]]))
                    self._pending.clear()
                    self._held = 0
                    self._start_depth = None
                self._depth -= 1
        if self._start_depth is not None:
            self._hold(chunk[start:])
        return found

    def is_between(self) -> bool:
        """Whether no object is open."""
        return self._start_depth is None

    def _skip_string(self, chunk: bytes, cursor: int) -> int:
        if self._is_escaped and cursor < len(chunk):
            self._is_escaped = False
            cursor += 1
        while match := _INSIDE_STRING.search(chunk, cursor):
            cursor = match.end()
            if match[0] == b'"':
                self._in_string = False
                return cursor
            if cursor == len(chunk):
                self._is_escaped = True
            cursor += 1
        return len(chunk)

    def _hold(self, piece: bytes) -> None:
        self._pending.append(piece)
        self._held += len(piece)
        if self._held > MAX_EVENT_BYTES:
            raise malformed_stream(f"larger than {MAX_EVENT_BYTES} bytes")


class FrameReader:
    """A provider's bytes to the JSON of its chunks. `complete` holds the bytes of the events that `feed` returned, as
    server-sent events whatever they came as.

    Whole events of the usual form, which is nearly all that ever comes, are split here; the decoder gets the rest.
    """

    __slots__ = ("_ends_in_return", "_held", "_scanner", "_sniffed", "_sse", "complete")

    def __init__(self) -> None:
        self._sse = SseDecoder()
        self._scanner: ObjectScanner | None = None
        self._sniffed = False
        self._ends_in_return = False
        self._held = 0  # bytes that wait in the decoder
        self.complete = b""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The chunks that these bytes complete."""
        if not self._sniffed:
            self._sniff(chunk)
        if self._scanner is not None:
            frames = self._scanner.feed(chunk)
            self.complete = b"".join([b"data: " + _to_one_line(frame) + b"\n\n" for frame in frames])
            return frames
        if not self._held and not self._ends_in_return:
            usual = _split_usual(chunk)
            if usual is not None:
                self.complete = chunk
                return usual
        return self._decode(chunk)

    def _decode(self, chunk: bytes) -> list[bytes]:
        try:
            frames = [frame.data for frame in self._sse.feed(chunk) if frame.data and frame.data != _END_OF_EVENTS]
        except DragomanError as error:
            error.phase = "stream"
            raise
        self.complete = self._sse.complete
        if chunk:
            self._ends_in_return = self._sse.complete.endswith(b"\r")
        self._held += len(chunk) - len(self.complete)
        return frames

    def finish(self) -> list[bytes]:
        """What is left at the end. An array cannot have anything."""
        if self._scanner is not None:
            self.complete = b""
            if not self._scanner.is_between():
                raise malformed_stream("an object that never ends")
            return []
        frames = [frame.data for frame in self._sse.finish() if frame.data and frame.data != _END_OF_EVENTS]
        self.complete = self._sse.complete
        return frames

    def _sniff(self, chunk: bytes) -> None:
        first = chunk.lstrip(_BETWEEN)[:1]
        if first:
            self._sniffed = True
            if first in b"[{":
                self._scanner = ObjectScanner()


def _split_usual(chunk: bytes) -> list[bytes] | None:
    """The data of events that are one line `data: ` each and whole, ended in one of the two usual ways; else None."""
    if not chunk.startswith(b"data: "):
        return None
    if chunk.endswith(b"\r\n\r\n"):
        frames = chunk[6:-4].split(b"\r\n\r\ndata: ")
        returns = 2 * len(frames)
    elif chunk.endswith(b"\n\n"):
        frames = chunk[6:-2].split(b"\n\ndata: ")
        returns = 0
    else:
        return None
    if chunk.count(b"\n") != 2 * len(frames) or chunk.count(b"\r") != returns:
        return None
    return [frame for frame in frames if frame and frame != _END_OF_EVENTS]


def _to_one_line(frame: bytes) -> bytes:
    """Line ends in JSON stand only between its tokens, where a blank means the same."""
    return frame.replace(b"\r", b" ").replace(b"\n", b" ") if b"\n" in frame or b"\r" in frame else frame


class ArrayWriter:
    """Whole server-sent events, ours or a provider's, to the pieces of one JSON array."""

    __slots__ = ("_decoder", "_is_open")

    def __init__(self) -> None:
        self._decoder = SseDecoder()
        self._is_open = False

    def add(self, events: bytes) -> bytes:
        """The elements for these events."""
        return b"".join([self._element(frame.data) for frame in self._decoder.feed(events) if frame.data])

    def end(self) -> bytes:
        """What makes the array whole; only for a stream that came to its proper end."""
        return b"]" if self._is_open else b"[]"

    def fail(self, error: DragomanError) -> bytes:
        """The error as last element. The array is closed, so that a reader of the whole finds it there."""
        return self._element(emit_error_chunk(error)) + b"]"

    def _element(self, data: bytes) -> bytes:
        opening = b",\n" if self._is_open else b"["
        self._is_open = True
        return opening + data
