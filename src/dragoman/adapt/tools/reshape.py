"""The events of an answer in which calls are text, with calls where they were.

Invariant: what comes out keeps to the grammar of `model/stream.py`; parts are numbered anew, since one text may hold
several calls. Where a call is required no text goes on before a call has begun, so that the answer can still be refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from dragoman.adapt.tools.demand import demand_call
from dragoman.adapt.tools.markers import build_listening
from dragoman.adapt.tools.parser import ToolTextParser
from dragoman.adapt.tools.prompt import ToolPlan
from dragoman.adapt.tools.text_reader import Piece
from dragoman.adapt.tools.toolbox import TEXT, Toolbox
from dragoman.model import stream as s
from dragoman.model.content import Extras
from dragoman.model.loss import Loss
from dragoman.model.request import Request
from dragoman.model.response import Finish

_ENDS_BY_CALLS = frozenset({"stop", "stop_sequence", "other", "pause"})
_CUTS = frozenset({"length", "context_length", "content_filter"})
_NOT_HELD = (s.StreamStart, s.UsageReport)


class _Voice:
    """One candidate's text: its parser, and the part that is open."""

    __slots__ = ("custom", "extras", "is_call", "parser", "part", "signature")

    def __init__(self, parser: ToolTextParser) -> None:
        self.parser = parser
        self.part: int | None = None  # of ours, a text, a thought or a call
        self.is_call = False
        self.custom: list[str] | None = None  # the arguments of a tool that takes free text
        self.extras: Extras | None = None  # of the text part that was announced
        self.signature: str | None = None


