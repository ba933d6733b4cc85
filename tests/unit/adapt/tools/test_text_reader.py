"""Text alone: nothing is lost, nothing is said twice, and only white space waits."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dragoman.adapt.tools.forms import FORMS
from dragoman.adapt.tools.text_reader import TextReader
from tests.tool_texts import open_parser

TEXT = st.lists(
    st.sampled_from(["a", " ", "\n", "`", "```", "~~~", "<", "<b>", "> ", "<think>", "</think>", '"', "[", "{"])
)


def test_a_reader_that_looks_for_nothing_says_everything() -> None:
    reader = TextReader()
    assert reader.feed("a <tool_call>") == [("text", "a <tool_call>")]
    assert reader.feed(" ") == []
    assert reader.feed("b") == [("text", " b")]


@given(TEXT, st.sampled_from(list(FORMS)))
def test_text_without_calls_comes_out_as_it_went_in(pieces: list[str], form: str) -> None:
    parser = open_parser(FORMS[form])
    said = [said for piece in pieces for kind, said in parser.feed(piece)]
    said += [text for _, text in parser.finish()]
    assert "".join(said) == "".join(pieces)


def test_no_more_is_held_back_than_may_become_a_mark() -> None:
    parser = open_parser(FORMS["hermes"])
    for text in ("x <tool", "bar> y", " `", "code` z"):
        parser.feed(text)
        assert len(parser._held) <= len("<tool")
    assert parser.feed("<tool_shed") == []
    assert parser.feed(">!") == [("text", "<tool_shed>"), ("text", "!")]
