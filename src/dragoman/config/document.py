"""YAML text to a tree of nodes that know where they were read.

Built from PyYAML's node graph with constructors of our own: nothing but mappings, lists and plain scalars comes out,
keys are text and stand once, and aliases cannot blow the tree up. Dates stay text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import yaml

from dragoman.config.problems import Problems
from dragoman.config.references import BadReferenceError, fill_references

MAX_DEPTH = 32
MAX_NODES = 20_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG = "tag:yaml.org,2002:"

_SCALARS: dict[str, Callable[[str], Any]] = {
    f"{_TAG}str": str,
    f"{_TAG}timestamp": str,
    f"{_TAG}value": str,
    f"{_TAG}merge": str,
    f"{_TAG}null": lambda _: None,
    f"{_TAG}bool": lambda text: text.lower() in {"true", "yes", "on"},
    f"{_TAG}int": lambda text: int(text.replace("_", ""), 0),
    f"{_TAG}float": lambda text: float(text.replace("_", "")),
}


class Node(msgspec.Struct):
    """A value and where it was read. `is_referenced`: it came, at least in part, out of a variable."""

    value: Any  # str, int, float, bool, None, list[Node] or dict[str, Node]
    where: str = ""
    is_referenced: bool = False
    is_broken: bool = False  # a problem was noted; nothing more is to be said about it


def parse_document(text: str, environment: Mapping[str, str], problems: Problems) -> Node:
    """The whole file; an empty one is an empty mapping."""
    try:
        _check_depth(text)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        hint = ". Inside {…} and […], put ${…} in quotes" if mark and "${" in text else ""
        problems.add("", f"not valid YAML: {error.problem or error.context}{hint}", place)
        return Node(None, is_broken=True)
    except yaml.YAMLError:
        problems.add("", "not valid YAML: it holds characters that YAML does not allow")
        return Node(None, is_broken=True)
    except _TooDeepError as error:
        problems.add("", f"nested deeper than {MAX_DEPTH} levels", str(error))
        return Node(None, is_broken=True)
    return _TreeBuilder(environment, problems).build(root, "", 0) if root is not None else Node({})


class _TooDeepError(Exception):
    """Where the text nests too deeply, as a place."""


def _check_depth(text: str) -> None:
    """Refuse deep nesting by looking at events only: libyaml's composer recurses, and crashes the process on it."""
    depth = 0
    for event in yaml.parse(text, Loader=_LOADER):
        if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            depth += 1
            if depth > MAX_DEPTH:
                mark: Any = event.start_mark
                raise _TooDeepError(f"line {mark.line + 1}")
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            depth -= 1


class _TreeBuilder:
    """Turns PyYAML's nodes into ours."""

    def __init__(self, environment: Mapping[str, str], problems: Problems) -> None:
        self._environment = environment
        self._problems = problems
        self._count = 0

    def build(self, source: Any, path: str, depth: int) -> Node:
        where = f"line {source.start_mark.line + 1}"
        self._count += 1
        if depth > MAX_DEPTH:
            return self._refuse(path, f"nested deeper than {MAX_DEPTH} levels", where)
        if self._count > MAX_NODES:
            return self._refuse("", f"more than {MAX_NODES} values; aliases count each time they are used", "")
        if isinstance(source, yaml.MappingNode):
            return Node(self._build_members(source, path, depth), where)
        if isinstance(source, yaml.SequenceNode):
            items = [self.build(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(source.value)]
            return Node(items, where)
        return self._build_scalar(source, path, where)

    def _build_members(self, source: Any, path: str, depth: int) -> dict[str, Node]:
        members: dict[str, Node] = {}
        for key_node, value_node in source.value:
            where = f"line {key_node.start_mark.line + 1}"
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode) or _SCALARS.get(key_node.tag) is not str:
                self._problems.add(path, "a key here is not text; put it in quotes", where)
                continue
            inner = f"{path}.{key}" if path else key
            if key in members:
                self._problems.add(inner, f"stands here a second time; the first is at {members[key].where}", where)
                continue
            members[key] = self.build(value_node, inner, depth + 1)
            members[key].where = where
        return members

    def _build_scalar(self, source: Any, path: str, where: str) -> Node:
        read = _SCALARS.get(source.tag)
        if read is None:
            return self._refuse(path, "has a YAML tag that is not used here", where)
        try:
            value = read(source.value)
        except ValueError:
            return self._refuse(path, "is not a number that can be read; put it in quotes if it is text", where)
        if not isinstance(value, str):
            return Node(value, where)
        try:
            filled = fill_references(value, self._environment)
        except BadReferenceError as error:
            return self._refuse(path, str(error), where)
        return Node(filled, where, is_referenced="${" in value)

    def _refuse(self, path: str, message: str, where: str) -> Node:
        self._problems.add(path, message, where)
        return Node(None, where, is_broken=True)
