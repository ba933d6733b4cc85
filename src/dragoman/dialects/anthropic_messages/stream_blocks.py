"""Content blocks of a provider's stream while they are open: one class a block type, found through `BLOCKS`.

`DELTAS` tells by type how a delta is taken in; any other one is passed on as an `OpaqueEvent`. A block type that is not
in the table is one that only this dialect understands: its pieces are gathered, and it is reported whole when it stops.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from dragoman.dialects.anthropic_messages import wire
from dragoman.dialects.anthropic_messages.errors import malformed_stream
from dragoman.dialects.anthropic_messages.parse_blocks import parse_citation, parse_extras
from dragoman.model import stream as s
from dragoman.model.content import Opaque, Part, Reasoning, Text, ToolCall
from dragoman.wire.json_document import decode_value, encode_json
from dragoman.wire.json_read import Fields, read_each, read_optional, read_required

Events = list[s.StreamEvent]
Absorb = Callable[[Any, Fields, Events], None]


class OpenBlock:
    """What all blocks share. `part` is the number among the canonical parts; -1 until the block has one."""

    __slots__ = ("part", "value")

    DELTAS: ClassVar[dict[str, Absorb]] = {}

    def __init__(self, part: int, value: Fields) -> None:
        self.part = part
        self.value = value

    def open(self, events: Events) -> None:
        """The events of `content_block_start`."""

    def absorb_other(self, event: Fields, events: Events) -> None:
        """A delta without an entry in `DELTAS`."""
        events.append(s.OpaqueEvent(Opaque(wire.NAME, "content_block_delta", event)))

    def close(self, events: Events) -> None:
        """The events of `content_block_stop`."""


class TextBlock(OpenBlock):
    __slots__ = ()

    def open(self, events: Events) -> None:
        events.append(s.TextStart(self.part))
        text = read_optional(self.value, "text", str)
        if text:
            events.append(s.TextDelta(self.part, text))
        for citation in read_each(read_optional(self.value, "citations", list) or [], "citations", parse_citation):
            events.append(s.TextCitation(self.part, citation))

    def absorb_text(self, event: Fields, events: Events) -> None:
        text = event["delta"]["text"]
        if type(text) is not str:
            read_required(event["delta"], "text", str)
        events.append(s.TextDelta(self.part, text))

    def absorb_citation(self, event: Fields, events: Events) -> None:
        citation = parse_citation(read_required(event["delta"], "citation", dict))
        events.append(s.TextCitation(self.part, citation))

    def close(self, events: Events) -> None:
        events.append(s.TextEnd(self.part))

    DELTAS: ClassVar[dict[str, Absorb]] = {"text_delta": absorb_text, "citations_delta": absorb_citation}


class ThinkingBlock(OpenBlock):
    __slots__ = ("signature",)

    def open(self, events: Events) -> None:
        events.append(s.ReasoningStart(self.part))
        self.signature = read_optional(self.value, "signature", str)
        text = read_optional(self.value, "thinking", str)
        if text:
            events.append(s.ReasoningDelta(self.part, text))

    def absorb_thinking(self, event: Fields, events: Events) -> None:
        text = read_required(event["delta"], "thinking", str)
        if text:
            events.append(s.ReasoningDelta(self.part, text))

    def absorb_signature(self, event: Fields, events: Events) -> None:
        self.signature = (self.signature or "") + read_required(event["delta"], "signature", str)

    def close(self, events: Events) -> None:
        signature = self.signature
        events.append(s.ReasoningEnd(self.part, signature, extras=wire.MINTED if signature else None))

    DELTAS: ClassVar[dict[str, Absorb]] = {"thinking_delta": absorb_thinking, "signature_delta": absorb_signature}


class RedactedBlock(OpenBlock):
    __slots__ = ()

    def open(self, events: Events) -> None:
        events.append(s.ReasoningStart(self.part, redacted=read_required(self.value, "data", str)))

    def close(self, events: Events) -> None:
        events.append(s.ReasoningEnd(self.part, extras=wire.MINTED))


class ToolUseBlock(OpenBlock):
    __slots__ = ("has_arguments",)

    def open(self, events: Events) -> None:
        self.has_arguments = False
        value = self.value
        name = read_required(value, "name", str)
        if not name:
            raise malformed_stream("a tool call without a name")
        events.append(
            s.ToolCallStart(
                self.part,
                read_required(value, "id", str),
                name,
                extras=parse_extras(value, wire.TOOL_USE_FIELDS),
            )
        )

    def absorb_arguments(self, event: Fields, events: Events) -> None:
        text = read_required(event["delta"], "partial_json", str)
        if text:
            self.has_arguments = True
            events.append(s.ToolCallDelta(self.part, text))

    def close(self, events: Events) -> None:
        """A call that came without any piece of arguments has them in its start, if anywhere."""
        if not self.has_arguments:
            arguments = self.value.get("input")
            events.append(s.ToolCallDelta(self.part, encode_json(arguments).decode() if arguments else "{}"))
        events.append(s.ToolCallEnd(self.part))

    DELTAS: ClassVar[dict[str, Absorb]] = {"input_json_delta": absorb_arguments}


class OpaqueBlock(OpenBlock):
    """Pieces of a block that we only carry: text is put together, anything else replaces what was there."""

    __slots__ = ("pieces",)

    def open(self, events: Events) -> None:
        self.pieces: list[str] = []

    def absorb_other(self, event: Fields, events: Events) -> None:
        for name, value in read_required(event, "delta", dict).items():
            if name == "partial_json" and type(value) is str:
                self.pieces.append(value)
            elif name != "type":
                before = self.value.get(name)
                self.value[name] = before + value if type(before) is str and type(value) is str else value

    def close(self, events: Events) -> None:
        text = "".join(self.pieces)
        if text.strip():
            self.value["input"] = decode_value(text.encode())
        events.append(s.PartDone(self.part, Opaque(wire.NAME, self.value["type"], self.value)))


BLOCKS: dict[str, type[OpenBlock]] = {
    "text": TextBlock,
    "thinking": ThinkingBlock,
    "redacted_thinking": RedactedBlock,
    "tool_use": ToolUseBlock,
}


def replay(part: Part, number: int, events: Events) -> None:
    """The events of a part that came whole."""
    match part:
        case Text():
            events.append(s.TextStart(number))
            events.append(s.TextDelta(number, part.text))
            events.extend(s.TextCitation(number, citation) for citation in part.citations or [])
            events.append(s.TextEnd(number))
        case Reasoning():
            events.append(s.ReasoningStart(number, redacted=part.redacted))
            if part.text:
                events.append(s.ReasoningDelta(number, part.text))
            events.append(s.ReasoningEnd(number, part.signature, extras=part.extras))
        case ToolCall():
            events.append(s.ToolCallStart(number, part.id, part.name, extras=part.extras))
            events.append(s.ToolCallDelta(number, part.arguments))
            events.append(s.ToolCallEnd(number))
        case _:
            events.append(s.PartDone(number, part))
