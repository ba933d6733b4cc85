"""Talking to a gateway over plain HTTP."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from dragoman.cli.gateway import Gateway
from dragoman.errors import DragomanError
from tests.unit.cli.talker import Talker, open_talker


@pytest.fixture
def talker() -> Iterator[Talker]:
    with open_talker() as one:
        yield one


def answer_of(talker: Talker, key: str = "") -> list[str]:
    return list(Gateway(talker.url, key).stream_answer("m", "Hello?"))


def fault_of(talker: Talker) -> str:
    with pytest.raises(DragomanError) as caught:
        answer_of(talker)
    return caught.value.message


def test_an_answer_comes_piece_by_piece(talker: Talker) -> None:
    talker.says("Good ", "day", "é\u2028!")
    assert answer_of(talker, "key") == ["Good ", "day", "é\u2028!"]
    ((method, path, headers, body),) = talker.seen
    assert (method, path, headers["authorization"]) == ("POST", "/v1/chat/completions", "Bearer key")
    assert body == {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hello?"}]}


def test_without_a_key_none_is_shown(talker: Talker) -> None:
    talker.says("x")
    answer_of(talker)
    assert "authorization" not in talker.seen[0][2]


def test_a_gateway_below_a_path_is_asked_there(talker: Talker) -> None:
    talker.says("x")
    list(Gateway(talker.url + "/below/").stream_answer("m", "?"))
    assert talker.seen[0][1] == "/below/v1/chat/completions"


def test_models_are_listed_in_their_order(talker: Talker) -> None:
    assert Gateway(talker.url).list_models() == ["first/model", "second/model"]
    talker.models = {"data": []}
    assert Gateway(talker.url).list_models() == []


def test_an_answer_without_a_finish_reason_was_cut_off(talker: Talker) -> None:
    talker.says("Half an ans", finish=None)
    with closing(Gateway(talker.url).stream_answer("m", "?")) as pieces:
        assert next(pieces) == "Half an ans"
    assert fault_of(talker) == "The answer was cut off before its end."


def test_a_connection_that_breaks_is_told(talker: Talker) -> None:
    talker.says("x", finish=None)
    talker.is_cut = True
    assert "before" in fault_of(talker)


def test_an_error_in_the_stream_is_told_in_its_own_words(talker: Talker) -> None:
    talker.answer = b'data: {"error": {"message": "Overloaded, try later."}}\n\n'
    assert fault_of(talker) == "Overloaded, try later."


@pytest.mark.parametrize(
    ("status", "answer", "message"),
    [
        (404, b'{"error": {"message": "There is no model."}}', "There is no model."),
        (500, b"<html>", "The gateway refused with status 500."),
        (500, b"[]", "The gateway refused with status 500."),
        (401, b'{"error": "No key."}', "No key. Set DRAGOMAN_API_KEY to a key of the gateway."),
    ],
)
def test_a_refusal_is_told_in_its_own_words(talker: Talker, status: int, answer: bytes, message: str) -> None:
    talker.status, talker.answer = status, answer
    assert fault_of(talker) == message


@pytest.mark.parametrize("answer", [b"data: nonsense\n\n", b"data: 5\n\n"])
def test_what_is_no_json_object_is_told(talker: Talker, answer: bytes) -> None:
    talker.answer = answer
    assert fault_of(talker) == "What came back is not the JSON that a gateway answers with."


@pytest.mark.parametrize("chunk", [b"{}", b'{"choices": []}', b'{"choices": [5]}', b'{"choices": [{"delta": null}]}'])
def test_a_chunk_without_text_says_nothing(talker: Talker, chunk: bytes) -> None:
    talker.answer = b"data: " + chunk + b'\n\ndata: {"choices": [{"finish_reason": "stop"}]}\n\n'
    assert answer_of(talker) == []


def test_where_nobody_listens_it_is_told_how_to_start() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(DragomanError, match=r"No gateway answers at .*Start one with: dragoman serve"):
            Gateway(url).list_models()


def test_who_speaks_something_else_is_no_gateway() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor() as pool:
        greeting = pool.submit(greet, server)
        with pytest.raises(DragomanError, match="does not answer as a gateway does"):
            Gateway(f"http://127.0.0.1:{server.getsockname()[1]}").list_models()
        greeting.result()


def greet(server: socket.socket) -> None:
    """Answer one connection as a mail server would."""
    peer, _ = server.accept()
    with peer:
        peer.recv(1024)
        peer.sendall(b"220 mail ready\r\n")


@pytest.mark.parametrize("url", ["", "127.0.0.1:8642", "ftp://x", "http://", "http://x:many", "http://[x"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(DragomanError, match="must look like"):
        Gateway(url)
