"""Events into a client's stream of `chat.completion.chunk`s.

Theory of operation: everything of a chunk but the delta is the same for a candidate's whole life, so it is encoded
once; a piece of text costs one small encode and a concatenation. A candidate's first chunk tells the role. The chunk
with the finish reason is what clients take for the end, so it is held back until `StreamEnd`: then come the finishes,
the usage if the client asked for it, and `[DONE]`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from dragoman.dialects.openai_chat.emit_response import (
    emit_citation,
    report_audio_type,
    report_citation,
    write_audio,
    write_signature,
)
from dragoman.dialects.openai_chat.errors import emit_stream_error
from dragoman.dialects.openai_chat.finish import emit_finish
from dragoman.dialects.openai_chat.marks import form_of, is_minted, report_foreign, wire_fields
from dragoman.dialects.openai_chat.outlet import Outlet
from dragoman.dialects.openai_chat.source import write_url
from dragoman.dialects.openai_chat.usage import emit_usage
from dragoman.dialects.openai_chat.wire import CUT_FINISHES, NAME, SERVICE_TIERS
from dragoman.errors import DragomanError
from dragoman.model import stream as s
from dragoman.model.content import Audio, Citation, Image, InlineData, Opaque
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.model.usage import Usage
from dragoman.wire.json_read import Fields

_encode = msgspec.json.Encoder().encode

Out = list[bytes]


class _Candidate:
    """What the chunks of one candidate have in common, and what has been said in it."""

    __slots__ = ("calls", "empty_calls", "has_refusal", "head", "index", "length")

    def __init__(self, index: int, head: bytes) -> None:
        self.index = index
        self.head = head
        self.calls = 0
        self.empty_calls: list[int] = []
        self.length = 0  # characters of text
        self.has_refusal = False


class _Part:
    """An open part. `position` is a call's number in its candidate, a text's offset, a reasoning's section."""

    __slots__ = ("candidate", "citations", "is_custom", "is_empty", "number", "position")

    def __init__(self, start: Any, candidate: _Candidate, position: int = 0, *, is_custom: bool = False) -> None:
        self.number: int = start.part
        self.candidate = candidate
        self.position = position
        self.is_custom = is_custom
        self.is_empty = True
        self.citations: list[Citation] = []

    @property
    def path(self) -> str:
        """Where it stands, for a loss."""
        return _path(self.candidate.index, self.number)


