"""Arguments between tags."""

from __future__ import annotations

import json

import pytest

from dragoman.adapt.tools.coerce import Parameters
from dragoman.adapt.tools.markers import ANY_TAG, read_tag
from dragoman.adapt.tools.tagged import TaggedArguments

PARAMETERS = Parameters({"a": frozenset({"string"}), "n": frozenset({"integer"})})


def read(text: str, size: int) -> tuple[object, str]:
    """The arguments, and the word of the tag that ended them."""
    tagged = TaggedArguments(PARAMETERS)
    first = ANY_TAG.match('<parameter name="a">')
    assert first is not None
    tagged.open(read_tag(first))
    for start in range(0, len(text), size):
        tagged.feed(text[start : start + size], 0)
        if tagged.is_done:
            break
    if not tagged.is_done:
        tagged.finish()
    return json.loads(tagged.take()), tagged.end_tag.word if tagged.end_tag is not None else ""


@pytest.mark.parametrize(
    ("text", "arguments", "word"),
    [
        ("x</parameter></invoke>", {"a": "x"}, "invoke"),
        ("x</parameter>\n<parameter name='n'>3</parameter> </function>", {"a": "x", "n": 3}, "function"),
        ("1 < 2 <b>x</b> </p", {"a": "1 < 2 <b>x</b> </p"}, ""),
        ("x<parameter=n>3</tool_call>", {"a": "x", "n": 3}, "tool_call"),
        ("<tool_call>y</tool_call></parameter></invoke>", {"a": "<tool_call>y</tool_call>"}, "invoke"),
        ("x</parameter> and now", {"a": "x"}, ""),
        ("x</｜DSML｜parameter></｜DSML｜invoke>", {"a": "x"}, "invoke"),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_only_the_tags_of_the_call_end_an_argument(text: str, arguments: object, word: str, size: int) -> None:
    assert read(text, size) == (arguments, word)
