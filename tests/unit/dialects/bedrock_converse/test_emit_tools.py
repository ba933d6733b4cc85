"""Tools and the choice among them."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.model.content import CacheBreakpoint, Text, ToolCall, ToolResult
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import CustomTool, FunctionTool, ProviderTool, ReasoningRequest, Request, ToolChoice, Turn
from tests.unit.dialects.bedrock_converse.samples import CLAUDE, Fields, codes, emit

ASKED = [Turn("user", [Text("?")])]
CALLED = [*ASKED, Turn("assistant", [ToolCall("1", "old", "{}")]), Turn("tool", [ToolResult("1", [Text("r")])])]
TOOL = FunctionTool("f", "does f", {"properties": {"a": {"type": "string"}}})
SPEC: Fields = {
    "name": "f",
    "description": "does f",
    "inputSchema": {"json": {"type": "object", "properties": {"a": {"type": "string"}}}},
}


def emit_config(request: Request, losses: list[Loss], profile: Profile = CLAUDE) -> Fields:
    config: Fields = emit(request, losses, profile).get("toolConfig", {})
    return config


def test_a_function_has_a_schema_of_an_object() -> None:
    losses: list[Loss] = []
    tools = [TOOL, FunctionTool("g", ""), FunctionTool("h", strict=True, cache=CacheBreakpoint())]
    assert emit_config(Request("m", ASKED, tools=[*tools]), losses)["tools"] == [
        {"toolSpec": SPEC},
        {"toolSpec": {"name": "g", "inputSchema": {"json": {"type": "object"}}}},
        {"toolSpec": {"name": "h", "inputSchema": {"json": {"type": "object"}}, "strict": True}},
        {"cachePoint": {"type": "default"}},
    ]
    assert losses == []


def test_strictness_is_lost_where_the_model_does_not_know_it() -> None:
    losses: list[Loss] = []
    plain = Profile(structured_output=False)
    tools = [FunctionTool("h", strict=True), FunctionTool("i", strict=False)]
    specs = emit_config(Request("m", ASKED, tools=[*tools]), losses, plain)["tools"]
    assert not any("strict" in spec["toolSpec"] for spec in specs)
    assert codes(losses) == [("dropped", "tools[0].strict")]


def test_a_tool_for_free_text_takes_one_property() -> None:
    losses: list[Loss] = []
    tool = CustomTool(
        "patch", "patches", {"type": "grammar", "definition": "start: x"}, extras={"openai_chat": {"a": 1}}
    )
    (spec,) = emit_config(Request("m", ASKED, tools=[tool]), losses)["tools"]
    schema = spec["toolSpec"]["inputSchema"]["json"]
    assert schema["required"] == ["input"]
    assert "start: x" in schema["properties"]["input"]["description"]
    assert codes(losses) == [("approximated", "tools[0]"), ("dropped", "tools[0].extras.openai_chat.a")]


def test_a_tool_that_others_run_is_refused_and_our_own_goes_as_it_is() -> None:
    ours = ProviderTool("bedrock_converse", "systemTool", "nova_grounding", {"systemTool": {"name": "nova_grounding"}})
    assert emit_config(Request("m", ASKED, tools=[ours]), [])["tools"] == [ours.value]
    with pytest.raises(DragomanError, match="openai_responses providers only") as caught:
        emit(Request("m", ASKED, tools=[TOOL, ProviderTool("openai_responses", "web_search", "web_search", {})]))
    assert (caught.value.kind, caught.value.path) == (Kind.UNSUPPORTED, "tools[1]")


@pytest.mark.parametrize(
    ("choice", "wire", "lost"),
    [
        (ToolChoice("auto"), {"auto": {}}, []),
        (ToolChoice("required"), {"any": {}}, []),
        (ToolChoice("required", ["f"]), {"tool": {"name": "f"}}, []),
        (ToolChoice("auto", ["f"]), {"auto": {}}, [("approximated", "tool_choice.names")]),
        (ToolChoice("required", ["f", "g"]), {"any": {}}, [("approximated", "tool_choice.names")]),
    ],
)
def test_the_choice_has_its_words(choice: ToolChoice, wire: Fields, lost: list[tuple[str, str]]) -> None:
    losses: list[Loss] = []
    assert emit_config(Request("m", ASKED, tools=[TOOL], tool_choice=choice), losses)["toolChoice"] == wire
    assert codes(losses) == lost


def test_where_none_may_be_called_none_is_offered() -> None:
    losses: list[Loss] = []
    request = Request("m", ASKED, tools=[TOOL], tool_choice=ToolChoice("none"))
    assert emit_config(request, losses) == {}
    assert codes(losses) == [("approximated", "tool_choice"), ("dropped", "tools")]


def test_a_conversation_with_calls_has_tools_even_if_the_request_has_none() -> None:
    losses: list[Loss] = []
    spec = {"toolSpec": {"name": "old", "inputSchema": {"json": {"type": "object"}}}}
    assert emit_config(Request("m", CALLED), losses) == {"tools": [spec]}
    assert codes(losses) == [("defaulted", "tools")]
    losses.clear()
    forbidden = Request("m", CALLED, tools=[TOOL], tool_choice=ToolChoice("none"))
    assert emit_config(forbidden, losses)["tools"] == [spec]
    assert codes(losses) == [("dropped", "tool_choice"), ("dropped", "tools"), ("defaulted", "tools")]


def test_with_a_budget_no_call_can_be_forced() -> None:
    losses: list[Loss] = []
    wish = ReasoningRequest("on", budget_tokens=2048)
    request = Request("m", ASKED, tools=[TOOL], tool_choice=ToolChoice("required"), reasoning=wish)
    assert emit_config(request, losses)["toolChoice"] == {"auto": {}}
    assert codes(losses) == [("approximated", "tool_choice")]


def test_that_calls_come_one_by_one_cannot_be_said() -> None:
    losses: list[Loss] = []
    assert "toolChoice" not in emit_config(Request("m", ASKED, tools=[TOOL], parallel_tool_calls=False), losses)
    assert codes(losses) == [("dropped", "parallel_tool_calls")]
