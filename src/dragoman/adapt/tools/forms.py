"""The forms of text in which models call tools: how tools are described, how calls and results look, what is listened for.

A form is a row: its functions only say how something is written. What models write in answer is read by one parser for
all forms, since they mix them up; a row only tells it whether calls without marks are to be looked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec

from dragoman.adapt.tools.signatures import (
    DescribedTool,
    describe_json,
    describe_python,
    describe_typescript,
    describe_wrapped,
    dump,
)

Call = tuple[str, str]
"""A tool's name, and its arguments as JSON."""


class Form(msgspec.Struct, frozen=True):
    """One form. `{tools}` and `{example}` have their places in `instructions`."""

    name: str
    instructions: str
    write_tool: Callable[[DescribedTool], str]
    write_calls: Callable[[list[Call]], str]
    write_result: Callable[[str, str], str]
    between: str = "\n"  # what stands between two tools
    objects: bool = False  # calls may be objects without a mark
    python: bool = False  # or names with parentheses
    harmony: bool = False
    opening: frozenset[str] = frozenset()  # words of tags that open a block here and nowhere else


# -- calls -----------------------------------------------------------------------------------------------------------


def _object_of(call: Call, key: str = "arguments") -> str:
    name, arguments = call
    return f'{{"name": {dump(name)}, "{key}": {arguments}}}'


def _hermes(calls: list[Call]) -> str:
    return "\n".join(f"<tool_call>\n{_object_of(call)}\n</tool_call>" for call in calls)


def _dragoman(calls: list[Call]) -> str:
    return "\n".join(f'<tool_call name="{name}">\n{arguments}\n</tool_call>' for name, arguments in calls)


def _llama_json(calls: list[Call]) -> str:
    return "; ".join(_object_of(call, "parameters") for call in calls)


def _mistral(calls: list[Call]) -> str:
    return f"[TOOL_CALLS][{', '.join(_object_of(call) for call in calls)}]"


def _deepseek(calls: list[Call]) -> str:
    inner = "".join(
        f"<｜tool▁call▁begin｜>function<｜tool▁sep｜>{name}\n```json\n{arguments}\n```<｜tool▁call▁end｜>"
        for name, arguments in calls
    )
    return f"<｜tool▁calls▁begin｜>{inner}<｜tool▁calls▁end｜>"


def _harmony(calls: list[Call]) -> str:
    return "".join(
        f"<|channel|>commentary to=functions.{name} <|constrain|>json<|message|>{arguments}<|call|>"
        for name, arguments in calls
    )


def _values_of(arguments: str) -> dict[str, Any]:
    try:
        values = json.loads(arguments or "{}")
    except ValueError:
        return {"arguments": arguments}
    return values if isinstance(values, dict) else {"arguments": values}


def _python_of(value: Any) -> str:
    """A value as Python writes it; texts as JSON does, which Python understands as well."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{dump(key)}: {_python_of(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_python_of, value))}]"
    return dump(value) if isinstance(value, str) else repr(value)


def _python_call(call: Call) -> str:
    name, arguments = call
    return f"{name}({', '.join(f'{key}={_python_of(value)}' for key, value in _values_of(arguments).items())})"


def _pythonic(calls: list[Call]) -> str:
    return f"[{', '.join(map(_python_call, calls))}]"


def _code(calls: list[Call]) -> str:
    return "<code>\n" + "\n".join(map(_python_call, calls)) + "\n</code>"


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else dump(value)


def _invoke(calls: list[Call]) -> str:
    lines = ["<function_calls>"]
    for name, arguments in calls:
        lines.append(f'<invoke name="{name}">')
        for key, value in _values_of(arguments).items():
            lines.append(f'<parameter name="{key}">{_as_text(value)}</parameter>')
        lines.append("</invoke>")
    return "\n".join([*lines, "</function_calls>"])


def _qwen_xml(calls: list[Call]) -> str:
    blocks = []
    for name, arguments in calls:
        lines = ["<tool_call>", f"<function={name}>"]
        for key, value in _values_of(arguments).items():
            lines += [f"<parameter={key}>", _as_text(value), "</parameter>"]
        blocks.append("\n".join([*lines, "</function>", "</tool_call>"]))
    return "\n".join(blocks)


# -- results ---------------------------------------------------------------------------------------------------------


def _tagged_result(_: str, text: str) -> str:
    return f"<tool_response>\n{text}\n</tool_response>"


def _named_result(name: str, text: str) -> str:
    return f'<tool_response name="{name}">\n{text}\n</tool_response>'


def _mistral_result(name: str, text: str) -> str:
    return f"[TOOL_RESULTS]{dump({'name': name, 'content': text})}[/TOOL_RESULTS]"


def _deepseek_result(_: str, text: str) -> str:
    inner = f"<｜tool▁output▁begin｜>{text}<｜tool▁output▁end｜>"
    return f"<｜tool▁outputs▁begin｜>{inner}<｜tool▁outputs▁end｜>"


def _harmony_result(name: str, text: str) -> str:
    return f"<|start|>functions.{name} to=assistant<|channel|>commentary<|message|>{text}<|end|>"


def _function_result(name: str, text: str) -> str:
    return f"<function_results>\n<result>\n<tool_name>{name}</tool_name>\n<stdout>\n{text}\n</stdout>\n</result>\n</function_results>"


# -- the table -------------------------------------------------------------------------------------------------------

_DRAGOMAN = """You can use these tools. Each line describes one: its name, what it does, and a JSON schema of its arguments.

