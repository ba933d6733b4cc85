"""A provider's stream to events: one short method a wire event, found through `_HANDLERS`.

Wire grammar: message_start (content_block_start content_block_delta* content_block_stop)* message_delta* message_stop,
with pings anywhere; `error` ends it badly. Only message_stop is a proper end. A block that a provider forgets to stop
ends with the message. Some hosts send a short answer as one `message` event holding all of it.

Blocks that only this dialect understands are gathered and reported whole, as `PartDone`, when they stop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from dragoman.dialects.anthropic_messages import wire
from dragoman.dialects.anthropic_messages.errors import read_error_event
from dragoman.dialects.anthropic_messages.parse_blocks import parse_citation, parse_extras
from dragoman.dialects.anthropic_messages.parse_response import (
    parse_finish,
    parse_message,
    parse_message_extras,
    parse_tier,
    parse_usage,
)
from dragoman.errors import DragomanError, Kind
from dragoman.model import stream as s
from dragoman.model.content import Extras, Opaque, Part, Reasoning, Text, ToolCall
from dragoman.model.response import Finish
from dragoman.wire.json_document import decode_value, encode_json
from dragoman.wire.json_read import Fields, read_each, read_optional, read_required, rest_of
from dragoman.wire.sse import SseDecoder

Events = list[s.StreamEvent]

_decode = msgspec.json.Decoder().decode


class _Block:
    """A block while it is open."""

    __slots__ = ("kind", "part", "pieces", "signature", "value")

    def __init__(self, kind: str, part: int, value: Fields) -> None:
        self.kind = kind
        self.part = part
        self.value = value
        self.pieces: list[str] = []
        self.signature: str | None = None


class AnthropicStreamParser:
    """Feed it bytes, get events; see `StreamParser`."""

    __slots__ = ("_blocks", "_decoder", "_extras", "_finish", "_has_ended", "_has_started", "_next_part", "_usage")

    def __init__(self) -> None:
        self._decoder = SseDecoder()
        self._blocks: dict[int, _Block] = {}
        self._next_part = 0
        self._has_started = False
        self._has_ended = False
        self._usage: Fields = {}
        self._finish = Finish("other")
        self._extras: Fields = {}

    def feed(self, chunk: bytes) -> Events:
        return self._read(self._decoder.feed(chunk))

    def finish(self) -> Events:
        events = self._read(self._decoder.finish())
        if not self._has_ended:
            raise truncated()
        return events

    def _read(self, frames: list[Any]) -> Events:
        events: Events = []
        for frame in frames:
            data = frame.data
            if data is None or self._has_ended:
                continue
            try:
                fields = _decode(data)
                handler = _HANDLERS.get(fields["type"])
                if handler is None:
                    self._read_unknown(fields, events)
                else:
                    handler(self, fields, events)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError, TypeError) as error:
                raise malformed(type(error).__name__) from None
            except DragomanError as error:
                raise _as_upstream(error, data) from None
        return events

    # -- the message

    def _read_message_start(self, fields: Fields, events: Events) -> None:
        if self._has_started:
            raise malformed("a second message_start")
        message = read_required(fields, "message", dict)
        reported = read_optional(message, "usage", dict)
        self._has_started = True
        self._usage = reported or {}
        events.append(
            s.StreamStart(
                id=read_optional(message, "id", str) or "",
                model=read_optional(message, "model", str) or "",
                usage=None if reported is None else parse_usage(reported),
                service_tier=parse_tier(reported),
                extras=parse_message_extras(message),
            )
        )

    def _read_message_delta(self, fields: Fields, events: Events) -> None:
        self._require_start()
        delta = read_required(fields, "delta", dict)
        if delta.get("stop_reason") is not None:
            self._finish = parse_finish(delta)
        for source, known in ((delta, _DELTA_FIELDS), (fields, _MESSAGE_DELTA_FIELDS)):
            for name, value in (rest_of(source, known) or {}).items():
                if value is not None:
                    self._extras[name] = value
        reported = read_optional(fields, "usage", dict)
        if reported:
            said = {name: value for name, value in reported.items() if value is not None}
            self._usage = {**self._usage, **said}
            events.append(s.UsageReport(parse_usage(self._usage)))

    def _read_message_stop(self, fields: Fields, events: Events) -> None:
        self._require_start()
        for index in list(self._blocks):
            self._close(index, events)
        if self._finish.wire is None:
            raise truncated()
        rest = rest_of(fields, frozenset({"type"}))
        extras = {**self._extras, **(rest or {})}
        self._end(events, {wire.NAME: extras} if extras else None)

    def _end(self, events: Events, extras: Extras | None) -> None:
        self._has_ended = True
        events.append(s.CandidateEnd(self._finish))
        events.append(s.StreamEnd(extras))

    def _read_whole(self, fields: Fields, events: Events) -> None:
        """A whole message in one event."""
        if self._has_started:
            raise malformed("a second message")
        response = parse_message(fields)
        self._has_started = True
        self._finish = response.candidates[0].finish
        if self._finish.wire is None:
            raise truncated()
        events.append(
            s.StreamStart(response.id, response.model, service_tier=response.service_tier, extras=response.extras)
        )
        for part in response.candidates[0].parts:
            _replay(part, self._take_part(), events)
        if response.usage is not None:
            events.append(s.UsageReport(response.usage))
        self._end(events, None)

    def _read_ping(self, fields: Fields, events: Events) -> None:
        """Means nothing."""

    def _read_error(self, fields: Fields, events: Events) -> None:
        raise read_error_event(fields, encode_json(fields))

    def _read_unknown(self, fields: Fields, events: Events) -> None:
        if self._has_started:
            events.append(s.OpaqueEvent(Opaque(wire.NAME, read_required(fields, "type", str), fields)))

    def _require_start(self) -> None:
        if not self._has_started:
            raise malformed("no message_start")

    # -- blocks

    def _take_part(self) -> int:
        part = self._next_part
        self._next_part += 1
        return part

    def _read_block_start(self, fields: Fields, events: Events) -> None:
        self._require_start()
        index = read_required(fields, "index", int)
        value = read_required(fields, "content_block", dict)
        kind = read_required(value, "type", str)
        if index in self._blocks:
            raise malformed("a block that is open starts again")
        open_block = _OPENERS.get(kind)
        block = _Block(kind, self._take_part() if open_block else -1, value)
        self._blocks[index] = block
        if open_block is not None:
            open_block(block, events)

    def _read_block_delta(self, fields: Fields, events: Events) -> None:
        block = self._blocks[fields["index"]]
        delta = fields["delta"]
        kind = delta["type"]
        if kind == "text_delta" and block.kind == "text":
            events.append(s.TextDelta(block.part, read_required(delta, "text", str)))
            return
        absorb = _DELTAS.get((block.kind, kind))
        if absorb is not None:
            absorb(block, delta, events)
        elif block.kind not in _OPENERS:
            _absorb_opaque(block, delta)
        else:
            self._read_unknown(fields, events)

    def _read_block_stop(self, fields: Fields, events: Events) -> None:
        self._close(read_required(fields, "index", int), events)

    def _close(self, index: int, events: Events) -> None:
        block = self._blocks.pop(index)
        close = _CLOSERS.get(block.kind)
        if close is not None:
            close(block, events)
        else:
            events.append(s.PartDone(self._take_part(), _close_opaque(block)))


# -- what starts, fills and ends a block of each type ----------------------------------------------------------------


def _open_text(block: _Block, events: Events) -> None:
    events.append(s.TextStart(block.part))
    text = read_optional(block.value, "text", str)
    if text:
        events.append(s.TextDelta(block.part, text))
    for citation in read_each(read_optional(block.value, "citations", list) or [], "citations", parse_citation):
        events.append(s.TextCitation(block.part, citation))


def _open_thinking(block: _Block, events: Events) -> None:
    events.append(s.ReasoningStart(block.part))
    block.signature = read_optional(block.value, "signature", str)
    text = read_optional(block.value, "thinking", str)
    if text:
        events.append(s.ReasoningDelta(block.part, text))


def _open_redacted(block: _Block, events: Events) -> None:
    events.append(s.ReasoningStart(block.part, redacted=read_required(block.value, "data", str)))


def _open_tool_use(block: _Block, events: Events) -> None:
    value = block.value
    events.append(
        s.ToolCallStart(
            block.part,
            read_required(value, "id", str),
            read_required(value, "name", str),
            extras=parse_extras(value, wire.TOOL_USE_FIELDS),
        )
    )


def _absorb_citation(block: _Block, delta: Fields, events: Events) -> None:
    events.append(s.TextCitation(block.part, parse_citation(read_required(delta, "citation", dict))))


def _absorb_thinking(block: _Block, delta: Fields, events: Events) -> None:
    text = read_required(delta, "thinking", str)
    if text:
        events.append(s.ReasoningDelta(block.part, text))


def _absorb_signature(block: _Block, delta: Fields, events: Events) -> None:
    block.signature = (block.signature or "") + read_required(delta, "signature", str)


def _absorb_arguments(block: _Block, delta: Fields, events: Events) -> None:
    text = read_required(delta, "partial_json", str)
    if text:
        block.pieces.append("")
        events.append(s.ToolCallDelta(block.part, text))


def _absorb_opaque(block: _Block, delta: Fields) -> None:
    """Pieces of a block that we only carry: text is put together, anything else replaces what was there."""
    for name, value in delta.items():
        if name == "partial_json" and type(value) is str:
            block.pieces.append(value)
        elif name != "type":
            before = block.value.get(name)
            block.value[name] = before + value if type(before) is str and type(value) is str else value


def _close_text(block: _Block, events: Events) -> None:
    events.append(s.TextEnd(block.part))


def _close_thinking(block: _Block, events: Events) -> None:
    signature = block.signature
    events.append(s.ReasoningEnd(block.part, signature, extras=wire.MINTED if signature else None))


def _close_redacted(block: _Block, events: Events) -> None:
    events.append(s.ReasoningEnd(block.part, extras=wire.MINTED))


def _close_tool_use(block: _Block, events: Events) -> None:
    """A call that came without any piece of arguments has them in its start, if anywhere."""
    if not block.pieces:
        arguments = block.value.get("input")
        events.append(s.ToolCallDelta(block.part, encode_json(arguments).decode() if arguments else "{}"))
    events.append(s.ToolCallEnd(block.part))


def _close_opaque(block: _Block) -> Opaque:
    value = block.value
    if block.pieces:
        text = "".join(block.pieces)
        value["input"] = decode_value(text.encode()) if text.strip() else {}
    return Opaque(wire.NAME, block.kind, value)


def _replay(part: Part, number: int, events: Events) -> None:
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


_OPENERS: dict[str, Callable[[_Block, Events], None]] = {
    "text": _open_text,
    "thinking": _open_thinking,
    "redacted_thinking": _open_redacted,
    "tool_use": _open_tool_use,
}
_DELTAS: dict[tuple[str, str], Callable[[_Block, Fields, Events], None]] = {
    ("text", "citations_delta"): _absorb_citation,
    ("thinking", "thinking_delta"): _absorb_thinking,
    ("thinking", "signature_delta"): _absorb_signature,
    ("tool_use", "input_json_delta"): _absorb_arguments,
}
_CLOSERS: dict[str, Callable[[_Block, Events], None]] = {
    "text": _close_text,
    "thinking": _close_thinking,
    "redacted_thinking": _close_redacted,
    "tool_use": _close_tool_use,
}
_HANDLERS: dict[Any, Callable[[AnthropicStreamParser, Fields, Events], None]] = {
    "content_block_delta": AnthropicStreamParser._read_block_delta,
    "content_block_start": AnthropicStreamParser._read_block_start,
    "content_block_stop": AnthropicStreamParser._read_block_stop,
    "message_start": AnthropicStreamParser._read_message_start,
    "message_delta": AnthropicStreamParser._read_message_delta,
    "message_stop": AnthropicStreamParser._read_message_stop,
    "message": AnthropicStreamParser._read_whole,
    "ping": AnthropicStreamParser._read_ping,
    "error": AnthropicStreamParser._read_error,
}
_DELTA_FIELDS = frozenset({"stop_reason", "stop_sequence", "stop_details"})
_MESSAGE_DELTA_FIELDS = frozenset({"type", "delta", "usage"})


# -- how it goes wrong -----------------------------------------------------------------------------------------------


def truncated() -> DragomanError:
    """The bytes ended before the message did."""
    return DragomanError(
        Kind.UNAVAILABLE,
        "The provider's stream was cut off before its end.",
        blame="upstream",
        phase="stream",
    )


def malformed(detail: str) -> DragomanError:
    """An event that the dialect does not allow."""
    return DragomanError(
        Kind.UNAVAILABLE,
        f"The provider's stream holds an event that makes no sense ({detail}).",
        blame="upstream",
        phase="stream",
    )


def _as_upstream(error: DragomanError, data: bytes) -> DragomanError:
    """What is wrong in a provider's stream is not the caller's fault."""
    if error.reply is not None or error.phase == "stream":
        return error
    return malformed(error.path or "not as documented")
