"""Arguments of a call that Gemini streams piece by piece, each with a JSON path: `$.city` … `$.days[0]`.

They are gathered into one object, because a path may come back to a place that was left before. Spec:
https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling (streaming arguments).
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from dragoman.dialects.gemini_generate.errors import malformed_stream
from dragoman.wire.json_document import MAX_DEPTH, encode_json
from dragoman.wire.json_read import Fields

_STEP = re.compile(r"""\.([^.\[\]]+)|\[(\d{1,6})\]|\['([^']*)'\]|\["([^"]*)"\]""")
_VALUES = ("stringValue", "numberValue", "boolValue")

Step = str | int


class PartialArguments:
    """One call's arguments while they come in."""

    def __init__(self) -> None:
        self._root: Fields = {}

    def add(self, pieces: Any) -> None:
        """The `partialArgs` of one chunk."""
        for piece in pieces if type(pieces) is list else ():
            if type(piece) is not dict or type(piece.get("jsonPath")) is not str:
                raise malformed_stream("an argument without its path")
            self._set(_parse_path(piece["jsonPath"]), _read_value(piece))

    def merge(self, arguments: Fields) -> None:
        """Arguments that came whole beside the pieces."""
        self._root.update(arguments)

    def text(self) -> str:
        """All of them as JSON."""
        return encode_json(self._root).decode()

    def _set(self, steps: list[Step], value: Any) -> None:
        node: Any = self._root
        for step, following in pairwise(steps):
            node = _enter(node, step, [] if type(following) is int else {})
        last = steps[-1]
        before = _enter(node, last, value)
        if before is not value:
            is_text = type(before) is str and type(value) is str
            node[last] = before + value if is_text else value


def _enter(node: Any, step: Step, default: Any) -> Any:
    """What stands at a place; where nothing does yet, the default, which is put there."""
    if type(node) is dict and type(step) is str:
        return node.setdefault(step, default)
    if type(node) is list and type(step) is int and step <= len(node):
        if step == len(node):
            node.append(default)
        return node[step]
    raise malformed_stream("an argument with an impossible path")


def _parse_path(path: str) -> list[Step]:
    steps: list[Step] = []
    cursor = 1
    while cursor < len(path):
        match = _STEP.match(path, cursor)
        if match is None or len(steps) == MAX_DEPTH:
            raise malformed_stream("an argument with an impossible path")
        name, index, single, double = match.groups()
        steps.append(
            int(index) if index is not None else next(text for text in (name, single, double) if text is not None)
        )
        cursor = match.end()
    if not path.startswith("$") or not steps:
        raise malformed_stream("an argument with an impossible path")
    return steps


def _read_value(piece: Fields) -> Any:
    """A whole number is told as a number like any other."""
    value = next((piece[name] for name in _VALUES if name in piece), None)
    return int(value) if type(value) is float and value.is_integer() else value
