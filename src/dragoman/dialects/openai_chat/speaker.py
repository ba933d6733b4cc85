"""One candidate of a stream: its deltas turned into parts.

Cases: prose (reasoning, text, refusal) comes one part at a time, and a new kind ends the part before it; tool calls are
told apart by `index` and may interleave, so they stay open until the candidate finishes; reasoning details and audio
come in pieces that make sense only together, so they are gathered. `index` is missing with some servers and the same
for all calls with others: then a new id, together with a name, begins a new call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Literal

from dragoman.dialects.openai_chat.fragments import join_audio, merge_detail
from dragoman.dialects.openai_chat.marks import keep
from dragoman.dialects.openai_chat.parse_content import parse_part, read_thinking
from dragoman.dialects.openai_chat.parse_message import build_reasoning, mark_google, read_signature
from dragoman.dialects.openai_chat.parse_response import make_call_id, parse_citation
from dragoman.dialects.openai_chat.wire import NAME
from dragoman.errors import malformed_upstream
from dragoman.model import stream as s
from dragoman.model.content import Opaque
from dragoman.wire.json_document import encode_json
from dragoman.wire.json_read import Fields

Events = list[s.StreamEvent]

_NOISE = frozenset({"role", "index", "name", "token_id", "padding"})


class _Call:
    """A tool call while it comes in. It starts for the world when its name is known."""

    __slots__ = ("id", "kind", "part", "pending")

    def __init__(self, identifier: str) -> None:
        self.id = identifier
        self.kind: Literal["function", "custom"] = "function"
        self.part = -1
        self.pending = ""


class Speaker:
    """State of one candidate. `finish_word` is set once its end has been told."""

    def __init__(self, index: int, response_id: str, numbers: Iterator[int]) -> None:
        self.index = index
        self.finish_word: str | None = None
        self.finish_rest: Fields = {}
        self.has_calls = False
        self.has_refusal = False
        self._response_id = response_id
        self._numbers = numbers
        self._prose: type | None = None
        self._part = -1
        self._calls: dict[Any, _Call] = {}
        self._open_calls: list[_Call] = []
        self._last_call: Any = None
        self._thought_field = ""
        self._details: list[Fields] = []
        self._audio: list[Fields] = []

    def read_delta(self, delta: Fields, events: Events) -> None:
        """What one chunk adds to this candidate."""
        for name, value in delta.items():
            if value is None or value == "":
                continue
            read = self._HANDLERS.get(name)
            if read is not None:
                read(self, value, events)
            elif name not in _NOISE:
                events.append(self._keep_delta(name, value))

    def _keep_delta(self, name: str, value: Any) -> s.OpaqueEvent:
        """A field that only our dialect knows what to do with."""
        return s.OpaqueEvent(Opaque(NAME, "delta", {"index": self.index, "delta": {name: value}}))

    def end_parts(self, events: Events) -> None:
        """End whatever is open."""
        self._end_prose(events)
        if self._details:
            self._end_reasoning(events)
        for call in self._open_calls:
            if call.part < 0:
                raise malformed_upstream("A tool call in the stream has no name.")
            events.append(s.ToolCallEnd(call.part))
        self._open_calls.clear()
        self._calls.clear()
        if self._audio:
            events.append(s.PartDone(next(self._numbers), join_audio(self._audio), self.index))
            self._audio.clear()

    # -- prose -------------------------------------------------------------------------------------------------------

    def _begin_prose(self, kind: type, events: Events) -> int:
        """The number of the open part of this kind; begins one where there is none."""
        if self._prose is not kind:
            self._end_prose(events)
            self._prose = kind
            self._part = next(self._numbers)
            events.append(kind(self._part, self.index))
        return self._part

    def _end_prose(self, events: Events) -> None:
        if self._prose is s.TextStart:
            events.append(s.TextEnd(self._part))
        elif self._prose is s.RefusalStart:
            events.append(s.RefusalEnd(self._part))
        elif self._prose is s.ReasoningStart or self._details:
            self._end_reasoning(events)
        self._prose = None

    def _end_reasoning(self, events: Events) -> None:
        """Details without any text make a part of their own, for the tokens in them."""
        if self._prose is not s.ReasoningStart:
            self._part = next(self._numbers)
            events.append(s.ReasoningStart(self._part, self.index))
        told = build_reasoning("", [], self._details)
        events.append(s.ReasoningEnd(self._part, told.signature, told.encrypted, told.extras))
        self._details = []

    def _on_content(self, value: Any, events: Events) -> None:
        if type(value) is str:
            events.append(s.TextDelta(self._begin_prose(s.TextStart, events), value))
        elif type(value) is list:
            for part in value:
                self._on_part(part, events)

    def _on_part(self, part: Any, events: Events) -> None:
        """Mistral's streams may bring content as parts."""
        if type(part) is not dict:
            raise malformed_upstream("A part of the stream's content is no object.")
        kind, text = part.get("type"), part.get("text")
        if kind == "thinking":
            self._think("thinking", read_thinking(part), events)
        elif kind == "text" and type(text) is str:
            if text:
                self._on_content(text, events)
        elif kind == "refusal":
            self._on_refusal(part.get("refusal"), events)
        else:
            self._end_prose(events)
            events.append(s.PartDone(next(self._numbers), parse_part(part), self.index))

    def _on_refusal(self, value: Any, events: Events) -> None:
        self.has_refusal = True
        events.append(s.RefusalDelta(self._begin_prose(s.RefusalStart, events), _text(value)))

    def _on_annotations(self, value: Any, events: Events) -> None:
        """Citations hang on the text that is open; where none is, they are only our dialect's."""
        is_clear = type(value) is list and all(type(item) is dict for item in value)
        if is_clear and self._prose is s.TextStart:
            events += [s.TextCitation(self._part, parse_citation(item)) for item in value]
        elif value:
            events.append(self._keep_delta("annotations", value))

    # -- reasoning ---------------------------------------------------------------------------------------------------

    def _on_reasoning_content(self, value: Any, events: Events) -> None:
        self._think("reasoning_content", _text(value), events)

    def _on_reasoning(self, value: Any, events: Events) -> None:
        self._think("reasoning", _text(value), events)

    def _on_details(self, value: Any, events: Events) -> None:
        if type(value) is not list:
            raise malformed_upstream("The stream's reasoning_details are no array.")
        for detail in value:
            if type(detail) is not dict:
                raise malformed_upstream("One of the stream's reasoning_details is no object.")
            text = detail.get("text") or detail.get("summary")
            if type(text) is str:
                self._think("reasoning_details", text, events)
            merge_detail(self._details, detail)

    def _think(self, field: str, text: str, events: Events) -> None:
        """The same thinking may be told in several fields; only the first of them is listened to."""
        if not self._thought_field:
            self._thought_field = field
        if text and field == self._thought_field:
            events.append(s.ReasoningDelta(self._begin_prose(s.ReasoningStart, events), text))

    # -- tool calls --------------------------------------------------------------------------------------------------

    def _on_tool_calls(self, value: Any, events: Events) -> None:
        if type(value) is not list:
            raise malformed_upstream("The stream's tool_calls are no array.")
        for piece in value:
            if type(piece) is not dict:
                raise malformed_upstream("One of the stream's tool_calls is no object.")
            self._read_call(piece, events)

    def _on_function_call(self, value: Any, events: Events) -> None:
        """The legacy form: one call, without index or id."""
        self._read_call({"index": "legacy", "function": value}, events)

    def _read_call(self, piece: Fields, events: Events) -> None:
        is_custom = type(piece.get("custom")) is dict and piece.get("type") != "function"
        inner = piece.get("custom" if is_custom else "function")
        inner = inner if type(inner) is dict else {}
        name = inner.get("name")
        call = self._find_call(piece, name)
        if call.part < 0 and type(name) is str and name:
            call.kind = "custom" if is_custom else "function"
            self._start_call(call, name, piece, events)
        arguments = inner.get("input" if is_custom else "arguments")
        if type(arguments) is dict:
            arguments = encode_json(arguments).decode()
        if type(arguments) is not str or not arguments:
            return
        if call.part < 0:
            call.pending += arguments
        else:
            events.append(s.ToolCallDelta(call.part, arguments))

    def _find_call(self, piece: Fields, name: Any) -> _Call:
        identifier = piece.get("id")
        identifier = identifier if type(identifier) is str else ""
        key = piece.get("index")
        if type(key) is not int and key != "legacy":
            key = identifier or self._last_call
        call = self._calls.get(key)
        if call is None or (identifier and name and call.id and identifier != call.id):
            call = self._calls[key] = _Call(identifier)
            self._open_calls.append(call)
            self.has_calls = True
        self._last_call = key
        return call

    def _start_call(self, call: _Call, name: str, piece: Fields, events: Events) -> None:
        self._end_prose(events)
        call.part = next(self._numbers)
        identifier = piece.get("id")
        call.id = call.id or (identifier if type(identifier) is str else "")
        call.id = call.id or make_call_id(self._response_id, f"{self.index}_{call.part}")
        extra = piece.get("extra_content")
        extras = keep({"extra_content": extra}, {}) if extra is not None else None
        signature = read_signature(extras)
        if signature is not None:
            extras = mark_google(extras)
        events.append(s.ToolCallStart(call.part, call.id, name, self.index, call.kind, signature, extras))
        if call.pending:
            events.append(s.ToolCallDelta(call.part, call.pending))

    # -- media -------------------------------------------------------------------------------------------------------

    def _on_audio(self, value: Any, _events: Events) -> None:
        if type(value) is not dict:
            raise malformed_upstream("The stream's audio is no object.")
        self._audio.append(value)

    def _on_images(self, value: Any, events: Events) -> None:
        for part in value if type(value) is list else []:
            if type(part) is dict:
                self._on_part(part, events)

    _HANDLERS: ClassVar[dict[str, Callable[[Speaker, Any, Events], None]]] = {
        "content": _on_content,
        "reasoning_content": _on_reasoning_content,
        "reasoning": _on_reasoning,
        "reasoning_details": _on_details,
        "refusal": _on_refusal,
        "annotations": _on_annotations,
        "tool_calls": _on_tool_calls,
        "function_call": _on_function_call,
        "audio": _on_audio,
        "images": _on_images,
    }


def _text(value: Any) -> str:
    if type(value) is not str:
        raise malformed_upstream("A text of the stream is no string.")
    return value
