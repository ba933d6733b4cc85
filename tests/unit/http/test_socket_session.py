"""What is said on a WebSocket: lanes in order and beside each other, bounds, and the ways in which it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from dragoman.clock import FixedClock
from dragoman.http import socket_session
from dragoman.http.data_plane import CONNECTION_KEY
from dragoman.http.socket_session import Shared, SocketSession
from dragoman.service.background import Background
from dragoman.service.keeping.socket_memory import SocketMemory
from dragoman.service.keeping.warm_up import WarmUps
from tests.unit.service.desk import client_side

CLIENT = client_side("openai_responses")


class Wire:
    """The connection: remembers what was said."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.is_free = True
        self.said: list[Any] = []
        self.closes: list[int] = []
        self.is_aborted = False

    def write(self, message: bytes) -> None:
        self.said.append(json.loads(message))

    async def send(self, message: bytes) -> None:
        self.write(message)

    def close(self, code: int, reason: str = "") -> None:
        self.closes.append(code)

    def abort(self) -> None:
        self.is_aborted = True


class Plane:
    """Stands for the data plane: answers when it is let, with the request's own input."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.gates: dict[str, asyncio.Event] = {}
        self.left: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = json.loads((await receive())["body"])
        self.asked.append(body)
        name = body["input"] if type(body["input"]) is str else body["input"][-1]["content"]
        scope[CONNECTION_KEY].on_disconnect = lambda: self.left.append(name)
        if name in self.gates:
            await self.gates[name].wait()
        headers = [(b"content-type", b"text/event-stream")]
        answer = {"id": f"resp_{name}", "store": False, "output": []}
        event = json.dumps({"type": "response.completed", "response": answer}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"data: " + event + b"\n\n", "more_body": True})
        await send({"type": "http.response.body", "body": b""})


class House:
    """A session over all that."""

    def __init__(self) -> None:
        self.wire, self.plane, self.work = Wire(), Plane(), Background()
        self.memory = SocketMemory()
        shared = Shared(self.plane, CLIENT, self.memory, WarmUps(CLIENT, FixedClock()), self.work.start)
        self.session = SocketSession(self.wire, {"path": "/v1/responses"}, shared)

    def ask(self, input: str, lane: str | None = None, **fields: Any) -> None:
        event = {"type": "response.create", "model": "m", "input": input, "stream_id": lane} | fields
        self.session.take(json.dumps(event).encode(), is_text=True)

    def hold(self, name: str) -> asyncio.Event:
        gate = self.plane.gates[name] = asyncio.Event()
        return gate

    async def settle(self) -> None:
        for _ in range(20):
            await asyncio.sleep(0)

    def answered(self) -> list[str]:
        return [message["response"]["id"] for message in self.wire.said]

    def codes(self) -> list[str]:
        return [message["error"]["code"] for message in self.wire.said if "error" in message]


def in_house(work: Callable[[House], Awaitable[None]]) -> None:
    async def live() -> None:
        house = House()
        try:
            await work(house)
        finally:
            await house.work.aclose()

    asyncio.run(live())


def test_requests_of_one_lane_are_answered_one_after_the_other() -> None:
    async def work(house: House) -> None:
        gate = house.hold("one")
        for name in ("one", "two", "three"):
            house.ask(name)
        await house.settle()
        assert [body["input"] for body in house.plane.asked] == ["one"]
        gate.set()
        await house.session.finish()
        assert house.answered() == ["resp_one", "resp_two", "resp_three"]
        assert repr(house.session) == "<SocketSession: 1 lanes, 0 requests>"

    in_house(work)


def test_lanes_are_answered_beside_each_other_and_named() -> None:
    async def work(house: House) -> None:
        house.hold("one")
        house.ask("one")
        house.ask("two", lane="a")
        house.ask("three", lane="b")
        await house.settle()
        assert [(message["response"]["id"], message["stream_id"]) for message in house.wire.said] == [
            ("resp_two", "a"),
            ("resp_three", "b"),
        ]

    in_house(work)


def test_not_more_than_some_are_answered_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_session, "MAX_AT_A_TIME", 2)

    async def work(house: House) -> None:
        gates = [house.hold(name) for name in "abc"]
        for name in "abc":
            house.ask(name, lane=name)
        await house.settle()
        assert len(house.plane.asked) == 2
        gates[0].set()
        await house.settle()
        assert len(house.plane.asked) == 3

    in_house(work)


def test_a_connection_has_only_so_many_lanes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_session, "MAX_LANES", 2)

    async def work(house: House) -> None:
        for name in ("a", "b", "c", "a"):
            house.ask("x", lane=name)
        await house.settle()
        assert (len(house.plane.asked), house.codes()) == (3, ["websocket_stream_limit_reached"])
        (refused,) = [message for message in house.wire.said if "error" in message]
        assert refused["stream_id"] == "c"

    in_house(work)


def test_only_so_many_wait_and_who_does_not_read_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_session, "MAX_WAITING", 2)

    async def work(house: House) -> None:
        house.hold("one")
        for name in ("one", "two", "three"):
            house.ask(name)
        assert (house.codes(), house.wire.is_aborted) == (["websocket_queue_full"], False)
        house.wire.is_free = False
        house.ask("four")
        assert (len(house.wire.said), house.wire.is_aborted) == (1, True)

    in_house(work)


def test_only_so_many_bytes_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_session, "MAX_WAITING_BYTES", 500)

    async def work(house: House) -> None:
        gate = house.hold("one")
        for name in ("one", "x" * 400, "three"):
            house.ask(name)
        assert house.codes() == ["websocket_queue_full"]
        gate.set()
        await house.session.finish()
        house.ask("four")
        await house.session.finish()
        assert [body["input"] for body in house.plane.asked] == ["one", "x" * 400, "four"]

    in_house(work)


@pytest.mark.parametrize(
    ("message", "is_text", "code"),
    [
        (b"{}", False, "invalid_message"),
        (b'{"type":"response.cancel"}', True, "unknown_event_type"),
        (b"hello", True, None),
    ],
)
def test_what_cannot_be_understood_is_told_so_and_does_no_harm(message: bytes, is_text: bool, code: str | None) -> None:
    async def work(house: House) -> None:
        house.session.take(message, is_text=is_text)
        house.ask("one")
        await house.settle()
        first, second = house.wire.said
        assert (first["type"], first["status"], first["error"]["code"]) == ("error", 400, code)
        assert second["response"]["id"] == "resp_one"

    in_house(work)


def test_errors_are_told_in_the_order_in_which_they_were_asked_for() -> None:
    async def work(house: House) -> None:
        gate = house.hold("one")
        house.ask("one")
        house.session.take(b"{}", is_text=True)
        await house.settle()
        assert house.wire.said == []
        gate.set()
        await house.settle()
        assert [message["type"] for message in house.wire.said] == ["response.completed", "error"]

    in_house(work)


def test_steering_is_refused() -> None:
    async def work(house: House) -> None:
        house.session.take(b'{"type":"response.steer","previous_response_id":"r","input":"x"}', is_text=True)
        await house.settle()
        assert [message["type"] for message in house.wire.said] == ["response.steer.failed"]

    in_house(work)


def test_a_request_goes_on_from_what_the_connection_remembers() -> None:
    async def work(house: House) -> None:
        house.ask("one")
        await house.settle()
        house.plane.gates["two"] = asyncio.Event()
        house.ask("two", previous_response_id="resp_one")
        await house.settle()
        assert [item["content"] for item in house.plane.asked[1]["input"]] == ["one", "two"]
        house.session.leave()
        assert repr(house.memory) == "<SocketMemory: 0 responses, 0 bytes>"

    in_house(work)


def test_a_warm_up_is_answered_by_nobody_and_can_be_continued() -> None:
    async def work(house: House) -> None:
        house.ask("one", generate=False)
        house.ask("odd", generate=False, tools=7)
        await house.settle()
        assert [message["type"] for message in house.wire.said] == ["response.created", "response.completed", "error"]
        assert house.plane.asked == []
        assert repr(house.memory).startswith("<SocketMemory: 1 responses")

    in_house(work)


def test_what_is_under_way_is_told_when_the_client_leaves_and_what_waits_is_forgotten() -> None:
    async def work(house: House) -> None:
        gate = house.hold("one")
        house.ask("one")
        house.ask("two")
        await house.settle()
        house.session.leave()
        assert house.plane.left == ["one"]
        gate.set()
        await house.session.finish()
        assert len(house.plane.asked) == 1

    in_house(work)


def test_an_idle_connection_ends_at_once_and_a_busy_one_after_its_answers() -> None:
    async def work(house: House) -> None:
        gate = house.hold("one")
        house.ask("one")
        house.ask("two")
        await house.settle()
        house.session.end(is_too_old=False)
        assert house.wire.closes == []
        gate.set()
        await house.session.finish()
        assert (house.answered(), house.wire.closes) == (["resp_one", "resp_two"], [1001])

    in_house(work)

    async def idle(house: House) -> None:
        house.session.end(is_too_old=False)
        assert (house.wire.said, house.wire.closes) == ([], [1001])

    in_house(idle)


def test_a_connection_that_is_too_old_is_told_so_before_it_ends() -> None:
    async def work(house: House) -> None:
        gate = house.hold("one")
        house.ask("one")
        await house.settle()
        house.session.end(is_too_old=True)
        house.ask("two")
        gate.set()
        await house.session.finish()
        assert [body["input"] for body in house.plane.asked] == ["one"]
        assert set(house.codes()) == {"websocket_connection_limit_reached"}
        assert house.wire.closes == [1001]

    in_house(work)
