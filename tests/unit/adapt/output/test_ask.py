"""JSON is asked for in words, and what comes back is JSON or refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dragoman.adapt.output.ask import OutputReshape, ask_for_json, read_json
from dragoman.adapt.unmet import UnmetError
from dragoman.dialects.assemble import assemble
from dragoman.model import stream as s
from dragoman.model.content import Reasoning, Refusal, Text, ToolCall
from dragoman.model.loss import Loss
from dragoman.model.request import JsonOutput, JsonSchemaOutput, Request, Turn
from dragoman.model.response import Finish, FinishReason
from tests.stream_grammar import check_events

SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
WISH = JsonSchemaOutput(SCHEMA, description="A person.")
REQUEST = Request("m", [Turn("user", [Text("Hi")], shorthand=True)], output=WISH)


def hear(*events: s.StreamEvent, output: Any = WISH, finish: FinishReason = "stop") -> list[Any]:
    """The parts of an answer after its reshape."""
    reshape = OutputReshape(msgspec.structs.replace(REQUEST, output=output))
    end: list[s.StreamEvent] = [s.CandidateEnd(Finish(finish)), s.StreamEnd()]
    passed = [one for event in [s.StreamStart("", ""), *events, *end] for one in reshape.feed([event])]
    passed += reshape.finish()
    check_events(passed)
    return list(assemble(passed).candidates[0].parts)


def text(*pieces: str, part: int = 0) -> list[s.StreamEvent]:
    return [s.TextStart(part), *(s.TextDelta(part, piece) for piece in pieces), s.TextEnd(part)]


def test_the_schema_is_told_and_the_wish_taken_out() -> None:
    losses: list[Loss] = []
    told = ask_for_json(REQUEST, losses)
    assert told.output is None
    assert "A person." in str(told.turns[0])
    assert '"required": ["age"]' in str(told.turns[0])
    assert [(loss.code, loss.path) for loss in losses] == [("emulated", "output")]
    assert "one JSON object" in str(
        ask_for_json(msgspec.structs.replace(REQUEST, output=JsonOutput()), losses).turns[0]
    )


@pytest.mark.parametrize(
    ("answer", "json", "fault"),
    [
        ('{"age": 3}', '{"age":3}', ""),
        ('Sure:\n```json\n{"age": 3,}\n```\nThere.', '{"age":3}', ""),
        ("{'age': '3'}", '{"age":"3"}', "the answer.age must be of type integer"),
        ("three", "", "the answer is no JSON"),
        ("[1]", "[1]", "the answer must be of type object"),
        ('As asked [see below], for {you}: {"age": 3}. {"age": 4}', '{"age":3}', ""),
        ('<think>{"age"} first, so [3]</think>{"age": 3}', '{"age":3}', ""),
        ('{"name": "x"} or {"age": "?"}', '{"name":"x"}', "the answer lacks 'age'"),
    ],
)
def test_the_json_in_an_answer_is_found_mended_and_checked(answer: str, json: str, fault: str) -> None:
    assert read_json(answer, WISH) == (json, fault)


@pytest.mark.parametrize(
    ("answer", "schema", "json", "fault"),
    [
        ("red", {"type": "string", "enum": ["red", "blue"]}, '"red"', ""),
        ('```json\n"red"\n```', {"type": "string", "enum": ["red", "blue"]}, '"red"', ""),
        ("7", {"type": "string"}, '"7"', ""),
        (" 7\n", {"type": "integer"}, "7", ""),
        ("green", {"type": "string", "enum": ["red"]}, '"green"', "the answer must be one of ['red']"),
    ],
)
def test_an_answer_may_be_one_word(answer: str, schema: dict[str, Any], json: str, fault: str) -> None:
    assert read_json(answer, JsonSchemaOutput(schema)) == (json, fault)


def test_an_answer_without_a_word_is_not_what_was_asked_for() -> None:
    with pytest.raises(UnmetError):
        hear()
    refusal: list[s.StreamEvent] = [s.RefusalStart(0), s.RefusalDelta(0, "No."), s.RefusalEnd(0)]
    assert hear(*refusal) == [Refusal("No.")]


def test_what_was_cut_off_goes_on_as_it_came_since_it_would_be_cut_off_again() -> None:
    assert hear(*text('{"name": "a'), finish="length") == [Text('{"name": "a')]
    assert hear(*text('{"age": 3'), finish="length") == [Text('{"age": 3')]  # it may have been 36
    assert hear(*text('{"age": 3} and'), finish="length") == [Text('{"age":3}')]
    assert hear(finish="content_filter") == []


def test_only_the_json_goes_on() -> None:
    assert hear(*text("Sure: ", '{"age"', ": 3}")) == [Text('{"age":3}')]
    assert hear(*text('{"x": 1}'), output=JsonOutput()) == [Text('{"x":1}')]
    thought: list[s.StreamEvent] = [s.ReasoningStart(0), s.ReasoningDelta(0, "hm"), s.ReasoningEnd(0)]
    assert hear(*thought, *text("Well. ", part=1), *text('{"age":3}', part=2)) == [
        Reasoning("hm"),
        Text('{"age":3}'),
        Text(""),
    ]


def test_what_is_wrong_is_told_to_the_model() -> None:
    with pytest.raises(UnmetError) as caught:
        hear(*text("I am ", "three."))
    turns = caught.value.correction.turns
    assert [turn.role for turn in turns] == ["user", "assistant", "user"]
    assert turns[1].parts == [Text("I am three.")]
    assert "the answer is no JSON" in str(turns[2])
    assert caught.value.correction.output == WISH


def test_an_answer_with_calls_passes_as_it_is() -> None:
    call: list[s.StreamEvent] = [s.ToolCallStart(1, "c", "f"), s.ToolCallDelta(1, "{}"), s.ToolCallEnd(1)]
    assert hear(*text("Look."), *call) == [Text("Look."), ToolCall("c", "f", "{}")]


def test_nothing_that_a_client_would_show_goes_on_before_the_end() -> None:
    reshape = OutputReshape(REQUEST)
    start = s.StreamStart("", "")
    assert reshape.feed([start, *text('{"age": 3}')]) == [start]
