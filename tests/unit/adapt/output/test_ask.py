"""JSON is asked for in words, and what comes back is JSON or refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from dragoman.adapt.output.ask import OutputReshape, ask_for_json, read_json
from dragoman.adapt.unmet import UnmetError
from dragoman.dialects.assemble import assemble
from dragoman.model import stream as s
from dragoman.model.content import Reasoning, Text, ToolCall
from dragoman.model.loss import Loss
from dragoman.model.request import JsonOutput, JsonSchemaOutput, Request, Turn
from dragoman.model.response import Finish
from tests.stream_grammar import check_events

SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
WISH = JsonSchemaOutput(SCHEMA, description="A person.")
REQUEST = Request("m", [Turn("user", [Text("Hi")], shorthand=True)], output=WISH)
END: list[s.StreamEvent] = [s.CandidateEnd(Finish("stop")), s.StreamEnd()]


def hear(*events: s.StreamEvent, output: Any = WISH) -> list[Any]:
    """The parts of an answer after its reshape."""
    reshape = OutputReshape(msgspec.structs.replace(REQUEST, output=output))
    passed = [one for event in [s.StreamStart("", ""), *events, *END] for one in reshape.feed([event])]
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
    ],
)
def test_the_json_in_an_answer_is_found_mended_and_checked(answer: str, json: str, fault: str) -> None:
    assert read_json(answer, WISH) == (json, fault)


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
