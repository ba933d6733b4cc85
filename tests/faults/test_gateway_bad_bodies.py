"""Bodies that nobody should send: a clear 4xx in the dialect's own shape, at once, and nothing reaches a provider."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e import raw
from tests.e2e.gateway import House, running_house

DIALECTS = list(raw.PATHS)
MEGABYTE = 1024 * 1024
LARGE_BYTES = 40 * MEGABYTE
MOST_GROWTH = 64 * MEGABYTE

USER = {"role": "user", "content": "x"}
MESSAGES = {"messages": [USER]}
PARTS = {"contents": [{"parts": [{"text": "x"}]}]}

NO_OBJECTS = {
    "broken": b'{"model":',
    "empty": b"",
    "white space": b" \r\n ",
    "an array": b"[1]",
    "a string": b'"x"',
    "null": b"null",
    "html": b"<html></html>",
    "more behind it": b'{"model":"chat/m"} x',
    "not a number": b'{"model":"chat/m","temperature":NaN}',
    "a control character": b'{"model":"chat/m","a":"\x01"}',
    "no UTF-8": b'{"model":"chat/m\xff"}',
    "no UTF-8 deep inside": b'{"model":"chat/m","messages":[{"content":"\xc3("}]}',
    "half a surrogate": b'{"model":"chat/m","messages":[{"content":"\\ud800"}]}',
    "a key twice": b'{"model":"chat/m","model":"chat/n"}',
    "deep arrays": b'{"model":"chat/m","messages":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
}

WRONG_TYPES: dict[str, list[dict[str, Any]]] = {
    "chat": [
        {"model": 5},
        {"model": ""},
        {},
        {"messages": 5},
        {"messages": []},
        {"messages": ["x"]},
        {"messages": [{"role": "king", "content": "x"}]},
        {"messages": [{"role": "user", "content": 5}]},
        {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
        {"messages": [{"role": "tool", "content": "x"}]},
        MESSAGES | {"stream": "yes"},
        MESSAGES | {"temperature": "hot"},
        MESSAGES | {"tools": {}},
        MESSAGES | {"tools": [5]},
        MESSAGES | {"tools": [{"type": "function"}]},
        MESSAGES | {"tool_choice": 7},
        MESSAGES | {"max_tokens": "many"},
        MESSAGES | {"stop": 5},
        MESSAGES | {"response_format": "json"},
    ],
    "responses": [
        {"input": 5},
        {"input": [5]},
        {"input": [{"type": "message", "role": "user", "content": 5}]},
        {"input": "x", "tools": 5},
        {"input": "x", "max_output_tokens": "5"},
        {"input": "x", "text": 5},
        {"input": "x", "reasoning": "high"},
        {"input": "x", "previous_response_id": 5},
    ],
    "anthropic": [
        {"messages": 5},
        {"messages": [{"role": "user", "content": 5}]},
        {"messages": [{"role": "user", "content": [{"type": "image"}]}]},
        {"messages": [{"role": "user", "content": [{"type": "tool_result"}]}]},
        MESSAGES | {"max_tokens": "5"},
        MESSAGES | {"system": 5},
        MESSAGES | {"tools": [5]},
        MESSAGES | {"thinking": 5},
        MESSAGES | {"stop_sequences": "x"},
        MESSAGES | {"tool_choice": "auto"},
    ],
    "gemini": [
        {"contents": 5},
        {"contents": [5]},
        {"contents": [{"parts": 5}]},
        {"contents": [{"parts": [5]}]},
        {"contents": [{"parts": [{"inlineData": 5}]}]},
        {"contents": [{"parts": [{"text": 5}]}]},
        {"contents": [{"role": "king", "parts": [{"text": "x"}]}]},
        PARTS | {"generationConfig": 5},
        PARTS | {"generationConfig": {"temperature": "x"}},
        PARTS | {"tools": 5},
        PARTS | {"systemInstruction": 5},
    ],
}


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("bad")) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    shared_house.check_quiet()


@pytest.mark.parametrize("name", NO_OBJECTS)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_body_that_is_no_sound_object_is_refused(dialect: str, name: str, house: House) -> None:
    answered = raw.ask(house.url, raw.PATHS[dialect], NO_OBJECTS[name])
    assert answered.status == 400
    assert len(raw.read_error(dialect, answered)) > 10
    assert house.simulator.journal == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_values_of_the_wrong_type_are_refused_with_their_place(dialect: str, house: House) -> None:
    provider = "chat" if dialect == "anthropic" else "anthropic"
    path = raw.PATHS[dialect].replace("gemini/", f"{provider}/")
    for fields in WRONG_TYPES[dialect]:
        named = {} if dialect == "gemini" else {"model": f"{provider}/sim-large"}
        answered = raw.ask(house.url, path, json.dumps({**named, **fields}).encode())
        place = next(reversed(fields), "messages")
        message = raw.read_error(dialect, answered)
        assert (answered.status, message.split(":")[0].startswith(place)) == (400, True), (fields, message)
    assert house.simulator.journal == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_compressed_body_is_refused(dialect: str, house: House) -> None:
    body = gzip.compress(raw.small_request(dialect))
    answered = raw.ask(house.url, raw.PATHS[dialect], body, {"content-encoding": "gzip"})
    assert (answered.status, "ompressed" in raw.read_error(dialect, answered)) == (400, True)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_large_body_is_refused_readably_and_leaves_no_memory_behind(dialect: str, house: House) -> None:
    before = house.gateway.resident_bytes
    body = raw.small_request(dialect)[:-1] + b',"metadata":"' + b"x" * LARGE_BYTES + b'"}'
    answered = raw.ask(house.url, raw.PATHS[dialect], body)
    assert (answered.status, "body_limit_bytes" in raw.read_error(dialect, answered)) == (413, True)
    assert house.gateway.resident_bytes - before < MOST_GROWTH
    assert house.simulator.journal == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_large_body_of_unknown_length_is_refused_readably(dialect: str, house: House) -> None:
    """In chunks, from a client that only reads when it has written everything."""
    before = house.gateway.resident_bytes
    head = f"POST {raw.PATHS[dialect]} HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"
    piece = b"%x\r\n%b\r\n" % (MEGABYTE, b"x" * MEGABYTE)
    with socket.create_connection(("127.0.0.1", house.gateway.port), timeout=raw.TIMEOUT_SECONDS) as peer:
        peer.sendall(head.encode())
        for _ in range(LARGE_BYTES // MEGABYTE):
            peer.sendall(piece)
        peer.sendall(b"0\r\n\r\n")
        answer = raw.read_until_closed(peer)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert house.gateway.resident_bytes - before < MOST_GROWTH


def test_a_large_body_within_the_limit_is_served(house: House) -> None:
    text = "x" * (20 * MEGABYTE)
    body = raw.small_request("chat", messages=[{"role": "user", "content": text}])
    answered = raw.ask(house.url, raw.PATHS["chat"], body)
    assert (answered.status, house.simulator.journal[-1].body_bytes) == (200, len(body) - len("chat/"))
