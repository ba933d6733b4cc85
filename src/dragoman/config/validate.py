"""A tree of nodes against the schema: every unknown key and wrong type is noted, with its path and its place.

Theory of operation: msgspec describes the Structs as data; a table has one reader for each kind of type. A reader
returns the value, or `INVALID` after it has noted why; a Struct with an invalid member is still read to its end.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar, Final

import msgspec
from msgspec import inspect

from dragoman.config.document import Node
from dragoman.config.problems import Problems, suggest
from dragoman.config.sections.auth import KeySettings
from dragoman.config.sections.providers import CredentialSettings
from dragoman.config.sections.routes import RouteSettings, TargetSettings
from dragoman.model.secret import Secret

INVALID: Final[Any] = object()

WHOLE_FROM_ONE: dict[type, str] = {
    KeySettings: "secret",
    CredentialSettings: "secret",
    TargetSettings: "target",
    RouteSettings: "targets",
}
"""Structs that may be written as the value of one of their fields alone."""

BASES = frozenset({"timeouts", "context"})
"""What is set at these paths is the default of every later setting of the same type."""

_BOOLS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


class Validator:
    """Reads nodes as types. Serves one document."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._bases: dict[type, msgspec.Struct] = {}

    def read(self, kind: inspect.Type, node: Node, path: str) -> Any:
        """The value of a node as a type; `INVALID` if it is not one, or is already known to be broken."""
        if path:
            self._problems.places.setdefault(path, node.where)
        return INVALID if node.is_broken else self.READERS[type(kind)](self, kind, node, path)

    def _refuse(self, node: Node, path: str, message: str) -> Any:
        self._problems.add(path, message, node.where)
        return INVALID

    # -- containers ----------------------------------------------------------------------------------------------------

    def _read_struct(self, kind: inspect.StructType, node: Node, path: str) -> Any:
        only_field = WHOLE_FROM_ONE.get(kind.cls)
        if only_field and node.value is not None and not isinstance(node.value, dict):
            node = Node({only_field: node}, node.where)
        values = self._read_fields(kind, node, path)
        if values is INVALID:
            return INVALID
        base = self._bases.get(kind.cls)
        built = msgspec.structs.replace(base, **values) if base is not None else kind.cls(**values)
        if path in BASES:
            self._bases[kind.cls] = built
        return built

    def _read_fields(self, kind: inspect.StructType, node: Node, path: str) -> Any:
        """The fields that were given, by name."""
        members = {} if node.value is None else node.value
        if not isinstance(members, dict):
            return self._refuse(node, path, "must be a mapping of settings (name: value)")
        known = {field.name: field for field in kind.fields}
        for name, member in members.items():
            if name not in known:
                message = f"there is no such setting.{suggest(name, known) or _list_known(known)}"
                self._problems.add(_join(path, name), message, member.where)
        # In the schema's order, not the file's: what others build on comes first.
        values = {
            name: self.read(known[name].type, members[name], _join(path, name)) for name in known if name in members
        }
        for name, field in known.items():
            if field.required and name not in members:
                values[name] = self._refuse(node, path, f"{name!r} is missing")
        return INVALID if any(value is INVALID for value in values.values()) else values

    def _read_overrides(self, kind: inspect.Metadata, node: Node, path: str) -> Any:
        """Some fields of a Struct, as a plain dict of what was given; marked so in the schema."""
        struct: Any = inspect.type_info((kind.extra or {})["overrides"])
        return self._read_fields(struct, node, path)

    def _read_dict(self, kind: inspect.DictType, node: Node, path: str) -> Any:
        members = {} if node.value is None else node.value
        if not isinstance(members, dict):
            return self._refuse(node, path, "must be a mapping (name: value)")
        values: dict[Any, Any] = {}
        for name, member in members.items():
            key = self.read(kind.key_type, Node(name, member.where), _join(path, name))
            values[key] = self.read(kind.value_type, member, _join(path, name))
        return INVALID if INVALID in values or any(value is INVALID for value in values.values()) else values

    def _read_list(self, kind: Any, node: Node, path: str) -> Any:
        """A list, or one item that stands for a list of one."""
        items = [] if node.value is None else node.value
        if not isinstance(items, list):
            items = [Node(items, node.where, node.is_referenced)]
            paths = [path]
        else:
            paths = [f"{path}[{index}]" for index in range(len(items))]
        values = [self.read(kind.item_type, item, inner) for item, inner in zip(items, paths, strict=True)]
        return INVALID if any(value is INVALID for value in values) else values

    def _read_set(self, kind: inspect.FrozenSetType, node: Node, path: str) -> Any:
        values = self._read_list(kind, node, path)
        return INVALID if values is INVALID else frozenset(values)

    def _read_anything(self, kind: inspect.AnyType, node: Node, path: str) -> Any:
        """Settings that somebody else checks."""
        if isinstance(node.value, dict):
            return {name: self.read(kind, member, _join(path, name)) for name, member in node.value.items()}
        if isinstance(node.value, list):
            return [self.read(kind, member, f"{path}[{index}]") for index, member in enumerate(node.value)]
        return node.value

    def _read_union(self, kind: inspect.UnionType, node: Node, path: str) -> Any:
        if node.value is None:
            return None
        (inner,) = (member for member in kind.types if not isinstance(member, inspect.NoneType))
        return self.read(inner, node, path)

    # -- scalars -------------------------------------------------------------------------------------------------------

    def _read_str(self, kind: inspect.StrType, node: Node, path: str) -> Any:
        if isinstance(node.value, str):
            return node.value
        return self._refuse(node, path, "must be text; put it in quotes")

    def _read_secret(self, kind: inspect.CustomType, node: Node, path: str) -> Any:
        text = self._read_str(inspect.StrType(), node, path)
        if text is INVALID:
            return INVALID
        text = text.strip()
        if not text:
            return self._refuse(node, path, "is empty; a secret is expected")
        if not text.isascii() or not text.isprintable():
            return self._refuse(node, path, "has characters that cannot stand in a header; look for a line break")
        return Secret(text)

    def _read_bool(self, kind: inspect.BoolType, node: Node, path: str) -> Any:
        value = _BOOLS.get(node.value.lower()) if _is_filled_text(node) else node.value
        return value if isinstance(value, bool) else self._refuse(node, path, "must be true or false")

    def _read_int(self, kind: inspect.IntType, node: Node, path: str) -> Any:
        value = _parse_number(node, int)
        if type(value) is not int or not _is_within(kind, value):
            return self._refuse(node, path, f"must be a whole number{_describe_range(kind)}")
        return value

    def _read_float(self, kind: inspect.FloatType, node: Node, path: str) -> Any:
        value = _parse_number(node, float)
        if type(value) not in {int, float} or not math.isfinite(value) or not _is_within(kind, value):
            return self._refuse(node, path, f"must be a number{_describe_range(kind)}")
        return float(value)

    def _read_literal(self, kind: inspect.LiteralType, node: Node, path: str) -> Any:
        value = node.value
        if isinstance(value, str) and value in kind.values:
            return value
        words = [str(word) for word in kind.values if word != ""]
        near = "" if node.is_referenced or not isinstance(value, str) else suggest(value, words)
        return self._refuse(node, path, f"must be one of {', '.join(words)}.{near}")

    READERS: ClassVar[dict[type[inspect.Type], Callable[[Validator, Any, Node, str], Any]]] = {
        inspect.StructType: _read_struct,
        inspect.Metadata: _read_overrides,
        inspect.DictType: _read_dict,
        inspect.ListType: _read_list,
        inspect.FrozenSetType: _read_set,
        inspect.UnionType: _read_union,
        inspect.AnyType: _read_anything,
        inspect.StrType: _read_str,
        inspect.CustomType: _read_secret,
        inspect.BoolType: _read_bool,
        inspect.IntType: _read_int,
        inspect.FloatType: _read_float,
        inspect.LiteralType: _read_literal,
    }


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _list_known(known: dict[str, Any]) -> str:
    return f" Known here: {', '.join(known)}."


def _is_filled_text(node: Node) -> bool:
    """Text out of a variable, which is the only way that numbers and truth values can come from there."""
    return node.is_referenced and isinstance(node.value, str)


def _parse_number(node: Node, parse: Callable[[str], Any]) -> Any:
    if not _is_filled_text(node):
        return node.value
    try:
        return parse(node.value)
    except ValueError:
        return None


def _is_within(kind: Any, value: float) -> bool:
    return (
        (kind.ge is None or value >= kind.ge)
        and (kind.gt is None or value > kind.gt)
        and (kind.le is None or value <= kind.le)
    )


def _describe_range(kind: Any) -> str:
    lower = f" of at least {kind.ge}" if kind.ge is not None else f" above {kind.gt:g}" if kind.gt is not None else ""
    upper = f" up to {kind.le:g}" if kind.le is not None else ""
    return lower + upper
