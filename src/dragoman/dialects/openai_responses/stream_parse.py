"""A provider's stream → events.

Spec: https://platform.openai.com/docs/api-reference/responses-streaming
Items are known by `output_index`: ids differ from event to event at some servers. The frequent events are decoded into
a small Struct, all others whole. An error does not swallow what came before it in the same chunk: it is raised by the
next call then.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from dragoman.dialects.openai_responses.errors import error_of_event, read_failure
from dragoman.dialects.openai_responses.marks import Fields
from dragoman.dialects.openai_responses.parse_items import item_kind
from dragoman.dialects.openai_responses.parse_parts import parse_annotation, parse_part
from dragoman.dialects.openai_responses.parse_response import read_created, read_echo, read_finish
from dragoman.dialects.openai_responses.stream_failures import as_stream_failure, cut_short, out_of_place
from dragoman.dialects.openai_responses.stream_items import (
    CallItem,
    EventSink,
    MessageItem,
    ReasoningItem,
    StreamedItem,
    WholeItem,
)
from dragoman.dialects.openai_responses.usage import parse_usage
from dragoman.dialects.openai_responses.wire import CLIENT_CALLS, NAME
from dragoman.errors import DragomanError
from dragoman.model import stream as s
from dragoman.model.content import Opaque, Refusal, Text
from dragoman.wire.json_document import decode_object
from dragoman.wire.sse import SseDecoder, SseFrame

_CALLS = frozenset({"function_call", "custom_tool_call"})


class _Delta(msgspec.Struct, gc=False):
    """What the frequent events hold."""

    type: str = ""
    delta: str = ""
    output_index: int = 0
    content_index: int = 0
    summary_index: int = 0
    logprobs: list[Any] | None = None


_decode_delta = msgspec.json.Decoder(_Delta).decode


class ResponsesParser:
    """State of one stream."""

    def __init__(self) -> None:
        self._decoder = SseDecoder()
        self._sink = EventSink()
        self._items: dict[int, StreamedItem] = {}
        self._kinds: dict[int, str] = {}
        self._failure: DragomanError | None = None
        self._has_started = False
        self._has_ended = False

    def feed(self, chunk: bytes) -> list[s.StreamEvent]:
        """The events that `chunk` completes."""
        if self._failure is not None:
            raise self._failure
        return self._read(self._decode, chunk)

    def finish(self) -> list[s.StreamEvent]:
        """The bytes have ended."""
        if self._failure is None:
            events = self._read(lambda _: self._decoder.finish(), b"")
            if self._has_ended:
                return events
        raise self._failure or cut_short()

    def _decode(self, chunk: bytes) -> list[SseFrame]:
        return self._decoder.feed(chunk)

    def _read(self, decode: Callable[[bytes], list[SseFrame]], chunk: bytes) -> list[s.StreamEvent]:
        events = self._sink.events = []
        try:
            for frame in decode(chunk):
                if frame.data is not None and not self._has_ended:
                    self._read_event(frame.data, frame.event)
        except DragomanError as error:
            self._failure = as_stream_failure(error)
            if not events:
                raise self._failure from None
        return events

    def _read_event(self, data: bytes, name: bytes) -> None:
        try:
            delta = _decode_delta(data)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            pass  # not of this shape, or not JSON at all: the long way tells
        else:
            read_delta = self.DELTAS.get(delta.type)
            if read_delta is not None:
                read_delta(self, delta)
                return
        if data.strip() in (b"[DONE]", b""):
            return
        fields = decode_object(data)
        kind = fields.get("type")
        if type(kind) is not str:
            kind = name.decode("utf-8", "replace")
        read = self.HANDLERS.get(kind)
        read_delta = self.DELTAS.get(kind)
        if read is not None:
            read(self, fields)
        elif read_delta is not None:
            read_delta(self, _loose_delta(fields))
        elif "error" in fields and not kind:
            self._read_error(fields)
        elif kind:
            self._start({})
            self._sink.events.append(s.OpaqueEvent(Opaque(NAME, kind, fields)))

    # -- frequent events ---------------------------------------------------------------------------------------------

    def _read_text_delta(self, delta: _Delta) -> None:
        item = self._message(delta.output_index)
        part = item.open.get(delta.content_index)
        if part is None or not part.is_text:
            item.add(delta.content_index, delta.delta, is_text=True)
        else:
            part.sent += len(delta.delta)
            self._sink.events.append(s.TextDelta(part.number, delta.delta))
        if delta.logprobs:
            item.add_logprobs(delta.content_index, delta.logprobs, is_rest=False)

    def _read_refusal_delta(self, delta: _Delta) -> None:
        self._message(delta.output_index).add(delta.content_index, delta.delta, is_text=False)

    def _read_call_delta(self, delta: _Delta) -> None:
        item = self._items.get(delta.output_index)
        if isinstance(item, CallItem):
            item.add(delta.delta)

    def _read_summary_delta(self, delta: _Delta) -> None:
        self._reasoning(delta.output_index).add(delta.summary_index, delta.delta, is_summary=True)

    def _read_thinking_delta(self, delta: _Delta) -> None:
        self._reasoning(delta.output_index).add(delta.content_index, delta.delta, is_summary=False)

    # -- items -------------------------------------------------------------------------------------------------------

    def _read_item_added(self, fields: Fields) -> None:
        index = _index(fields, "output_index")
        if index not in self._kinds:
            self._open(index, _object(fields, "item"), fields)

    def _read_item_done(self, fields: Fields) -> None:
        self._close(_index(fields, "output_index"), _object(fields, "item"))

    def _open(self, index: int, item: Fields, event: Fields | None) -> StreamedItem:
        self._start({})
        kind = item_kind(item)
        self._kinds[index] = kind
        opened: StreamedItem
        if kind == "message":
            opened = MessageItem(self._sink, item)
        elif kind in _CALLS:
            opened = CallItem(self._sink, kind, item)
        elif kind == "reasoning":
            opened = ReasoningItem(self._sink, item)
        else:
            opened = WholeItem(self._sink, kind, None if event is None else event | {"output_index": index})
        self._items[index] = opened
        return opened

    def _close(self, index: int, item: Fields) -> None:
        """An item may turn out to be of another kind than was announced: it counts where nothing of it was told yet."""
        opened = self._items.pop(index, None)
        kind = item.get("type")
        if opened is None:
            if index in self._kinds:
                return
            opened = self._reopen(index, item)
        elif type(kind) is str and kind != opened.kind:
            if isinstance(opened, WholeItem):
                opened = self._reopen(index, item)
            else:
                item = _nothing_more(opened.kind)
        opened.close(item)

    def _reopen(self, index: int, item: Fields) -> StreamedItem:
        opened = self._open(index, item, None)
        del self._items[index]
        return opened

    def _message(self, index: int) -> MessageItem:
        item = self._items.get(index)
        if item is None and index not in self._kinds:
            item = self._open(index, {"type": "message", "role": "assistant"}, None)
        if not isinstance(item, MessageItem):
            raise out_of_place("text")
        return item

    def _reasoning(self, index: int) -> ReasoningItem:
        item = self._items.get(index)
        if item is None and index not in self._kinds:
            item = self._open(index, {"type": "reasoning"}, None)
        if not isinstance(item, ReasoningItem):
            raise out_of_place("thinking")
        return item

    # -- parts of items ----------------------------------------------------------------------------------------------

    def _read_part_added(self, fields: Fields) -> None:
        kind = _object(fields, "part").get("type")
        if kind in ("output_text", "refusal"):
            item = self._message(_index(fields, "output_index"))
            item.begin(_index(fields, "content_index"), is_text=kind == "output_text")

    def _read_part_done(self, fields: Fields) -> None:
        item = self._items.get(_index(fields, "output_index"))
        if isinstance(item, MessageItem):
            whole = parse_part(_object(fields, "part"), "output_text")
            if isinstance(whole, Text | Refusal):
                item.finish_part(_index(fields, "content_index"), whole)

    def _read_text_done(self, fields: Fields) -> None:
        item = self._message(_index(fields, "output_index"))
        index = _index(fields, "content_index")
        item.complete(index, _string(fields, "text"), is_text=True)
        logprobs = fields.get("logprobs")
        if type(logprobs) is list:
            item.add_logprobs(index, logprobs, is_rest=True)

    def _read_refusal_done(self, fields: Fields) -> None:
        item = self._message(_index(fields, "output_index"))
        item.complete(_index(fields, "content_index"), _string(fields, "refusal"), is_text=False)

    def _read_annotation(self, fields: Fields) -> None:
        item = self._message(_index(fields, "output_index"))
        item.cite(_index(fields, "content_index"), parse_annotation(_object(fields, "annotation")))

    def _read_call_done(self, fields: Fields) -> None:
        item = self._items.get(_index(fields, "output_index"))
        if isinstance(item, CallItem):
            item.complete(_string(fields, "input" if item.kind == "custom_tool_call" else "arguments"))

    def _read_summary_done(self, fields: Fields) -> None:
        item = self._reasoning(_index(fields, "output_index"))
        item.complete(_index(fields, "summary_index"), _string(fields, "text"), is_summary=True)

    def _read_thinking_done(self, fields: Fields) -> None:
        item = self._reasoning(_index(fields, "output_index"))
        item.complete(_index(fields, "content_index"), _string(fields, "text"), is_summary=False)

    # -- the response ------------------------------------------------------------------------------------------------

    def _read_created(self, fields: Fields) -> None:
        self._start(_object(fields, "response"))

    def _start(self, response: Fields) -> None:
        if self._has_started:
            return
        self._has_started = True
        self._sink.events.append(
            s.StreamStart(
                id=_string(response, "id"),
                model=_string(response, "model"),
                created_unix=read_created(response),
                service_tier=_string(response, "service_tier") or None,
                extras={NAME: {"_echo": read_echo(response)["_echo"]}} if response else None,
            )
        )

    def _read_end(self, fields: Fields) -> None:
        response = _object(fields, "response")
        self._start(response)
        self._close_all(response.get("output"))
        self._report_usage(response)
        kinds = self._kinds.values()
        finish = read_finish(response, any(kind in CLIENT_CALLS for kind in kinds), self._sink.only_refuses)
        extras = read_echo(response)
        if "service_tier" in response:
            extras["_echo"]["service_tier"] = response["service_tier"]  # only now it is known for sure
        self._sink.events += [s.CandidateEnd(finish), s.StreamEnd({NAME: extras})]
        self._has_ended = True

    def _close_all(self, output: Any) -> None:
        """Items that never came to their end, and, where nothing was streamed, all that the answer holds."""
        items = output if type(output) is list else []
        wholes = {index: item for index, item in enumerate(items) if type(item) is dict}
        for index in sorted(self._items if self._kinds else wholes):
            whole = wholes.get(index, {})
            opened = self._items.get(index)
            if opened is None or item_kind({"type": "", **whole}) == opened.kind:
                self._close(index, whole)
            elif not isinstance(opened, WholeItem):
                self._close(index, _nothing_more(opened.kind))

    def _report_usage(self, response: Fields) -> None:
        usage = parse_usage(response.get("usage"), response.get("service_tier"))
        if usage is not None:
            self._sink.events.append(s.UsageReport(usage))

    def _read_failed(self, fields: Fields) -> None:
        response = _object(fields, "response")
        if self._has_started:
            self._report_usage(response)
        raise read_failure(response.get("error"))

    def _read_error(self, fields: Fields) -> None:
        raise read_failure(error_of_event(fields))

    def _ignore(self, fields: Fields) -> None:
        """Says nothing that another event does not say."""

    DELTAS: ClassVar[dict[str, Callable[[ResponsesParser, _Delta], None]]] = {
        "response.output_text.delta": _read_text_delta,
        "response.refusal.delta": _read_refusal_delta,
        "response.function_call_arguments.delta": _read_call_delta,
        "response.custom_tool_call_input.delta": _read_call_delta,
        "response.reasoning_summary_text.delta": _read_summary_delta,
        "response.reasoning_text.delta": _read_thinking_delta,
    }

    HANDLERS: ClassVar[dict[str, Callable[[ResponsesParser, Fields], None]]] = {
        "response.created": _read_created,
        "response.queued": _read_created,
        "response.in_progress": _read_created,
        "keepalive": _ignore,
        "response.output_item.added": _read_item_added,
        "response.output_item.done": _read_item_done,
        "response.content_part.added": _read_part_added,
        "response.content_part.done": _read_part_done,
        "response.output_text.done": _read_text_done,
        "response.output_text.annotation.added": _read_annotation,
        "response.refusal.done": _read_refusal_done,
        "response.function_call_arguments.done": _read_call_done,
        "response.custom_tool_call_input.done": _read_call_done,
        "response.reasoning_summary_part.added": _ignore,
        "response.reasoning_summary_part.done": _ignore,
        "response.reasoning_summary_text.done": _read_summary_done,
        "response.reasoning_text.done": _read_thinking_done,
        "response.completed": _read_end,
        "response.incomplete": _read_end,
        "response.failed": _read_failed,
        "error": _read_error,
    }


def _loose_delta(fields: Fields) -> _Delta:
    """A frequent event of an unusual shape, as far as it can be read."""
    logprobs = fields.get("logprobs")
    return _Delta(
        delta=_string(fields, "delta"),
        output_index=_index(fields, "output_index"),
        content_index=_index(fields, "content_index"),
        summary_index=_index(fields, "summary_index"),
        logprobs=logprobs if type(logprobs) is list else None,
    )


def _nothing_more(kind: str) -> Fields:
    """The end of an item that says nothing that was not said before."""
    return {"type": kind, "role": "assistant", "content": []}


def _object(fields: Fields, name: str) -> Fields:
    value = fields.get(name)
    if type(value) is not dict:
        raise out_of_place(f"no object under {name!r}, or one")
    return value


def _index(fields: Fields, name: str) -> int:
    value = fields.get(name)
    return value if type(value) is int else 0


def _string(fields: Fields, name: str) -> str:
    value = fields.get(name)
    return value if type(value) is str else ""
