"""Events as the parts of a stream, each of them one server-sent event.

    stream-start, response-metadata, ( text-* | reasoning-* | tool-input-* tool-call | file | source | custom )*, finish

Blocks are told apart by their ids, so they may interleave as they like and nothing has to wait. Losses that are known
when the stream begins are its warnings; those that show later are told in the metadata of `finish`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from dragoman.dialects.ai_sdk_gateway.content import ContentWriter, emit_call
from dragoman.dialects.ai_sdk_gateway.emit_response import emit_finish, emit_identity, put_logprobs
from dragoman.dialects.ai_sdk_gateway.errors import emit_stream_error
from dragoman.dialects.ai_sdk_gateway.metadata import emit_losses, emit_signature, gather_metadata, read_tokens
from dragoman.dialects.ai_sdk_gateway.usage import emit_usage
from dragoman.dialects.ai_sdk_gateway.warnings import emit_warnings
from dragoman.dialects.ai_sdk_gateway.wire import METADATA, Version
from dragoman.errors import DragomanError
from dragoman.model import stream as s
from dragoman.model.content import Citation, Extras, Reasoning, ToolCall
from dragoman.model.loss import Loss
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from dragoman.wire.json_document import encode_json
from dragoman.wire.json_read import Fields


class _Block:
    """A part that has begun. `head` is the constant beginning of each of its deltas; one that `is_gathered` has none."""

    __slots__ = ("citations", "head", "id", "is_gathered", "pieces", "section", "start")

    def __init__(self, id: str, kind: str, start: Any) -> None:
        self.id = id
        self.start = start
        self.is_gathered = False
        self.section = 0
        self.pieces: list[str] = []
        self.citations: list[Citation] = []
        self.head = b'data: {"type":"%b-delta","id":%b,"delta":' % (kind.encode(), encode_json(id))


class GatewayStreamEmitter:
    """One stream."""

    def __init__(self, losses: list[Loss], version: Version) -> None:
        self._losses = losses
        self._writer = ContentWriter(losses, version)
        self._told_losses = 0
        self._out: list[bytes] = []
        self._blocks: dict[int, _Block] = {}
        self._begun = s.StreamStart("", "")
        self._finish = Finish("other")
        self._usage: Usage | None = None
        self._logprobs: list[Any] = []
        self._unsaid: set[int] = set()

    def emit(self, events: list[s.StreamEvent]) -> bytes:
        """The bytes for these events."""
        for event in events:
            write = self.HANDLERS.get(type(event))
            if write is not None:
                write(self, event)
        written = b"".join(self._out)
        self._out.clear()
        return written

    def fail(self, error: DragomanError) -> bytes:
        """The stream has failed."""
        return emit_stream_error(error)

    def _put(self, part: Fields) -> None:
        self._out.append(b"data: %b\n\n" % encode_json(part))

    def _put_delta(self, block: _Block, text: str) -> None:
        self._out.append(b"%b%b}\n\n" % (block.head, encode_json(text)))

    def _open(self, event: Any, kind: str) -> _Block | None:
        """A block for a part of the one answer that can be told; None for those of other candidates."""
        if self._is_unsaid(event.candidate):
            return None
        self._writer.report_extras(event.extras, _path_of(event.part))
        id = event.id if kind == "tool-input" else str(event.part)
        block = self._blocks[event.part] = _Block(id, kind, event)
        return block

    def _is_unsaid(self, candidate: int) -> bool:
        if candidate and candidate not in self._unsaid:
            self._unsaid.add(candidate)
            self._writer.lose("dropped", f"candidates[{candidate}]", "only one answer can be told")
        return candidate != 0

    # -- the frame ---------------------------------------------------------------------------------------------------

    def _write_start(self, event: s.StreamStart) -> None:
        self._begun = event
        self._usage = event.usage
        self._told_losses = len(self._losses)
        self._put({"type": "stream-start", "warnings": emit_warnings(self._losses)})
        self._put({"type": "response-metadata", **emit_identity(event.id, event.model, event.created_unix)})

    def _write_usage(self, event: s.UsageReport) -> None:
        self._usage = event.usage

    def _write_candidate_end(self, event: s.CandidateEnd) -> None:
        if not self._is_unsaid(event.candidate):
            self._finish = event.finish

    def _write_end(self, event: s.StreamEnd) -> None:
        metadata = gather_metadata(self._finish, self._begun.service_tier, self._begun.extras, event.extras)
        put_logprobs(metadata, {"content": self._logprobs})
        late = emit_losses(self._losses[self._told_losses :])
        if late:
            metadata[METADATA] = {**metadata.get(METADATA, {}), "losses": late}
        part: Fields = {
            "type": "finish",
            "finishReason": emit_finish(self._finish),
            "usage": emit_usage(self._usage),
        }
        self._put({**part, "providerMetadata": metadata} if metadata else part)

    def _write_logprobs(self, event: s.LogprobsDelta) -> None:
        if not self._is_unsaid(event.candidate):
            self._logprobs += event.logprobs.get("content") or []

    # -- text --------------------------------------------------------------------------------------------------------

    def _write_text_start(self, event: s.TextStart) -> None:
        block = self._open(event, "text")
        if block is not None:
            self._put({"type": "text-start", "id": block.id})

    def _write_refusal_start(self, event: s.RefusalStart) -> None:
        block = self._open(event, "text")
        if block is not None:
            self._writer.lose("approximated", _path_of(event.part), "a refusal is said as text")
            self._put({"type": "text-start", "id": block.id})

    def _write_text_delta(self, event: s.TextDelta | s.RefusalDelta) -> None:
        block = self._blocks.get(event.part)
        if block is not None:
            self._put_delta(block, event.text)

    def _write_citation(self, event: s.TextCitation) -> None:
        block = self._blocks.get(event.part)
        if block is not None:
            block.citations.append(event.citation)

    def _write_text_end(self, event: s.TextEnd) -> None:
        block = self._blocks.pop(event.part, None)
        if block is None:
            return
        sources, citations = self._writer.cite(block.citations)
        end: Fields = {"type": "text-end", "id": block.id, **emit_signature(event.signature, block.start.extras)}
        self._put({**end, "citations": citations} if citations else end)
        for source in sources:
            self._put(source)

    def _write_refusal_end(self, event: s.RefusalEnd) -> None:
        block = self._blocks.pop(event.part, None)
        if block is not None:
            self._put({"type": "text-end", "id": block.id})

    # -- reasoning ---------------------------------------------------------------------------------------------------

    def _write_reasoning_start(self, event: s.ReasoningStart) -> None:
        block = self._open(event, "reasoning")
        if block is not None:
            self._put({"type": "reasoning-start", "id": block.id, **_name_item(event)})

    def _write_reasoning_delta(self, event: s.ReasoningDelta) -> None:
        block = self._blocks.get(event.part)
        if block is None:
            return
        if event.section != block.section:
            self._put({"type": "reasoning-end", "id": block.id, **_name_item(block.start)})
            block = self._blocks[event.part] = _Block(f"{event.part}:{event.section}", "reasoning", block.start)
            block.section = event.section
            self._put({"type": "reasoning-start", "id": block.id, **_name_item(block.start)})
        self._put_delta(block, event.text)

    def _write_reasoning_end(self, event: s.ReasoningEnd) -> None:
        block = self._blocks.pop(event.part, None)
        if block is None:
            return
        start: s.ReasoningStart = block.start
        self._writer.report_extras(event.extras, _path_of(event.part))
        tokens = _read_end_tokens(start, event)
        if not tokens and (start.redacted or event.signature or event.encrypted):
            self._writer.lose("stripped_token", _path_of(event.part), "its minter has no place here")
        self._put({"type": "reasoning-end", "id": block.id, **(tokens or _name_item(start))})

    # -- tools and the rest ------------------------------------------------------------------------------------------

    def _write_call_start(self, event: s.ToolCallStart) -> None:
        """Two open blocks of one id could not be told apart: the second is told as a whole call when it ends."""
        is_taken = any(block.id == event.id for block in self._blocks.values())
        block = self._open(event, "tool-input")
        if block is None:
            return
        block.is_gathered = is_taken
        if not is_taken:
            start: Fields = {"type": "tool-input-start", "id": event.id, "toolName": event.name}
            self._put({**start, "inputEncoding": "text"} if event.kind == "custom" else start)

    def _write_call_delta(self, event: s.ToolCallDelta) -> None:
        block = self._blocks.get(event.part)
        if block is not None and event.arguments:
            block.pieces.append(event.arguments)
            if not block.is_gathered:
                self._put_delta(block, event.arguments)

    def _write_call_end(self, event: s.ToolCallEnd) -> None:
        block = self._blocks.pop(event.part, None)
        if block is None:
            return
        start: s.ToolCallStart = block.start
        arguments = "".join(block.pieces)
        call = ToolCall(start.id, start.name, arguments, start.kind, start.signature, extras=start.extras)
        if not block.is_gathered:
            self._put({"type": "tool-input-end", "id": block.id})
        self._put(emit_call(call))

    def _write_whole(self, event: s.PartDone) -> None:
        if not self._is_unsaid(event.candidate):
            for entry in self._writer.write(event.content, _path_of(event.part)):
                self._put(entry)

    HANDLERS: ClassVar[dict[type, Callable[[GatewayStreamEmitter, Any], None]]] = {
        s.StreamStart: _write_start,
        s.TextStart: _write_text_start,
        s.TextDelta: _write_text_delta,
        s.TextCitation: _write_citation,
        s.TextEnd: _write_text_end,
        s.RefusalStart: _write_refusal_start,
        s.RefusalDelta: _write_text_delta,
        s.RefusalEnd: _write_refusal_end,
        s.ReasoningStart: _write_reasoning_start,
        s.ReasoningDelta: _write_reasoning_delta,
        s.ReasoningEnd: _write_reasoning_end,
        s.ToolCallStart: _write_call_start,
        s.ToolCallDelta: _write_call_delta,
        s.ToolCallEnd: _write_call_end,
        s.PartDone: _write_whole,
        s.LogprobsDelta: _write_logprobs,
        s.UsageReport: _write_usage,
        s.CandidateEnd: _write_candidate_end,
        s.StreamEnd: _write_end,
    }


def _path_of(part: int) -> str:
    return f"candidates[0].parts[{part}]"


def _name_item(start: s.ReasoningStart) -> Fields:
    """Sections of one summary are told apart from those of the next by the item that they belong to."""
    if start.id is None or not start.is_summary:
        return {}
    return {"providerMetadata": {"openai": {"itemId": start.id}}}


def _read_end_tokens(start: s.ReasoningStart, end: s.ReasoningEnd) -> Fields:
    extras: Extras = {**(start.extras or {}), **(end.extras or {})}
    whole = Reasoning(
        signature=end.signature, redacted=start.redacted, encrypted=end.encrypted, id=start.id, extras=extras
    )
    minter, tokens = read_tokens(whole)
    return {"providerMetadata": {minter: tokens}} if minter is not None and tokens else {}
