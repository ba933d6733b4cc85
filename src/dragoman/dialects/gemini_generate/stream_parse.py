"""A provider's stream to events.

Theory of operation: Gemini marks neither the start nor the end of a part, nor the end of the stream. Text that follows
text is one part until something else comes. A finish reason may even stand amid an answer (code that Google runs itself
goes on behind it), so candidates end only when the bytes do: properly if each has a finish reason, else as truncated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from dragoman.dialects.gemini_generate import wire
from dragoman.dialects.gemini_generate.call_ids import make_id, make_seed
from dragoman.dialects.gemini_generate.citations import parse_citations
from dragoman.dialects.gemini_generate.errors import malformed_stream, parse_error, truncated_stream
from dragoman.dialects.gemini_generate.framing import FrameReader
from dragoman.dialects.gemini_generate.logprobs import parse_logprobs
from dragoman.dialects.gemini_generate.marks import Fields, own_extras
from dragoman.dialects.gemini_generate.parse_parts import parse_part
from dragoman.dialects.gemini_generate.parse_response import parse_blocked, parse_created, parse_finish, read_tier
from dragoman.dialects.gemini_generate.partial_args import PartialArguments
from dragoman.dialects.gemini_generate.usage import parse_usage
from dragoman.errors import DragomanError, malformed_upstream
from dragoman.model import stream as s
from dragoman.model.content import Reasoning, Text, ToolCall
from dragoman.wire.json_document import check_utf8
from dragoman.wire.json_read import rest_of

_ABSENT = msgspec.Raw()
_decode = msgspec.json.Decoder().decode


class _Chunk(msgspec.Struct, gc=False):
    """What every chunk is read for; usage stays raw, for only the last one counts."""

    candidates: list[dict[str, Any]] | None = None
    usage: msgspec.Raw = msgspec.field(name="usageMetadata", default=_ABSENT)
    error: msgspec.Raw = _ABSENT


_decode_chunk = msgspec.json.Decoder(_Chunk).decode


class _Candidate:
    """One candidate: its open part, and what it has said about its end."""

    __slots__ = ("arguments", "finish", "has_calls", "index", "kind", "part", "pieces", "rest")

    def __init__(self, index: int) -> None:
        self.index = index
        self.part = 0
        self.kind = ""  # of the open part: text, reasoning, call, or nothing
        self.pieces: list[str] = []
        self.arguments: PartialArguments | None = None
        self.has_calls = False
        self.finish: str | None = None
        self.rest: Fields = {}


class StreamParser:
    """One stream. An error behind good events of the same bytes is raised by the next call."""

    def __init__(self) -> None:
        self._frames = FrameReader()
        self._events: list[s.StreamEvent] = []
        self._candidates: dict[int, _Candidate] = {}
        self._next_part = 0
        self._calls = 0
        self._seed = ""
        self._is_started = False
        self._rest: Fields = {}
        self._late_rest: Fields = {}
        self._reported = _ABSENT
        self._has_news = False
        self._has_finish = False
        self._error: DragomanError | None = None

    def feed(self, chunk: bytes) -> list[s.StreamEvent]:
        """The events that `chunk` completes."""
        if self._error is not None:
            raise self._error
        return self._collect(self._frames.feed, chunk)

    def finish(self) -> list[s.StreamEvent]:
        """The last events, if every candidate has come to its end."""
        if self._error is not None:
            raise self._error
        events = self._collect(self._frames.finish)
        if self._error is not None:
            raise self._error
        self._events = events
        if not self._candidates:
            self._end_without_candidates()
        elif any(candidate.finish is None for candidate in self._candidates.values()):
            raise truncated_stream()
        for candidate in self._candidates.values():
            self._end(candidate)
        events.append(s.StreamEnd(own_extras(self._late_rest)))
        return events

    def _collect(self, read: Callable[..., list[bytes]], *chunk: bytes) -> list[s.StreamEvent]:
        events = self._events = []
        try:
            for data in read(*chunk):
                self._read(data)
        except DragomanError as error:
            self._error = _place(error)
            if not events:
                raise self._error from None
        if self._has_news:
            self._has_news = False
            usage = parse_usage(_decode(self._reported))
            if usage is not None:
                events.append(s.UsageReport(usage))
        return events

    # -- chunks ------------------------------------------------------------------------------------------------------

    def _read(self, data: bytes) -> None:
        try:
            check_utf8(data)
            chunk = _decode_chunk(data)
            if not self._is_started or not chunk.candidates or chunk.error:
                self._read_rest(_decode(data), data)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            raise malformed_stream("no chunk of this dialect") from None
        if chunk.usage:
            self._reported = chunk.usage
            self._has_news = True
        for candidate in chunk.candidates or ():
            self._read_candidate(candidate)
        if self._has_finish:
            self._has_finish = False
            self._read_rest(_decode(data), data)

    def _read_rest(self, fields: Fields, data: bytes) -> None:
        """What stands beside the candidates: it is told at the start, at the end, or in a chunk of its own."""
        if "error" in fields:
            raise parse_error(200, (), data, "stream")
        target = self._late_rest if self._is_started else self._rest
        for name, value in fields.items():
            if name not in wire.RESPONSE_FIELDS and name not in self._rest:
                target[name] = value
        if not self._is_started:
            self._start(fields, data)

    def _start(self, fields: Fields, data: bytes) -> None:
        self._is_started = True
        response_id = fields.get("responseId")
        model = fields.get("modelVersion")
        response_id = response_id if type(response_id) is str else ""
        self._seed = make_seed(response_id, data)
        self._events.append(
            s.StreamStart(
                response_id,
                model if type(model) is str else "",
                created_unix=parse_created(self._rest),
                service_tier=read_tier(fields.get("usageMetadata")),
                extras=own_extras(self._rest),
            )
        )

    def _read_candidate(self, fields: Fields) -> None:
        index = fields.get("index", 0)
        candidate = self._candidates.get(index) if type(index) is int else None
        if candidate is None:
            candidate = self._open_candidate(index)
        content = fields.get("content")
        if content is not None:
            parts = content.get("parts") if type(content) is dict else None
            for part in parts if type(parts) is list else ():
                if type(part) is not dict:
                    raise malformed_stream("a part that is no object")
                text = part.get("text")
                if len(part) == 1 and type(text) is str:
                    self._add_text(candidate, text)
                else:
                    self._read_part(candidate, part)
        if "finishReason" in fields or not fields.keys() <= wire.CANDIDATE_FIELDS:
            self._read_ending(candidate, fields)

    def _open_candidate(self, index: Any) -> _Candidate:
        if type(index) is not int or not 0 <= index < 1000:
            raise malformed_stream("an index that is no number")
        candidate = self._candidates[index] = _Candidate(index)
        return candidate

    def _read_ending(self, candidate: _Candidate, fields: Fields) -> None:
        word = fields.get("finishReason")
        if type(word) is str:
            candidate.finish = word
            self._has_finish = True
        for name, value in (rest_of(fields, wire.CANDIDATE_FIELDS) or {}).items():
            if name == "logprobsResult":
                logprobs = parse_logprobs(value)
                if logprobs is not None:
                    self._events.append(s.LogprobsDelta(logprobs, candidate.index))
            elif value or name not in candidate.rest:
                candidate.rest[name] = value

    # -- parts -------------------------------------------------------------------------------------------------------

    def _add_text(self, candidate: _Candidate, text: str) -> None:
        if not text:
            return
        if candidate.kind != "text":
            self._open_text(candidate)
        candidate.pieces.append(text)
        self._events.append(s.TextDelta(candidate.part, text))

    def _read_part(self, candidate: _Candidate, part: Fields) -> None:
        call = part.get("functionCall")
        if type(call) is dict and (candidate.arguments or "partialArgs" in call or call.get("willContinue")):
            self._read_partial_call(candidate, part, call)
            return
        parsed = parse_part(part)
        add = self._ADD.get(type(parsed))
        if add is not None:
            add(self, candidate, parsed)
            return
        self._close(candidate)
        self._events.append(s.PartDone(self._number(candidate), parsed, candidate.index))

    def _add_signed_text(self, candidate: _Candidate, part: Text) -> None:
        self._add_text(candidate, part.text)
        if part.signature is not None:
            if candidate.kind != "text":
                self._open_text(candidate)
            self._close(candidate, part.signature)

    def _add_reasoning(self, candidate: _Candidate, part: Reasoning) -> None:
        if candidate.kind != "reasoning":
            self._close(candidate)
            candidate.kind = "reasoning"
            self._events.append(s.ReasoningStart(self._number(candidate), candidate.index))
        if part.text:
            self._events.append(s.ReasoningDelta(candidate.part, part.text))
        if part.signature is not None:
            self._close(candidate, part.signature)

    def _add_call(self, candidate: _Candidate, call: ToolCall) -> None:
        self._open_call(candidate, call)
        self._events.append(s.ToolCallDelta(candidate.part, call.arguments))
        self._close(candidate)

    _ADD: ClassVar[dict[type, Callable[[StreamParser, _Candidate, Any], None]]] = {
        Text: _add_signed_text,
        Reasoning: _add_reasoning,
        ToolCall: _add_call,
    }

    def _read_partial_call(self, candidate: _Candidate, part: Fields, call: Fields) -> None:
        """A call whose arguments come in pieces: its name first, and at the end one that does not go on."""
        if candidate.arguments is None or call.get("name"):
            head = {name: value for name, value in call.items() if name != "args"}
            opened = parse_part({**part, "functionCall": head})
            if type(opened) is ToolCall:
                self._open_call(candidate, opened)
            candidate.arguments = PartialArguments()
        arguments = call.get("args")
        if type(arguments) is dict:
            candidate.arguments.merge(arguments)
        candidate.arguments.add(call.get("partialArgs"))
        if not call.get("willContinue"):
            self._close(candidate)

    def _open_text(self, candidate: _Candidate) -> None:
        self._close(candidate)
        candidate.kind = "text"
        candidate.pieces = []
        self._events.append(s.TextStart(self._number(candidate), candidate.index))

    def _open_call(self, candidate: _Candidate, call: ToolCall) -> None:
        if not call.name:
            raise malformed_upstream("A tool call in the stream has no name.")
        self._close(candidate)
        candidate.kind = "call"
        candidate.has_calls = True
        call_id = call.id or make_id(self._seed, self._calls)
        self._calls += 1
        part = self._number(candidate)
        self._events.append(s.ToolCallStart(part, call_id, call.name, candidate.index, signature=call.signature))

    def _number(self, candidate: _Candidate) -> int:
        candidate.part = self._next_part
        self._next_part += 1
        return candidate.part

    def _close(self, candidate: _Candidate, signature: str | None = None) -> None:
        """End the open part, if there is one."""
        kind = candidate.kind
        candidate.kind = ""
        if kind == "text":
            self._events.append(s.TextEnd(candidate.part, signature))
        elif kind == "reasoning":
            self._events.append(s.ReasoningEnd(candidate.part, signature, extras=wire.MINTED))
        elif kind == "call":
            if candidate.arguments is not None:
                self._events.append(s.ToolCallDelta(candidate.part, candidate.arguments.text()))
                candidate.arguments = None
            self._events.append(s.ToolCallEnd(candidate.part))

    # -- the end -----------------------------------------------------------------------------------------------------

    def _end(self, candidate: _Candidate) -> None:
        if candidate.kind == "text":
            citations = parse_citations(candidate.rest, "".join(candidate.pieces))
            self._events += [s.TextCitation(candidate.part, citation) for citation in citations]
        self._close(candidate)
        finish = parse_finish(candidate.finish, candidate.rest, has_calls=candidate.has_calls)
        self._events.append(s.CandidateEnd(finish, candidate.index))

    def _end_without_candidates(self) -> None:
        rest = {**self._rest, **self._late_rest}
        if "promptFeedback" not in rest:
            raise truncated_stream()
        self._events.append(s.CandidateEnd(_blocked(rest)))


def _blocked(rest: Fields) -> Any:
    try:
        return parse_blocked(rest)
    except DragomanError as error:
        raise _place(error) from None


def _place(error: DragomanError) -> DragomanError:
    """What goes wrong here went wrong in the provider's stream, whoever noticed it."""
    if error.blame == "client" and error.reply is None:
        return malformed_stream(error.path or "a field of the wrong type")
    error.phase = "stream"
    return error
