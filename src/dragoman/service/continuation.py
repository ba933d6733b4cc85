"""An answer that several attempts may tell one after the other: the client's stream, and what has been said in it.

Theory of operation: the first leg's events pass as they come and are noted. If it breaks off within plain text, the next
leg is asked for the same, with that text as the beginning of its answer. Its events are woven in: one start, one text,
one end, nothing said twice, and no word in the request but the caller's and the model's own. Each leg is an exchange of
its own to the meter, so both are billed, once each. Whoever cannot be made to go on (tool calls, several candidates,
JSON) gets the error instead, as without all this.
"""

from __future__ import annotations

from typing import Any

import msgspec

from dragoman.dialects.base import StreamEmitter
from dragoman.errors import DragomanError
from dragoman.model import stream as s
from dragoman.model.content import Text
from dragoman.model.profile import ContinuationForm
from dragoman.model.request import Request, Turn
from dragoman.model.usage import Usage
from dragoman.routing.attempts import Wish
from dragoman.routing.target import Attempt, Route, Target
from dragoman.routing.verdicts import select_verdict
from dragoman.service.seam import Seam
from dragoman.service.shaping import add_usage

CHARACTERS_PER_TOKEN = 4
LEAST_TOKENS = 16
CLOSED = -1
"""No part's number: later texts of a leg are texts of their own."""

MARKED_DIALECT = "openai_chat"
TURN_MARKS: dict[ContinuationForm, dict[str, Any]] = {"prefix": {"prefix": True}, "partial": {"partial": True}}
REQUEST_MARKS: dict[ContinuationForm, dict[str, Any]] = {
    "final_message": {"continue_final_message": True, "add_generation_prompt": False}
}
"""How servers of OpenAI's dialect want it said that the last message is to be gone on with."""

_TEXTS = frozenset({s.TextStart, s.TextDelta, s.TextCitation, s.TextEnd})
_THOUGHTS = frozenset({s.ReasoningStart, s.ReasoningDelta, s.ReasoningEnd})
_HARMLESS = frozenset({s.StreamStart, s.UsageReport, s.OpaqueEvent, s.LogprobsDelta, *_TEXTS, *_THOUGHTS})
_UNWANTED = frozenset({s.StreamStart, *_THOUGHTS})
"""What a later leg says that the client must not see: it has had a start, and thoughts stand before the text."""

_WAITING = frozenset({s.TextStart, s.UsageReport, s.OpaqueEvent})
"""What waits for something that means something, since the attempt may fail yet."""

_CLOSING = frozenset({s.ToolCallStart, s.RefusalStart, s.PartDone, s.CandidateEnd})
"""What cannot come before the text has ended."""


def can_continue(target: Target) -> bool:
    """Whether it goes on with an answer that somebody has begun."""
    return target.profile.continuation != "none"


