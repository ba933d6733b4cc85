"""Output items while they stream in. Each kind turns what it is told into events of its parts.

A part starts when its first content comes. Whatever a closing event tells beyond the deltas so far is delivered then,
so that content which comes whole, or only with the finished item, is not lost.
"""

from __future__ import annotations

from typing import Any, Protocol

from dragoman.dialects.openai_responses.marks import Fields, own_extras
from dragoman.dialects.openai_responses.parse_items import (
    parse_output_item,
    read_item_marks,
)
from dragoman.dialects.openai_responses.wire import NAME
from dragoman.errors import malformed_upstream
from dragoman.model import stream as s
from dragoman.model.content import Citation, Extras, Opaque, Reasoning, Refusal, Text, ToolCall


class EventSink:
    """The events of one stream, and the numbers of its parts."""

    __slots__ = ("_count", "events", "has_refused", "has_spoken")

    def __init__(self) -> None:
        self.events: list[s.StreamEvent] = []
        self.has_spoken = False
        self.has_refused = False
        self._count = 0

    @property
    def only_refuses(self) -> bool:
        """Whether there was a refusal and no other text."""
        return self.has_refused and not self.has_spoken

    def number(self) -> int:
        """The number of the next part."""
        self._count += 1
        return self._count - 1


class StreamedItem(Protocol):
    """An item that has been announced and not yet finished."""

    kind: str

    def close(self, fields: Fields) -> None:
        """The item is finished; `fields` is all of it."""
        ...


class OpenPart:
    """A part of a message. `sent` counts the characters delivered so far."""

    __slots__ = ("citations", "has_logprobs", "is_text", "number", "sent")

    def __init__(self, number: int, *, is_text: bool) -> None:
        self.number = number
        self.is_text = is_text
        self.sent = 0
        self.citations = 0
        self.has_logprobs = False


class MessageItem:
    """A message: texts and refusals, by `content_index`."""

    __slots__ = ("_closed", "_extras", "_sink", "kind", "open")

    def __init__(self, sink: EventSink, fields: Fields) -> None:
        self.kind = "message"
        self.open: dict[int, OpenPart] = {}
        self._closed: set[int] = set()
        self._sink = sink
        marks = read_item_marks(fields)
        if "status" in marks["_item"]:
            marks["_item"]["status"] = "completed"
        self._extras: Extras | None = {NAME: marks}

    def begin(self, index: int, *, is_text: bool) -> OpenPart:
        """The part at `index`, which starts if it is new. The first part of a message carries the message's marks."""
        part = self.open.get(index)
        if part is None:
            part = self.open[index] = OpenPart(self._sink.number(), is_text=is_text)
            extras, self._extras = self._extras, None
            if is_text:
                self._sink.has_spoken = True
                self._sink.events.append(s.TextStart(part.number, extras=extras))
            else:
                self._sink.has_refused = True
                self._sink.events.append(s.RefusalStart(part.number, extras=extras))
        return part

    def add(self, index: int, text: str, *, is_text: bool) -> None:
        """More of a text or a refusal."""
        part = self.begin(index, is_text=is_text)
        part.sent += len(text)
        delta = s.TextDelta if part.is_text else s.RefusalDelta
        self._sink.events.append(delta(part.number, text))

    def complete(self, index: int, text: str, *, is_text: bool) -> None:
        """The whole text or refusal."""
        if index in self._closed:
            return
        part = self.begin(index, is_text=is_text)
        if len(text) > part.sent:
            self.add(index, text[part.sent :], is_text=is_text)

    def add_logprobs(self, index: int, logprobs: list[Any], *, is_rest: bool) -> None:
        """Probabilities of the text just sent; `is_rest`: of all of it, if none came before."""
        part = self.open.get(index)
        if logprobs and part is not None and not (is_rest and part.has_logprobs):
            part.has_logprobs = True
            self._sink.events.append(s.LogprobsDelta({"content": logprobs}))

    def cite(self, index: int, citation: Citation) -> None:
        """One more source of a text."""
        part = self.begin(index, is_text=True)
        if part.is_text:
            part.citations += 1
            self._sink.events.append(s.TextCitation(part.number, citation))

    def close_part(self, index: int) -> None:
        """The part at `index` is finished."""
        part = self.open.pop(index, None)
        if part is not None:
            self._closed.add(index)
            end = s.TextEnd if part.is_text else s.RefusalEnd
            self._sink.events.append(end(part.number))

    def finish_part(self, index: int, whole: Text | Refusal) -> None:
        """The part at `index` is finished and this is all of it."""
        if index in self._closed:
            return
        is_text = isinstance(whole, Text)
        self.complete(index, whole.text, is_text=is_text)
        part = self.open[index]
        if isinstance(whole, Text):
            for citation in (whole.citations or [])[part.citations :]:
                self.cite(index, citation)
        self.close_part(index)

    def close(self, fields: Fields) -> None:
        wholes = parse_output_item(fields) if fields.get("content") else []
        for index, whole in enumerate(wholes):
            if isinstance(whole, Text | Refusal):
                self.finish_part(index, whole)
            elif not self.open and not self._closed:
                self._sink.events.append(s.PartDone(self._sink.number(), whole))
        for index in list(self.open):
            self.close_part(index)


