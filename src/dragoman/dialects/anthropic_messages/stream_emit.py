"""Events to a client's stream. Content blocks come strictly one after another, numbered from 0.

One short method an event, found through `HANDLERS`; the order of the blocks is kept by a `BlockQueue`. Stop reason and
usage are said together at `StreamEnd`, and only there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from dragoman.dialects.anthropic_messages import wire
from dragoman.dialects.anthropic_messages.emission import Emission, emit_nothing, read_own
from dragoman.dialects.anthropic_messages.emit_blocks import ANSWER_PARTS
from dragoman.dialects.anthropic_messages.emit_response import (
    count_usage,
    emit_finish,
    emit_usage,
    is_own_report,
    lose_foreign,
)
from dragoman.dialects.anthropic_messages.emit_text import emit_citation, lose_rest
from dragoman.dialects.anthropic_messages.errors import emit_stream_error
from dragoman.dialects.anthropic_messages.stream_queue import (
    ARGUMENTS_DELTA,
    TEXT_DELTA,
    THINKING_DELTA,
    BlockQueue,
    OutgoingBlock,
)
from dragoman.errors import DragomanError
from dragoman.model import stream as s
from dragoman.model.loss import Loss, LossCode
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from dragoman.wire.json_document import encode_json
from dragoman.wire.json_read import Fields
from dragoman.wire.sse import emit_sse

_START_ONLY_USAGE = frozenset({"cache_creation", "service_tier", "inference_geo", "speed"})
_BEDROCK_PREFIX = "amazon-bedrock-"

_encode = msgspec.json.Encoder().encode


class AnthropicStreamEmitter:
    """Feed it events, get bytes; see `StreamEmitter`."""

    __slots__ = (
        "_blocks",
        "_emission",
        "_finish",
        "_has_call",
        "_has_refusal",
        "_lost",
        "_out",
        "_queue",
        "_redacted",
        "_usage",
    )

    def __init__(self, losses: list[Loss]) -> None:
        self._emission = Emission(losses)
        self._lost: set[str] = set()
        self._blocks: dict[int, OutgoingBlock] = {}
        self._out: list[bytes] = []
        self._queue = BlockQueue(self._out)
        self._redacted: dict[int, str] = {}
        self._finish = Finish("other")
        self._usage: Usage | None = None
        self._has_call = False
        self._has_refusal = False

    def emit(self, events: list[s.StreamEvent]) -> bytes:
        handlers = self.HANDLERS
        for event in events:
            handlers[type(event)](self, event)
        written = b"".join(self._out)
        self._out.clear()
        return written

    def fail(self, error: DragomanError) -> bytes:
        return emit_stream_error(error)

    # -- the message

    def _emit_start(self, event: s.StreamStart) -> None:
        usage = event.usage or Usage()
        message: Fields = {
            "id": event.id,
            "type": "message",
            "role": "assistant",
            "model": event.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": emit_usage(usage, event.service_tier, self._emission),
        }
        self._usage = event.usage
        if event.extras is not None:
            self._emission.spill(message, event.extras)
        self._out.append(emit_sse(encode_json({"type": "message_start", "message": message}), b"message_start"))

    def _emit_usage(self, event: s.UsageReport) -> None:
        self._usage = event.usage

    def _emit_candidate_end(self, event: s.CandidateEnd) -> None:
        if event.candidate == 0:
            self._finish = event.finish

    def _emit_end(self, event: s.StreamEnd) -> None:
        mark = len(self._emission.losses)
        finish = emit_finish(self._finish, self._has_call, self._has_refusal, self._emission)
        self._emission.under(mark, "candidates[0]")
        delta: Fields = {"type": "message_delta", "delta": finish, "usage": self._final_usage()}
        stop: Fields = {"type": "message_stop"}
        if event.extras is not None:
            self._spill_end(event.extras, delta, stop)
        self._out.append(emit_sse(encode_json(delta), b"message_delta"))
        self._out.append(emit_sse(encode_json(stop), b"message_stop"))

    def _final_usage(self) -> Fields:
        usage = self._usage
        if usage is None:
            self._lose("defaulted", "usage", "the provider reported none")
            usage = Usage()
        if usage.reported is not None and is_own_report(usage.reported):
            return {name: value for name, value in usage.reported.items() if name not in _START_ONLY_USAGE}
        return count_usage(usage)

    def _spill_end(self, extras: dict[str, Fields], delta: Fields, stop: Fields) -> None:
        """What was learnt at the end goes back to where Anthropic and its hosts say it."""
        spilled: Fields = {}
        self._emission.spill(spilled, extras)
        for name, value in spilled.items():
            if name == "container":
                delta["delta"][name] = value
            elif name.startswith(_BEDROCK_PREFIX):
                stop[name] = value
            else:
                delta[name] = value

    # -- blocks

    def _add(self, event: Any, start: Fields, delta: bytes) -> OutgoingBlock | None:
        """Take note of a part; nothing is said of it yet. Only the first candidate has a place."""
        if event.candidate != 0:
            self._lose("dropped", f"candidates[{event.candidate}]", "an answer has one candidate")
            return None
        block = self._blocks[event.part] = OutgoingBlock(start, delta)
        return block

    # -- text

    def _emit_text_start(self, event: s.TextStart) -> None:
        self._add(event, {"type": "text", "text": ""}, TEXT_DELTA)

    def _emit_text_delta(self, event: s.TextDelta | s.RefusalDelta) -> None:
        block = self._blocks.get(event.part)
        if block is not None and event.text:
            self._queue.say_text(block, event.text)

    def _emit_citation(self, event: s.TextCitation) -> None:
        block = self._blocks.get(event.part)
        if block is None:
            return
        citation = emit_citation(event.citation)
        if citation is None:
            self._lose("dropped", f"{_path(event.part)}.citations")
        else:
            mark = len(self._emission.losses)
            lose_rest(event.citation, self._emission)
            self._emission.under(mark, f"{_path(event.part)}.citations")
            self._queue.say_delta(block, {"type": "citations_delta", "citation": citation})

    def _emit_text_end(self, event: s.TextEnd) -> None:
        block = self._blocks.pop(event.part, None)
        if block is not None:
            if event.signature is not None:
                self._lose("stripped_token", f"{_path(event.part)}.signature")
            self._queue.close(block)

    def _emit_refusal_start(self, event: s.RefusalStart) -> None:
        if self._add(event, {"type": "text", "text": ""}, TEXT_DELTA) is not None:
            self._has_refusal = True
            self._lose("approximated", _path(event.part), "a refusal is said as text")

    def _emit_refusal_end(self, event: s.RefusalEnd) -> None:
        block = self._blocks.pop(event.part, None)
        if block is not None:
            self._queue.close(block)

    # -- thinking

    def _emit_reasoning_start(self, event: s.ReasoningStart) -> None:
        block = self._add(event, {"type": "thinking", "thinking": "", "signature": ""}, THINKING_DELTA)
        if block is not None and event.redacted is not None:
            self._redacted[event.part] = event.redacted

    def _emit_reasoning_delta(self, event: s.ReasoningDelta) -> None:
        block = self._blocks.get(event.part)
        if block is None or not event.text:
            return
        text = event.text
        if event.section != block.section:
            block.section = event.section
            text = "\n\n" + text if block.index >= 0 else text
        self._queue.say_text(block, text)

    def _emit_reasoning_end(self, event: s.ReasoningEnd) -> None:
        block = self._blocks.pop(event.part, None)
        if block is None:
            return
        if event.extras is not None:
            mark = len(self._emission.losses)
            lose_foreign(event.extras, self._emission)
            self._emission.under(mark, _path(event.part))
        redacted = self._redacted.pop(event.part, None)
        if "minted" in read_own(event.extras):
            if redacted is not None:
                block.start = {"type": "redacted_thinking", "data": redacted}
                self._queue.begin(block)
            elif event.signature:
                self._queue.say_delta(block, {"type": "signature_delta", "signature": event.signature})
        elif event.signature or event.encrypted or redacted:
            self._lose("stripped_token", _path(event.part))
        self._queue.close(block)

    # -- tool calls

    def _emit_call_start(self, event: s.ToolCallStart) -> None:
        path = _path(event.part)
        start: Fields = {
            "type": "tool_use",
            "id": self._emission.tool_id(event.id, f"{path}.id"),
            "name": event.name,
            "input": {},
        }
        block = self._add(event, start, ARGUMENTS_DELTA)
        if block is None:
            return
        self._has_call = True
        if event.extras is not None:
            mark = len(self._emission.losses)
            self._emission.spill(start, event.extras)
            self._emission.under(mark, path)
        if event.signature is not None:
            self._lose("stripped_token", f"{path}.signature")
        self._queue.begin(block)
        if event.kind == "custom":
            self._lose("approximated", path, "free text is sent as the property `input`")
            block.is_custom = True
            self._queue.say_text(block, '{"input":"')

    def _emit_call_delta(self, event: s.ToolCallDelta) -> None:
        block = self._blocks.get(event.part)
        if block is not None and event.arguments:
            text = _encode(event.arguments)[1:-1].decode() if block.is_custom else event.arguments
            self._queue.say_text(block, text)

    def _emit_call_end(self, event: s.ToolCallEnd) -> None:
        block = self._blocks.pop(event.part, None)
        if block is not None:
            if block.is_custom:
                self._queue.say_text(block, '"}')
            self._queue.close(block)

    # -- the rest

    def _emit_whole(self, event: s.PartDone) -> None:
        mark = len(self._emission.losses)
        content = ANSWER_PARTS.get(type(event.content), emit_nothing)(event.content, self._emission)
        self._emission.under(mark, _path(event.part))
        if content is None:
            return
        start, delta = _split_whole(content)
        block = self._add(event, start, b"")
        if block is not None:
            self._queue.begin(block)
            if delta is not None:
                self._queue.say_delta(block, delta)
            self._queue.close(block)
            del self._blocks[event.part]

    def _emit_logprobs(self, event: s.LogprobsDelta) -> None:
        self._lose("dropped", f"candidates[{event.candidate}].logprobs")

    def _emit_opaque_event(self, event: s.OpaqueEvent) -> None:
        content = event.content
        if content.dialect == wire.NAME and content.kind.isidentifier():
            self._out.append(emit_sse(encode_json(content.value), content.kind.encode()))
        else:
            self._lose("dropped", f"events.{content.kind}")

    def _lose(self, code: LossCode, path: str, detail: str = "") -> None:
        if path not in self._lost:
            self._lost.add(path)
            self._emission.lose(code, path, detail)

    HANDLERS: ClassVar[dict[type, Callable[[Any, Any], None]]] = {
        s.TextDelta: _emit_text_delta,
        s.ReasoningDelta: _emit_reasoning_delta,
        s.ToolCallDelta: _emit_call_delta,
        s.StreamStart: _emit_start,
        s.TextStart: _emit_text_start,
        s.TextCitation: _emit_citation,
        s.TextEnd: _emit_text_end,
        s.ReasoningStart: _emit_reasoning_start,
        s.ReasoningEnd: _emit_reasoning_end,
        s.RefusalStart: _emit_refusal_start,
        s.RefusalDelta: _emit_text_delta,
        s.RefusalEnd: _emit_refusal_end,
        s.ToolCallStart: _emit_call_start,
        s.ToolCallEnd: _emit_call_end,
        s.PartDone: _emit_whole,
        s.LogprobsDelta: _emit_logprobs,
        s.OpaqueEvent: _emit_opaque_event,
        s.UsageReport: _emit_usage,
        s.CandidateEnd: _emit_candidate_end,
        s.StreamEnd: _emit_end,
    }


def _path(part: int) -> str:
    return f"candidates[0].parts[{part}]"


def _split_whole(content: Fields) -> tuple[Fields, Fields | None]:
    """A block as the API would begin it, and the delta that would bring the rest, where it streams that type."""
    kind = content["type"]
    if kind.endswith("tool_use") and type(content.get("input")) is dict and content["input"]:
        delta = {"type": "input_json_delta", "partial_json": encode_json(content["input"]).decode()}
        return {**content, "input": {}}, delta
    if kind == "compaction":
        pieces = {name: content[name] for name in ("content", "encrypted_content") if content.get(name) is not None}
        return {**content, **dict.fromkeys(pieces)}, {"type": "compaction_delta", **pieces}
    return content, None
