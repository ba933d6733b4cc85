"""Text between quotes."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from dragoman.adapt.tools.loose import LooseValue
from dragoman.adapt.tools.loose_strings import escape_lines


@given(st.text(alphabet=st.characters(exclude_characters='"\\', exclude_categories=["Cs"])))
def test_lines_and_controls_are_escaped_and_nothing_else(text: str) -> None:
    assert json.loads(f'"{escape_lines(text)}"') == text


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.integers(0, 40))
def test_an_escape_may_be_cut_anywhere(text: str, cut: int) -> None:
    written = json.dumps(text)
    value = LooseValue()
    value.feed(written[:cut])
    value.feed(written[cut:])
    value.finish()
    assert json.loads("".join(value.written)) == text


def test_what_is_read_of_a_string_is_written_at_once() -> None:
    value = LooseValue()
    value.feed('{"a": "one two')
    assert "".join(value.written) == '{"a":"one two'
