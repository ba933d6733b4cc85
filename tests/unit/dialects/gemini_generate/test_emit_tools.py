"""The model's tools, from whatever dialect they come."""

from __future__ import annotations

import pytest

from dragoman.dialects.gemini_generate.emit_tools import emit_tool_config, emit_tools
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import CacheBreakpoint
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import CustomTool, FunctionTool, ProviderTool, Request, Tool, ToolChoice
from tests.unit.dialects.gemini_generate.samples import Fields, codes

SCHEMA = {"type": "object", "properties": {"a": {"type": "string", "format": "x"}}, "additionalProperties": False}


def emit(*tools: Tool, profile: Profile | None = None) -> tuple[list[Fields], list[tuple[str, str]]]:
    losses: list[Loss] = []
    return emit_tools(Request(model="m", turns=[], tools=list(tools)), profile or Profile(), losses), codes(losses)


def test_a_foreign_function_keeps_its_whole_schema() -> None:
    assert emit(FunctionTool("f", "Does", SCHEMA)) == (
        [{"functionDeclarations": [{"name": "f", "description": "Does", "parametersJsonSchema": SCHEMA}]}],
        [],
    )


def test_targets_that_know_only_the_subset_get_a_clean_schema() -> None:
    openapi = Profile(json_schema="openapi")
    emitted, losses = emit(FunctionTool("f", schema=SCHEMA), profile=openapi)
    parameters = {"type": "OBJECT", "properties": {"a": {"type": "STRING", "format": "x"}}}
    assert emitted == [{"functionDeclarations": [{"name": "f", "parameters": parameters}]}]
    assert losses == [("schema", "tools[0].schema")]
    empty, _ = emit(FunctionTool("f", schema={"type": "object", "properties": {}}), profile=openapi)
    assert empty == [{"functionDeclarations": [{"name": "f"}]}]


def test_what_a_function_cannot_say_is_a_loss() -> None:
    _, losses = emit(FunctionTool("f", strict=True, cache=CacheBreakpoint(), extras={"openai_chat": {"x": 1}}))
    assert losses == [
        ("dropped", "tools[0].extras.openai_chat.x"),
        ("dropped", "tools[0].strict"),
        ("dropped", "tools[0].cache"),
    ]


def test_a_free_text_tool_takes_its_text_as_a_property() -> None:
    grammar = {"type": "grammar", "syntax": "lark", "definition": "start: line+"}
    emitted, losses = emit(CustomTool("apply_patch", "Patches.", grammar, extras={"openai_chat": {"x": 1}}))
    ((function,),) = (group["functionDeclarations"] for group in emitted)
    assert (function["name"], function["description"]) == ("apply_patch", "Patches.")
    schema = function["parametersJsonSchema"]
    assert schema["required"] == ["input"]
    assert schema["properties"]["input"]["description"].endswith("start: line+")
    assert losses == [("approximated", "tools[0]"), ("dropped", "tools[0].extras.openai_chat.x")]


def test_a_tool_that_another_provider_runs_is_refused_by_name() -> None:
    search = ProviderTool("anthropic_messages", "web_search_20250305", "web_search", {"type": "web_search_20250305"})
    with pytest.raises(DragomanError, match="web_search") as caught:
        emit(FunctionTool("f"), search)
    assert (caught.value.kind, caught.value.path, caught.value.status) == (Kind.UNSUPPORTED, "tools[1]", 400)


@pytest.mark.parametrize(
    ("choice", "calling"),
    [
        (ToolChoice("auto"), {"mode": "AUTO"}),
        (ToolChoice("none"), {"mode": "NONE"}),
        (ToolChoice("required"), {"mode": "ANY"}),
        (ToolChoice("required", ["f"]), {"mode": "ANY", "allowedFunctionNames": ["f"]}),
        (ToolChoice("auto", ["f", "g"]), {"mode": "VALIDATED", "allowedFunctionNames": ["f", "g"]}),
    ],
)
def test_a_choice_is_a_mode(choice: ToolChoice, calling: Fields) -> None:
    config = emit_tool_config(Request(model="m", turns=[], tool_choice=choice), [])
    assert config == {"functionCallingConfig": calling}


def test_no_choice_is_no_configuration() -> None:
    assert emit_tool_config(Request(model="m", turns=[]), []) is None
