"""The parts of a candidate → output items.

Texts and refusals that stand together become one message; everything else is an item of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from dragoman.dialects.openai_responses.emit_parts import Place, emit_part
from dragoman.dialects.openai_responses.emit_tools import read_namespaces
from dragoman.dialects.openai_responses.marks import Fields, find_minter, is_ours, plain_fields, read_marks
from dragoman.dialects.openai_responses.output_items import (
    CALL_PREFIXES,
    IMAGE,
    call_item,
    carry_reasoning,
    item_id,
    open_item,
    open_message,
    reasoning_item,
    signature_item,
    split_name,
)
from dragoman.dialects.openai_responses.wire import NAME
from dragoman.model.content import Audio, Image, InlineData, Opaque, Part, Reasoning, Refusal, Text, ToolCall
from dragoman.model.loss import Loss
from dragoman.model.request import Request

_SPOKEN = (Text, Refusal)


class OutputWriter:
    """Writes the parts of a candidate as output items."""

    def __init__(self, id: str, request: Request, losses: list[Loss], *, is_ours: bool) -> None:
        self.items: list[Fields] = []
        self.id = id
        self.is_ours = is_ours
        self.logprobs: Fields | None = None
        self.namespaces = read_namespaces(request.tools)
        self.wants_tokens = request.reasoning is not None and request.reasoning.encrypted
        self.place = Place(losses, is_ours=is_ours, root="candidates")
        self._content: list[Fields] | None = None

    def write(self, parts: list[Part]) -> None:
        """Append the items of these parts."""
        for index, part in enumerate(parts):
            self.write_part(part, index)

    def write_part(self, part: Part, index: int) -> None:
        """Append the item of one part, or add to the message before it."""
        self.place.part = index
        if not isinstance(part, _SPOKEN):
            self._content = None
        write = self.WRITERS.get(type(part))
        if write is None:
            self.place.lose("dropped", "", "an answer has no place for this")
        else:
            write(self, part)

    def _write_text(self, part: Text | Refusal) -> None:
        marks = read_marks(part.extras)
        if self._content is None or "_item" in marks:
            self._content = []
            self.items.append(open_message(part.extras, self.id, len(self.items), self._content))
        value = emit_part(part, "output_text", self.place)
        assert value is not None
        if isinstance(part, Text):
            value.setdefault("annotations", [])
            value.setdefault("logprobs", [])
            if self.logprobs is not None and "_logprobs" not in marks:
                value["logprobs"] = self.logprobs.get("content") or []
                self.logprobs = None
        self._content.append(value)

    def _write_call(self, part: ToolCall) -> None:
        if part.signature is not None:
            self._write_signature(part, part.signature)
        marks = read_marks(part.extras)
        name, namespace = split_name(part.name, part.extras, self.namespaces)
        arguments = part.arguments
        if part.kind == "function" and not arguments and not self.is_ours:
            arguments = "{}"
        head = open_item(part.extras, CALL_PREFIXES[part.kind], self.id, len(self.items))
        item = call_item(head, part.id, name, arguments, part.kind) | plain_fields(marks)
        if namespace is not None:
            item["namespace"] = namespace
        self.place.report_extras(part.extras)
        self.items.append(item)

    def _write_signature(self, part: ToolCall, signature: str) -> None:
        minter = find_minter(part.extras)
        if minter is None or not self.wants_tokens:
            self.place.lose("stripped_token", ".signature", "the client did not ask for encrypted content")
            return
        self.items.append(signature_item(part.id, signature, minter, self.id, len(self.items)))

    def _write_reasoning(self, part: Reasoning) -> None:
        self.items.append(reasoning_item(part, self.id, len(self.items), wants_tokens=self.wants_tokens))
        self.place.report_extras(part.extras)
        report_lost_token(part, self.place, wants_tokens=self.wants_tokens)

    def _write_image(self, part: Image) -> None:
        if not isinstance(part.source, InlineData):
            self.place.lose("dropped", ".source", "an image in an answer must be data")
            return
        head = read_marks(part.extras).get("_item")
        if head is None:
            head = {
                "id": item_id(IMAGE, self.id, len(self.items)),
                "type": "image_generation_call",
                "status": "completed",
                "output_format": part.source.media_type.removeprefix("image/") or "png",
            }
        self.items.append({**head, "result": part.source.data})
        self.place.report_extras(part.extras)

    def _write_audio(self, part: Audio) -> None:
        if not part.transcript:
            self.place.lose("dropped", "", "an answer has no place for audio")
            return
        self.place.lose("approximated", "", "audio becomes its transcript")
        self._write_text(Text(part.transcript))
        self._content = None

    def _write_opaque(self, part: Opaque) -> None:
        if part.dialect == NAME:
            self.items.append(part.value)
        else:
            self.place.lose("dropped", "", f"{part.kind} is a word of {part.dialect} alone")

    WRITERS: ClassVar[dict[type, Callable[[OutputWriter, Any], None]]] = {
        Text: _write_text,
        Refusal: _write_text,
        ToolCall: _write_call,
        Reasoning: _write_reasoning,
        Image: _write_image,
        Audio: _write_audio,
        Opaque: _write_opaque,
    }


def report_lost_token(part: Reasoning, place: Place, *, wants_tokens: bool) -> None:
    """Say so when thinking of another dialect loses what its provider would need to take it back."""
    has_token = (part.signature or part.encrypted or part.redacted) is not None
    if has_token and not is_ours(part.extras) and not (wants_tokens and carry_reasoning(part)):
        place.lose(
            "stripped_token", "", "the client did not ask for encrypted content, or nobody says whose token it is"
        )
