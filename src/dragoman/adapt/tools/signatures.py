"""Tools in the words that models were taught: JSON, Python's signatures, TypeScript's types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dragoman.adapt.tools.toolbox import TEXT, TEXT_SCHEMA
from dragoman.model.request import CustomTool, FunctionTool

DescribedTool = FunctionTool | CustomTool

_PYTHON = {
    "string": "str",
    "integer": "int",
    "number": "float",
    "boolean": "bool",
    "array": "list",
    "object": "dict",
    "null": "None",
}
_TYPESCRIPT = {"integer": "number", "array": "any[]", "object": "object"}


def dump(value: Any) -> str:
    """JSON as models are used to see it."""
    return json.dumps(value, ensure_ascii=False)


def describe_json(tool: DescribedTool) -> dict[str, Any]:
    """Name, description, parameters."""
    described: dict[str, Any] = {"name": tool.name}
    if text := describe_text(tool):
        described["description"] = text
    described["parameters"] = schema_of(tool)
    return described


def describe_wrapped(tool: DescribedTool) -> str:
    """The form in which most APIs list a tool."""
    return dump({"type": "function", "function": describe_json(tool)})


def describe_text(tool: DescribedTool) -> str:
    """What a tool is for; of one with a grammar, that too."""
    text = tool.description or ""
    if isinstance(tool, CustomTool) and tool.format is not None:
        text += f"\nThe {TEXT} must follow this format: {dump(tool.format)}"
    return text.strip()


def schema_of(tool: DescribedTool) -> dict[str, Any]:
    """The schema of a tool's arguments; one that takes free text has a single argument."""
    if isinstance(tool, CustomTool):
        return TEXT_SCHEMA
    return tool.schema or {"type": "object", "properties": {}}


def describe_python(tool: DescribedTool) -> str:
    """A function with its documentation."""
    schema = schema_of(tool)
    properties = _properties_of(schema)
    required = schema.get("required") or []
    wanted = [f"{name}: {_type_of(properties[name], _PYTHON)}" for name in properties if name in required]
    wanted += [f"{name}: {_type_of(properties[name], _PYTHON)} = None" for name in properties if name not in required]
    lines = [f"def {tool.name}({', '.join(wanted)}):", f'    """{describe_text(tool)}'.rstrip()]
    details = [f"        {name}: {text}" for name, text in _details(properties)]
    if details:
        lines += ["", "    Args:", *details]
    return "\n".join([*lines, '    """'])


def describe_typescript(tool: DescribedTool) -> str:
    """A type with comments."""
    schema = schema_of(tool)
    properties = _properties_of(schema)
    details = dict(_details(properties))
    required = schema.get("required") or []
    lines = [f"// {line}" for line in describe_text(tool).splitlines()]
    if not properties:
        return "\n".join([*lines, f"type {tool.name} = () => any;"])
    lines.append(f"type {tool.name} = (_: {{")
    for name, value in properties.items():
        lines += [f"// {line}" for line in details.get(name, "").splitlines()]
        lines.append(f"{name}{'' if name in required else '?'}: {_type_of(value, _TYPESCRIPT)},")
    return "\n".join([*lines, "}) => any;"])


def _properties_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    properties = schema.get("properties")
    return properties if isinstance(properties, dict) else {}


def _details(properties: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is said of each parameter; of those with parts of their own, all of it."""
    details = []
    for name, value in properties.items():
        if not isinstance(value, dict):
            continue
        text = str(value.get("description") or "")
        if isinstance(value.get("properties"), dict) or isinstance(value.get("items"), dict):
            text = f"{text} {dump(value)}".strip()
        if text:
            details.append((name, text))
    return details


def _type_of(schema: Any, words: Mapping[str, str]) -> str:
    if not isinstance(schema, dict):
        return words.get("any", "any")
    values = schema.get("enum")
    if isinstance(values, list) and values:
        return "Literal[" + ", ".join(map(dump, values)) + "]" if words is _PYTHON else " | ".join(map(dump, values))
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind or "any"]
    return " | ".join(words.get(str(one), str(one)) for one in kinds)
