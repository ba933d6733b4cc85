"""Every vector of this dialect: Amazon's own library takes it for one, and stream and answer tell the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from dragoman.dialects.assemble import assemble
from dragoman.model import stream as s
from dragoman.model.content import ToolCall
from dragoman.model.response import Response
from tests.stream_grammar import check_events
from tests.unit.dialects.bedrock_converse.samples import (
    ANSWERS,
    BROKEN_STREAMS,
    ERRORS,
    PROVIDER,
    STREAMS,
    read_lines,
    read_stream,
)
from tests.vector_files import Vector

MODEL = ServiceModel(Loader().load_service_model("bedrock-runtime", "service-2"))


@pytest.mark.parametrize("vector", ANSWERS, ids=repr)
def test_an_answer_is_one_that_amazon_describes(vector: Vector) -> None:
    shape = MODEL.operation_model("Converse").output_shape
    report = ParamValidator().validate(json.loads(vector.response or b""), shape)
    assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize("vector", STREAMS + BROKEN_STREAMS, ids=repr)
def test_the_events_of_a_stream_are_those_that_amazon_describes(vector: Vector) -> None:
    members = MODEL.shape_for("ConverseStreamOutput").members
    for line in read_lines(vector.name):
        for word, fields in line.items():
            told = {name: value for name, value in fields.items() if name != "p"}  # padding, which it does not describe
            report = ParamValidator().validate(told, members[word])
            assert not report.has_errors(), f"{word}: {report.generate_report()}"


@pytest.mark.parametrize("vector", STREAMS, ids=repr)
def test_a_stream_is_legal_and_tells_what_the_whole_answer_tells(vector: Vector) -> None:
    events = read_stream(vector.stream or b"")
    check_events(events)
    if vector.response is not None:
        assert retell(assemble(events)) == retell(PROVIDER.parse_response(vector.response))


def retell(response: Response) -> dict[str, Any]:
    """What matters: the arguments of calls are compared as what they mean, and only answers name the tier."""
    parts: list[Any] = [
        (part.id, part.name, json.loads(part.arguments)) if isinstance(part, ToolCall) else part
        for part in response.candidates[0].parts
    ]
    return {"parts": parts, "finish": response.candidates[0].finish, "usage": response.usage}


@pytest.mark.parametrize("vector", ANSWERS, ids=repr)
def test_a_glance_sees_what_the_whole_reading_sees(vector: Vector) -> None:
    response = PROVIDER.parse_response(vector.response or b"")
    glance = PROVIDER.read_glance(vector.response or b"")
    assert glance.usage == response.usage
    assert glance.finish is not None
    assert glance.finish.reason == response.candidates[0].finish.reason


def test_there_are_vectors_of_all_that_a_dialect_must_show() -> None:
    names = {vector.name for vector in ANSWERS}
    assert names >= set(
        """text multi-turn tool-call parallel-tool-calls empty-arguments reasoning reasoning-with-tool-call
        redacted-reasoning truncation stop-sequence refusal cached-usage citations image-output""".split()
    )
    assert len(ERRORS) >= 10
    assert len(BROKEN_STREAMS) >= 5


def test_text_goes_on_as_it_comes() -> None:
    text = next(vector for vector in STREAMS if vector.name == "text")
    events = read_stream(text.stream or b"")
    assert sum(isinstance(event, s.TextDelta) for event in events) > 1
