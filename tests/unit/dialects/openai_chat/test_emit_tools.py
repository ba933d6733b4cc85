"""Tools, choices, output formats and wishes to think of another dialect."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_chat.emit_tools import emit_output, emit_reasoning, emit_tool, emit_tool_choice
from dragoman.dialects.openai_chat.outlet import Outlet
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import CacheBreakpoint
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import (
    CustomTool,
    FunctionTool,
    JsonOutput,
    JsonSchemaOutput,
    OutputFormat,
    ProviderTool,
    ReasoningRequest,
    Tool,
    ToolChoice,
)

SCHEMA = {"type": "object"}
GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": "s"}
WRAPPED = {"type": "grammar", "grammar": {"syntax": "lark", "definition": "s"}}


@pytest.mark.parametrize(
    ("tool", "wire"),
    [
        (FunctionTool("f"), {"type": "function", "function": {"name": "f"}}),
        (
            FunctionTool("f", "d", SCHEMA, False),
            {
                "type": "function",
                "function": {"name": "f", "description": "d", "parameters": SCHEMA, "strict": False},
            },
        ),
        (
            CustomTool("c", "d", GRAMMAR),
            {"type": "custom", "custom": {"name": "c", "description": "d", "format": WRAPPED}},
        ),
        (
            CustomTool("c", format={"type": "text"}),
            {"type": "custom", "custom": {"name": "c", "format": {"type": "text"}}},
        ),
        (ProviderTool("openai_chat", "web", "web", {"type": "web"}), {"type": "web"}),
    ],
)
def test_a_tool_is_written(tool: Tool, wire: dict[str, Any]) -> None:
    losses: list[Loss] = []
    assert emit_tool(tool, Outlet(losses), "tools[0]") == wire
    assert losses == []


def test_a_tool_that_only_another_provider_runs_is_refused_by_name() -> None:
    tool = ProviderTool("anthropic_messages", "web_search_20250305", "web_search", {})
    with pytest.raises(DragomanError, match="web_search_20250305") as caught:
        emit_tool(tool, Outlet([]), "tools[2]")
    assert (caught.value.kind, caught.value.path, caught.value.status) == (Kind.UNSUPPORTED, "tools[2]", 400)


def test_a_tool_loses_its_breakpoint_and_foreign_fields() -> None:
    losses: list[Loss] = []
    tool = FunctionTool("f", cache=CacheBreakpoint(), extras={"anthropic_messages": {"defer_loading": True}})
    emit_tool(tool, Outlet(losses), "tools[0]")
    assert [loss.path for loss in losses] == ["tools[0].extras.anthropic_messages.defer_loading", "tools[0].cache"]


@pytest.mark.parametrize(
    ("choice", "wire"),
    [
        (ToolChoice("auto"), "auto"),
        (ToolChoice("none", ["f"]), "none"),
        (ToolChoice("required"), "required"),
        (ToolChoice("required", ["f"]), {"type": "function", "function": {"name": "f"}}),
        (ToolChoice("required", ["c"]), {"type": "custom", "custom": {"name": "c"}}),
        (
            ToolChoice("auto", ["f", "c"]),
            {
                "type": "allowed_tools",
                "allowed_tools": {
                    "mode": "auto",
                    "tools": [
                        {"type": "function", "function": {"name": "f"}},
                        {"type": "custom", "custom": {"name": "c"}},
                    ],
                },
            },
        ),
    ],
)
def test_a_choice_is_written(choice: ToolChoice, wire: Any) -> None:
    assert emit_tool_choice(choice, [FunctionTool("f"), CustomTool("c")]) == wire


@pytest.mark.parametrize(
    ("output", "wire"),
    [
        (None, None),
        (JsonOutput(), {"type": "json_object"}),
        (JsonSchemaOutput(SCHEMA), {"type": "json_schema", "json_schema": {"name": "response", "schema": SCHEMA}}),
        (
            JsonSchemaOutput(SCHEMA, "n", "d", True),
            {
                "type": "json_schema",
                "json_schema": {"name": "n", "description": "d", "schema": SCHEMA, "strict": True},
            },
        ),
    ],
)
def test_an_output_format_is_written(output: OutputFormat | None, wire: dict[str, Any] | None) -> None:
    assert emit_output(output, None) == wire


def test_a_remembered_format_is_used_only_while_it_says_the_same() -> None:
    remembered = {"type": "json_object", "schema": SCHEMA}
    assert emit_output(JsonSchemaOutput(SCHEMA), remembered) == remembered
    assert emit_output(JsonOutput(), remembered) == {"type": "json_object"}


EFFORTS: list[tuple[ReasoningRequest, dict[str, Any], list[str]]] = [
    (ReasoningRequest(effort="low"), {"reasoning_effort": "low"}, []),
    (ReasoningRequest("off"), {"reasoning_effort": "none"}, []),
    (ReasoningRequest("on"), {"reasoning_effort": "medium"}, []),
    (ReasoningRequest("adaptive"), {}, []),
    (ReasoningRequest("on", budget_tokens=2048), {"reasoning_effort": "low"}, ["reasoning.budget_tokens"]),
    (ReasoningRequest(budget_tokens=30000), {"reasoning_effort": "max"}, ["reasoning.budget_tokens"]),
    (ReasoningRequest("on", "high", 1000), {"reasoning_effort": "high"}, ["reasoning.budget_tokens"]),
    (
        ReasoningRequest(effort="low", display="omitted", summary="auto", encrypted=True),
        {"reasoning_effort": "low"},
        ["reasoning.encrypted", "reasoning.summary", "reasoning.display"],
    ),
]


@pytest.mark.parametrize(("wish", "wire", "lost"), EFFORTS)
def test_the_wish_to_think_is_an_effort(wish: ReasoningRequest, wire: dict[str, Any], lost: list[str]) -> None:
    losses: list[Loss] = []
    assert emit_reasoning(wish, None, Outlet(losses)) == wire
    assert [loss.path for loss in losses] == lost


@pytest.mark.parametrize(
    ("form", "wish", "wire"),
    [
        ("reasoning", ReasoningRequest("on", budget_tokens=9), {"reasoning": {"max_tokens": 9}}),
        (
            "reasoning",
            ReasoningRequest(effort="low", display="omitted"),
            {"reasoning": {"effort": "low", "exclude": True}},
        ),
        ("reasoning", ReasoningRequest("off"), {"reasoning": {"enabled": False}}),
        ("reasoning", ReasoningRequest("on"), {"reasoning": {"enabled": True}}),
        ("thinking", ReasoningRequest("off"), {"thinking": {"type": "disabled"}}),
        ("thinking", ReasoningRequest("on"), {"thinking": {"type": "enabled"}}),
        ("thinking", ReasoningRequest("adaptive"), {}),
        ("thinking", ReasoningRequest(effort="high"), {"thinking": {"type": "enabled"}, "reasoning_effort": "high"}),
        ("none", ReasoningRequest("off"), {}),
    ],
)
def test_the_wish_to_think_takes_the_form_that_the_target_knows(
    form: Any, wish: ReasoningRequest, wire: dict[str, Any]
) -> None:
    losses: list[Loss] = []
    assert emit_reasoning(wish, None, Outlet(losses, Profile(reasoning_request=form))) == wire
    assert losses == []


def test_a_target_that_knows_no_such_wish_is_a_loss() -> None:
    losses: list[Loss] = []
    assert emit_reasoning(ReasoningRequest("on"), None, Outlet(losses, Profile(reasoning_request="none"))) == {}
    assert [loss.path for loss in losses] == ["reasoning"]


def test_a_remembered_wish_is_used_only_while_it_says_the_same() -> None:
    remembered = {"thinking": {"type": "enabled", "clear_thinking": True}}
    assert emit_reasoning(ReasoningRequest("on"), remembered, Outlet([])) == remembered
    assert emit_reasoning(ReasoningRequest("off"), remembered, Outlet([])) == {"reasoning_effort": "none"}
