"""Events of several legs, woven into one answer, and who may go on with it."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.model import stream as s
from dragoman.model.content import Text
from dragoman.model.profile import Profile
from dragoman.model.request import ReasoningRequest, Request, Turn
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from dragoman.routing.attempts import Wish
from dragoman.routing.target import Attempt, Route, Target
from dragoman.service.continuation import LEAST_TOKENS, Continuation, can_continue
from tests.unit.service.desk import make_provider

CUT = DragomanError(Kind.UNAVAILABLE, "cut", blame="upstream", phase="stream")
REQUEST = Request("m", [Turn("user", [Text("Hi.")])], max_output_tokens=100, reasoning=ReasoningRequest("on"))
END = s.CandidateEnd(Finish("stop"))
START = s.StreamStart("x", "m")


class Ear:
    """An emitter that remembers."""

    def __init__(self) -> None:
        self.heard: list[s.StreamEvent] = []

    def emit(self, events: list[s.StreamEvent]) -> bytes:
        self.heard += events
        return b"."

    def fail(self, error: DragomanError) -> bytes:
        return str(error).encode()


def begin(*events: s.StreamEvent, usage: Usage | None = None) -> tuple[Continuation, Ear]:
    """An answer that broke off after these events, and for which another attempt answers now."""
    continuation, ear = Continuation(), Ear()
    target = Target(make_provider("a"), "m")
    continuation.narrow(Route("r", (target,)), Wish())
    continuation.attempts.append(Attempt(target, target.provider.credentials[0], 1))
    continuation.open(ear, REQUEST)
    continuation.emit([START, *events])
    if continuation.may_go_on(CUT):
        continuation.break_off(CUT, usage)
    continuation.open(Ear(), REQUEST)
    return continuation, ear


SAID = (s.TextStart(0), s.TextDelta(0, "Hel"))


def test_an_open_text_is_gone_on_with() -> None:
    continuation, ear = begin(*SAID)
    continuation.emit([START, s.TextStart(0), s.TextDelta(0, "lo."), s.TextEnd(0), END, s.StreamEnd()])
    assert ear.heard[1:] == [*SAID, s.TextDelta(0, "lo."), s.TextEnd(0), END, s.StreamEnd()]


def test_after_a_text_that_had_ended_the_next_one_has_a_number_of_its_own() -> None:
    continuation, ear = begin(*SAID, s.TextEnd(0))
    continuation.emit([START, s.TextStart(0), s.TextDelta(0, "lo."), s.TextEnd(0), END])
    assert ear.heard[4:] == [s.TextStart(1), s.TextDelta(1, "lo."), s.TextEnd(1), END]


def test_thoughts_of_a_later_leg_are_left_out_and_its_calls_are_not() -> None:
    continuation, ear = begin(s.ReasoningStart(0), s.ReasoningEnd(0), s.TextStart(1), s.TextDelta(1, "Hel"))
    thoughts: list[s.StreamEvent] = [s.ReasoningStart(0), s.ReasoningDelta(0, "hm"), s.ReasoningEnd(0)]
    call: list[s.StreamEvent] = [s.ToolCallStart(2, "t", "f"), s.ToolCallEnd(2)]
    continuation.emit([*thoughts, s.TextStart(1), s.TextDelta(1, "lo"), s.TextEnd(1), *call, END])
    assert ear.heard[5:] == [
        s.TextDelta(1, "lo"),
        s.TextEnd(1),
        s.ToolCallStart(4, "t", "f"),
        s.ToolCallEnd(4),
        END,
    ]


@pytest.mark.parametrize("end", [END, s.ToolCallStart(0, "t", "f")])
def test_a_leg_without_a_text_ends_the_one_that_is_open(end: s.StreamEvent) -> None:
    continuation, ear = begin(*SAID)
    continuation.emit([START, end])
    assert ear.heard[3] == s.TextEnd(0)
    assert type(ear.heard[4]) is type(end)


def test_the_client_is_told_what_all_legs_used() -> None:
    continuation, ear = begin(*SAID, usage=Usage(input=7, output=1))
    continuation.emit([s.UsageReport(Usage(input=9, output=2)), END])
    assert s.UsageReport(Usage(input=16, output=3)) in ear.heard


def test_what_an_attempt_said_before_it_failed_is_forgotten() -> None:
    continuation, ear = begin(*SAID, s.TextEnd(0))
    continuation.emit([START, s.TextStart(0)])
    continuation.open(Ear(), REQUEST)
    continuation.emit([START, s.TextStart(0), s.TextDelta(0, "lo.")])
    assert ear.heard[4:] == [s.TextStart(1), s.TextDelta(1, "lo.")]


@pytest.mark.parametrize(
    "events",
    [
        (),
        (s.TextStart(0), s.TextDelta(0, " ")),
        (s.ReasoningStart(0), s.ReasoningDelta(0, "hm")),
        (*SAID, s.TextEnd(0), s.ToolCallStart(1, "t", "f")),
        (*SAID, s.TextEnd(0), s.ReasoningStart(1)),
        (*SAID, s.TextEnd(0), END),
        (*SAID, s.TextStart(1, candidate=1)),
    ],
)
def test_only_plain_text_is_gone_on_with(events: tuple[s.StreamEvent, ...]) -> None:
    assert not begin(*events)[0].is_under_way
    assert begin(*SAID)[0].is_under_way


def test_the_request_grows_by_what_was_said_and_by_nothing_else() -> None:
    continuation, _ = begin(s.TextStart(0), s.TextDelta(0, "x" * 39 + " "))
    grown = continuation.extend(REQUEST)
    assert grown.turns[:-1] == REQUEST.turns
    assert grown.turns[-1].parts == [Text("x" * 39)]
    assert (grown.max_output_tokens, grown.reasoning) == (90, None)
    continuation, _ = begin(s.TextStart(0), s.TextDelta(0, "x" * 4000))
    assert continuation.extend(REQUEST).max_output_tokens == LEAST_TOKENS
    assert Continuation().extend(REQUEST) is REQUEST


def test_only_who_is_known_to_go_on_is_asked() -> None:
    able, unable = Target(make_provider("b"), "m", Profile(continuation="prefill")), Target(make_provider("c"), "m")
    route, wish = begin(*SAID)[0].narrow(Route("r", (unable, able)), Wish(max_attempts=1))
    assert (route.targets, wish.tried, wish.max_attempts) == ((able,), 1, 3)
    with pytest.raises(DragomanError) as raised:
        begin(*SAID)[0].narrow(Route("r", (unable,)), Wish())
    assert raised.value is CUT
    assert (can_continue(able), can_continue(unable)) == (True, False)


def test_the_client_is_told_why_it_broke_off_and_not_why_nobody_could_help() -> None:
    continuation, _ = begin(*SAID)
    assert b"cut" in continuation.fail(DragomanError(Kind.NOT_FOUND, "nobody", blame="gateway"))
