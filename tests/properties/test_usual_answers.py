"""What is read of an answer in one decode is what is read of it with care, or it is left to that."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.anthropic_messages import parse_response as messages
from dragoman.dialects.anthropic_messages import usual_answer as usual_message
from dragoman.dialects.openai_chat import parse_response as chat
from dragoman.dialects.openai_chat import usual_answer as usual_completion
from dragoman.errors import DragomanError
from dragoman.model.response import Response
from dragoman.wire.json_document import MAX_DEPTH, decode_value, encode_json
from tests.properties.mutants import VALUES, change_body
from tests.trials import trials
from tests.vector_files import load_vectors


class Reading(NamedTuple):
    """Both ways of one dialect, and the answers that there are vectors of."""

    quickly: Callable[[bytes], Response | None]
    carefully: Callable[[bytes], Response]
    bodies: list[bytes]


def list_bodies(dialect: str) -> list[bytes]:
    return [vector.response for vector in load_vectors(dialect) if vector.response is not None]


READINGS = {
    "openai_chat": Reading(usual_completion.read_usual, chat.read_with_care, list_bodies("openai_chat")),
    "anthropic_messages": Reading(usual_message.read_usual, messages.read_with_care, list_bodies("anthropic_messages")),
}


def check(reading: Reading, body: bytes) -> bool:
    """Whether the body was read at all in the quick way; if so, it was read well."""
    quick = reading.quickly(body)
    if quick is not None:
        assert quick == reading.carefully(body)
        assert encode_json(quick) == encode_json(reading.carefully(body))
    return quick is not None


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
def test_many_answers_are_usual_and_read_the_same_either_way(reading: Reading) -> None:
    assert sum([check(reading, body) for body in reading.bodies]) > len(reading.bodies) / 4


@pytest.mark.parametrize("reading", READINGS.values(), ids=READINGS)
@trials(400)
@given(data=st.data(), value=VALUES, chance=st.randoms(use_true_random=False))
def test_an_answer_with_something_odd_in_it_is_read_the_same_either_way(
    reading: Reading, data: Any, value: Any, chance: random.Random
) -> None:
    check(reading, change_body(data.draw(st.sampled_from(reading.bodies)), value, chance))


MESSAGE = """{"id":"a","type":"message","role":"assistant","model":"m","usage":{"output_tokens":%s},
"stop_reason":"end_turn","content":[%s]}"""
NUMBERS = ("1.0", "1e2", "-1", "0", "9223372036854775808", "1e400", "true")


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        ("openai_chat", '{"id":"a","object":"o","created":%s,"model":"m","choices":[%s]}'),
        ("openai_chat", '{"id":"a","object":"o","created":1,"model":"m","usage":{"prompt_tokens":%s},"choices":[%s]}'),
        ("anthropic_messages", MESSAGE),
    ],
)
def test_a_number_is_read_the_same_however_it_is_written(dialect: str, body: str, number: str) -> None:
    inner = {"openai_chat": '{"index":0,"message":{"role":"assistant","content":"a"}}'}.get(dialect, "")
    reading, said = READINGS[dialect], (body % (number, inner)).encode()
    try:
        reading.carefully(said)
    except DragomanError:
        assert reading.quickly(said) is None
    else:
        check(reading, said)


def test_what_is_nested_too_deeply_is_left_to_the_careful_reading() -> None:
    reading = READINGS["anthropic_messages"]
    usual = next(body for body in reading.bodies if b'"tool_use"' in body and check(reading, body))
    message = decode_value(usual)
    value: Any = {}
    for _ in range(MAX_DEPTH):
        value = {"a": value}
    next(block for block in message["content"] if block["type"] == "tool_use")["input"] = value
    assert reading.quickly(encode_json(message)) is None