_ARGUMENTS = {"function_call": "arguments", "custom_tool_call": "input"}


class CallItem:
    """A call of a function or of a custom tool."""

    __slots__ = ("_part", "_sent", "_sink", "kind")

    def __init__(self, sink: EventSink, kind: str, fields: Fields) -> None:
        self.kind = kind
        self._sink = sink
        self._part: int | None = None
        self._sent = 0
        name = fields.get("name")
        if name and type(name) is str and type(fields.get("call_id")) is str:
            self._begin(fields)
            self.complete(self._arguments(fields))

    def add(self, arguments: str) -> None:
        """More of the arguments."""
        if self._part is not None:
            self._sent += len(arguments)
            self._sink.events.append(s.ToolCallDelta(self._part, arguments))

    def complete(self, arguments: str) -> None:
        """All of the arguments."""
        if len(arguments) > self._sent:
            self.add(arguments[self._sent :])

    def close(self, fields: Fields) -> None:
        if self._part is None:
            self._begin(fields)
        self.complete(self._arguments(fields))
        assert self._part is not None
        self._sink.events.append(s.ToolCallEnd(self._part))

    def _begin(self, fields: Fields) -> None:
        named = {"call_id": fields.get("id")} | fields | {_ARGUMENTS[self.kind]: self._arguments(fields)}
        whole = parse_output_item(named)[0]
        if not isinstance(whole, ToolCall) or not whole.name:
            raise malformed_upstream("A tool call of the provider's stream is not one.")
        extras = whole.extras
        marks = {} if extras is None else extras[NAME]
        if "status" in marks.get("_item", {}):
            marks["_item"]["status"] = "completed"
        self._part = self._sink.number()
        self._sink.events.append(
            s.ToolCallStart(self._part, whole.id, whole.name, kind=whole.kind, extras=own_extras(marks))
        )

    def _arguments(self, fields: Fields) -> str:
        value = fields.get(_ARGUMENTS[self.kind])
        return value if type(value) is str else ""


class ReasoningItem:
    """Thinking: a summary in sections, or the text itself. Where both come, each is a part of its own."""

    __slots__ = ("_extras", "_id", "_is_summary", "_part", "_sent", "_sink", "kind")

    def __init__(self, sink: EventSink, fields: Fields) -> None:
        self.kind = "reasoning"
        self._sink = sink
        self._part: int | None = None
        self._is_summary = True
        self._sent: dict[tuple[bool, int], int] = {}
        self._id: str | None = fields["id"] if type(fields.get("id")) is str else None
        self._extras: Extras = {NAME: {"_item": {}}}

    def add(self, section: int, text: str, *, is_summary: bool) -> None:
        """More of a section."""
        if not text:
            return
        key = (is_summary, section)
        self._sent[key] = self._sent.get(key, 0) + len(text)
        part = self._begin(is_summary=is_summary)
        self._sink.events.append(s.ReasoningDelta(part, text, section))

    def complete(self, section: int, text: str, *, is_summary: bool) -> None:
        """The whole section."""
        sent = self._sent.get((is_summary, section), 0)
        if len(text) > sent:
            self.add(section, text[sent:], is_summary=is_summary)

    def close(self, fields: Fields) -> None:
        whole = parse_output_item(fields)[0]
        if not isinstance(whole, Reasoning):
            raise malformed_upstream("A reasoning item of the provider's stream is not one.")
        for section, text in enumerate(whole.summary or ()):
            self.complete(section, text, is_summary=True)
        if whole.text and not any(sent for (is_summary, _), sent in self._sent.items() if not is_summary):
            self.add(0, whole.text, is_summary=False)
        part = self._begin(is_summary=self._is_summary, redacted=whole.redacted)
        self._sink.events.append(
            s.ReasoningEnd(part, signature=whole.signature, encrypted=whole.encrypted, extras=whole.extras)
        )

    def _begin(self, *, is_summary: bool, redacted: str | None = None) -> int:
        if self._part is not None:
            if self._is_summary == is_summary:
                return self._part
            self._sink.events.append(s.ReasoningEnd(self._part, extras=self._extras))
        self._part = self._sink.number()
        self._is_summary = is_summary
        self._sink.events.append(
            s.ReasoningStart(self._part, id=self._id, is_summary=is_summary, redacted=redacted, extras=self._extras)
        )
        return self._part


class WholeItem:
    """An item that the model has no streamed form for. It is announced, and delivered when it is whole."""

    __slots__ = ("_sink", "kind")

    def __init__(self, sink: EventSink, kind: str, event: Fields | None) -> None:
        self.kind = kind
        self._sink = sink
        if event is not None:
            sink.events.append(s.OpaqueEvent(Opaque(NAME, "response.output_item.added", event)))

    def close(self, fields: Fields) -> None:
        for whole in parse_output_item(fields):
            self._sink.events.append(s.PartDone(self._sink.number(), whole))