class ChatStreamEmitter:
    """State of one stream."""

    def __init__(self, request: Request, losses: list[Loss]) -> None:
        self._request = request
        self._outlet = Outlet(losses)
        self._base = b""
        self._first: Fields = {}
        self._tail = b'},"logprobs":null,"finish_reason":null}]}\n\n'
        if request.stream_usage:
            self._tail = b'},"logprobs":null,"finish_reason":null}],"usage":null}\n\n'
        self._common: Fields = {}
        self._candidates: dict[int, _Candidate] = {}
        self._parts: dict[int, _Part] = {}
        self._finishes: list[Fields] = []
        self._usage: Usage | None = None
        self._reported: set[str] = set()
        self._is_over = False

    def emit(self, events: list[s.StreamEvent]) -> bytes:
        """The bytes for these events."""
        out: Out = []
        for event in events:
            if not self._is_over:
                self._HANDLERS[type(event)](self, event, out)
        return b"".join(out)

    def fail(self, error: DragomanError) -> bytes:
        """An `error` event; nothing follows it."""
        self._is_over = True
        return emit_stream_error(error)

    # -- chunks ------------------------------------------------------------------------------------------------------

    def _on_start(self, event: s.StreamStart, out: Out) -> None:
        self._common = {
            "id": event.id,
            "object": "chat.completion.chunk",
            "created": event.created_unix or 0,
            "model": event.model or self._request.model,
        }
        if event.service_tier is not None:
            self._common["service_tier"] = SERVICE_TIERS.get(event.service_tier, event.service_tier)
        self._usage = event.usage
        if event.extras is not None:
            self._outlet.put_extras(self._first, event.extras, "")

    def _find(self, index: int, out: Out) -> _Candidate:
        """The candidate; a new one begins with a chunk that tells its role."""
        candidate = self._candidates.get(index)
        if candidate is None:
            head = b"data: %b" % _encode(self._common)[:-1]
            candidate = _Candidate(index, b'%b,"choices":[{"index":%d,"delta":{' % (head, index))
            self._candidates[index] = candidate
            delta = {"role": "assistant", "content": "", "refusal": None}
            out.append(self._chunk([_choice(index, delta)], self._first))
            self._first = {}
        return candidate

    def _chunk(self, choices: list[Fields], extras: Fields) -> bytes:
        """A chunk of any kind, the slow way."""
        body = {**self._common, "choices": choices, **extras}
        if self._request.stream_usage:
            body.setdefault("usage", None)
        return b"data: " + _encode(body) + b"\n\n"

    def _delta(self, index: int, delta: Fields, out: Out) -> None:
        self._find(index, out)
        out.append(self._chunk([_choice(index, delta)], {}))

    # -- prose -------------------------------------------------------------------------------------------------------

    def _on_text_start(self, event: s.TextStart, out: Out) -> None:
        candidate = self._find(event.candidate, out)
        self._parts[event.part] = _Part(event, candidate, candidate.length)
        self._report_extras(event)

    def _on_text_delta(self, event: s.TextDelta, out: Out) -> None:
        candidate = self._parts[event.part].candidate
        candidate.length += len(event.text)
        out.append(b'%b"content":%b%b' % (candidate.head, _encode(event.text), self._tail))

    def _on_citation(self, event: s.TextCitation, out: Out) -> None:
        """Told when its text is whole: some providers give the source first, and offsets need the text's length."""
        self._parts[event.part].citations.append(event.citation)

    def _on_text_end(self, event: s.TextEnd, out: Out) -> None:
        part = self._parts[event.part]
        for citation in part.citations:
            annotation = emit_citation(citation, part.position, part.candidate.length - part.position)
            if annotation is not None:
                self._delta(part.candidate.index, {"annotations": [annotation]}, out)
            report_citation(citation, annotation, self._outlet, f"{part.path}.citations")
        if event.signature is not None:
            self._outlet.lose(f"{part.path}.signature", code="stripped_token")

    def _on_refusal_start(self, event: s.RefusalStart, out: Out) -> None:
        candidate = self._find(event.candidate, out)
        candidate.has_refusal = True
        self._parts[event.part] = _Part(event, candidate)
        self._report_extras(event)

    def _on_refusal_delta(self, event: s.RefusalDelta, out: Out) -> None:
        head = self._parts[event.part].candidate.head
        out.append(b'%b"refusal":%b%b' % (head, _encode(event.text), self._tail))

    def _on_reasoning_start(self, event: s.ReasoningStart, out: Out) -> None:
        part = self._parts[event.part] = _Part(event, self._find(event.candidate, out))
        if event.redacted is not None:
            self._outlet.lose(part.path, code="stripped_token")

    def _on_reasoning_delta(self, event: s.ReasoningDelta, out: Out) -> None:
        part = self._parts[event.part]
        text = event.text
        if event.section != part.position:
            part.position = event.section
            text = "\n\n" + text
        out.append(b'%b"reasoning_content":%b%b' % (part.candidate.head, _encode(text), self._tail))

    def _on_reasoning_end(self, event: s.ReasoningEnd, out: Out) -> None:
        """Details go along whole, at the end, to who sent them; foreign tokens stay behind."""
        part = self._parts[event.part]
        if event.extras is not None:
            report_foreign(event.extras, self._outlet.losses, f"{part.path}.")
        details = wire_fields(event.extras).get("reasoning_details")
        if details:
            self._delta(part.candidate.index, {"reasoning_details": details}, out)
        elif not is_minted(event.extras) and (event.signature or event.encrypted):
            self._outlet.lose(part.path, code="stripped_token")

    # -- tool calls --------------------------------------------------------------------------------------------------

    def _on_call_start(self, event: s.ToolCallStart, out: Out) -> None:
        candidate = self._find(event.candidate, out)
        is_custom = event.kind == "custom"
        part = self._parts[event.part] = _Part(event, candidate, candidate.calls, is_custom=is_custom)
        self._report_extras(event)
        candidate.calls += 1
        inner = {"name": event.name, "input" if is_custom else "arguments": ""}
        call: Fields = {"index": part.position, "id": event.id, "type": event.kind, event.kind: inner}
        if event.signature is not None:
            call["extra_content"] = form_of(event.extras).get("extra_content") or write_signature(event.signature)
        call.update(wire_fields(event.extras))
        out.append(self._chunk([_choice(candidate.index, {"tool_calls": [call]})], {}))

    def _on_call_delta(self, event: s.ToolCallDelta, out: Out) -> None:
        part = self._parts[event.part]
        part.is_empty = part.is_empty and not event.arguments
        form = _CUSTOM_PIECE if part.is_custom else _FUNCTION_PIECE
        out.append(form % (part.candidate.head, part.position, _encode(event.arguments), self._tail))

    def _on_call_end(self, event: s.ToolCallEnd, out: Out) -> None:
        part = self._parts[event.part]
        if part.is_empty and not part.is_custom:
            part.candidate.empty_calls.append(part.position)

    # -- the rest ----------------------------------------------------------------------------------------------------

    def _on_whole(self, event: s.PartDone, out: Out) -> None:
        """Pictures and sound; a part of our own dialect goes back into the content."""
        part = event.content
        if isinstance(part, Image) and (url := write_url(part.source)) is not None:
            self._delta(event.candidate, {"images": [{"type": "image_url", "image_url": {"url": url}}]}, out)
        elif isinstance(part, Audio) and isinstance(part.source, InlineData):
            spoken = write_audio(part.source.data, part.transcript)
            self._delta(event.candidate, {"audio": spoken, **wire_fields(part.extras)}, out)
            report_audio_type(part.source, self._outlet, _path(event.candidate, event.part))
        elif isinstance(part, Opaque) and part.dialect == NAME:
            self._delta(event.candidate, {"content": [part.value]}, out)
        else:
            what = part.kind if isinstance(part, Opaque) else type(part).__name__.lower()
            self._outlet.lose(_path(event.candidate, event.part), f"Chunks have no place for {what}.")

    def _on_opaque(self, event: s.OpaqueEvent, out: Out) -> None:
        content = event.content
        if content.dialect == NAME and content.kind == "delta":
            self._delta(content.value["index"], content.value["delta"], out)
        else:
            self._report(content.kind)

    def _on_logprobs(self, event: s.LogprobsDelta, out: Out) -> None:
        self._find(event.candidate, out)
        out.append(self._chunk([_choice(event.candidate, {}, event.logprobs)], {}))

    def _on_usage(self, event: s.UsageReport, out: Out) -> None:
        self._usage = event.usage

    def _on_candidate_end(self, event: s.CandidateEnd, out: Out) -> None:
        """No arguments are told as an empty object, for clients parse what they get; not so where the answer was cut."""
        candidate = self._find(event.candidate, out)
        if event.finish.reason not in CUT_FINISHES:
            for position in candidate.empty_calls:
                out.append(_FUNCTION_PIECE % (candidate.head, position, b'"{}"', self._tail))
        choice = _choice(candidate.index, {})
        path = f"candidates[{candidate.index}]"
        choice["finish_reason"] = emit_finish(event.finish, self._outlet, path, has_refusal=candidate.has_refusal)
        if event.finish.extras is not None:
            self._outlet.put_extras(choice, event.finish.extras, f"{path}.finish")
        self._finishes.append(choice)

    def _on_end(self, event: s.StreamEnd, out: Out) -> None:
        extras: Fields = {}
        if event.extras is not None:
            self._outlet.put_extras(extras, event.extras, "")
        has_usage = self._request.stream_usage and self._usage is not None
        for choice in self._finishes:
            is_last = choice is self._finishes[-1] and not has_usage
            out.append(self._chunk([choice], extras if is_last else {}))
        if has_usage and self._usage is not None:
            out.append(self._chunk([], {"usage": emit_usage(self._usage), **extras}))
        out.append(b"data: [DONE]\n\n")
        self._is_over = True

    def _report_extras(self, start: Any) -> None:
        """What only another dialect understands of a part."""
        if start.extras is not None:
            report_foreign(start.extras, self._outlet.losses, f"{_path(start.candidate, start.part)}.")

    def _report(self, what: str) -> None:
        """A loss, once for each kind of thing."""
        if what not in self._reported:
            self._reported.add(what)
            self._outlet.lose(f"events.{what}", "Chunks have no place for it.")

    _HANDLERS: ClassVar[dict[type, Callable[[ChatStreamEmitter, Any, Out], None]]] = {
        s.StreamStart: _on_start,
        s.TextStart: _on_text_start,
        s.TextDelta: _on_text_delta,
        s.TextCitation: _on_citation,
        s.TextEnd: _on_text_end,
        s.ReasoningStart: _on_reasoning_start,
        s.ReasoningDelta: _on_reasoning_delta,
        s.ReasoningEnd: _on_reasoning_end,
        s.RefusalStart: _on_refusal_start,
        s.RefusalDelta: _on_refusal_delta,
        s.RefusalEnd: lambda *_: None,
        s.ToolCallStart: _on_call_start,
        s.ToolCallDelta: _on_call_delta,
        s.ToolCallEnd: _on_call_end,
        s.PartDone: _on_whole,
        s.LogprobsDelta: _on_logprobs,
        s.OpaqueEvent: _on_opaque,
        s.UsageReport: _on_usage,
        s.CandidateEnd: _on_candidate_end,
        s.StreamEnd: _on_end,
    }


_FUNCTION_PIECE = b'%b"tool_calls":[{"index":%d,"function":{"arguments":%b}}]%b'
_CUSTOM_PIECE = b'%b"tool_calls":[{"index":%d,"custom":{"input":%b}}]%b'


def _path(candidate: int, part: int) -> str:
    return f"candidates[{candidate}].parts[{part}]"


def _choice(index: int, delta: Fields, logprobs: Fields | None = None) -> Fields:
    return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": None}
