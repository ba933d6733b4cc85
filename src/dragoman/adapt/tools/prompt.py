"""A request with tools, told to a target that has none: tools in the system's turn, past calls and results as text."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from dragoman.adapt.instructions import add_instructions
from dragoman.adapt.tools.examples import build_example
from dragoman.adapt.tools.forms import FORMS, Form
from dragoman.adapt.tools.history import read_told, tell_history
from dragoman.adapt.tools.signatures import DescribedTool, dump
from dragoman.model.content import ToolCall, ToolResult
from dragoman.model.loss import Loss
from dragoman.model.request import CustomTool, FunctionTool, Request, ToolChoice

_AUTO = ToolChoice("auto")
_MUST = "You must call one of these tools now, whatever the user says; do not answer in any other way."
_MUST_NAMED = "You must call {name} now, whatever the user says; do not answer in any other way."
_ONE = "Make no more than one call in an answer."
_SEVERAL = "You may make several calls in one answer, one block after the other, if none needs another's result."


class ToolPlan(NamedTuple):
    """What has to be known to read the answer."""

    form: Form
    tools: list[DescribedTool]
    told: list[str]  # what the model may repeat
    is_required: bool
    is_single: bool


def uses_tools(request: Request) -> bool:
    """Whether there is anything about tools in the request."""
    if request.tools or request.tool_choice is not None or request.parallel_tool_calls is not None:
        return True
    return any(isinstance(part, ToolCall | ToolResult) for turn in request.turns for part in turn.parts)


def tell_tools(request: Request, form_name: str, losses: list[Loss]) -> tuple[Request, ToolPlan | None]:
    """The request without tools, and the plan for reading calls out of the answer, if there may be any."""
    form = FORMS[form_name]
    turns = tell_history(request.turns, form)
    tools = _select_tools(request, losses)
    choice = request.tool_choice or _AUTO
    plan = None
    if tools:
        plan = ToolPlan(
            form, tools, read_told(request.turns), choice.mode == "required", request.parallel_tool_calls is False
        )
        turns = add_instructions(turns, _instruct(plan))
    losses.append(Loss("emulated", "tools", f"Tools are described and called as text, in the form {form.name}."))
    told = msgspec.structs.replace(request, turns=turns, tools=None, tool_choice=None, parallel_tool_calls=None)
    return told, plan


def _select_tools(request: Request, losses: list[Loss]) -> list[DescribedTool]:
    """The tools that may be called; those that a provider runs itself cannot be told."""
    choice = request.tool_choice or _AUTO
    tools: list[DescribedTool] = []
    for index, tool in enumerate(request.tools or ()):
        if not isinstance(tool, FunctionTool | CustomTool):
            losses.append(Loss("dropped", f"tools[{index}]", f"Only {tool.dialect} providers run {tool.name}."))
        elif choice.mode != "none" and (not choice.names or tool.name in choice.names):
            tools.append(tool)
    return tools


def _instruct(plan: ToolPlan) -> str:
    """What the model is told."""
    form, tools = plan.form, plan.tools
    shortest = min(tools, key=lambda tool: len(dump(build_example(tool))))
    example = form.write_calls([(shortest.name, dump(build_example(shortest)))])
    listed = form.between.join(map(form.write_tool, tools))
    rules = [form.instructions.format(tools=listed, example=example), _ONE if plan.is_single else _SEVERAL]
    if plan.is_required:
        rules.append(_MUST_NAMED.format(name=tools[0].name) if len(tools) == 1 else _MUST)
    return "\n\n".join(rules)
