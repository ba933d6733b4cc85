"""Content blocks of a stream while they are open: one class a kind of block.

Only calls, images and results have a start of their own on the wire; text and thinking begin with their first delta,
so it is the first delta that tells the kind. A block of a kind without a class is gathered and reported whole.
"""

from __future__ import annotations

import base64
import binascii
from typing import ClassVar

from dragoman.dialects.bedrock_converse import wire
from dragoman.dialects.bedrock_converse.errors import malformed_stream
from dragoman.dialects.bedrock_converse.parse_response import parse_citation, parse_image
from dragoman.errors import invalid
from dragoman.model import stream as s
from dragoman.model.content import Opaque
from dragoman.wire.json_document import decode_value
from dragoman.wire.json_read import Fields, read_optional, read_required

Events = list[s.StreamEvent]


class OpenBlock:
    """What all blocks share. `part` is the number among the parts; one that `is_late` gets it when it ends, for then
    it is told whole."""

    __slots__ = ("part", "start")

    is_late: ClassVar[bool] = False

    def __init__(self, part: int, start: Fields) -> None:
        self.part = part
        self.start = start

    def open(self, events: Events) -> None:
        """The events of its beginning."""

    def absorb(self, delta: Fields, events: Events) -> None:
        """The events of a delta."""

    def close(self, events: Events) -> None:
        """The events of its end."""


class TextBlock(OpenBlock):
    __slots__ = ()

    def open(self, events: Events) -> None:
        events.append(s.TextStart(self.part))

    def absorb(self, delta: Fields, events: Events) -> None:
        text = delta.get("text")
        if type(text) is str:
            if text:
                events.append(s.TextDelta(self.part, text))
        elif "citation" in delta:
            events.append(s.TextCitation(self.part, parse_citation(read_required(delta, "citation", dict))))
        else:
            events.append(s.OpaqueEvent(Opaque(wire.NAME, next(iter(delta), ""), delta)))

    def close(self, events: Events) -> None:
        events.append(s.TextEnd(self.part))


class ThinkingBlock(OpenBlock):
    __slots__ = ("signature",)

    def open(self, events: Events) -> None:
        self.signature: str | None = None
        events.append(s.ReasoningStart(self.part))

    def absorb(self, delta: Fields, events: Events) -> None:
        content = read_required(delta, "reasoningContent", dict)
        text = read_optional(content, "text", str)
        if text:
            events.append(s.ReasoningDelta(self.part, text))
        signature = read_optional(content, "signature", str)
        if signature is not None:
            self.signature = (self.signature or "") + signature

    def close(self, events: Events) -> None:
        signature = self.signature
        events.append(s.ReasoningEnd(self.part, signature, extras=wire.MINTED if signature else None))


class RedactedBlock(OpenBlock):
    """Thinking that nobody may read; its pieces are binary, each in a Base64 of its own."""

    __slots__ = ("pieces",)

    is_late: ClassVar[bool] = True

    def open(self, events: Events) -> None:
        self.pieces: list[str] = []

    def absorb(self, delta: Fields, events: Events) -> None:
        content = read_required(delta, "reasoningContent", dict)
        self.pieces.append(read_required(content, "redactedContent", str))

    def close(self, events: Events) -> None:
        events.append(s.ReasoningStart(self.part, redacted=join_blobs(self.pieces)))
        events.append(s.ReasoningEnd(self.part, extras=wire.MINTED))


class CallBlock(OpenBlock):
    __slots__ = ("has_arguments",)

    def open(self, events: Events) -> None:
        self.has_arguments = False
        call = read_required(self.start, "toolUse", dict)
        name = read_required(call, "name", str)
        if not name:
            raise malformed_stream("a tool call without a name")
        events.append(s.ToolCallStart(self.part, read_required(call, "toolUseId", str), name))

    def absorb(self, delta: Fields, events: Events) -> None:
        text = read_required(read_required(delta, "toolUse", dict), "input", str)
        if text:
            self.has_arguments = True
            events.append(s.ToolCallDelta(self.part, text))

    def close(self, events: Events) -> None:
        """A call without arguments comes without any delta."""
        if not self.has_arguments:
            events.append(s.ToolCallDelta(self.part, "{}"))
        events.append(s.ToolCallEnd(self.part))


class GatheredBlock(OpenBlock):
    """An image, or a block that only this dialect understands: its pieces are put together."""

    __slots__ = ("pieces", "value", "word")

    is_late: ClassVar[bool] = True

    def open(self, events: Events) -> None:
        self.word = next(iter(self.start), "")
        inner = self.start.get(self.word)
        self.value: Fields = dict(inner) if type(inner) is dict else {}
        self.pieces: list[str] = []

    def absorb(self, delta: Fields, events: Events) -> None:
        piece = delta.get(self.word)
        if type(piece) is list:
            self.value["content"] = [*self.value.get("content", []), *piece]
        elif type(piece) is dict:
            source, text = piece.get("source"), piece.get("input")
            if type(source) is dict and type(source.get("bytes")) is str:
                self.pieces.append(source["bytes"])
            elif type(text) is str:
                self.pieces.append(text)
            else:
                self.value.update(piece)

    def close(self, events: Events) -> None:
        if self.word == "image" and self.pieces:
            self.value["source"] = {"bytes": join_blobs(self.pieces)}
        elif self.pieces:
            self.value["input"] = decode_value("".join(self.pieces).encode())
        image = parse_image(self.value) if self.word == "image" else None
        events.append(s.PartDone(self.part, image or Opaque(wire.NAME, self.word, {self.word: self.value})))


def join_blobs(pieces: list[str]) -> str:
    """Pieces of something binary as one; a single one stays byte for byte as it came."""
    if len(pieces) == 1:
        return pieces[0]
    try:
        return base64.b64encode(b"".join(base64.b64decode(piece, validate=True) for piece in pieces)).decode()
    except (binascii.Error, ValueError):
        raise invalid("This is no Base64.") from None


def select_block(start: Fields, delta: Fields) -> type[OpenBlock]:
    """The class for a block, by its start or, where it has none, by its first delta."""
    call = start.get("toolUse")
    if type(call) is dict and "type" not in call:
        return CallBlock
    if start:
        return GatheredBlock
    content = delta.get("reasoningContent")
    if type(content) is dict:
        return RedactedBlock if "redactedContent" in content else ThinkingBlock
    return TextBlock