{tools}

To use a tool, write a block like this one and nothing behind it:

{example}

The arguments are one JSON object between the tags. The results come in the next message, between <tool_response> tags.
Do not write results yourself, and do not put a block into a code fence."""

_HERMES = """# Tools

You may call functions to help with the user's request. Their signatures stand between <tools></tools>:

<tools>
{tools}
</tools>

For each call write a JSON object with the function's name and its arguments between <tool_call></tool_call>:

{example}"""

_QWEN_XML = """# Tools

You have access to these functions:

<tools>
{tools}
</tools>

To call one, write it in this form, each argument between tags of its own:

{example}"""

_LLAMA_JSON = """You have access to these functions:

{tools}

To call a function, answer with nothing but a JSON object that holds its name and its parameters, without variables:

{example}"""

_LLAMA_PYTHONIC = """You have access to these functions:

[{tools}]

To call functions, answer with nothing but a list of calls in this form:

{example}"""

_MISTRAL = """[AVAILABLE_TOOLS][{tools}][/AVAILABLE_TOOLS]
To call tools, write [TOOL_CALLS] and a JSON list of calls:

{example}"""

_DEEPSEEK = """## Tools

You have access to these functions:

{tools}

To call functions, write them in exactly this form:

{example}"""

_SMOLLM3_PYTHON = """### Tools

You may call these Python functions:

<tools>
{tools}
</tools>

To call them, write Python between <code></code>:

{example}"""

_HARMONY = """# Tools

## functions

namespace functions {{

{tools}

}} // namespace functions

Calls to these tools must go to the commentary channel: 'functions'.

{example}"""

_ANTHROPIC = """In this environment you have access to a set of tools. Their JSON schemas:

<functions>
{tools}
</functions>

Call them by writing a block like this one; texts stand as they are, lists and objects as JSON:

{example}"""


def _bare(tool: DescribedTool) -> str:
    return dump(describe_json(tool))


def _listed(tool: DescribedTool) -> str:
    return f"<function>{dump(describe_json(tool))}</function>"


_ROWS = (
    Form("dragoman", _DRAGOMAN, _bare, _dragoman, _named_result),
    Form("hermes", _HERMES, describe_wrapped, _hermes, _tagged_result, objects=True),
    Form("qwen_xml", _QWEN_XML, describe_wrapped, _qwen_xml, _tagged_result),
    Form("llama_json", _LLAMA_JSON, describe_wrapped, _llama_json, _tagged_result, objects=True),
    Form("llama_pythonic", _LLAMA_PYTHONIC, _bare, _pythonic, _tagged_result, ", ", objects=True, python=True),
    Form("mistral", _MISTRAL, describe_wrapped, _mistral, _mistral_result, ", ", objects=True),
    Form("deepseek", _DEEPSEEK, describe_wrapped, _deepseek, _deepseek_result),
    Form("smollm3_xml", _HERMES, describe_wrapped, _hermes, _tagged_result, objects=True),
    Form(
        "smollm3_python",
        _SMOLLM3_PYTHON,
        describe_python,
        _code,
        _tagged_result,
        opening=frozenset({"code"}),
    ),
    Form("harmony", _HARMONY, describe_typescript, _harmony, _harmony_result, harmony=True),
    Form("anthropic_xml", _ANTHROPIC, _listed, _invoke, _function_result),
)
FORMS: dict[str, Form] = {form.name: form for form in _ROWS}
