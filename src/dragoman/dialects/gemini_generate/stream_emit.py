"""Events to a client's stream: server-sent events here, an array of JSON by `ArrayEmitter` around it.

Theory of operation: text and thoughts go out as they come, one chunk a delta, from bytes that are ready but for the
text. A call goes out whole when it ends, for its arguments must be an object. Parts keep the order of their starts: what
belongs to a later part waits until the earlier ones have ended. A finish reason is the one sign of a proper end, so all
of them wait for `StreamEnd`, which brings the last usage along.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from dragoman.dialects.gemini_generate import errors
from dragoman.dialects.gemini_generate.citations import emit_grounding
from dragoman.dialects.gemini_generate.emit_parts import PartEmitter
from dragoman.dialects.gemini_generate.emit_response import (
    emit_ending,
    emit_frame,
    emit_metered,
    is_blocked,
    tells_sources,
)
from dragoman.dialects.gemini_generate.framing import ArrayWriter
from dragoman.dialects.gemini_generate.logprobs import emit_logprobs
from dragoman.dialects.gemini_generate.marks import Fields, plain_fields, report_foreign_extras
from dragoman.errors import DragomanError
from dragoman.model import stream as s
from dragoman.model.content import Citation, Extras, Part, Reasoning, Refusal, Text, ToolCall
from dragoman.model.loss import Loss
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from dragoman.wire.json_document import encode_json


class _Part:
    """An open part. `waiting` holds its bytes while an earlier part of its candidate is open."""

    __slots__ = ("candidate", "citations", "has_ended", "pieces", "section", "start", "waiting")

    def __init__(self, start: Any, candidate: _Candidate) -> None:
        self.start = start
        self.candidate = candidate
        self.pieces: list[str] = []
        self.citations: list[Citation] = []
        self.section = 0
        self.waiting: list[bytes] = []
        self.has_ended = False


class _Candidate:
    """One candidate: the bytes around its text, its open parts in order, and what is to be said at its end."""

    __slots__ = (
        "count",
        "emitter",
        "finish",
        "logprobs",
        "open",
        "path",
        "prefix",
        "suffix",
        "texts",
        "thought_suffix",
    )

    def __init__(self, index: int, frame: bytes, losses: list[Loss]) -> None:
        end = b'],"role":"model"},"index":%d}],%s}\n\n' % (index, frame)
        self.path = f"candidates[{index}]"
        self.prefix = b'data: {"candidates":[{"content":{"parts":['
        self.suffix = b"}" + end
        self.thought_suffix = b',"thought":true}' + end
        self.emitter = PartEmitter(losses, is_answer=True)
        self.open: list[_Part] = []
        self.count = 0
        self.finish: Finish | None = None
        self.logprobs: Fields = {}
        self.texts: list[tuple[int, str, Text]] = []


class StreamEmitter:
    """One stream of server-sent events."""

    def __init__(self, losses: list[Loss]) -> None:
        self._losses = losses
        self._frame: Fields = {}
        self._candidates: dict[int, _Candidate] = {}
        self._parts: dict[int, _Part] = {}
        self._usage: Usage | None = None
        self._tier: str | None = None
        self._extras: list[Extras | None] = []
        self._out: list[bytes] = []

    def emit(self, events: list[s.StreamEvent]) -> bytes:
        """The bytes for these events."""
        out = self._out = []
        for event in events:
            self._EMIT[type(event)](self, event)
        return b"".join(out)

    def fail(self, error: DragomanError) -> bytes:
        """The chunk that tells of a failure."""
        return errors.emit_stream_error(error)

    def _on_start(self, event: s.StreamStart) -> None:
        self._frame = emit_frame(event.id, event.model)
        self._usage = event.usage
        self._tier = event.service_tier
        self._extras.append(event.extras)
        report_foreign_extras(event.extras, "", self._losses)

    # -- parts -------------------------------------------------------------------------------------------------------

    def _on_part_start(self, event: Any) -> None:
        candidate = self._find_candidate(event.candidate)
        part = self._parts[event.part] = _Part(event, candidate)
        candidate.open.append(part)

    def _on_text(self, event: s.TextDelta | s.RefusalDelta) -> None:
        part = self._parts[event.part]
        part.pieces.append(event.text)
        candidate = part.candidate
        chunk = candidate.prefix + b'{"text":' + encode_json(event.text) + candidate.suffix
        if candidate.open[0] is part:
            self._out.append(chunk)
        else:
            part.waiting.append(chunk)

    def _on_citation(self, event: s.TextCitation) -> None:
        self._parts[event.part].citations.append(event.citation)

    def _on_text_end(self, event: s.TextEnd) -> None:
        part = self._parts[event.part]
        if part.citations:
            text = Text("".join(part.pieces), part.citations)
            part.candidate.texts.append((part.candidate.count, f"{part.candidate.path}.parts[{event.part}]", text))
        if event.signature is not None:
            self._say(part, Text("", signature=event.signature))
        self._end_part(event.part)

    def _on_reasoning(self, event: s.ReasoningDelta) -> None:
        part = self._parts[event.part]
        text = event.text
        if event.section != part.section:
            part.section = event.section
            text = "\n\n" + text
        candidate = part.candidate
        self._put(part, candidate.prefix + b'{"text":' + encode_json(text) + candidate.thought_suffix)

    def _on_reasoning_end(self, event: s.ReasoningEnd) -> None:
        part = self._parts[event.part]
        redacted = part.start.redacted
        if event.signature or event.encrypted or redacted:
            token = Reasoning(
                signature=event.signature, encrypted=event.encrypted, redacted=redacted, extras=event.extras
            )
            self._say(part, token)
        else:
            report_foreign_extras(event.extras, self._path_of(part), self._losses)
        self._end_part(event.part)

    def _on_refusal_end(self, event: s.RefusalEnd) -> None:
        part = self._parts[event.part]
        part.candidate.emitter.emit_part(Refusal(""), self._path_of(part))  # for the loss: the text is out already
        self._end_part(event.part)

    def _on_call(self, event: s.ToolCallDelta) -> None:
        self._parts[event.part].pieces.append(event.arguments)

    def _on_call_end(self, event: s.ToolCallEnd) -> None:
        part = self._parts[event.part]
        start: s.ToolCallStart = part.start
        arguments = "".join(part.pieces)
        call = ToolCall(start.id, start.name, arguments, start.kind, start.signature, extras=start.extras)
        self._say(part, call)
        self._end_part(event.part)

    def _on_whole(self, event: s.PartDone) -> None:
        self._on_part_start(event)
        self._say(self._parts[event.part], event.content)
        self._end_part(event.part)

    def _say(self, part: _Part, content: Part) -> None:
        """A part in one chunk of its own."""
        candidate = part.candidate
        for fields in candidate.emitter.emit_part(content, self._path_of(part)):
            self._put(part, candidate.prefix + encode_json(fields)[:-1] + candidate.suffix)

    def _put(self, part: _Part, chunk: bytes) -> None:
        (self._out if part.candidate.open[0] is part else part.waiting).append(chunk)

    def _end_part(self, number: int) -> None:
        """Close a part; if it was the first open one, let out what waited behind it."""
        part = self._parts.pop(number)
        part.has_ended = True
        candidate = part.candidate
        candidate.count += 1
        queue = candidate.open
        while queue and queue[0].has_ended:
            queue.pop(0)
            if queue:
                self._out += queue[0].waiting
                queue[0].waiting = []

    def _path_of(self, part: _Part) -> str:
        return f"{part.candidate.path}.parts[{part.start.part}]"

    def _find_candidate(self, index: int) -> _Candidate:
        candidate = self._candidates.get(index)
        if candidate is None:
            frame = encode_json(self._frame)[1:-1] or b'"modelVersion":""'
            candidate = self._candidates[index] = _Candidate(index, frame, self._losses)
        return candidate

    # -- what waits for the end --------------------------------------------------------------------------------------

    def _on_logprobs(self, event: s.LogprobsDelta) -> None:
        gathered = self._find_candidate(event.candidate).logprobs
        for name, tokens in event.logprobs.items():
            gathered.setdefault(name, []).extend(tokens or ())

    def _on_opaque(self, event: s.OpaqueEvent) -> None:
        content = event.content
        self._losses.append(Loss("dropped", f"events.{content.kind}", f"a word of {content.dialect} alone"))

    def _on_usage(self, event: s.UsageReport) -> None:
        self._usage = event.usage

    def _on_candidate_end(self, event: s.CandidateEnd) -> None:
        self._find_candidate(event.candidate).finish = event.finish

    def _on_end(self, event: s.StreamEnd) -> None:
        report_foreign_extras(event.extras, "", self._losses)
        candidates = [
            self._emit_ending(index, candidate, candidate.finish)
            for index, candidate in self._candidates.items()
            if candidate.finish is not None and not is_blocked(candidate.finish)
        ]
        fields: Fields = {"candidates": candidates} if candidates else {}
        fields.update(self._frame)
        if self._usage is not None:
            fields["usageMetadata"] = emit_metered(self._usage, self._tier)
        for extras in (*self._extras, event.extras):
            fields.update(plain_fields(extras))
        self._out.append(b"data: " + encode_json(fields) + b"\n\n")

    def _emit_ending(self, index: int, candidate: _Candidate, finish: Finish) -> Fields:
        ending = emit_ending(finish, candidate.emitter.malformed, candidate.path, self._losses)
        if candidate.texts and not tells_sources(ending):
            ending["groundingMetadata"] = emit_grounding(candidate.texts, self._losses)
        if candidate.logprobs:
            ending["logprobsResult"] = emit_logprobs(candidate.logprobs, candidate.path, self._losses)
        said = {name: value for name, value in ending.items() if value is not None}
        return {"content": {"parts": [{"text": ""}], "role": "model"}, **said, "index": index}

    _EMIT: ClassVar[dict[type, Callable[[StreamEmitter, Any], None]]] = {
        s.StreamStart: _on_start,
        s.TextStart: _on_part_start,
        s.TextDelta: _on_text,
        s.TextCitation: _on_citation,
        s.TextEnd: _on_text_end,
        s.ReasoningStart: _on_part_start,
        s.ReasoningDelta: _on_reasoning,
        s.ReasoningEnd: _on_reasoning_end,
        s.RefusalStart: _on_part_start,
        s.RefusalDelta: _on_text,
        s.RefusalEnd: _on_refusal_end,
        s.ToolCallStart: _on_part_start,
        s.ToolCallDelta: _on_call,
        s.ToolCallEnd: _on_call_end,
        s.PartDone: _on_whole,
        s.LogprobsDelta: _on_logprobs,
        s.OpaqueEvent: _on_opaque,
        s.UsageReport: _on_usage,
        s.CandidateEnd: _on_candidate_end,
        s.StreamEnd: _on_end,
    }


class ArrayEmitter:
    """The same stream for clients that did not ask for server-sent events: one array of all chunks."""

    def __init__(self, losses: list[Loss]) -> None:
        self._emitter = StreamEmitter(losses)
        self._writer = ArrayWriter()

    def emit(self, events: list[s.StreamEvent]) -> bytes:
        """The pieces of the array for these events; its end with the stream's end."""
        pieces = self._writer.add(self._emitter.emit(events))
        return pieces + self._writer.end() if any(type(event) is s.StreamEnd for event in events) else pieces

    def fail(self, error: DragomanError) -> bytes:
        """The error as the last element."""
        return self._writer.fail(error)
