"""An answer of the data plane as messages: streams event by event, everything else as one error."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from dragoman.errors import DragomanError, Kind, invalid
from dragoman.http.lane_answer import LaneAnswer, word_error
from tests.unit.service.desk import client_side

EVENT = (b"content-type", b"text/event-stream")
CREATED = b'data: {"type":"response.created","response":{}}\n\n'
COMPLETED = b'data: {"type":"response.completed","response":{"id":"r"}}\n\n'


class Ear:
    """What was said and noted, in its order."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.answer = LaneAnswer("a", {}, lambda answer: self.heard.append(("noted", answer)), self.say)

    async def say(self, message: bytes) -> None:
        self.heard.append(json.loads(message))

    async def begin(self, status: int, *headers: tuple[bytes, bytes]) -> None:
        await self.answer.send({"type": "http.response.start", "status": status, "headers": list(headers)})

    async def go_on(self, body: bytes, *, more_body: bool = False) -> None:
        await self.answer.send({"type": "http.response.body", "body": body, "more_body": more_body})


def test_a_stream_is_said_as_it_comes_and_noted_before_its_last_message() -> None:
    async def live() -> None:
        ear = Ear()
        await ear.begin(200, EVENT, (b"x-dragoman-losses", b"x"), (b"set-cookie", b"secret"))
        await ear.go_on(CREATED + COMPLETED[:20], more_body=True)
        assert [message["type"] for message in ear.heard] == ["response.created"]
        assert ear.heard[0]["headers"] == {"x-dragoman-losses": "x"}
        await ear.go_on(COMPLETED[20:-1], more_body=True)
        await ear.go_on(b"")
        assert ear.heard[1] == ("noted", b'{"id":"r"}')
        assert [message["type"] for message in ear.heard[2:]] == ["response.completed"]

    asyncio.run(live())


@pytest.mark.parametrize("cut", [0, 5, 20])
def test_an_error_answer_is_said_once_it_is_whole(cut: int) -> None:
    body = b'{"error":{"message":"No.","code":"c"}}'

    async def live() -> None:
        ear = Ear()
        await ear.begin(429, (b"content-type", b"application/json"), (b"retry-after", b"7"))
        await ear.go_on(body[:cut], more_body=True)
        assert ear.heard == []
        await ear.go_on(body[cut:])
        (message,) = ear.heard
        assert (message["type"], message["status"], message["stream_id"]) == ("error", 429, "a")
        assert message["headers"] == {"retry-after": "7"}
        assert message["error"]["code"] == "c"

    asyncio.run(live())


def test_an_error_of_ours_is_said_in_the_dialects_words() -> None:
    client = client_side("openai_responses")
    message = json.loads(word_error(client, invalid("Wrong.", "input"), "a"))
    assert (message["status"], message["error"]["param"], message["stream_id"]) == (400, "input", "a")
    assert json.loads(word_error(client, DragomanError(Kind.NOT_FOUND, "Gone.")))["status"] == 404
