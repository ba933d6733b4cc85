"""A provider's stream on its way to a client of the same dialect: every byte goes on, and the meter listens.

Each event is looked at through a struct that names only what the meter needs; the decoder skips the rest but still
finds out whether it is JSON. Nothing of an event that makes no sense goes on: what stands before it is returned, and
the error comes with the next call, or at once where nothing stood before it.
"""

from __future__ import annotations

from typing import Any

import msgspec

from dragoman.dialects.anthropic_messages.errors import malformed_stream, read_error_event, truncated_stream
from dragoman.dialects.anthropic_messages.parse_response import parse_finish
from dragoman.dialects.anthropic_messages.usage import parse_usage
from dragoman.errors import DragomanError
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from dragoman.wire.json_document import check_utf8, decode_object
from dragoman.wire.json_read import Fields
from dragoman.wire.sse import SseDecoder, SseFrame, first_frames


class _Kind(msgspec.Struct, gc=False):
    """All that must be known of most events."""

    type: str


class _Message(msgspec.Struct):
    id: str | None = None
    usage: dict[str, Any] | None = None
    stop_reason: str | None = None
    stop_sequence: str | None = None


class _Delta(msgspec.Struct, gc=False):
    stop_reason: str | None = None
    stop_sequence: str | None = None


class _Event(msgspec.Struct):
    """What the meter wants of the events that tell it something."""

    message: _Message | None = None
    delta: _Delta | None = None
    usage: dict[str, Any] | None = None


_decode_kind = msgspec.json.Decoder(_Kind).decode
_decode_event = msgspec.json.Decoder(_Event).decode
_decode_message = msgspec.json.Decoder(_Message).decode

_MEANINGFUL = frozenset({"content_block_delta", "content_block_stop", "message_delta", "message_stop", "message"})
_TELLING = frozenset({"message_start", "message_delta", "message_stop", "message", "error"})


class AnthropicStreamListener:
    """Feed it bytes, get them back when they may go on; see `StreamListener`."""

    __slots__ = ("_decoder", "_error", "_has_ended", "_reported", "end", "is_meaningful", "response_id", "usage")

    def __init__(self) -> None:
        self._decoder = SseDecoder()
        self._error: DragomanError | None = None
        self._has_ended = False
        self._reported: Fields = {}
        self.is_meaningful = False
        self.usage: Usage | None = None
        self.end: Finish | None = None
        self.response_id: str | None = None

    def feed(self, chunk: bytes) -> bytes:
        return self._pass_on(self._decoder.feed(chunk))

    def finish(self) -> bytes:
        passed = self._pass_on(self._decoder.finish())
        if self._error is not None:
            raise self._error
        if not self._has_ended:
            raise truncated_stream()
        return passed

    def _pass_on(self, frames: list[SseFrame]) -> bytes:
        if self._error is not None:
            raise self._error
        count = 0
        try:
            for frame in frames:
                data = frame.data
                if data is not None and not self._has_ended:
                    check_utf8(data)
                    kind = _decode_kind(data).type
                    if kind in _TELLING:
                        self._listen(kind, data)
                    if not self.is_meaningful and kind in _MEANINGFUL:
                        self.is_meaningful = True
                count += 1
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            self._error = malformed_stream("not as documented")
        except DragomanError as error:
            self._error = error
        if self._error is None:
            return self._decoder.complete
        if count == 0:
            raise self._error
        return first_frames(self._decoder.complete, count)

    def _listen(self, kind: str, data: bytes) -> None:
        if kind == "error":
            raise read_error_event(decode_object(data), data)
        if kind == "message":
            self._take_message(_decode_message(data))
            self._end()
            return
        event = _decode_event(data)
        if event.message is not None:
            self._take_message(event.message)
        if event.delta is not None and event.delta.stop_reason is not None:
            self.end = parse_finish(msgspec.structs.asdict(event.delta))
        if event.usage is not None:
            self._take_usage(event.usage)
        if kind == "message_stop":
            self._end()

    def _end(self) -> None:
        if self.end is None:
            raise truncated_stream()
        self._has_ended = True

    def _take_message(self, message: _Message) -> None:
        self.response_id = message.id
        if message.stop_reason is not None:
            self.end = parse_finish(msgspec.structs.asdict(message))
        if message.usage is not None:
            self._take_usage(message.usage)

    def _take_usage(self, reported: Fields) -> None:
        said = {name: value for name, value in reported.items() if value is not None}
        self._reported = {**self._reported, **said}
        self.usage = parse_usage(self._reported)
