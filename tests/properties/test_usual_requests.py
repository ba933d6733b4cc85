"""What is read of a request in one decode is what is read of it with care, or it is left to that."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.dialects.anthropic_messages import dialect as messages
from dragoman.dialects.anthropic_messages import parse_request as careful_messages
from dragoman.dialects.anthropic_messages import usual_request as usual_messages
from dragoman.dialects.base import ClientSide, Dialect, Envelope
from dragoman.dialects.gemini_generate import dialect as gemini
from dragoman.dialects.gemini_generate import parse_request as careful_gemini
from dragoman.dialects.gemini_generate import usual_request as usual_gemini
from dragoman.dialects.openai_chat import dialect as chat
from dragoman.dialects.openai_chat import parse_request as careful_chat
from dragoman.dialects.openai_chat import usual_request as usual_chat
from dragoman.dialects.openai_responses import dialect as responses
from dragoman.dialects.openai_responses import parse_request as careful_responses
from dragoman.dialects.openai_responses import usual_request as usual_responses
from dragoman.errors import DragomanError
from dragoman.model.request import Request
from dragoman.wire.json_document import encode_json
from tests.properties.mutants import VALUES, change_body
from tests.trials import trials
from tests.vector_files import load_vectors

SAID: list[dict[str, Any]] = [
    {"role": "user", "content": "Why?"},
    {"role": "assistant", "content": "Because."},
    {"role": "user", "content": "Why that?"},
]
TURNS = [{"role": "user", "parts": [{"text": "Why?"}]}, {"role": "model", "parts": [{"text": "So."}]}]
DRAWN = {"temperature": 0.7, "top_p": 1}


class Reading(NamedTuple):
    """Both ways of one dialect, and a usual request of it."""

    client: ClientSide
    quickly: Callable[[Envelope], Request | None]
    carefully: Callable[[Envelope], Request]
    usual: dict[str, Any]


def client_of(dialect: Dialect) -> ClientSide:
    assert dialect.client is not None
    return dialect.client


READINGS = {
    "openai_chat": Reading(
        client_of(chat.DIALECT),
        usual_chat.read_usual,
        careful_chat.read_with_care,
        {"model": "m", "messages": SAID, "max_tokens": 9, "stream": True, "stream_options": {"include_usage": True}}
        | DRAWN,
    ),
    "openai_responses": Reading(
        client_of(responses.DIALECT),
        lambda envelope: usual_responses.read_usual(envelope.document),
        lambda envelope: careful_responses.parse_request_fields(
            envelope.document.decode(), envelope.model, stream=envelope.stream
        ),
        {"model": "m", "input": SAID, "instructions": "Be brief.", "max_output_tokens": 9, "store": False} | DRAWN,
    ),
    "anthropic_messages": Reading(
        client_of(messages.DIALECT),
        usual_messages.read_usual,
        lambda envelope: careful_messages.parse_request(envelope.document.decode(), envelope.model, envelope.stream),
        {"model": "m", "messages": SAID, "system": "Be brief.", "max_tokens": 9, "stop_sequences": ["END"], "top_k": 3}
        | DRAWN,
    ),
    "gemini_generate": Reading(
        client_of(gemini.DIALECT),
        usual_gemini.read_usual,
        careful_gemini.read_with_care,
        {"contents": TURNS, "systemInstruction": {"parts": [{"text": "Be brief."}]}, "generationConfig": {"topP": 1}},
    ),
}


def check(reading: Reading, body: bytes) -> bool:
    """Whether the body was read at all in the quick way; if so, it was read well."""
    try:
        envelope = reading.client.open_envelope(body, "of-the-path", None)
    except DragomanError:
        return False
    quick = reading.quickly(envelope)
    if quick is not None:
        assert quick == reading.carefully(envelope)
    return quick is not None


@pytest.mark.parametrize("dialect", READINGS)
def test_a_usual_request_and_all_that_there_are_vectors_of_are_read_the_same_either_way(dialect: str) -> None:
    reading = READINGS[dialect]
    assert check(reading, encode_json(reading.usual))
    assert sum([check(reading, vector.request) for vector in load_vectors(dialect) if vector.request is not None]) > 0


@pytest.mark.parametrize("dialect", READINGS)
@trials(400)
@given(value=VALUES, chance=st.randoms(use_true_random=False))
def test_a_request_with_something_odd_in_it_is_read_the_same_either_way(
    dialect: str, value: Any, chance: random.Random
) -> None:
    reading = READINGS[dialect]
    check(reading, change_body(encode_json(reading.usual), value, chance))
