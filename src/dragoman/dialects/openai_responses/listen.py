"""A provider's stream, passed on as it is while the meter listens.

Each event is looked at through one small Struct, which also proves that it is JSON. An event that is an error or
malformed is not passed on; what came whole before it in the same chunk is, and the error is raised by the next call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import msgspec

from dragoman.dialects.openai_responses.errors import error_of_event, read_failure
from dragoman.dialects.openai_responses.marks import Fields
from dragoman.dialects.openai_responses.parse_response import read_finish
from dragoman.dialects.openai_responses.stream_failures import as_stream_failure, cut_short
from dragoman.dialects.openai_responses.usage import parse_usage
from dragoman.dialects.openai_responses.wire import CLIENT_CALLS
from dragoman.errors import DragomanError
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from dragoman.wire.json_document import check_utf8, decode_object
from dragoman.wire.sse import SseDecoder, SseFrame, first_frames

_SILENT = frozenset(
    {
        "",
        "keepalive",
        "response.in_progress",
        "response.queued",
        "response.reasoning_summary_part.added",
    }
)
"""Events after which a provider may still fail over unseen."""

_SILENT_ITEMS = frozenset({"message", "reasoning"})


class _Glance(msgspec.Struct, gc=False):
    type: str = ""


_decode_glance = msgspec.json.Decoder(_Glance).decode


class ResponsesListener:
    """State of one stream."""

    def __init__(self) -> None:
        self.is_meaningful = False
        self.usage: Usage | None = None
        self.end: Finish | None = None
        self.response_id: str | None = None
        self._decoder = SseDecoder()
        self._failure: DragomanError | None = None
        self._calls_client = False
        self._has_spoken = False
        self._has_refused = False

    def feed(self, chunk: bytes) -> bytes:
        """The bytes that may go to the client now."""
        if self._failure is not None:
            raise self._failure
        try:
            frames = self._decoder.feed(chunk)
        except DragomanError as error:
            raise as_stream_failure(error) from None
        return self._pass_on(frames)

    def finish(self) -> bytes:
        """The bytes have ended."""
        if self._failure is not None:
            raise self._failure
        rest = self._pass_on(self._decoder.finish(), is_last=True)
        if self.end is None:
            raise cut_short()
        return rest

    def _pass_on(self, frames: list[SseFrame], *, is_last: bool = False) -> bytes:
        good = 0
        try:
            for frame in frames:
                if frame.data is not None:
                    self._hear(frame)
                good += 1
        except DragomanError as error:
            self._failure = as_stream_failure(error)
            if is_last or not good:
                raise self._failure from None
            return first_frames(self._decoder.complete, good)
        return self._decoder.complete

    def _hear(self, frame: SseFrame) -> None:
        data = frame.data
        if data is None or self.end is not None:
            return
        try:
            check_utf8(data)
            kind = _decode_glance(data).type
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            if data.strip() in (b"[DONE]", b""):
                return
            kind = _type_of(decode_object(data))
        kind = kind or _kind_without_type(frame, data)
        hear = self.TELLING.get(kind)
        if hear is not None:
            hear(self, decode_object(data))
        elif not self.is_meaningful and kind not in _SILENT:
            self.is_meaningful = True

    def _hear_created(self, fields: Fields) -> None:
        response = _object(fields, "response")
        if self.response_id is None and type(response.get("id")) is str:
            self.response_id = response["id"]

    def _hear_item(self, fields: Fields) -> None:
        kind = _type_of(_object(fields, "item"))
        if kind in CLIENT_CALLS:
            self._calls_client = True
        if kind not in _SILENT_ITEMS:
            self.is_meaningful = True

    def _hear_part(self, fields: Fields) -> None:
        kind = _type_of(_object(fields, "part"))
        self._has_refused |= kind == "refusal"
        self._has_spoken |= kind == "output_text"

    def _hear_end(self, fields: Fields) -> None:
        response = _object(fields, "response")
        self._hear_created(fields)
        self.usage = parse_usage(response.get("usage"), response.get("service_tier"))
        self.end = read_finish(response, self._calls_client, self._has_refused and not self._has_spoken)
        self.is_meaningful = True

    def _hear_failed(self, fields: Fields) -> None:
        response = _object(fields, "response")
        self.usage = parse_usage(response.get("usage"), response.get("service_tier"))
        raise read_failure(response.get("error"))

    def _hear_error(self, fields: Fields) -> None:
        raise read_failure(error_of_event(fields))

    TELLING: ClassVar[dict[str, Callable[[ResponsesListener, Fields], None]]] = {
        "response.created": _hear_created,
        "response.output_item.added": _hear_item,
        "response.output_item.done": _hear_item,
        "response.content_part.added": _hear_part,
        "response.completed": _hear_end,
        "response.incomplete": _hear_end,
        "response.failed": _hear_failed,
        "error": _hear_error,
    }


def _kind_without_type(frame: SseFrame, data: bytes) -> str:
    """Some servers name the event only in its `event` line, and some send an error without any name."""
    if not frame.event and "error" in decode_object(data):
        return "error"
    return frame.event.decode("utf-8", "replace")


def _type_of(fields: Fields) -> str:
    kind = fields.get("type")
    return kind if type(kind) is str else ""


def _object(fields: Fields, name: str) -> Fields:
    value = fields.get(name)
    return value if type(value) is dict else {}
