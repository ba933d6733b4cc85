"""Typed reads: the right type passes, a wrong one is named with its place."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.errors import DragomanError
from dragoman.wire.json_read import (
    Fields,
    read_each,
    read_number,
    read_optional,
    read_required,
    read_under,
    read_whole,
    require_one_of,
    rest_of,
)

VALUES: dict[Any, Any] = {str: "a", int: 1, float: 1.5, bool: True, list: [1], dict: {"a": 1}}


@pytest.mark.parametrize("kind", VALUES)
def test_only_the_asked_type_passes(kind: Any) -> None:
    for other, value in VALUES.items():
        fields = {"x": value}
        if other is kind:
            assert read_required(fields, "x", kind) is value
            assert read_optional(fields, "x", kind) is value
            continue
        for read in (read_required, read_optional):
            with pytest.raises(DragomanError, match=r"x: This field must be an? |x: This field must be true") as caught:
                read(fields, "x", kind)
            assert caught.value.status == 400


@pytest.mark.parametrize("fields", [{}, {"x": None}])
def test_absent_and_null_are_the_same(fields: Fields) -> None:
    assert read_optional(fields, "x", str) is None
    assert read_number(fields, "x") is None
    assert read_whole(fields, "x") is None
    assert read_under(fields, "x", dict) is None
    with pytest.raises(DragomanError, match="x: This field is required and must be a string"):
        read_required(fields, "x", str)


@pytest.mark.parametrize(("value", "expected"), [(1, 1), (1.5, 1.5), (10**30, 10**30)])
def test_a_number_stays_as_it_was_written(value: float, expected: float) -> None:
    read = read_number({"x": value}, "x")
    assert read == expected
    assert type(read) is type(expected)


@pytest.mark.parametrize("value", ["1", True, [1], {}])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(DragomanError, match="x: This field must be a number"):
        read_number({"x": value}, "x")
    with pytest.raises(DragomanError, match="x: This field must be an integer"):
        read_whole({"x": value}, "x")


def test_a_whole_number_may_be_written_with_a_point() -> None:
    assert type(read_whole({"x": 4.0}, "x")) is int
    with pytest.raises(DragomanError, match="must be an integer"):
        read_whole({"x": 4.5}, "x")


def parse_text(fields: Fields) -> str:
    return read_required(fields, "text", str)


def test_each_object_is_parsed_and_the_one_at_fault_is_named() -> None:
    assert read_each([{"text": "a"}, {"text": "b"}], "parts", parse_text) == ["a", "b"]
    with pytest.raises(DragomanError) as caught:
        read_each([{"text": "a"}, {"text": 2}], "parts", parse_text)
    assert caught.value.path == "parts[1].text"
    with pytest.raises(DragomanError, match=r"parts\[0\]: An object is expected"):
        read_each(["a"], "parts", parse_text)


def test_an_object_within_is_parsed_and_its_error_gets_its_name() -> None:
    assert read_under({"x": {"text": "a"}}, "x", parse_text) == "a"
    with pytest.raises(DragomanError) as caught:
        read_under({"x": {}}, "x", parse_text)
    assert caught.value.path == "x.text"


def test_the_unknown_fields_are_left_over() -> None:
    known = frozenset({"a", "b"})
    assert rest_of({"a": 1}, known) is None
    assert rest_of({}, known) is None
    assert rest_of({"a": 1, "c": None}, known) == {"c": None}


def test_an_unknown_word_is_refused_with_those_that_are_known() -> None:
    require_one_of("low", ["high", "low"], "effort")
    with pytest.raises(DragomanError, match=r"effort: 'x{64}' is not known here; use one of high, low"):
        require_one_of("x" * 1000, ["low", "high"], "effort")
