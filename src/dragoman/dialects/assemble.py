"""Folds a stream's events into the response that the same answer would have been without streaming.

Emitters that must repeat the whole answer at the end use it, and so does whoever answers a plain request from a stream.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from dragoman.model import stream as s
from dragoman.model.content import Citation, Extras, Part, Reasoning, Refusal, Text, ToolCall
from dragoman.model.response import Candidate, Finish, Response
from dragoman.model.usage import Usage


class _OpenPart:
    """A part while its pieces come in; `close` makes the real one, in place, so that the order is that of the starts."""

    __slots__ = ("citations", "close", "pieces", "sections", "slot", "target")

    def __init__(self, target: list[Part], close: Callable[[_OpenPart, Any], Part]) -> None:
        self.target = target
        self.close = close
        self.slot = len(target)
        self.pieces: list[str] = []
        self.sections: dict[int, list[str]] = {}
        self.citations: list[Citation] = []
        target.append(Text(""))


class Assembler:
    """Feed it events in order; `response` is whole once `StreamEnd` has come."""

    def __init__(self) -> None:
        self._start = s.StreamStart("", "")
        self._parts: dict[int, list[Part]] = {}
        self._open: dict[int, _OpenPart] = {}
        self._finishes: dict[int, Finish] = {}
        self._logprobs: dict[int, dict[str, Any]] = {}
        self._usage: Usage | None = None
        self._extras: Extras | None = None

    def add(self, event: s.StreamEvent) -> None:
        """Take in one event."""
        absorb = self._ABSORB.get(type(event))
        if absorb is not None:
            absorb(self, event)

    def response(self) -> Response:
        """What has been said so far, as a response."""
        for part in list(self._open):
            self._close(part, None)
        start = self._start
        candidates = [
            Candidate(
                parts=self._parts.get(index, []),
                finish=self._finishes.get(index, Finish("other")),
                index=index,
                logprobs=self._logprobs.get(index),
            )
            for index in sorted(self._parts.keys() | self._finishes.keys())
        ]
        return Response(
            id=start.id,
            model=start.model,
            candidates=candidates,
            usage=self._usage,
            created_unix=start.created_unix,
            service_tier=start.service_tier,
            extras=_merge_extras(start.extras, self._extras),
        )

    def _begin(self, event: Any, close: Callable[[_OpenPart, Any], Part]) -> None:
        parts = self._parts.setdefault(event.candidate, [])
        self._open[event.part] = _OpenPart(parts, close)

    def _append(self, part: int, text: str) -> None:
        self._open[part].pieces.append(text)

    def _close(self, part: int, event: Any) -> None:
        opened = self._open.pop(part)
        opened.target[opened.slot] = opened.close(opened, event)

    def _absorb_start(self, event: s.StreamStart) -> None:
        self._start = event
        self._usage = event.usage

    def _absorb_text_start(self, event: s.TextStart) -> None:
        self._begin(event, lambda opened, end: _close_text(opened, event, end))

    def _absorb_citation(self, event: s.TextCitation) -> None:
        self._open[event.part].citations.append(event.citation)

    def _absorb_reasoning_start(self, event: s.ReasoningStart) -> None:
        def close(opened: _OpenPart, end: s.ReasoningEnd | None) -> Part:
            return _close_reasoning(opened, event, end)

        self._begin(event, close)

    def _absorb_reasoning_delta(self, event: s.ReasoningDelta) -> None:
        self._open[event.part].sections.setdefault(event.section, []).append(event.text)

    def _absorb_refusal_start(self, event: s.RefusalStart) -> None:
        self._begin(event, lambda opened, _: Refusal("".join(opened.pieces), event.extras))

    def _absorb_call_start(self, event: s.ToolCallStart) -> None:
        self._begin(
            event,
            lambda opened, _: ToolCall(
                event.id, event.name, "".join(opened.pieces), event.kind, event.signature, extras=event.extras
            ),
        )

    def _absorb_text_delta(self, event: s.TextDelta | s.RefusalDelta) -> None:
        self._append(event.part, event.text)

    def _absorb_call_delta(self, event: s.ToolCallDelta) -> None:
        self._append(event.part, event.arguments)

    def _absorb_end(self, event: s.TextEnd | s.ReasoningEnd | s.RefusalEnd | s.ToolCallEnd) -> None:
        self._close(event.part, event)

    def _absorb_whole(self, event: s.PartDone) -> None:
        self._parts.setdefault(event.candidate, []).append(event.content)

    def _absorb_logprobs(self, event: s.LogprobsDelta) -> None:
        gathered = self._logprobs.setdefault(event.candidate, {})
        for name, tokens in event.logprobs.items():
            if tokens:
                gathered[name] = [*(gathered.get(name) or []), *tokens]
            else:
                gathered.setdefault(name, tokens)

    def _absorb_usage(self, event: s.UsageReport) -> None:
        self._usage = event.usage

    def _absorb_candidate_end(self, event: s.CandidateEnd) -> None:
        self._parts.setdefault(event.candidate, [])
        self._finishes[event.candidate] = event.finish

    def _absorb_stream_end(self, event: s.StreamEnd) -> None:
        self._extras = event.extras

    _ABSORB: ClassVar[dict[type, Callable[[Assembler, Any], None]]] = {
        s.StreamStart: _absorb_start,
        s.TextStart: _absorb_text_start,
        s.TextDelta: _absorb_text_delta,
        s.TextCitation: _absorb_citation,
        s.TextEnd: _absorb_end,
        s.ReasoningStart: _absorb_reasoning_start,
        s.ReasoningDelta: _absorb_reasoning_delta,
        s.ReasoningEnd: _absorb_end,
        s.RefusalStart: _absorb_refusal_start,
        s.RefusalDelta: _absorb_text_delta,
        s.RefusalEnd: _absorb_end,
        s.ToolCallStart: _absorb_call_start,
        s.ToolCallDelta: _absorb_call_delta,
        s.ToolCallEnd: _absorb_end,
        s.PartDone: _absorb_whole,
        s.LogprobsDelta: _absorb_logprobs,
        s.UsageReport: _absorb_usage,
        s.CandidateEnd: _absorb_candidate_end,
        s.StreamEnd: _absorb_stream_end,
    }


def assemble(events: Iterable[s.StreamEvent]) -> Response:
    """The response that these events tell."""
    assembler = Assembler()
    for event in events:
        assembler.add(event)
    return assembler.response()


def _close_text(opened: _OpenPart, start: s.TextStart, end: s.TextEnd | None) -> Part:
    signature = end.signature if end else None
    return Text("".join(opened.pieces), opened.citations or None, signature, extras=start.extras)


def _close_reasoning(opened: _OpenPart, start: s.ReasoningStart, end: s.ReasoningEnd | None) -> Part:
    sections = ["".join(pieces) for _, pieces in sorted(opened.sections.items())]
    return Reasoning(
        text="" if start.is_summary else "".join(sections),
        summary=sections if start.is_summary else None,
        signature=end.signature if end else None,
        redacted=start.redacted,
        encrypted=end.encrypted if end else None,
        id=start.id,
        extras=end.extras if end else None,
    )


def _merge_extras(first: Extras | None, second: Extras | None) -> Extras | None:
    if not first or not second:
        return first or second
    merged = {dialect: dict(fields) for dialect, fields in first.items()}
    for dialect, fields in second.items():
        merged.setdefault(dialect, {}).update(fields)
    return merged