class ToolReshape:
    """One answer. `request` is as the caller sent it; `make_id` names calls."""

    def __init__(self, request: Request, plan: ToolPlan, make_id: Callable[[], str], losses: list[Loss]) -> None:
        self._request = request
        self._plan = plan
        self._make_id = make_id
        self._losses = losses
        self._toolbox = Toolbox(plan.tools)
        self._voices: dict[int, _Voice] = {}
        self._candidates: dict[int, int] = {}  # of the provider's text parts
        self._parts: dict[int, int] = {}  # the provider's numbers of other parts, and ours
        self._next = 0
        self._out: list[s.StreamEvent] = []
        self._waiting: list[s.StreamEvent] | None = [] if plan.is_required else None

    def feed(self, events: list[s.StreamEvent]) -> list[s.StreamEvent]:
        """The same answer's next events."""
        self._out = []
        for event in events:
            change = self._CHANGES.get(type(event))
            if change is None:
                self._out.append(event)
            else:
                change(self, event)
        return self._out if self._waiting is None else self._withhold(self._out)

    def finish(self) -> list[s.StreamEvent]:
        """Refuses the answer if a call is still missing."""
        if self._waiting is not None:
            texts = [event.text for event in self._waiting if isinstance(event, s.TextDelta)]
            raise demand_call(self._request, [tool.name for tool in self._plan.tools], "".join(texts))
        return []

    def _withhold(self, events: list[s.StreamEvent]) -> list[s.StreamEvent]:
        """Keep everything back until a call begins."""
        assert self._waiting is not None
        passed: list[s.StreamEvent] = []
        for position, event in enumerate(events):
            if isinstance(event, s.ToolCallStart):
                passed += [*self._waiting, *events[position:]]
                self._waiting = None
                return passed
            (passed if isinstance(event, _NOT_HELD) else self._waiting).append(event)
        return passed

    # -- text ---------------------------------------------------------------------------------------------------------

    def _voice(self, candidate: int) -> _Voice:
        voice = self._voices.get(candidate)
        if voice is None:
            plan, form = self._plan, self._plan.form
            names = tuple(tool.name for tool in plan.tools) if form.python else ()
            listening = build_listening(objects=form.objects, names=names, harmony=form.harmony)
            parser = ToolTextParser(self._toolbox, listening, plan.told, opening=form.opening, is_single=plan.is_single)
            voice = self._voices[candidate] = _Voice(parser)
        return voice

    def _start_text(self, event: s.TextStart) -> None:
        self._candidates[event.part] = event.candidate
        self._voice(event.candidate).extras = event.extras

    def _add_text(self, event: s.TextDelta) -> None:
        candidate = self._candidates[event.part]
        voice = self._voice(candidate)
        for piece in voice.parser.feed(event.text):
            self._SAYINGS[piece[0]](self, voice, candidate, piece[1])

    def _end_text(self, event: s.TextEnd) -> None:
        self._voice(self._candidates[event.part]).signature = event.signature

    def _cite(self, event: s.TextCitation) -> None:
        voice = self._voice(self._candidates[event.part])
        if voice.part is not None and not voice.is_call:
            self._out.append(s.TextCitation(voice.part, event.citation))

    def _say_all(self, voice: _Voice, candidate: int, pieces: list[Piece]) -> None:
        for kind, text in pieces:
            self._SAYINGS[kind](self, voice, candidate, text)

    def _say(self, voice: _Voice, candidate: int, text: str) -> None:
        if voice.part is None:
            voice.part = self._number()
            self._out.append(s.TextStart(voice.part, candidate, voice.extras))
            voice.extras = None
        self._out.append(s.TextDelta(voice.part, text))

    def _think(self, voice: _Voice, candidate: int, text: str) -> None:
        self._close(voice)
        part = self._number()
        self._out += [s.ReasoningStart(part, candidate), s.ReasoningDelta(part, text), s.ReasoningEnd(part)]

    def _close(self, voice: _Voice) -> None:
        if voice.part is not None:
            self._out.append(s.TextEnd(voice.part, voice.signature))
            voice.part = None
            voice.signature = None

    def _number(self) -> int:
        self._next += 1
        return self._next - 1

    # -- calls --------------------------------------------------------------------------------------------------------

    def _begin_call(self, voice: _Voice, candidate: int, name: str) -> None:
        self._close(voice)
        tool = self._toolbox.tools[name]
        voice.part = self._number()
        voice.is_call = True
        voice.custom = [] if tool.is_custom else None
        call = s.ToolCallStart(voice.part, self._make_id(), name, candidate)
        self._out.append(msgspec.structs.replace(call, kind="custom") if tool.is_custom else call)

    def _argue(self, voice: _Voice, candidate: int, text: str) -> None:
        assert voice.part is not None
        if voice.custom is not None:
            voice.custom.append(text)
        else:
            self._out.append(s.ToolCallDelta(voice.part, text))

    def _end_call(self, voice: _Voice, candidate: int, text: str) -> None:
        assert voice.part is not None
        if voice.custom is not None:
            self._out.append(s.ToolCallDelta(voice.part, _read_free_text("".join(voice.custom))))
        self._out.append(s.ToolCallEnd(voice.part))
        voice.part = None
        voice.is_call = False

    # -- the end ------------------------------------------------------------------------------------------------------

    def _end_candidate(self, event: s.CandidateEnd) -> None:
        voice = self._voice(event.candidate)
        is_cut = event.finish.reason in _CUTS and voice.custom is None
        self._say_all(voice, event.candidate, voice.parser.finish(is_cut=is_cut))
        self._close(voice)
        if voice.parser.dropped:
            detail = f"{voice.parser.dropped} more calls than the one that was allowed"
            self._losses.append(Loss("dropped", f"candidates[{event.candidate}].parts", detail))
        if voice.parser.calls and event.finish.reason in _ENDS_BY_CALLS:
            event = msgspec.structs.replace(event, finish=Finish("tool_calls"))
        self._out.append(event)

    # -- what is no text ----------------------------------------------------------------------------------------------

    def _start_other(self, event: Any) -> None:
        """Another part begins, or comes whole."""
        voice = self._voices.get(event.candidate)
        if voice is not None and not voice.is_call:
            self._close(voice)
        self._parts[event.part] = self._number()
        self._pass_other(event)

    def _pass_other(self, event: Any) -> None:
        self._out.append(msgspec.structs.replace(event, part=self._parts[event.part]))

    _SAYINGS: ClassVar[dict[str, Callable[[ToolReshape, _Voice, int, str], None]]] = {
        "text": _say,
        "thought": _think,
        "call": _begin_call,
        "arguments": _argue,
        "end": _end_call,
    }
    _CHANGES: ClassVar[dict[type, Callable[[ToolReshape, Any], None]]] = {
        s.TextStart: _start_text,
        s.TextDelta: _add_text,
        s.TextCitation: _cite,
        s.TextEnd: _end_text,
        s.CandidateEnd: _end_candidate,
        s.ReasoningStart: _start_other,
        s.ReasoningDelta: _pass_other,
        s.ReasoningEnd: _pass_other,
        s.RefusalStart: _start_other,
        s.RefusalDelta: _pass_other,
        s.RefusalEnd: _pass_other,
        s.ToolCallStart: _start_other,
        s.ToolCallDelta: _pass_other,
        s.ToolCallEnd: _pass_other,
        s.PartDone: _start_other,
    }


def _read_free_text(arguments: str) -> str:
    """The text in the only argument of a tool that takes free text."""
    values = msgspec.json.decode(arguments.encode("utf-8", "replace"))
    text = values.get(TEXT, next(iter(values.values()), "")) if isinstance(values, dict) else ""
    return text if isinstance(text, str) else arguments
