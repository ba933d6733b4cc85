"""Words and numbers without quotes."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.adapt.tools.words import is_plain, read_word


@pytest.mark.parametrize(
    ("word", "written"),
    [
        ("True", "true"),
        ("false", "false"),
        ("None", "null"),
        ("undefined", "null"),
        ("NaN", "null"),
        ("-12.5e3", "-12.5e3"),
        ("+5", "5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("007", "7"),
        ("1_000", "1000"),
        ("-.5", "-0.5"),
        ("0", "0"),
        ("-", '"-"'),
        (".", '"."'),
        ("1.2.3", '"1.2.3"'),
        ("New York", '"New York"'),
        ('a"b', '"a\\"b"'),
        ("9" * 65, f'"{"9" * 65}"'),
    ],
)
def test_a_word_is_written_as_json(word: str, written: str) -> None:
    assert read_word(word) == written
    assert is_plain(word) == (not written.startswith('"'))


@given(st.text())
def test_any_word_becomes_json(word: str) -> None:
    json.loads(read_word(word))
