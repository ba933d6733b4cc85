"""Answers of this dialect on their way, whole or as a stream: what they say of themselves is changed, and what they came
to in the end is seen. Everything else stays the bytes that it was.
"""

from __future__ import annotations

import msgspec

from dragoman.errors import DragomanError
from dragoman.wire.json_document import JsonDocument
from dragoman.wire.sse import SseDecoder, SseFrame, emit_sse, split_frames

MAX_EVENT_BYTES = 64 * 1024 * 1024

ENDINGS = frozenset({"response.completed", "response.incomplete", "response.failed"})
"""Events that are a stream's last; each holds the whole answer."""

_WHOLE = ENDINGS | {"response.created", "response.queued", "response.in_progress"}


class _Event(msgspec.Struct, gc=False):
    type: str = ""


_decode_event = msgspec.json.Decoder(_Event).decode


def read_type(data: bytes) -> str:
    """What kind of event it is; empty for what is none."""
    try:
        return _decode_event(data).type
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def change_event(data: bytes, changes: dict[str, bytes | None]) -> tuple[bytes, bytes]:
    """An event that holds a whole answer, with some of that answer's fields changed; and the answer. Raises for one that
    holds none."""
    document = JsonDocument(data)
    answer = JsonDocument(bytes(document.fields.get("response", b""))).patch(changes)
    return document.patch({"response": answer}), answer


class AnswerMarker:
    """Puts `changes` into one answer. `ending` is that answer once it is over."""

    __slots__ = ("_changes", "_decoder", "ending")

    def __init__(self, changes: dict[str, bytes | None]) -> None:
        self._changes = changes
        self._decoder = SseDecoder(MAX_EVENT_BYTES)
        self.ending: bytes | None = None

    def mark(self, body: bytes) -> bytes:
        """A whole answer; what is none is let through."""
        try:
            self.ending = JsonDocument(body).patch(self._changes)
        except DragomanError:
            return body
        return self.ending

    def feed(self, chunk: bytes) -> bytes:
        """Some of a stream; the bytes that may go on now."""
        frames = self._decoder.feed(chunk)
        return self._pass_on(frames) if frames else self._decoder.complete

    def finish(self) -> bytes:
        """The rest of a stream."""
        return self._pass_on(self._decoder.finish())

    def _pass_on(self, frames: list[SseFrame]) -> bytes:
        texts = split_frames(self._decoder.complete)
        return b"".join([self._change(frame, text) for frame, text in zip(frames, texts, strict=True)])

    def _change(self, frame: SseFrame, text: bytes) -> bytes:
        data = frame.data
        kind = read_type(data) if data is not None and b'"response"' in data else ""
        if data is None or kind not in _WHOLE:
            return text
        try:
            changed, answer = change_event(data, self._changes)
        except DragomanError:
            return text
        if kind in ENDINGS:
            self.ending = answer
        return emit_sse(changed, frame.event)
