"""Exchanges with a target that knows no schemas."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from dragoman.model.profile import Profile
from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Route, Target
from dragoman.service.reshaping.output_text import OutputTextShaping
from tests.unit.service.desk import CHAT_REQUEST, Desk, make_provider
from tests.unit.service.test_tool_answers import answer, stream

SCHEMA = {"type": "object", "properties": {"age": {"type": "integer"}}, "required": ["age"]}
BODY: dict[str, Any] = {
    "model": "r",
    "messages": [{"role": "user", "content": "Hi"}],
    "response_format": {"type": "json_schema", "json_schema": {"name": "person", "schema": SCHEMA}},
}


def make_desk(*answers: Any) -> Desk:
    desk = Desk(list(answers))
    provider = make_provider("a")
    target = Target(provider, "m", Profile(structured_output=False), shapings=("output",))
    resolver = Resolver([Route("r", (target,))], [provider], Target)
    desk.board = msgspec.structs.replace(desk.board, resolver=resolver, shapings={"output": OutputTextShaping()})
    return desk


def test_json_is_asked_for_in_words_and_comes_clean() -> None:
    desk = make_desk(answer('Sure: {"age": 3,}'))
    sink = desk.ask(json.dumps(BODY).encode())
    sent = json.loads(desk.transport.requests[0].body)
    assert "response_format" not in sent
    assert '"required": ["age"]' in sent["messages"][0]["content"]
    assert sink.json["choices"][0]["message"]["content"] == '{"age":3}'


def test_an_answer_that_breaks_the_schema_is_asked_for_once_more() -> None:
    desk = make_desk(stream('{"age": "thr', 'ee"}'), stream('{"age"', ": 3}"))
    sink = desk.ask(json.dumps(BODY | {"stream": True}).encode())
    assert len(desk.transport.requests) == 2
    assert b"must be of type integer" in desk.transport.requests[1].body
    said = b"".join(sink.chunks)
    assert rb"{\"age\":3}" in said
    assert b"thr" not in said


def test_an_answer_that_stays_wrong_is_an_error() -> None:
    sink = make_desk(answer("no"), answer("never")).ask(json.dumps(BODY).encode())
    assert sink.reply is not None
    assert sink.reply.status == 400


def test_a_request_without_such_a_wish_passes_as_it_is() -> None:
    desk = make_desk(answer("Hello!"))
    desk.ask()
    assert desk.transport.requests[0].body == CHAT_REQUEST.replace(b'"r"', b'"m"')


def test_nobody_looks_into_a_request_without_a_sign_of_such_a_wish() -> None:
    desk = make_desk(answer("Hello!"), answer("{}"))
    desk.board = msgspec.structs.replace(desk.board, shapings={})
    desk.ask(CHAT_REQUEST.replace(b'"Hi"', b"17"))  # nothing that could be parsed
    assert desk.transport.requests[0].body == CHAT_REQUEST.replace(b'"r"', b'"m"').replace(b'"Hi"', b"17")
    with pytest.raises(KeyError):
        desk.ask(json.dumps(BODY).encode())
