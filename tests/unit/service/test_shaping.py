"""Requests pass their shapings in order, answers in the opposite order, and who has nothing to do changes nothing."""

from __future__ import annotations

import asyncio

import msgspec

from dragoman.dialects.base import StreamParser
from dragoman.model.content import Text
from dragoman.model.loss import Loss
from dragoman.model.request import Request, Turn
from dragoman.model.response import Candidate, Finish, Response
from dragoman.model.stream import (
    CandidateEnd,
    StreamEnd,
    StreamEvent,
    StreamStart,
    TextDelta,
    TextEnd,
    TextStart,
    UsageReport,
)
from dragoman.model.usage import Usage
from dragoman.routing.target import Target
from dragoman.service.shaping import Reshape, ReshapingParser, Shaped, Shaping, reshape_response, shape_request
from tests.unit.service.desk import make_provider

REQUEST = Request("m", [Turn("user", [Text("Hi")])])


class Brackets:
    """Puts its marks around every piece of text, and a last word after the end."""

    def __init__(self, marks: str) -> None:
        self._marks = marks

    def feed(self, events: list[StreamEvent]) -> list[StreamEvent]:
        return [
            msgspec.structs.replace(event, text=self._marks[0] + event.text + self._marks[1])
            if isinstance(event, TextDelta)
            else event
            for event in events
        ]

    def finish(self) -> list[StreamEvent]:
        return [TextDelta(9, self._marks)]


class Bracketing:
    """Tells its marks in the request and puts them into the answer."""

    def __init__(self, marks: str) -> None:
        self._marks = marks

    async def shape(self, request: Request, target: Target, losses: list[Loss]) -> Shaped:
        losses.append(Loss("emulated", self._marks))
        turns = [*request.turns, Turn("user", [Text(self._marks)])]
        return Shaped(msgspec.structs.replace(request, turns=turns), Brackets(self._marks))


class Idle:
    """Has nothing to do."""

    async def shape(self, request: Request, target: Target, losses: list[Loss]) -> Shaped:
        return Shaped(request)


class Spoken:
    """A parser that is given its events."""

    def feed(self, chunk: bytes) -> list[StreamEvent]:
        return [TextDelta(0, chunk.decode())]

    def finish(self) -> list[StreamEvent]:
        return [TextDelta(0, "end")]


TABLE: dict[str, Shaping] = {"round": Bracketing("()"), "square": Bracketing("[]"), "idle": Idle()}


def shape(*names: str) -> tuple[Shaped, list[Loss]]:
    losses: list[Loss] = []
    target = Target(make_provider("a"), "m", shapings=names)
    return asyncio.run(shape_request(REQUEST, target, TABLE, losses)), losses


def test_who_has_nothing_to_do_gives_back_the_very_same_request() -> None:
    shaped, losses = shape("idle", "idle")
    assert shaped.request is REQUEST
    assert shaped.reshape is None
    assert losses == []


def test_requests_pass_in_order_and_answers_in_the_opposite_order() -> None:
    shaped, losses = shape("round", "idle", "square")
    assert [loss.path for loss in losses] == ["()", "[]"]
    assert [part.text for turn in shaped.request.turns for part in turn.parts if isinstance(part, Text)] == [
        "Hi",
        "()",
        "[]",
    ]
    assert shaped.reshape is not None
    assert shaped.reshape.feed([TextDelta(0, "x")]) == [TextDelta(0, "([x])")]
    assert shaped.reshape.finish() == [TextDelta(9, "([])"), TextDelta(9, "()")]


def test_a_reshaped_stream_is_a_parser_like_any_other() -> None:
    parser: StreamParser = ReshapingParser(Spoken(), Brackets("()"))
    assert parser.feed(b"x") == [TextDelta(0, "(x)")]
    assert parser.finish() == [TextDelta(0, "(end)"), TextDelta(9, "()")]


class Rewriter:
    """Gives another answer, whatever came."""

    def feed(self, events: list[StreamEvent]) -> list[StreamEvent]:
        return [StreamStart("", ""), TextStart(0), TextDelta(0, "no"), TextEnd(0), CandidateEnd(Finish("length"))]

    def finish(self) -> list[StreamEvent]:
        return [StreamEnd()]


def test_a_whole_answer_keeps_all_that_its_reshape_does_not_touch() -> None:
    extras = {"openai_chat": {"x": 1}}
    candidate = Candidate([Text("yes")], Finish("stop"), extras=extras)
    response = Response("id", "m", [candidate], Usage(1, output=2), 7, "flex", extras)
    changed = reshape_response(response, Rewriter())
    assert changed.candidates == [Candidate([Text("no")], Finish("length"), extras=extras)]
    assert (changed.id, changed.created_unix, changed.service_tier, changed.extras) == ("id", 7, "flex", extras)


def test_a_reshape_that_changes_nothing_changes_nothing() -> None:
    class Nothing:
        def feed(self, events: list[StreamEvent]) -> list[StreamEvent]:
            return events

        def finish(self) -> list[StreamEvent]:
            return []

    reshape: Reshape = Nothing()
    response = Response("id", "m", [Candidate([Text("yes")], Finish("stop"))], Usage(1, output=2), 7)
    assert reshape_response(response, reshape) == response


def test_what_was_spent_before_is_part_of_the_bill() -> None:
    shaped = Shaped(REQUEST, Brackets("()")).with_spent(Usage(5, cache_read=1, output=2, is_estimate=True))
    assert shaped.reshape is not None
    events: list[StreamEvent] = [
        StreamStart("", "", usage=Usage(1)),
        TextDelta(0, "x"),
        UsageReport(Usage(1, output=3)),
    ]
    assert shaped.reshape.feed(events) == [
        StreamStart("", "", usage=Usage(6, cache_read=1, output=2, is_estimate=True)),
        TextDelta(0, "(x)"),
        UsageReport(Usage(6, cache_read=1, output=5, is_estimate=True)),
    ]
    assert Shaped(REQUEST).with_spent(Usage(1)).reshape is not None
    assert Shaped(REQUEST).with_spent(None) == Shaped(REQUEST)
