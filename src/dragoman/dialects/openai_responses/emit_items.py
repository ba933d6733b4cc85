"""The model's turns → items of `input`.

Our own items come out as they were, by their marks. Of foreign turns: texts that stand together become one message,
calls, results and thinking become items of their own. Foreign thinking cannot be read by this provider; it goes only
to targets whose profile says that they take it as plain text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, ClassVar

from dragoman.dialects.openai_responses.emit_parts import Place, emit_content, emit_part
from dragoman.dialects.openai_responses.marks import Fields, is_ours, plain_fields, read_marks, report_foreign_extras
from dragoman.dialects.openai_responses.wire import MAX_CALL_ID_LENGTH, NAMESPACE_JOINT
from dragoman.model.content import (
    Audio,
    Image,
    InlineData,
    Opaque,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from dragoman.model.loss import Loss
from dragoman.model.request import Turn

_SPOKEN = (Text, Refusal)
_REASONING_TOKENS = ("signature", "redacted", "encrypted")


class InputWriter:
    """Writes turns as items. `replay_reasoning`: the target takes thinking of others as plain text; `notes`: how messages
    of ours are written that carry no marks."""

    def __init__(self, place: Place, *, replay_reasoning: bool, notes: Fields) -> None:
        self.items: list[Any] = []
        self.place = place
        self.replay_reasoning = replay_reasoning
        self._head: Fields = {} if "_untyped" in notes else {"type": "message"}
        self._is_listed = "_listed" in notes
        self._message: Fields | None = None

    def write(self, turn: Turn, index: int) -> None:
        """Append the items of one turn."""
        self.place.turn = index
        self.place.part = 0
        if turn.name is not None:
            self.place.losses.append(Loss("dropped", f"turns[{index}].name"))
        if read_marks(turn.extras).get("_bare"):
            self.items += [part.value for part in turn.parts if isinstance(part, Opaque)]
        elif turn.role in ("assistant", "tool"):
            self._write_parts(turn)
        else:
            self._write_message(turn)

    def _write_message(self, turn: Turn) -> None:
        marks = read_marks(turn.extras)
        item: Fields = {**(marks.get("_item", {}) if is_ours(turn.extras) else self._head), "role": turn.role}
        text = self._read_string(turn)
        item["content"] = emit_content(turn.parts, "input_text", self.place) if text is None else text
        if turn.extras is not None:
            item |= plain_fields(marks)
            report_foreign_extras(turn.extras, f"turns[{self.place.turn}]", self.place.losses)
        if item["content"] or self.place.is_ours:
            self.items.append(item)

    def _read_string(self, turn: Turn) -> str | None:
        """The text of a message that is written as a bare string."""
        only = turn.parts[0] if turn.shorthand and len(turn.parts) == 1 else None
        if not isinstance(only, Text) or not _is_bare(only) or (self._is_listed and turn.extras is None):
            return None
        return only.text

    def _write_parts(self, turn: Turn) -> None:
        report_foreign_extras(turn.extras, f"turns[{self.place.turn}]", self.place.losses)
        self._message = None
        text = self._read_string(turn) if self.place.is_ours else None
        if text is not None:
            self.items.append({**self._head, "role": turn.role, "content": text})
            return
        for self.place.part, part in enumerate(turn.parts):
            if not isinstance(part, _SPOKEN):
                self._message = None
            write = self.WRITERS.get(type(part))
            if write is None:
                self.place.lose("dropped", "", f"no place in a turn of role {turn.role}")
                continue
            write(self, part)
        self._message = None

    def _write_text(self, part: Text | Refusal) -> None:
        """A piece of a message. The first piece of each of our messages carries what the message says of itself."""
        marks = read_marks(part.extras)
        opening = marks.get("_item")
        message = self._message
        if message is None or opening is not None:
            message = {**(self._head if opening is None else opening)}
            message |= {"role": "assistant", "content": []}
            message |= {
                name.removeprefix("message."): value for name, value in marks.items() if name.startswith("message.")
            }
            self._message = message
            self.items.append(message)
        value = emit_part(part, "output_text", self.place)
        if marks.get("_string") and isinstance(part, Text):
            message["content"] = part.text
        elif type(message["content"]) is list:
            message["content"].append(value)

    def _write_call(self, part: ToolCall) -> None:
        marks = read_marks(part.extras)
        item: Fields = {**marks.get("_item", {})}
        item["type"] = "custom_tool_call" if part.kind == "custom" else "function_call"
        item["call_id"] = self._bound_id(part.id)
        namespace = marks.get("_namespace")
        item["name"] = part.name
        if namespace is not None:
            item["name"] = part.name.removeprefix(f"{namespace}{NAMESPACE_JOINT}")
            item["namespace"] = namespace
        if part.kind == "custom":
            item["input"] = part.arguments
        else:
            item["arguments"] = part.arguments if self.place.is_ours else part.arguments or "{}"
        if part.signature is not None:
            self.place.lose("stripped_token", ".signature")
        self._close_item(item, part, marks)

    def _write_result(self, part: ToolResult) -> None:
        marks = read_marks(part.extras)
        item: Fields = {**marks.get("_item", {})}
        item["type"] = "custom_tool_call_output" if part.kind == "custom" else "function_call_output"
        item["call_id"] = self._bound_id(part.call_id)
        first = part.parts[0] if part.parts else None
        if isinstance(first, Text) and len(part.parts) == 1 and _is_bare(first) and not marks.get("_list"):
            item["output"] = first.text
        else:
            item["output"] = self._emit_output(part, is_list=marks.get("_list", False))
        if part.is_error:
            self.place.lose("dropped", ".is_error", "a result does not say that it is an error")
        self._close_item(item, part, marks)

    def _emit_output(self, part: ToolResult, *, is_list: bool) -> list[Fields] | str:
        output: list[Fields] = []
        for self.place.inner, inner in enumerate(part.parts):
            if isinstance(inner, Audio):
                self.place.lose("dropped", "", "results hold text, images and files")
                continue
            value = emit_part(inner, "input_text", self.place)
            if value is not None:
                output.append(value)
        self.place.inner = None
        return output if output or is_list else ""

    def _write_reasoning(self, part: Reasoning) -> None:
        if not is_ours(part.extras):
            self._write_foreign_reasoning(part)
            return
        marks = read_marks(part.extras)
        item: Fields = {"type": "reasoning", **marks["_item"]} if "_item" in marks else {"type": "reasoning"}
        item |= reasoning_fields(part, marks)
        if part.encrypted is not None and not marks.get("minted"):
            self.place.lose("stripped_token", ".encrypted")
        self._close_item(item, part, marks)

    def _write_foreign_reasoning(self, part: Reasoning) -> None:
        if any(getattr(part, token) is not None for token in _REASONING_TOKENS):
            self.place.lose("stripped_token", "", "only the provider that made it can read it")
        text = part.text or "\n\n".join(part.summary or ())
        if text and self.replay_reasoning:
            content = [{"type": "reasoning_text", "text": text}]
            self.items.append({"type": "reasoning", "summary": [], "content": content})
        elif text:
            self.place.lose("dropped", "", "this provider does not take the thinking of others")
        self.place.report_extras(part.extras)

    def _write_image(self, part: Image) -> None:
        """Our own generated images go back as they came; a foreign model's image has no place on this side."""
        marks = read_marks(part.extras)
        if "_item" in marks and isinstance(part.source, InlineData):
            self.items.append({**marks["_item"], "result": part.source.data})
        else:
            self.place.lose("dropped", "", "an image made by a model cannot be given back")

    def _write_audio(self, part: Audio) -> None:
        if not part.transcript:
            self.place.lose("dropped", "", "audio made by a model cannot be given back")
            return
        self.place.lose("approximated", "", "audio becomes its transcript")
        self.items.append(
            {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": part.transcript}]}
        )

    def _write_opaque(self, part: Opaque) -> None:
        value = emit_part(part, "", self.place)
        if value is not None:
            self.items.append(value)

    def _close_item(self, item: Fields, part: ToolCall | ToolResult | Reasoning, marks: Fields) -> None:
        if marks:
            item |= plain_fields(marks)
        if part.cache is not None:
            self.place.lose("dropped", ".cache", "this provider caches by itself")
        self.place.report_extras(part.extras)
        self.items.append(item)

    def _bound_id(self, call_id: str) -> str:
        """The provider takes 64 characters; call and result must still meet."""
        if len(call_id) <= MAX_CALL_ID_LENGTH or self.place.is_ours:
            return call_id
        self.place.lose("renamed", ".id", f"ids have at most {MAX_CALL_ID_LENGTH} characters")
        return "call_" + hashlib.sha256(call_id.encode("utf-8", "surrogatepass")).hexdigest()[:32]

    WRITERS: ClassVar[dict[type, Callable[[InputWriter, Any], None]]] = {
        Text: _write_text,
        Refusal: _write_text,
        ToolCall: _write_call,
        ToolResult: _write_result,
        Reasoning: _write_reasoning,
        Image: _write_image,
        Audio: _write_audio,
        Opaque: _write_opaque,
    }


def reasoning_fields(part: Reasoning, marks: Fields) -> Fields:
    """Id, summary, content and encrypted content of thinking that was ours."""
    fields: Fields = {}
    if part.id is not None:
        fields["id"] = part.id
    if "_summary" in marks:
        fields["summary"] = marks["_summary"]
    elif part.summary is not None:
        fields["summary"] = [{"type": "summary_text", "text": text} for text in part.summary]
    if "_content" in marks:
        fields["content"] = marks["_content"]
    elif part.text:
        fields["content"] = [{"type": "reasoning_text", "text": part.text}]
    if part.encrypted is not None and marks.get("minted"):
        fields["encrypted_content"] = part.encrypted
    elif "_encrypted_null" in marks:
        fields["encrypted_content"] = None
    return fields


def _is_bare(part: Text) -> bool:
    return part.extras is None and part.cache is None and part.citations is None and part.signature is None
