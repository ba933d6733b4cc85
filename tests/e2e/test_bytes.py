"""Same dialect in and out is bytes through: over real sockets, for every vector, whichever way the bytes are cut."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e import raw
from tests.e2e.gateway import House, running_house
from tests.simulator import Fault
from tests.vector_files import Vector, load_vectors

FOLDERS = {
    "chat": "openai_chat",
    "responses": "openai_responses",
    "anthropic": "anthropic_messages",
    "gemini": "gemini_generate",
}
DIALECTS = list(FOLDERS)
MODEL = re.compile(rb'("model"\s*:\s*)"[^"]*"')
FAILING = ("error-", "failed", "truncated")
"""Vectors of streams that end in an error: there the gateway has its own say."""

ODD_VALUES = (
    b' , \t"z_unknown" :\r\n {"b":1,"a":[ ],"big":123456789012345678901234567890,"small":1.0e-7,"zero":-0.0}'
    b',"escaped":"\\u00e9\\/\\ud83d\\ude00 \xc3\xa9 \xf0\x9f\x91\x8b \\u2028\xe2\x80\xa8"  }\n '
)


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The providers take whatever comes: what is right is for other tests to judge."""
    with running_house(tmp_path_factory.mktemp("bytes"), judge=False) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    shared_house.check_quiet()


def is_whole(vector: Vector) -> bool:
    return vector.stream is not None and not any(word in vector.name for word in FAILING)


def name_model(body: bytes, model: str) -> bytes:
    """The same bytes with another model, at the top level."""
    return MODEL.sub(rb'\1"' + model.encode() + b'"', body, count=1)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_request_reaches_its_provider_byte_for_byte(dialect: str, house: House) -> None:
    odd = raw.small_request(dialect).rstrip(b"}") + ODD_VALUES
    bodies = [vector.request for vector in load_vectors(FOLDERS[dialect]) if vector.request] + [odd]
    for body in bodies:
        house.simulator.reset()
        raw.ask(house.url, raw.PATHS[dialect], name_model(body, f"{dialect}/sim-large"))
        received = house.simulator.journal[-1].body
        assert received == name_model(body, "sim-large") or (dialect == "chat" and is_explained(received, body))
    assert len(bodies) > 20


def is_explained(received: bytes, body: bytes) -> bool:
    """What changes all the same, in chat alone: a stream is asked for its usage, so that it can be metered, and what
    the caller says of the way (to whom a request may go) stays here."""
    asked: dict[str, Any] = json.loads(name_model(body, "sim-large"))
    changed = dict(asked)
    if asked.get("stream") and not (asked.get("stream_options") or {}).get("include_usage"):
        changed["stream_options"] = {"include_usage": True}
    for name in ("models", "provider"):
        changed.pop(name, None)
    return changed != asked and bool(json.loads(received) == changed)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_an_answer_reaches_its_client_byte_for_byte(dialect: str, house: House) -> None:
    answers = [vector for vector in load_vectors(FOLDERS[dialect]) if vector.response and "error" not in vector.name]
    for vector in answers:
        assert vector.response is not None
        house.simulator.script(fault=Fault(body=vector.response.decode()))
        answered = raw.ask(house.url, raw.PATHS[dialect], raw.small_request(dialect))
        assert (answered.status, answered.body) == (200, vector.response), vector
    assert len(answers) > 20


@pytest.mark.parametrize("split", [(), (1,), (7, 61, 3)], ids=str)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_stream_reaches_its_client_byte_for_byte(dialect: str, split: tuple[int, ...], house: House) -> None:
    streams = [vector for vector in load_vectors(FOLDERS[dialect]) if is_whole(vector)]
    for vector in streams if split != (1,) else streams[:4]:
        assert vector.stream is not None
        answered = ask_stream(house, dialect, Fault(body=vector.stream.decode(), split=split))
        assert (answered.status, answered.body) == (200, vector.stream), vector
    assert len(streams) > 10


def ask_stream(house: House, dialect: str, fault: Fault) -> raw.Answered:
    house.simulator.script(fault=fault)
    if dialect == "gemini":
        return raw.ask(house.url, raw.GEMINI_STREAM, raw.small_request(dialect))
    more: dict[str, Any] = {"stream_options": {"include_usage": True}} if dialect == "chat" else {}
    return raw.ask(house.url, raw.PATHS[dialect], raw.small_request(dialect, stream=True, **more))
