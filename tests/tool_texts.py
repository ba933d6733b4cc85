"""What models write when they call tools as text, and what has to come of it: `tests/vectors/tool_text/<form>.yaml`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from dragoman.adapt.tools.forms import FORMS, Form
from dragoman.adapt.tools.markers import build_listening
from dragoman.adapt.tools.parser import ToolTextParser
from dragoman.adapt.tools.text_reader import Piece
from dragoman.adapt.tools.toolbox import Toolbox
from dragoman.model.request import CustomTool, FunctionTool

FOLDER = Path(__file__).with_name("vectors") / "tool_text"


def _tool(name: str, description: str, required: list[str], **properties: Any) -> FunctionTool:
    return FunctionTool(name, description, {"type": "object", "properties": properties, "required": required})


TOOLS: list[FunctionTool | CustomTool] = [
    _tool(
        "get_weather",
        "The weather in a city.",
        ["city"],
        city={"type": "string", "description": "Its name."},
        days={"type": "integer"},
        unit={"type": ["string", "null"], "enum": ["celsius", "fahrenheit", None]},
    ),
    _tool("write_file", "Write a file.", ["path", "content"], path={"type": "string"}, content={"type": "string"}),
    _tool(
        "search",
        "Search.",
        ["query"],
        query={"type": "string"},
        limit={"type": "integer"},
        tags={"type": "array", "items": {"type": "string"}},
        exact={"type": "boolean"},
        filters={"type": "object"},
    ),
    _tool("list_all", "List everything.", []),
    CustomTool("patch", "Change files.", {"type": "text"}),
]


class Case(NamedTuple):
    """One text of a model."""

    form: str
    name: str
    output: str
    calls: list[tuple[str, dict[str, Any]]]
    text: str
    told: list[str]

    def __repr__(self) -> str:
        return f"{self.form}:{self.name}"


class Reading(NamedTuple):
    """What a parser has found."""

    text: str
    calls: list[tuple[str, dict[str, Any]]]


@cache
def load_cases() -> list[Case]:
    """All of them."""
    return [case for form in FORMS for case in _load(form)]


def _load(form: str) -> Iterable[Case]:
    for row in yaml.safe_load((FOLDER / f"{form}.yaml").read_text(encoding="utf-8")):
        calls = [(name, arguments) for name, arguments in row["calls"]]
        yield Case(form, row["name"], row["output"], calls, row.get("text", ""), row.get("told", []))


def open_parser(form: Form, told: Iterable[str] = (), *, is_single: bool = False) -> ToolTextParser:
    """A parser as a request of this form gets it."""
    names = tuple(tool.name for tool in TOOLS) if form.python else ()
    listening = build_listening(objects=form.objects, names=names, harmony=form.harmony)
    return ToolTextParser(Toolbox(TOOLS), listening, told, opening=form.opening, is_single=is_single)


def read_pieces(pieces: Iterable[Piece]) -> Reading:
    """Pieces put together; each call has to begin, go on and end in order, and its arguments are an object."""
    text: list[str] = []
    calls: list[tuple[str, list[str]]] = []
    is_open = False
    for kind, said in pieces:
        assert is_open == (kind in {"arguments", "end"}), f"{kind} {said!r} out of place"
        if kind == "text":
            text.append(said)
        elif kind == "call":
            calls.append((said, []))
            is_open = True
        elif kind == "arguments":
            calls[-1][1].append(said)
        elif kind == "end":
            is_open = False
    assert not is_open
    return Reading("".join(text), [(name, _read_object("".join(said))) for name, said in calls])


def _read_object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    assert isinstance(value, dict)
    return value


def read_output(case: Case, chunks: Iterable[str]) -> Reading:
    """What comes of a text that arrives in these chunks."""
    parser = open_parser(FORMS[case.form], case.told)
    pieces = [piece for chunk in chunks for piece in parser.feed(chunk)]
    return read_pieces([*pieces, *parser.finish()])
