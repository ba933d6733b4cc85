"""Whatever a model writes, reading it never fails, never loses a character that is no call, and does not depend on how
the text was cut; what was shown as text gives the same text when it is read again."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.adapt.tools.forms import FORMS
from dragoman.adapt.tools.text_reader import Piece
from tests.tool_texts import Reading, load_cases, open_parser, read_pieces
from tests.trials import trials

MARKS = [
    *(
        "<tool_call>",
        "</tool_call>",
        '<tool_call name="list_all">',
        "<function=get_weather>",
        "</function>",
        "<parameter=city>",
    ),
    *(
        "</parameter>",
        '<invoke name="search">',
        '<invoke name="nobody">',
        "</invoke>",
        "<function_calls>",
        "[TOOL_CALLS]",
        "[ARGS]",
    ),
    *(
        "<｜tool▁calls▁begin｜>",
        "<｜tool▁sep｜>",
        "<｜tool▁call▁end｜>",
        "<|channel|>",
        "<|message|>",
        "<|end|>",
        "to=functions.list_all",
    ),
    *(
        "<code>",
        "</code>",
        "<think>",
        "</think>",
        "<|python_tag|>",
        "```",
        "`",
        "~~~",
        "\n",
        " ",
        "> ",
        '"',
        "'",
        "<",
        "＜",
        "a",
        "é",
    ),
    *(
        "〈tool_call〉",
        "【tool_call】",
        "[/tool_call]",
        "<|tool_call_start|>",
        "<|/tool_call|>",
        "<tools>",
        "<arg_key>",
        "</arg_key>",
        "<arg_value>",
        "</arg_value>",
        "<tool_name>",
        "<parameters>",
        "<city>",
        "</city>",
        '<invoke name="list_all"/>',
        '<tool_call name="patch">',
        "patch",
    ),
    *(
        '{"name": ',
        '"get_weather"',
        ', "arguments": ',
        '{"city": "x"}',
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        ",",
        ":",
        "list_all",
        "\\",
        "1",
    ),
]
TEXTS = st.lists(st.sampled_from(MARKS), max_size=25)
FORM = st.sampled_from(list(FORMS))
MOST_SECONDS = 0.1


def read(form: str, chunks: list[str], told: tuple[str, ...] = ()) -> list[Piece]:
    parser = open_parser(FORMS[form], told)
    return [piece for chunk in chunks for piece in parser.feed(chunk)] + parser.finish()


def read_timed(form: str, text: str) -> tuple[list[Piece], float]:
    """What a text gives, and the seconds of CPU that it took."""
    begun = time.process_time()
    pieces = read(form, [text])
    return pieces, time.process_time() - begun


def shown(pieces: list[Piece]) -> str:
    return "".join(said for kind, said in pieces if kind == "text")


@trials(8000)
@given(TEXTS, FORM, st.integers(0, 200))
def test_reading_does_not_depend_on_how_a_text_is_cut(pieces: list[str], form: str, cut: int) -> None:
    text = "".join(pieces)
    whole = read_pieces(read(form, [text]))
    assert read_pieces(read(form, list(text))) == whole
    assert read_pieces(read(form, [text[:cut], text[cut:]])) == whole
    assert read_pieces(read(form, pieces)) == whole


@trials(3000)
@given(TEXTS, FORM)
def test_a_text_without_calls_is_shown_as_it_is(pieces: list[str], form: str) -> None:
    text = "".join(pieces)
    read_out = read(form, [text])
    if form != "harmony" and not any(kind == "call" for kind, _ in read_out):
        assert shown(read_out) == text
        assert shown(read(form, [shown(read_out)])) == text


@trials(3000)
@given(TEXTS, FORM)
def test_what_the_model_was_told_never_becomes_a_call(pieces: list[str], form: str) -> None:
    text = "".join(pieces)
    if form != "harmony":
        assert read_pieces(read(form, [text], (text,))) == Reading(text, [])


@trials(3000)
@given(st.text(), FORM, st.sampled_from(load_cases()), st.integers(0, 300))
def test_noise_in_a_call_makes_no_trouble(noise: str, form: str, case: object, cut: int) -> None:
    output = getattr(case, "output", "")
    text = output[:cut] + noise + output[cut:]
    pieces, seconds = read_timed(form, text)
    if seconds > MOST_SECONDS:  # the collector may have had its turn in between
        pieces, seconds = read_timed(form, text)
    assert seconds < MOST_SECONDS
    for _, arguments in read_pieces(pieces).calls:
        json.dumps(arguments)


@pytest.mark.parametrize("form", FORMS)
def test_a_call_of_any_arguments_is_read_back(form: str) -> None:
    @trials(60)
    @given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"])), st.integers(), st.lists(st.text("ab, ")))
    def check(query: str, limit: int, tags: list[str]) -> None:
        if form in {"anthropic_xml", "qwen_xml"} and "<" in query:
            return
        arguments = {"query": query, "limit": limit, "tags": tags}
        written = FORMS[form].write_calls([("search", json.dumps(arguments, ensure_ascii=False))])
        assert read_pieces(read(form, [written])).calls == [("search", arguments)]

    check()
