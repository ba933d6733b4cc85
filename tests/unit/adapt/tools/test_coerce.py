"""Values in the type that a schema wants."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dragoman.adapt.tools.coerce import coerce_json, coerce_text, find_kinds, must_wait, read_parameters

ROOT = {"$defs": {"id": {"type": "integer"}, "loop": {"$ref": "#/$defs/loop"}}}


@pytest.mark.parametrize(
    ("schema", "kinds"),
    [
        ({"type": "string"}, {"string"}),
        ({"type": ["integer", "null"]}, {"integer", "null"}),
        ({"anyOf": [{"type": "string"}, {"$ref": "#/$defs/id"}]}, {"string", "integer"}),
        ({"oneOf": [{"type": "string"}, {}]}, None),
        ({"enum": ["a", 1, None]}, {"string", "number", "null"}),
        ({"const": True}, {"boolean"}),
        ({"$ref": "#/$defs/nowhere"}, None),
        ({"$ref": "#/$defs/loop"}, None),
        (True, None),
    ],
)
def test_a_schema_tells_its_types(schema: Any, kinds: set[str] | None) -> None:
    assert find_kinds(schema, ROOT) == (None if kinds is None else frozenset(kinds))


@pytest.mark.parametrize(
    ("value", "kinds", "wanted"),
    [
        ("3", "integer", 3),
        ("3.0", "integer", 3),
        ("3.5", "number", 3.5),
        ("three", "integer", "three"),
        ("yes", "boolean", True),
        ("False", "boolean", False),
        ("null", "null", None),
        ("[1, 2,]", "array", [1, 2]),
        ("a", "array", ["a"]),
        ("{'a': 1}", "object", {"a": 1}),
        (5, "string", "5"),
        (True, "string", "true"),
        (5.0, "integer", 5),
        (1, "boolean", True),
        (1, "array", [1]),
        ({"a": 1}, "string", '{"a": 1}'),
        ({"a": 1}, "array", [{"a": 1}]),
        ([1], "object", [1]),
        (None, "string", None),
    ],
)
def test_a_value_is_brought_to_its_type_or_left_alone(value: Any, kinds: str, wanted: Any) -> None:
    assert json.loads(coerce_json(json.dumps(value), frozenset({kinds}))) == wanted


def test_any_type_will_do_where_none_is_wanted() -> None:
    assert coerce_json('"3"', None) == '"3"'


@pytest.mark.parametrize(
    ("text", "kinds", "wanted"),
    [
        ("5", None, "5"),
        ("5", {"string"}, "5"),
        ("null", {"string", "null"}, None),
        (" 5 ", {"integer"}, 5),
        ("[1]", {"array"}, [1]),
        ("a, b", {"array"}, ["a, b"]),
        ("true", {"boolean"}, True),
    ],
)
def test_bare_text_is_brought_to_its_type(text: str, kinds: set[str] | None, wanted: Any) -> None:
    assert json.loads(coerce_text(text, None if kinds is None else frozenset(kinds))) == wanted


def test_only_what_has_its_type_already_goes_on_at_once() -> None:
    assert not must_wait('"', frozenset({"string"}))
    assert must_wait('"', frozenset({"integer"}))
    assert not must_wait("{", frozenset({"object"}))
    assert must_wait("[", frozenset({"string"}))
    assert must_wait("5", frozenset({"integer"}))


def test_parameters_keep_the_order_of_the_schema() -> None:
    schema = {"properties": {"b": {"type": "string"}, "a": {}}}
    assert read_parameters(schema).names == ["b", "a"]
    assert read_parameters({"properties": 5}).names == []
    assert read_parameters(None).names == []