class Continuation:
    """The state that the legs of one answer share."""

    def __init__(self) -> None:
        self.error: DragomanError | None = None  # why the last leg broke off; None while none has
        self.attempts: list[Attempt] = []
        self.is_due = False  # the next leg has not begun yet
        self._max_attempts = 0
        self._deadline: float | None = None
        self._emitter: StreamEmitter | None = None
        self._said: list[str] = []
        self._usage: Usage | None = None
        self._is_plain = True
        self._open_text: int | None = None
        self._open_thoughts: set[int] = set()
        self._waiting: list[s.StreamEvent] = []
        self._next_part = 0
        self._offset = 0
        self._seam: Seam | None = None
        self._seam_part: int | None = None  # as the present leg calls the text that the seam is in

    def __repr__(self) -> str:
        return f"<Continuation: {len(self.attempts)} attempts, {sum(map(len, self._said))} characters said>"

    @property
    def is_under_way(self) -> bool:
        """A leg has broken off, and another one is to go on or has begun to."""
        return self._emitter is not None and self.error is not None

    @property
    def said(self) -> str:
        """All that the client has seen."""
        return "".join(self._said)

    def open(self, emitter: StreamEmitter, request: Request, *, is_plain: bool = True) -> StreamEmitter:
        """An attempt answers: into an emitter of its own as long as the client has seen nothing, else into the first."""
        self._waiting.clear()
        self._seam_part = None
        if self._emitter is not None and self.error is not None:
            self._offset, self._seam = self._next_part, Seam(self.said)
            return self
        self._emitter = emitter
        self._is_plain = is_plain and (request.candidates or 1) == 1 and request.output is None
        self._said.clear()
        self._open_text, self._next_part = None, 0
        self._open_thoughts.clear()
        return self

    def emit(self, events: list[s.StreamEvent]) -> bytes:
        """The client's bytes for these events of a leg."""
        if self._emitter is None:
            raise AssertionError("nothing is emitted before an attempt answers")
        return self._emitter.emit(self.weave(events))

    def fail(self, error: DragomanError) -> bytes:
        """The bytes that tell the client that nobody goes on: why it broke off, not why nobody could help."""
        if self._emitter is None:
            raise AssertionError("only what has begun can fail")
        return self._emitter.fail(self.error or error)

    # -- between two legs ----------------------------------------------------------------------------------------------

    def may_go_on(self, error: DragomanError) -> bool:
        """Whether another leg may go on after `error`."""
        return (
            self._is_plain
            and not self._open_thoughts
            and bool(self.said.strip())
            and len(self.attempts) < self._max_attempts
            and error.blame == "upstream"
            and select_verdict(error) != "fail"
        )

    def break_off(self, error: DragomanError, usage: Usage | None) -> None:
        """A leg has broken off and the next one is to go on."""
        self.error, self.is_due = error, True
        if usage is not None:
            self._usage = usage if self._usage is None else add_usage(self._usage, usage)

    def narrow(self, route: Route, wish: Wish) -> tuple[Route, Wish]:
        """Who may answer, and what of the request's patience is left; raises if nobody may go on."""
        error = self.error
        if error is None:
            self._deadline, self._max_attempts = wish.deadline, wish.max_attempts
            return route, wish
        targets = tuple(target for target in route.targets if can_continue(target))
        if not targets:
            raise error
        is_alone = len(targets) == 1 and len(targets[0].provider.credentials) == 1
        wish = msgspec.structs.replace(
            wish,
            max_attempts=self._max_attempts,  # a reload does not change them amid an answer
            tried=len(self.attempts),
            beside=None if is_alone else self.attempts[-1],
            deadline=self._deadline,
        )
        return msgspec.structs.replace(route, targets=targets, fallback={}), wish

    def extend(self, request: Request) -> Request:
        """The same request with what was said as the beginning of its answer, once something was."""
        if self.error is None:
            return request
        said = self.said
        limit = request.max_output_tokens
        if limit is not None:
            limit = max(limit - len(said) // CHARACTERS_PER_TOKEN, LEAST_TOKENS)
        turn = Turn("assistant", [Text(said.rstrip())], shorthand=True)
        return msgspec.structs.replace(request, turns=[*request.turns, turn], max_output_tokens=limit, reasoning=None)

    def mark(self, request: Request, target: Target, dialect: str) -> Request:
        """The extended request, told to a server that has words for going on."""
        form = target.profile.continuation
        if dialect != MARKED_DIALECT:
            return request
        if form in TURN_MARKS:
            last = msgspec.structs.replace(request.turns[-1], extras={MARKED_DIALECT: TURN_MARKS[form]})
            request = msgspec.structs.replace(request, turns=[*request.turns[:-1], last])
        if form in REQUEST_MARKS:
            own = (request.extras or {}).get(MARKED_DIALECT, {})
            extras = {**(request.extras or {}), MARKED_DIALECT: {**own, **REQUEST_MARKS[form]}}
            request = msgspec.structs.replace(request, extras=extras)
        return request

    # -- events of a leg -----------------------------------------------------------------------------------------------

    def weave(self, events: list[s.StreamEvent]) -> list[s.StreamEvent]:
        """What of a leg's events the client gets."""
        seam = self._seam
        if seam is None:
            for event in events:
                self._note(event)
            return [_open_plainly(event) if isinstance(event, s.StreamStart) else event for event in events]
        woven: list[s.StreamEvent] = []
        for event in events:
            self._waiting += self._join(event, seam)
            if self._waiting and type(self._waiting[-1]) not in _WAITING:
                for ready in self._waiting:
                    self._note(ready)
                woven += self._waiting
                self._waiting = []
        return woven

    def _join(self, event: s.StreamEvent, seam: Seam) -> list[s.StreamEvent]:
        """An event of a later leg, as part of the answer that has begun."""
        kind = type(event)
        if kind in _UNWANTED:
            return []
        if isinstance(event, s.UsageReport):
            return [event if self._usage is None else s.UsageReport(add_usage(event.usage, self._usage))]
        if isinstance(event, s.TextStart) and self._seam_part is None:
            self._seam_part = event.part
            if self._open_text is not None:
                return []
        if isinstance(event, s.TextStart | s.TextDelta | s.TextCitation | s.TextEnd) and event.part == self._seam_part:
            return self._join_text(event, seam)
        before: list[s.StreamEvent] = []
        if kind in _CLOSING and self._open_text is not None and self._seam_part is None:
            before.append(s.TextEnd(self._open_text))
        return [*before, self._renumber(event)]

    def _join_text(
        self, event: s.TextStart | s.TextDelta | s.TextCitation | s.TextEnd, seam: Seam
    ) -> list[s.StreamEvent]:
        part = event.part + self._offset if self._open_text is None else self._open_text
        if isinstance(event, s.TextDelta):
            text = seam.feed(event.text)
            return [s.TextDelta(part, text)] if text else []
        moved = msgspec.structs.replace(event, part=part)
        if isinstance(event, s.TextEnd):
            self._seam_part = CLOSED
            text = seam.finish()
            return [s.TextDelta(part, text), moved] if text else [moved]
        return [moved]

    def _renumber(self, event: s.StreamEvent) -> s.StreamEvent:
        part = getattr(event, "part", None)
        if part is None:
            return event
        moved: s.StreamEvent = msgspec.structs.replace(event, part=part + self._offset)
        return moved

    def _note(self, event: s.StreamEvent) -> None:
        """What the client sees."""
        part = getattr(event, "part", None)
        if part is not None:
            self._next_part = max(self._next_part, part + 1)
        if type(event) not in _HARMLESS or getattr(event, "candidate", None):
            self._is_plain = False
        if isinstance(event, s.TextDelta):
            self._said.append(event.text)
        elif isinstance(event, s.TextStart):
            self._open_text = event.part
        elif isinstance(event, s.TextEnd):
            self._open_text = None
        elif isinstance(event, s.ReasoningStart):
            self._open_thoughts.add(event.part)
        elif isinstance(event, s.ReasoningEnd):
            self._open_thoughts.discard(event.part)


def _open_plainly(start: s.StreamStart) -> s.StreamStart:
    """Without what only its own dialect knows of the answer as a whole: the end may come from another."""
    return start if start.extras is None else msgspec.structs.replace(start, extras=None)
