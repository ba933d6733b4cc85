"""The behaviour corpus: right calls, right text, however the text is cut."""

from __future__ import annotations

import pytest

from dragoman.adapt.tools.forms import FORMS
from dragoman.adapt.tools.loose import MAX_REPAIRS
from tests.tool_texts import Case, Reading, load_cases, open_parser, read_output, read_pieces

CASES = load_cases()


def test_the_corpus_is_large_enough() -> None:
    assert len({(case.form, case.output) for case in CASES}) >= 300


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_text_gives_its_calls_and_its_text(case: Case) -> None:
    assert read_output(case, [case.output]) == Reading(case.text, case.calls)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_text_that_comes_character_by_character_gives_the_same(case: Case) -> None:
    assert read_output(case, case.output) == Reading(case.text, case.calls)


@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_text_may_be_cut_anywhere(case: Case) -> None:
    whole = Reading(case.text, case.calls)
    for cut in range(1, len(case.output)):
        assert read_output(case, [case.output[:cut], case.output[cut:]]) == whole, case.output[:cut]


def test_text_goes_out_at_once_and_arguments_with_their_first_character() -> None:
    parser = open_parser(FORMS["hermes"])
    assert parser.feed("Look") == [("text", "Look")]
    assert parser.feed(" here: a <") == [("text", " here: a")]
    assert parser.feed(" b") == [("text", " < b")]
    assert parser.feed('<tool_call>{"name": "write_file", "arguments": ') == []
    assert parser.feed("{") == [("call", "write_file"), ("arguments", "{")]
    assert parser.feed('"path": "a/b') == [("arguments", '"path":"a/b')]
    assert parser.feed(".py") == [("arguments", ".py")]


@pytest.mark.parametrize(
    "text",
    [
        '<tool_call>{"name": "nobody", "arguments": {"x": "<tool_call>f</tool_call>", "y": {"z": "CALL"}}}</tool_call>',
        '<tool_call>{"name": "nobody", "arguments": {"tool": {"name": "list_all"}, "x": "CALL"}}</tool_call>',
        '<invoke name="nobody"><parameter name="a">CALL</parameter></invoke>',
        '<tool_call name="nobody">CALL</tool_call>',
    ],
)
def test_a_call_within_a_call_of_nobody_is_text(text: str) -> None:
    parser = open_parser(FORMS["hermes"])
    text = text.replace("CALL", "<tool_call>{'name': 'list_all', 'arguments': {}}<tool_call>")
    assert read_pieces([*parser.feed(text), *parser.finish()]) == Reading(text, [])


@pytest.mark.parametrize("text", ['{"name": <tool_call>', '<tool_call>{"name": <tool_call>', '{"tool": nobody}'])
def test_a_repetition_that_turns_out_to_be_no_call_is_said_whole(text: str) -> None:
    parser = open_parser(FORMS["hermes"], told=(text,))
    assert read_pieces(parser.feed(text) + parser.finish()) == Reading(text, [])


def test_after_the_only_call_that_is_allowed_calls_are_counted_and_left_out() -> None:
    parser = open_parser(FORMS["hermes"], is_single=True)
    text = FORMS["hermes"].write_calls([("list_all", "{}"), ("get_weather", '{"city": "Rome"}')])
    assert read_pieces([*parser.feed(text), *parser.finish()]) == Reading("", [("list_all", {})])
    assert (parser.calls, parser.dropped) == (1, 1)


@pytest.mark.parametrize("form", FORMS)
def test_who_cries_wolf_too_often_is_only_talking(form: str) -> None:
    parser = open_parser(FORMS[form])
    mark = {"mistral": "[TOOL_CALLS] no\n", "llama_json": '{"name": 5}\n', "llama_pythonic": '{"name": 5}\n'}.get(form)
    noise = (mark or "<tool_call> no\n") * 200
    call = FORMS[form].write_calls([("list_all", "{}")])
    reading = read_pieces([*parser.feed(noise + call), *parser.finish()])
    assert reading == Reading(noise + call, [])


@pytest.mark.parametrize("size", [1, 7, 100, 10_000])
@pytest.mark.parametrize(
    ("text", "call", "rest"),
    [
        (
            '<invoke name="get_weather">\n<parameter name="city">Rome</parameter>\nREST',
            {"city": "Rome"},
            "<" + "y" * 400,
        ),
        ("<tool_call>get_weather<arg_key>REST", {}, "x" * 700),
        ("<tool_call>get_weather<arg_key>city</arg_key> REST", {}, "no value " + "z" * 600),
    ],
)
def test_what_looked_like_an_argument_for_long_and_is_none_is_said(
    text: str, call: dict[str, str], rest: str, size: int
) -> None:
    parser = open_parser(FORMS["hermes"])
    text = text.replace("REST", rest)
    pieces = [piece for start in range(0, len(text), size) for piece in parser.feed(text[start : start + size])]
    reading = read_pieces([*pieces, *parser.finish()])
    assert reading.calls == [("get_weather", call)]
    assert reading.text.endswith(rest)


def test_behind_arguments_that_were_no_json_by_far_nothing_is_a_call() -> None:
    parser = open_parser(FORMS["llama_pythonic"])
    noise = "\n[get_weather(" * (2 * MAX_REPAIRS)
    reading = read_pieces([*parser.feed(noise + "\n[list_all()]"), *parser.finish()])
    assert [name for name, _ in reading.calls] == ["get_weather"]
    assert reading.text.endswith("[list_all()]")


def test_analysis_is_a_thought() -> None:
    parser = open_parser(FORMS["harmony"])
    text = "<|channel|>analysis<|message|>Hm, so.<|end|><|start|>assistant<|channel|>final<|message|>Yes.<|return|>"
    pieces = [piece for character in text for piece in parser.feed(character)] + parser.finish()
    assert "".join(said for kind, said in pieces if kind == "thought") == "Hm, so."
    assert "".join(said for kind, said in pieces if kind == "text") == "Yes."
