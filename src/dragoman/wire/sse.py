"""Server-sent events, both ways. Spec: https://html.spec.whatwg.org/multipage/server-sent-events.html

Invariant: however the bytes are cut, `feed` and `finish` yield the same frames; only LF, CR and CRLF end a line (never
U+2028); memory is bounded by `max_event_bytes`.

Theory of operation: bytes wait in a list until a blank line shows that an event is whole. Only the last two bytes
already seen are searched again with each new chunk, so a long event costs linear time. Streams without any CR, that is
all that providers send, are split in one C call, by `_USUAL` where every event is `data: …` with or without an
`event: …` before it; the rest go through a pattern. There a CR at the end of a chunk may be half of a CRLF: it ends a
line only once the next byte is known, except as the second half of a blank line, where a following LF is swallowed
instead, so that a finished event is never held back.
"""

from __future__ import annotations

import re

import msgspec

from dragoman.errors import malformed_upstream

MAX_EVENT_BYTES = 8 * 1024 * 1024

_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r(?!\n|\Z))(?:\r\n|\n|\r)")
_USUAL = re.compile(rb"(?:\A|(?<=\n\n))(?:event: ([^\n]*)\n)?data: ([^\n]*)\n\n")
_BOM = b"\xef\xbb\xbf"


class SseFrame(msgspec.Struct, frozen=True, gc=False):
    """One event. `data` is None where there is none (comments, a lone `event:` or `retry:`)."""

    event: bytes
    data: bytes | None


class SseDecoder:
    """Feed it chunks, get whole frames. `complete` holds the bytes of the frames that the last call returned."""

    __slots__ = (
        "_at_start",
        "_has_return",
        "_max_event_bytes",
        "_pending",
        "_pending_bytes",
        "_skip_newline",
        "complete",
    )

    def __init__(self, max_event_bytes: int = MAX_EVENT_BYTES) -> None:
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._max_event_bytes = max_event_bytes
        self._at_start = True
        self._has_return = False
        self._skip_newline = False
        self.complete = b""

    def feed(self, chunk: bytes) -> list[SseFrame]:
        """The frames that `chunk` completes."""
        self.complete = b""
        if self._at_start:
            chunk = self._trim_mark(chunk)
        if not chunk:
            return []
        if self._skip_newline:
            self._skip_newline = False
            if chunk.startswith(b"\n"):
                return self._feed_after_newline(chunk[1:])
        if b"\r" in chunk:
            self._has_return = True
        if self._pending:
            if not self._completes_event(chunk):
                return self._hold(chunk)
            chunk = self._take_pending(chunk)
        return self._split_lines_of_any_kind(chunk) if self._has_return else self._split(chunk)

    def finish(self) -> list[SseFrame]:
        """What is left when the stream has ended: some providers leave out the last blank line."""
        rest = self._take_pending(b"").strip(b"\r\n")
        self.complete = rest + b"\n\n" if rest else b""
        return [_read_frame(rest)] if rest else []

    def _split(self, block: bytes) -> list[SseFrame]:
        end = block.rfind(b"\n\n")
        if end < 0:
            return self._hold(block)
        if end + 2 == len(block):
            self.complete = block
        else:
            self.complete = block[: end + 2]
            self._hold(block[end + 2 :])
        usual = _USUAL.findall(self.complete)
        if len(usual) == self.complete.count(b"\n\n"):
            return [SseFrame(event, data) for event, data in usual]
        return [_read_frame(event) for event in block[:end].split(b"\n\n") if event.strip(b"\n")]

    def _split_lines_of_any_kind(self, block: bytes) -> list[SseFrame]:
        frames: list[SseFrame] = []
        start = 0
        for match in _BLANK_LINE.finditer(block):
            event = block[start : match.start()]
            start = match.end()
            if event:
                frames.append(_read_frame(event))
        self.complete = block[:start]
        if start < len(block):
            self._hold(block[start:])
        elif block.endswith(b"\r"):
            self._skip_newline = True
        return frames

    def _feed_after_newline(self, chunk: bytes) -> list[SseFrame]:
        """The second half of a CRLF belongs to the event before it, yet must not be missing from what is passed on."""
        frames = self.feed(chunk)
        self.complete = b"\n" + self.complete
        return frames

    def _trim_mark(self, chunk: bytes) -> bytes:
        chunk = self._take_pending(chunk)
        if len(chunk) < len(_BOM) and _BOM.startswith(chunk):
            self._hold(chunk)
            return b""
        self._at_start = False
        return chunk.removeprefix(_BOM)

    def _completes_event(self, chunk: bytes) -> bool:
        tail = self._pending[-1]
        if len(tail) == 1 and len(self._pending) > 1:
            tail = self._pending[-2][-1:] + tail
        return _BLANK_LINE.search(tail[-2:] + chunk) is not None

    def _take_pending(self, chunk: bytes) -> bytes:
        if self._pending:
            chunk = b"".join([*self._pending, chunk])
            self._pending.clear()
            self._pending_bytes = 0
        return chunk

    def _hold(self, piece: bytes) -> list[SseFrame]:
        self._pending.append(piece)
        self._pending_bytes += len(piece)
        if self._pending_bytes > self._max_event_bytes:
            raise malformed_upstream(f"An event of the stream is larger than {self._max_event_bytes} bytes.")
        return []


def _read_frame(block: bytes) -> SseFrame:
    """A block's fields, whatever their order and number."""
    event = b""
    data: list[bytes] = []
    for line in block.splitlines():
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            data.append(value)
        elif name == b"event":
            event = value
    return SseFrame(event, b"\n".join(data) if data else None)


def first_frames(complete: bytes, count: int) -> bytes:
    """The bytes of the first `count` frames of those that `SseDecoder.complete` holds."""
    start = 0
    for match in _BLANK_LINE.finditer(complete):
        if match.start() > start:
            count -= 1
        start = match.end()
        if count == 0:
            return complete[:start]
    return complete


def split_frames(complete: bytes) -> list[bytes]:
    """The bytes of each frame that `SseDecoder.complete` holds, with the blank line that ends it."""
    frames: list[bytes] = []
    begin = start = 0
    for match in _BLANK_LINE.finditer(complete):
        if match.start() > start:
            frames.append(complete[begin : match.end()])
            begin = match.end()
        start = match.end()
    return frames


def emit_sse(data: bytes, event: bytes = b"") -> bytes:
    """One event as bytes. `data` must be one line, as the JSON of every dialect is."""
    if event:
        return b"event: " + event + b"\ndata: " + data + b"\n\n"
    return b"data: " + data + b"\n\n"


def emit_comment(text: bytes) -> bytes:
    """A line that readers ignore; it keeps a quiet connection alive."""
    return b": " + text + b"\n\n"
