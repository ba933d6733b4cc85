"""Whatever comes in, one value of strict JSON comes out; what was JSON stays what it was."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.adapt.tools.loose import MAX_DEPTH, MAX_REPAIRS, LooseValue
from tests.trials import trials

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
WRITTEN = st.lists(
    st.sampled_from([*"{}[]()\"':,\\u1a \n<`“”：=", "true", '"a":', "\\n", "\\u00e9", '"x",', "1,"]), max_size=30
).map("".join)


def mend(*chunks: str) -> str:
    value = LooseValue()
    for chunk in chunks:
        start = value.feed(chunk)
        assert start == len(chunk) or value.is_done
        if value.is_done:
            break
    value.finish()
    return "".join(value.written)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (
            "{'a': True, 'b': None, 'c': 'it\\'s', 'd': 'say \"hi\"'}",
            {"a": True, "b": None, "c": "it's", "d": 'say "hi"'},
        ),
        ('{"a": "x" "b": 2}', {"a": "x", "b": 2}),
        ('{"a": 1 "b": 2}', {"a": 1, "b": 2}),
        ('{"a": 1,, "b": 2,}', {"a": 1, "b": 2}),
        ("{a: New York, b: 5}", {"a": "New York", "b": 5}),
        ('{"a": "He said "hi" there"}', {"a": 'He said "hi" there'}),
        ('{"a": [1, 2', {"a": [1, 2]}),
        ('{"a": "un', {"a": "un"}),
        ('{"a": "b\\', {"a": "b"}),
        ('{"a": "C:\\dir\\q"}', {"a": "C:\\dir\\q"}),
        ("{“a”：“b”，“c”：［1］｝", {"a": "b", "c": [1]}),
        ('{"a": 1]}', {"a": 1}),
        ('{"a": {"b": [1}}', {"a": {"b": [1]}}),
        ('{"a"', {}),
        ('{"a":', {"a": None}),
        ('{"a": }', {"a": None}),
        ('{"a": "two\nlines\tand\x01"}', {"a": "two\nlines\tand\x01"}),
        ('{"a": "\\u12"}', {"a": "\\u12"}),
        ('{"a": (1, 2)}', {"a": [1, 2]}),
        ('{"a": "b"</tool_call>', {"a": "b"}),
        ('{"a" "b"}', {"a": "b"}),
        ('{"a" = 1, "b" = 2}', {"a": 1, "b": 2}),
        ("", None),
        ("[1, 'a', {}]", [1, "a", {}]),
        ('"text"', "text"),
    ],
)
def test_loose_json_is_mended(text: str, value: Any) -> None:
    assert json.loads(mend(text)) == value
    assert mend(*text) == mend(text)


@given(JSON, st.integers(0, 200), st.sampled_from([None, 2]), st.booleans())
def test_json_stays_what_it_was(value: Any, cut: int, indent: int | None, is_ascii: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=is_ascii)
    assert json.loads(mend(text[:cut], text[cut:])) == value


@trials(400)
@given(WRITTEN, st.integers(0, 60))
def test_anything_becomes_json_however_it_is_cut_and_is_mended_only_once(text: str, cut: int) -> None:
    whole = mend(text)
    json.loads(whole)
    assert mend(text[:cut], text[cut:]) == whole
    assert mend(*text) == whole
    assert json.loads(mend(whole)) == json.loads(whole)


def test_a_value_ends_where_it_ends() -> None:
    value = LooseValue()
    assert value.feed('{"a": 1} and more') == len('{"a": 1}')
    assert value.is_done


def test_what_needs_too_many_repairs_is_closed_where_it_stands() -> None:
    value = LooseValue()
    text = '{"k": "' + 'a" b' * 100_000
    assert value.feed(text) < 5 * MAX_REPAIRS
    assert value.is_done
    assert list(json.loads("".join(value.written))) == ["k"]


def test_what_is_nested_too_deeply_is_given_up() -> None:
    assert mend("[" * 1000).count("[") == MAX_DEPTH


@pytest.mark.parametrize(
    "piece", ["{", "[", '"', "\\", ",", "]", '{"a":', "1,", "[],", "[1],", '"a",', '"a" ', "\\q", ": "]
)
def test_a_megabyte_of_garbage_is_read_in_no_more_steps_than_it_is_worth(piece: str) -> None:
    """Not a timing: without its limits each of these takes many seconds under coverage, and the test's own time runs out."""
    begun = time.process_time()
    json.loads(mend('{"k": [' + piece * (1_000_000 // len(piece))))
    assert time.process_time() - begun < 20
