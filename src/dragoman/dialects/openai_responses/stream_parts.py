"""A part while it goes out: what opens it, its deltas, and what closes it.

`OpenText` is a piece of a message and leaves the message open behind it; `OpenReasoning` and `OpenCall` are items.
"""

from __future__ import annotations

from typing import Any, Protocol

from dragoman.dialects.openai_responses.emit_parts import emit_annotation
from dragoman.dialects.openai_responses.marks import Fields, is_ours, plain_fields, read_marks
from dragoman.dialects.openai_responses.output_frames import PLAIN_TAIL, TEXT_TAIL, OutputFrames, delta_head
from dragoman.dialects.openai_responses.output_items import (
    CALL_PREFIXES,
    REASONING,
    Namespaces,
    call_item,
    item_id,
    mark_cut,
    open_item,
    open_message,
    reasoning_item,
    split_name,
)
from dragoman.model import stream as s
from dragoman.model.content import Citation, Extras, Reasoning


class OpenPart(Protocol):
    """What the emitter holds while a part is open."""

    def add(self, text: str) -> None:
        """More of it."""
        ...

    def end(self, event: Any) -> None:
        """Nothing more of it."""
        ...


class OpenMessage:
    """A message and the content that it has so far."""

    __slots__ = ("content", "frames", "index", "item")

    def __init__(self, frames: OutputFrames, extras: Extras | None, response: str) -> None:
        self.frames = frames
        self.content: list[Fields] = []
        self.item = open_message(extras, response, len(frames.items), [])
        self.index = frames.add_item(self.item)

    def close(self, *, is_cut: bool = False) -> None:
        """Nothing more will be said in it. `is_cut`: more would have been said."""
        self.frames.finish_item(self.index, mark_cut(self.whole()) if is_cut else self.whole())

    def whole(self) -> Fields:
        """The message with what it holds so far."""
        return {**self.item, "content": self.content}


class OpenText:
    """A text or a refusal in a message."""

    __slots__ = ("_annotations", "_citations", "_frames", "_head", "_is_text", "_logprobs", "_message", "_pieces",
                 "_tail", "_where")  # fmt: skip

    def __init__(self, message: OpenMessage, *, is_text: bool) -> None:
        self._message = message
        self._frames = message.frames
        self._is_text = is_text
        self._pieces: list[str] = []
        self._annotations: list[Fields] = []
        self._citations: list[Citation] = []
        self._logprobs: list[Any] = []
        self._where = {
            "item_id": message.item["id"],
            "output_index": message.index,
            "content_index": len(message.content),
        }
        kind = "response.output_text.delta" if is_text else "response.refusal.delta"
        self._head = delta_head(kind, self._where)
        self._tail = TEXT_TAIL if is_text else PLAIN_TAIL
        self._frames.send("response.content_part.added", {**self._where, "part": self._part("")})

    def add(self, text: str) -> None:
        self._pieces.append(text)
        self._frames.send_delta(self._head, text, self._tail)

    def add_with_logprobs(self, text: str, logprobs: list[Any]) -> None:
        """More of it, with the probabilities of its tokens."""
        self._pieces.append(text)
        self._logprobs += logprobs
        self._frames.send("response.output_text.delta", {**self._where, "delta": text, "logprobs": logprobs})

    def cite(self, citation: Citation) -> bool:
        """A source of what was said; False where it cannot be told."""
        if emit_annotation(citation, 0) is None or not self._is_text:
            return False
        self._citations.append(citation)
        return True

    def _annotate(self, text_length: int) -> None:
        """Sources are told when the text is whole: some providers give them first, and they cover all of it."""
        for citation in self._citations:
            annotation = emit_annotation(citation, text_length)
            assert annotation is not None
            where = {**self._where, "annotation_index": len(self._annotations), "annotation": annotation}
            self._annotations.append(annotation)
            self._frames.send("response.output_text.annotation.added", where)

    def end(self, event: Any) -> None:
        text = "".join(self._pieces)
        self._annotate(len(text))
        part = self._part(text)
        if self._is_text:
            done = {**self._where, "text": text, "logprobs": self._logprobs}
            self._frames.send("response.output_text.done", done)
        else:
            self._frames.send("response.refusal.done", {**self._where, "refusal": text})
        self._frames.send("response.content_part.done", {**self._where, "part": part})
        self._message.content.append(part)

    def _part(self, text: str) -> Fields:
        if not self._is_text:
            return {"type": "refusal", "refusal": text}
        return {"type": "output_text", "annotations": self._annotations, "logprobs": self._logprobs, "text": text}


