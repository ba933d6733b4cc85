"""Which requests are told, and to whom."""

from __future__ import annotations

import asyncio

import msgspec

from dragoman.clock import IdSource
from dragoman.model.content import Text
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Request, ToolChoice, Turn
from dragoman.routing.target import Target
from dragoman.service.reshaping.tool_text import ToolTextShaping
from dragoman.service.shaping import Shaped
from tests.tool_texts import TOOLS
from tests.unit.service.desk import make_provider

REQUEST = Request("m", [Turn("user", [Text("Hi")])], tools=[*TOOLS])
TARGET = Target(make_provider("a"), "m", Profile(tool_form="mistral"))


def shape(request: Request) -> Shaped:
    losses: list[Loss] = []
    return asyncio.run(ToolTextShaping(IdSource()).shape(request, TARGET, losses))


def test_a_request_without_tools_passes_as_it_is() -> None:
    request = msgspec.structs.replace(REQUEST, tools=None)
    assert shape(request) == Shaped(request)
    assert shape(request).request is request


def test_a_request_with_tools_is_told_in_the_targets_form() -> None:
    shaped = shape(REQUEST)
    assert shaped.reshape is not None
    assert shaped.request.tools is None
    assert "[TOOL_CALLS]" in str(shaped.request.turns[0])


def test_nothing_is_looked_for_where_no_call_may_come() -> None:
    shaped = shape(msgspec.structs.replace(REQUEST, tool_choice=ToolChoice("none")))
    assert shaped.reshape is None
    assert shaped.request.tools is None
