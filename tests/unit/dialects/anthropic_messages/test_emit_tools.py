"""Tools and the choice among them."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.anthropic_messages.emission import Emission
from dragoman.dialects.anthropic_messages.emit_tools import emit_tool_choice, emit_tools
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import CacheBreakpoint
from dragoman.model.profile import DEFAULT_PROFILE, Profile
from dragoman.model.request import CustomTool, FunctionTool, ProviderTool, Request, Tool, ToolChoice

TOOL = FunctionTool("f", "does", {"type": "object", "properties": {"a": {}}})


def emit(tool: Tool, profile: Profile = DEFAULT_PROFILE) -> tuple[dict[str, Any], list[str]]:
    emission = Emission([])
    fields = emit_tools([tool], profile, emission)[0]
    return fields, [f"{loss.code} {loss.path}" for loss in emission.losses]


@pytest.mark.parametrize(
    ("schema", "sent"),
    [
        (None, {"type": "object"}),
        ({}, {"type": "object"}),
        ({"properties": {"a": {}}}, {"type": "object", "properties": {"a": {}}}),
        ({"type": "object", "x": 1}, {"type": "object", "x": 1}),
    ],
)
def test_a_schema_always_says_that_it_is_an_object(schema: dict[str, Any] | None, sent: dict[str, Any]) -> None:
    assert emit(FunctionTool("f", schema=schema)) == ({"name": "f", "input_schema": sent}, [])


def test_strict_goes_only_to_models_that_know_it() -> None:
    weak = Profile(structured_output=False)
    assert emit(FunctionTool("f", strict=True))[0]["strict"] is True
    assert emit(FunctionTool("f", strict=True), weak)[1] == ["dropped tools[0].strict"]
    assert emit(FunctionTool("f", strict=False), weak)[1] == []


def test_a_free_text_tool_becomes_one_with_a_single_property() -> None:
    fields, losses = emit(CustomTool("patch", "edits", {"type": "grammar", "definition": "start: x"}))
    text = {"type": "string", "description": "Text that follows this grammar:\nstart: x"}
    assert fields == {
        "name": "patch",
        "description": "edits",
        "input_schema": {"type": "object", "properties": {"input": text}, "required": ["input"]},
    }
    assert losses == ["approximated tools[0]"]


def test_a_name_that_is_not_allowed_is_mended_in_tools_and_choice_alike() -> None:
    fields, losses = emit(FunctionTool("files.read"))
    choice = emit_tool_choice(
        Request("m", [], tools=[TOOL], tool_choice=ToolChoice("required", ["files.read"])), False, Emission([])
    )
    assert losses == ["renamed tools[0].name"]
    assert choice == {"type": "tool", "name": fields["name"]}


def test_a_tool_of_another_provider_is_refused_by_name() -> None:
    tool = ProviderTool("openai_responses", "web_search", "web_search", {})
    with pytest.raises(DragomanError, match="web_search") as caught:
        emit_tools([TOOL, tool], DEFAULT_PROFILE, Emission([]))
    assert caught.value.kind is Kind.UNSUPPORTED
    assert caught.value.path == "tools[1]"


def test_a_tool_of_anthropic_goes_as_it_came() -> None:
    value = {"type": "bash_20250124", "name": "bash", "cache_control": {"type": "ephemeral"}}
    emission = Emission([])
    tool = ProviderTool("anthropic_messages", "bash_20250124", "bash", value, CacheBreakpoint())
    assert emit_tools([tool], DEFAULT_PROFILE, emission) == [value]
    assert len(emission.marked) == 1


@pytest.mark.parametrize(
    ("choice", "parallel", "sent"),
    [
        (None, None, None),
        (None, True, None),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        (ToolChoice("auto"), None, {"type": "auto"}),
        (ToolChoice("auto"), True, {"type": "auto", "disable_parallel_tool_use": False}),
        (ToolChoice("none"), False, {"type": "none"}),
        (ToolChoice("required"), False, {"type": "any", "disable_parallel_tool_use": True}),
        (ToolChoice("required", ["f"]), None, {"type": "tool", "name": "f"}),
    ],
)
def test_a_choice_has_its_word(choice: ToolChoice | None, parallel: bool | None, sent: object) -> None:
    emission = Emission([])
    request = Request("m", [], tools=[TOOL], tool_choice=choice, parallel_tool_calls=parallel)
    assert emit_tool_choice(request, False, emission) == sent
    assert emission.losses == []


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        (ToolChoice("required", ["f", "g"]), {"type": "any"}),
        (ToolChoice("auto", ["f"]), {"type": "auto"}),
    ],
)
def test_an_allow_list_cannot_be_said(choice: ToolChoice, sent: object) -> None:
    emission = Emission([])
    assert emit_tool_choice(Request("m", [], tools=[TOOL], tool_choice=choice), False, emission) == sent
    assert [loss.path for loss in emission.losses] == ["tool_choice.names"]


def test_nothing_is_forced_while_a_budget_is_set() -> None:
    emission = Emission([])
    request = Request("m", [], tools=[TOOL], tool_choice=ToolChoice("required", ["f"]))
    assert emit_tool_choice(request, True, emission) == {"type": "auto"}
    assert [loss.path for loss in emission.losses] == ["tool_choice"]


@pytest.mark.parametrize(("mode", "losses"), [("auto", 0), ("none", 0), ("required", 1)])
def test_without_tools_there_is_no_choice(mode: Any, losses: int) -> None:
    emission = Emission([])
    assert emit_tool_choice(Request("m", [], tool_choice=ToolChoice(mode)), False, emission) is None
    assert len(emission.losses) == losses
