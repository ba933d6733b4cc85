"""CPU time of reading tool calls out of text: a long argument in small chunks, and a megabyte of garbage of every kind.

    python -m bench.tool_text

The figures are the best of several runs of one process, in CPU time: what else the machine does hardly shows.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable

from dragoman.adapt.tools.forms import FORMS, Form
from dragoman.adapt.tools.markers import build_listening
from dragoman.adapt.tools.parser import ToolTextParser
from dragoman.adapt.tools.toolbox import Toolbox
from dragoman.model.request import FunctionTool

CHUNK = 20
SMALL, LARGE = 64 * 1024, 1024 * 1024
RUNS = 7
LINE = 'def greet(name: str) -> str:\n    return "Hi, " + name.strip()  # “été”\n\n'
TEXT = {"type": "string"}
TOOLS = [FunctionTool("write_file", schema={"type": "object", "properties": {"path": TEXT, "content": TEXT}})]
GARBAGE = (
    *(
        "<",
        "<tool",
        "<tool_call>",
        "<tool_call>{",
        "</tool_call>",
        "<b>",
        "<function=write_file>",
        "<think>",
        "> ",
        "<c>",
        "</b>",
        "<|a",
        "[a",
    ),
    *(
        '{"name":',
        '\n{"name":',
        '\n{"arguments":{"',
        "[",
        "\n[",
        "[TOOL_CALLS]",
        "`",
        "``` ",
        "```\n",
        "~~~\n",
        "\n",
        " ",
    ),
    *(
        "\nwrite_file(",
        "[write_file(",
        "<|channel|>",
        "commentary to=functions.",
        "<｜tool▁calls▁begin｜>",
        "\\",
        '"',
        "a",
    ),
    *('<tool_call>{"name":"write_file","arguments":{}}', '<invoke name="write_file"><parameter name="path">x'),
)
INSIDE = (
    "{",
    "[",
    '"',
    "\\",
    ",",
    "]",
    '{"a":',
    "1,",
    "[],",
    "[1],",
    '"a",',
    '"a" ',
    "\\q",
    ": ",
    "a\n",
    "\x00",
    "'",
    "(",
)


def open_parser(form: Form) -> ToolTextParser:
    """A parser as a request gets it."""
    names = tuple(tool.name for tool in TOOLS) if form.python else ()
    listening = build_listening(objects=form.objects, names=names, harmony=form.harmony)
    return ToolTextParser(Toolbox(TOOLS), listening, opening=form.opening)


def measure(form: Form, chunks: list[str]) -> float:
    """Seconds of CPU for one text."""
    parser = open_parser(form)
    begun = time.process_time()
    for chunk in chunks:
        parser.feed(chunk)
    parser.finish()
    return time.process_time() - begun


def find_best(form: Form, chunks: list[str], runs: int = RUNS) -> float:
    """The least of several runs."""
    return min(measure(form, chunks) for _ in range(runs))


def cut(text: str, size: int = CHUNK) -> list[str]:
    """The text in chunks."""
    return [text[start : start + size] for start in range(0, len(text), size)]


def write_argument(form: Form, size: int) -> str:
    """A call with an argument of about this size."""
    content = (LINE * (size // len(LINE) + 1))[:size]
    return form.write_calls([("write_file", json.dumps({"path": "a.py", "content": content}, ensure_ascii=False))])


def measure_arguments() -> Iterable[str]:
    """A row for each form."""
    for form in FORMS.values():
        small, large = (cut(write_argument(form, size)) for size in (SMALL, LARGE))
        seconds, longer = find_best(form, small), find_best(form, large)
        yield f"| {form.name} | {seconds * 1e3:.1f} ms | {longer * 1e3:.0f} ms | {longer / seconds:.1f} |"


def write_garbage(form: Form) -> Iterable[tuple[str, str]]:
    """A megabyte of each kind, with its name."""
    begun = form.write_calls([("write_file", '{"path": "?"}')]).partition("?")[0]
    places = {"in a text": begun, "in a list": f"{begun[:-1]}[", "between arguments": f'{begun}", '}
    for piece in GARBAGE:
        yield repr(piece), (piece * (LARGE // len(piece) + 1))[:LARGE]
    for place, opening in places.items():
        for piece in INSIDE:
            yield f"{piece!r} {place}", opening + (piece * (LARGE // len(piece) + 1))[:LARGE]


def measure_garbage() -> Iterable[str]:
    """The worst of each form."""
    for form in FORMS.values():
        seconds, name = max((find_best(form, [text], 2), name) for name, text in write_garbage(form))
        yield f"| {form.name} | {seconds * 1e3:.0f} ms | {name} |"


def main() -> None:
    """Print both tables."""
    print(f"| form | 64 kB argument in {CHUNK}-character chunks | 1 MB | times |\n|---|--:|--:|--:|")
    for row in measure_arguments():
        print(row)
    print("\n| form | worst megabyte of garbage | which |\n|---|--:|---|")
    for row in measure_garbage():
        print(row)


if __name__ == "__main__":
    main()
