"""A request with tools as one without."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dragoman.adapt.tools.forms import FORMS
from dragoman.adapt.tools.prompt import tell_tools, uses_tools
from dragoman.model.content import CacheBreakpoint, Text, ToolCall
from dragoman.model.loss import Loss
from dragoman.model.request import ProviderTool, Request, ToolChoice, Turn
from tests.tool_texts import TOOLS

REQUEST = Request("m", [Turn("user", [Text("Hi")], shorthand=True)], tools=[*TOOLS])


def tell(form: str = "dragoman", **changes: Any) -> tuple[Request, Any, list[Loss]]:
    losses: list[Loss] = []
    told, plan = tell_tools(msgspec.structs.replace(REQUEST, **changes), form, losses)
    return told, plan, losses


def system_of(request: Request) -> str:
    return "".join(part.text for part in request.turns[0].parts if isinstance(part, Text))


@pytest.mark.parametrize("form", FORMS)
def test_tools_are_told_to_the_system_and_taken_out(form: str) -> None:
    told, plan, losses = tell(form)
    assert (told.tools, told.tool_choice, told.parallel_tool_calls) == (None, None, None)
    assert told.turns[0].role == "system"
    for tool in TOOLS:
        assert tool.name in system_of(told)
    assert FORMS[form].write_calls([("list_all", "{}")]) in system_of(told)
    assert plan.form.name == form
    assert [(loss.code, loss.path) for loss in losses] == [("emulated", "tools")]


def test_what_the_system_said_stays_before_the_tools() -> None:
    told, _, _ = tell(turns=[Turn("developer", [Text("Be brief.")], shorthand=True), *REQUEST.turns])
    assert [turn.role for turn in told.turns] == ["developer", "user"]
    assert system_of(told).startswith("Be brief.\n\nYou can use these tools.")
    marked = Text("Be brief.", cache=CacheBreakpoint())
    told, _, _ = tell(turns=[Turn("system", [marked]), *REQUEST.turns])
    assert told.turns[0].parts[0] == marked
    assert len(told.turns[0].parts) == 2


def test_the_choice_is_told_and_limits_the_tools() -> None:
    told, plan, _ = tell(tool_choice=ToolChoice("required", ["search"]))
    assert "You must call search now" in system_of(told)
    assert "get_weather" not in system_of(told)
    assert plan.is_required
    told, plan, _ = tell(tool_choice=ToolChoice("auto", ["search", "list_all"]))
    assert [tool.name for tool in plan.tools] == ["search", "list_all"]
    told, plan, _ = tell(tool_choice=ToolChoice("required"))
    assert "one of these tools now" in system_of(told)
    told, plan, _ = tell(tool_choice=ToolChoice("none"))
    assert plan is None
    assert told.turns == REQUEST.turns


def test_one_call_at_a_time_is_told() -> None:
    told, plan, _ = tell(parallel_tool_calls=False)
    assert plan.is_single
    assert "no more than one call" in system_of(told)


def test_tools_that_a_provider_runs_are_lost() -> None:
    _, _, losses = tell(tools=[*TOOLS, ProviderTool("x", "search", "web", {})])
    assert [(loss.code, loss.path) for loss in losses] == [("dropped", "tools[5]"), ("emulated", "tools")]


def test_only_a_request_that_has_to_do_with_tools_is_changed() -> None:
    plain = msgspec.structs.replace(REQUEST, tools=None)
    assert not uses_tools(plain)
    assert uses_tools(REQUEST)
    assert uses_tools(msgspec.structs.replace(plain, turns=[Turn("assistant", [ToolCall("1", "f", "{}")])]))
    assert uses_tools(msgspec.structs.replace(plain, tool_choice=ToolChoice("none")))
