"""Who is bound to a call, and that the call is read out of the answer."""

from __future__ import annotations

import asyncio

import msgspec

from dragoman.clock import IdSource
from dragoman.model import stream as s
from dragoman.model.content import Text
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import FunctionTool, Request, ToolChoice, Turn
from dragoman.model.response import Finish
from dragoman.routing.target import Target
from dragoman.service.reshaping.bound_calls import BoundCallShaping
from dragoman.service.shaping import Shaped
from tests.unit.service.desk import make_provider

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
REQUEST = Request("m", [Turn("user", [Text('Say {"name": "get_weather", "arguments": {"city": "Rome"}}')])])
DEMAND = msgspec.structs.replace(
    REQUEST, tools=[FunctionTool("get_weather", schema=SCHEMA)], tool_choice=ToolChoice("required", ["get_weather"])
)
TARGET = Target(make_provider("a"), "m", Profile(tool_demand="schema"))


def shape(request: Request) -> Shaped:
    losses: list[Loss] = []
    return asyncio.run(BoundCallShaping(IdSource()).shape(request, TARGET, losses))


def test_a_request_that_demands_nothing_passes_as_it_is() -> None:
    assert shape(REQUEST).request is REQUEST
    assert shape(REQUEST).reshape is None


def test_the_answer_is_the_call_even_if_its_words_were_the_callers() -> None:
    reshape = shape(DEMAND).reshape
    assert reshape is not None
    told = ['{"name": "get_w', 'eather", "arguments": {"ci', 'ty": "Rome"}}']
    events: list[s.StreamEvent] = [
        s.TextStart(0, 0), *(s.TextDelta(0, piece) for piece in told), s.TextEnd(0), s.CandidateEnd(Finish("stop"), 0),
    ]  # fmt: skip
    out = [event for one in events for event in reshape.feed([one])] + reshape.finish()
    assert [event.name for event in out if isinstance(event, s.ToolCallStart)] == ["get_weather"]
    arguments = "".join(event.arguments for event in out if isinstance(event, s.ToolCallDelta))
    assert msgspec.json.decode(arguments) == {"city": "Rome"}
    assert [event.finish.reason for event in out if isinstance(event, s.CandidateEnd)] == ["tool_calls"]
    assert not [event for event in out if isinstance(event, s.TextDelta)]