class OpenReasoning:
    """Thinking. Ours goes out in the form it came in; that of others as a summary."""

    __slots__ = ("_frames", "_head", "_index", "_is_summary", "_pieces", "_response", "_section", "_sections", "_start",
                 "_wants_tokens", "_where", "whole")  # fmt: skip

    def __init__(self, frames: OutputFrames, start: s.ReasoningStart, response: str, *, wants_tokens: bool) -> None:
        self._frames = frames
        self._start = start
        self._response = response
        self._wants_tokens = wants_tokens
        self._is_summary = start.is_summary or not is_ours(start.extras)
        self._sections: list[str] = []
        self._section: int | None = None
        self._pieces: list[str] = []
        self._head = b""
        self._where: Fields = {}
        self.whole = Reasoning()
        id = start.id if is_ours(start.extras) and start.id else item_id(REASONING, response, len(frames.items))
        marks = read_marks(start.extras).get("_item", {})
        self._index = frames.add_item({"id": id, "type": "reasoning", "summary": [], **marks})

    def add_section(self, text: str, section: int) -> None:
        """More of a section of the thinking."""
        if section != self._section:
            self._end_section()
            self._begin_section(section)
        self.add(text)

    def add(self, text: str) -> None:
        self._pieces.append(text)
        self._frames.send_delta(self._head, text, PLAIN_TAIL)

    def end(self, event: s.ReasoningEnd) -> None:
        self._end_section()
        start = self._start
        texts = self._sections
        extras = {**(start.extras or {}), **(event.extras or {})}
        self.whole = Reasoning(
            text="" if start.is_summary else "".join(texts),
            summary=texts if start.is_summary else [] if is_ours(extras) else None,
            signature=event.signature,
            redacted=start.redacted,
            encrypted=event.encrypted,
            id=start.id,
            extras=extras or None,
        )
        item = reasoning_item(self.whole, self._response, self._index, wants_tokens=self._wants_tokens)
        self._frames.finish_item(self._index, {**item, "id": self._frames.items[self._index]["id"]})

    def _begin_section(self, section: int) -> None:
        self._section = section
        where: Fields = {"item_id": self._frames.items[self._index]["id"], "output_index": self._index}
        where["summary_index" if self._is_summary else "content_index"] = len(self._sections)
        self._where = where
        self._head = delta_head(_REASONING_EVENTS[self._is_summary][1], where)
        self._frames.send(_REASONING_EVENTS[self._is_summary][0], {**where, "part": self._part("")})

    def _end_section(self) -> None:
        if self._section is None:
            return
        text = "".join(self._pieces)
        self._pieces = []
        self._sections.append(text)
        self._frames.send(_REASONING_EVENTS[self._is_summary][2], {**self._where, "text": text})
        self._frames.send(_REASONING_EVENTS[self._is_summary][3], {**self._where, "part": self._part(text)})

    def _part(self, text: str) -> Fields:
        return {"type": "summary_text" if self._is_summary else "reasoning_text", "text": text}


_REASONING_EVENTS = {
    True: (
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
    ),
    False: (
        "response.content_part.added",
        "response.reasoning_text.delta",
        "response.reasoning_text.done",
        "response.content_part.done",
    ),
}


class OpenCall:
    """A call of a function or of a custom tool."""

    __slots__ = ("_frames", "_head", "_index", "_is_custom", "_is_own", "_item", "_pieces", "_where")

    def __init__(self, frames: OutputFrames, start: s.ToolCallStart, response: str, namespaces: Namespaces) -> None:
        self._frames = frames
        self._is_custom = start.kind == "custom"
        self._is_own = is_ours(start.extras)
        self._pieces: list[str] = []
        name, namespace = split_name(start.name, start.extras, namespaces)
        head = open_item(start.extras, CALL_PREFIXES[start.kind], response, len(frames.items))
        self._item = call_item(head, start.id, name, "", start.kind) | plain_fields(read_marks(start.extras))
        if namespace is not None:
            self._item["namespace"] = namespace
        self._index = frames.add_item(self._item)
        self._where = {"item_id": self._item["id"], "output_index": self._index}
        self._head = delta_head(_CALL_EVENTS[self._is_custom][0], self._where)

    def add(self, text: str) -> None:
        self._pieces.append(text)
        self._frames.send_delta(self._head, text, PLAIN_TAIL)

    def end(self, event: Any) -> None:
        if not any(self._pieces) and not self._is_custom and not self._is_own:
            self.add("{}")
        arguments = "".join(self._pieces)
        field = "input" if self._is_custom else "arguments"
        self._frames.send(_CALL_EVENTS[self._is_custom][1], {**self._where, field: arguments})
        self._frames.finish_item(self._index, {**self._item, field: arguments})


_CALL_EVENTS = {
    True: ("response.custom_tool_call_input.delta", "response.custom_tool_call_input.done"),
    False: ("response.function_call_arguments.delta", "response.function_call_arguments.done"),
}
