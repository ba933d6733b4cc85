"""Tools and tool choice in our words. Tools that share a namespace object go back under it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dragoman.dialects.openai_responses.marks import (
    Fields,
    is_ours,
    plain_fields,
    read_marks,
    report_foreign_extras,
)
from dragoman.dialects.openai_responses.wire import NAME, NAMESPACE_JOINT
from dragoman.errors import DragomanError, Kind
from dragoman.model.loss import Loss
from dragoman.model.request import CustomTool, FunctionTool, ProviderTool, Tool, ToolChoice


def emit_tools(tools: Sequence[Tool], losses: list[Loss], *, is_own_request: bool) -> list[Fields]:
    """The list of tools. Raises where a tool belongs to another provider: without it the answer would be another."""
    emitted: list[Fields] = []
    namespace: Any = None
    for index, tool in enumerate(tools):
        if isinstance(tool, ProviderTool):
            emitted.append(_emit_provider_tool(tool, index))
            namespace = None
            continue
        _report_losses(tool, index, losses)
        marks = read_marks(tool.extras)
        value = _emit_function(tool, is_own_request) if isinstance(tool, FunctionTool) else _emit_custom(tool)
        value |= plain_fields(marks)
        head = marks.get("_namespace")
        if head is None:
            emitted.append(value)
        else:
            value["name"] = tool.name.removeprefix(f"{head['name']}{NAMESPACE_JOINT}")
            if head is not namespace:
                emitted.append({"type": "namespace", **head, "tools": []})
            emitted[-1]["tools"].append(value)
        namespace = head
    return emitted


def emit_tool_choice(choice: ToolChoice, tools: Sequence[Tool], losses: list[Loss]) -> Any:
    """A mode, one named tool, or an allow-list; our own objects as they came."""
    marks = read_marks(choice.extras)
    if "_wire" in marks:
        return marks["_wire"]
    report_foreign_extras(choice.extras, "tool_choice", losses)
    if not choice.names or choice.mode == "none":
        return choice.mode
    custom = {tool.name for tool in tools if isinstance(tool, CustomTool)}
    named = [{"type": "custom" if name in custom else "function", "name": name} for name in choice.names]
    if choice.mode == "required" and len(named) == 1:
        return named[0]
    return {"type": "allowed_tools", "mode": choice.mode, "tools": named}


def read_namespaces(tools: Sequence[Tool] | None) -> dict[str, tuple[str, str]]:
    """Which of the model's tool names stand for a tool in a namespace: its namespace and its name there."""
    names: dict[str, tuple[str, str]] = {}
    if not tools:
        return names
    for tool in tools:
        if isinstance(tool, ProviderTool) or tool.extras is None:
            continue
        head = read_marks(tool.extras).get("_namespace")
        if head is not None:
            names[tool.name] = (head["name"], tool.name.removeprefix(f"{head['name']}{NAMESPACE_JOINT}"))
    return names


def _emit_function(tool: FunctionTool, is_own_request: bool) -> Fields:
    """Where our caller leaves out `strict` the provider takes it as true; other dialects mean false."""
    value: Fields = {"type": "function", "name": tool.name}
    if tool.description is not None:
        value["description"] = tool.description
    value["parameters"] = tool.schema
    if tool.strict is not None or not is_own_request:
        value["strict"] = bool(tool.strict)
    return value


def _emit_custom(tool: CustomTool) -> Fields:
    value: Fields = {"type": "custom", "name": tool.name}
    if tool.description is not None:
        value["description"] = tool.description
    if tool.format is not None:
        value["format"] = tool.format
    return value


def _emit_provider_tool(tool: ProviderTool, index: int) -> Fields:
    if tool.dialect == NAME:
        return tool.value
    raise DragomanError(
        Kind.UNSUPPORTED,
        f"The tool {tool.name!r} of type {tool.kind!r} exists only at providers that speak {tool.dialect}. "
        "Leave it out, or choose a model there.",
        path=f"tools[{index}]",
    )


def _report_losses(tool: FunctionTool | CustomTool, index: int, losses: list[Loss]) -> None:
    if isinstance(tool, FunctionTool) and tool.cache is not None:
        losses.append(Loss("dropped", f"tools[{index}].cache", "this provider caches by itself"))
    if tool.extras is not None and not (is_ours(tool.extras) and len(tool.extras) == 1):
        report_foreign_extras(tool.extras, f"tools[{index}]", losses)
