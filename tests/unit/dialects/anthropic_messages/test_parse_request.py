"""Requests of clients: turns, tools, thinking, and clear refusals."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.anthropic_messages.parse_request import parse_request
from dragoman.errors import DragomanError
from dragoman.model.content import CacheBreakpoint, Text
from dragoman.model.request import (
    FunctionTool,
    JsonSchemaOutput,
    ProviderTool,
    ReasoningRequest,
    Request,
    Sampling,
    ToolChoice,
    Turn,
)

OWN = "anthropic_messages"
RESULT = {"type": "tool_result", "tool_use_id": "1", "content": "r"}
TEXT = {"type": "text", "text": "t"}


def parse(**fields: Any) -> Request:
    fields.setdefault("messages", [])
    return parse_request(fields, "claude", False)


def own(request: Request) -> Any:
    return (request.extras or {}).get(OWN)


@pytest.mark.parametrize(
    ("content", "turns"),
    [
        ("Hi", [("user", 1, False)]),
        ([TEXT, TEXT], [("user", 2, False)]),
        ([], [("user", 0, False)]),
        ([RESULT, RESULT], [("tool", 2, False)]),
        ([RESULT, TEXT], [("tool", 1, False), ("user", 1, True)]),
        ([TEXT, RESULT, RESULT, TEXT], [("user", 1, False), ("tool", 2, True), ("user", 1, True)]),
    ],
)
def test_results_stand_in_turns_of_their_own(content: Any, turns: list[tuple[str, int, bool]]) -> None:
    request = parse(messages=[{"role": "user", "content": content, "new": 1}])
    assert [(turn.role, len(turn.parts), turn.joined) for turn in request.turns] == turns
    assert request.turns[0].extras == {OWN: {"new": 1}}
    assert all(turn.extras is None for turn in request.turns[1:])


def test_system_stands_first_whatever_its_form() -> None:
    assert parse(system="s").turns == [Turn("system", [Text("s")], shorthand=True)]
    blocks = parse(system=[TEXT, {**TEXT, "cache_control": {"type": "ephemeral", "ttl": "1h"}}])
    assert blocks.turns == [Turn("system", [Text("t"), Text("t", cache=CacheBreakpoint("1h"))])]


def test_system_inside_the_conversation_keeps_its_place() -> None:
    request = parse(messages=[{"role": "user", "content": "a"}, {"role": "system", "content": "b"}])
    assert [turn.role for turn in request.turns] == ["user", "system"]


def test_tools_are_ours_or_anthropics() -> None:
    tools: list[dict[str, Any]] = [
        {"name": "f", "description": "d", "input_schema": {"type": "object"}, "strict": True, "defer_loading": True},
        {"name": "g", "type": "custom"},
        {"type": "bash_20250124", "name": "bash", "cache_control": {"type": "ephemeral"}},
        {"type": "mcp_toolset", "mcp_server_name": "files"},
        {"type": "browser_toolset"},
    ]
    assert parse(tools=tools).tools == [
        FunctionTool("f", "d", {"type": "object"}, True, extras={OWN: {"defer_loading": True}}),
        FunctionTool("g"),
        ProviderTool(OWN, "bash_20250124", "bash", tools[2], CacheBreakpoint()),
        ProviderTool(OWN, "mcp_toolset", "files", tools[3]),
        ProviderTool(OWN, "browser_toolset", "browser_toolset", tools[4]),
    ]


@pytest.mark.parametrize(
    ("choice", "expected", "parallel"),
    [
        (None, None, None),
        ({"type": "auto"}, ToolChoice("auto"), None),
        ({"type": "any", "disable_parallel_tool_use": True}, ToolChoice("required"), False),
        ({"type": "none"}, ToolChoice("none"), None),
        ({"type": "tool", "name": "f", "disable_parallel_tool_use": False}, ToolChoice("required", ["f"]), True),
    ],
)
def test_a_choice_has_its_mode(choice: Any, expected: ToolChoice | None, parallel: bool | None) -> None:
    request = parse(tool_choice=choice)
    assert (request.tool_choice, request.parallel_tool_calls) == (expected, parallel)


@pytest.mark.parametrize(
    ("fields", "wish", "extras"),
    [
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, ReasoningRequest("on", budget_tokens=1024), None),
        ({"thinking": {"type": "disabled"}}, ReasoningRequest("off"), None),
        (
            {"thinking": {"type": "adaptive", "display": "omitted"}, "output_config": {"effort": "max"}},
            ReasoningRequest("adaptive", "max", display="omitted"),
            None,
        ),
        ({"output_config": {"effort": "low"}}, ReasoningRequest(effort="low", effort_only=True), None),
        ({"thinking": {"type": "between_tools"}}, None, {"thinking": {"type": "between_tools"}}),
        (
            {"thinking": {"type": "adaptive", "display": "sung", "new": 1}},
            ReasoningRequest("adaptive"),
            {"thinking": {"display": "sung", "new": 1}},
        ),
        (
            {"output_config": {"effort": "heroic", "task_budget": {"total": 1}}},
            None,
            {"output_config": {"effort": "heroic", "task_budget": {"total": 1}}},
        ),
    ],
)
def test_the_wish_to_think_keeps_what_we_have_no_word_for(fields: Any, wish: Any, extras: Any) -> None:
    request = parse(**fields)
    assert request.reasoning == wish
    assert own(request) == extras


@pytest.mark.parametrize("place", ["output_config", "output_format"])
def test_a_schema_is_read_from_either_place(place: str) -> None:
    wanted = {"type": "json_schema", "schema": {"type": "object"}}
    fields = {"output_config": {"format": wanted}} if place == "output_config" else {"output_format": wanted}
    assert parse(**fields).output == JsonSchemaOutput({"type": "object"})


def test_an_unknown_format_stays_in_the_extras() -> None:
    request = parse(output_config={"format": {"type": "grammar"}})
    assert request.output is None
    assert own(request) == {"output_config": {"format": {"type": "grammar"}}}


def test_the_rest_of_a_request_has_its_fields() -> None:
    request = parse(
        max_tokens=7,
        temperature=1,
        top_p=0.5,
        top_k=3,
        stop_sequences=["a"],
        metadata={"user_id": "u", "team": "t"},
        service_tier="auto",
        cache_control={"type": "ephemeral", "scope": "global"},
        speed="fast",
    )
    assert request.sampling == Sampling(1, 0.5, 3)
    assert (request.max_output_tokens, request.stop, request.user) == (7, ["a"], "u")
    assert (request.service_tier, request.cache) == ("auto", CacheBreakpoint())
    assert own(request) == {"speed": "fast", "metadata": {"team": "t"}, "cache_control": {"scope": "global"}}


def test_a_tier_that_is_new_goes_as_it_came() -> None:
    request = parse(service_tier="express")
    assert request.service_tier is None
    assert own(request) == {"service_tier": "express"}


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"messages": None}, "messages"),
        ({"messages": ["a"]}, "messages[0]"),
        ({"messages": [{"role": "tool", "content": "a"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": "a"}, {"role": "user"}]}, "messages[1].content"),
        ({"messages": [{"role": "user", "content": [TEXT, {"type": "text"}]}]}, "messages[0].content[1].text"),
        ({"messages": [{"role": "user", "content": ["a"]}]}, "messages[0].content[0]"),
        ({"system": 1}, "system"),
        ({"system": [{"type": "text", "text": 1}]}, "system[0].text"),
        ({"tools": {}}, "tools"),
        ({"tools": [{"name": "f"}, {}]}, "tools[1].name"),
        ({"tool_choice": {"type": "some"}}, "tool_choice.type"),
        ({"tool_choice": {"type": "tool"}}, "tool_choice.name"),
        ({"thinking": {"type": "enabled", "budget_tokens": "many"}}, "thinking.budget_tokens"),
        ({"thinking": {}}, "thinking.type"),
        ({"output_config": {"effort": 1}}, "output_config.effort"),
        ({"output_config": {"format": "json"}}, "output_config.format"),
        ({"metadata": {"user_id": 1}}, "metadata.user_id"),
        ({"stop_sequences": ["a", 1]}, "stop_sequences[1]"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"temperature": "hot"}, "temperature"),
    ],
)
def test_a_wrong_field_is_refused_by_its_path(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(DragomanError) as caught:
        parse(**fields)
    assert caught.value.path == path
    assert caught.value.status == 400
