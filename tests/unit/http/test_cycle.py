"""The way out: one write for a whole answer, proper chunks for a stream, no header that breaks its line."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT

from dragoman.errors import DragomanError
from dragoman.http.cycle import GatewayCycle
from dragoman.upstream.outbox import Outbox


class Line:
    """A transport that remembers its writes."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed


class Flow:
    """Flow control that never stops a writer, and remembers what it was told of reading."""

    write_paused = False
    read_paused = False

    def pause_reading(self) -> None:
        self.read_paused = True

    def resume_reading(self) -> None:
        self.read_paused = False


class Connection:
    """Says how many answers have gone."""

    def __init__(self, line: Any, flow: Any) -> None:
        self.transport = line
        self.flow = flow
        self.out = Outbox()
        self.answers = 0

    def go_on(self) -> None:
        self.answers += 1


def make_cycle(line: Any, flow: Any, method: str = "POST") -> GatewayCycle:
    return GatewayCycle({"method": method, "http_version": "1.1"}, Connection(line, flow))


def send(*messages: dict[str, Any], method: str = "POST", keep_alive: bool = True) -> tuple[Line, GatewayCycle]:
    """Send messages through a cycle of their own."""
    line = Line()
    cycle = make_cycle(line, Flow(), method)
    cycle.keep_alive = keep_alive

    async def run() -> None:
        for message in messages:
            await cycle.send(message)
        await asyncio.sleep(0)  # at the end of the round it goes out

    asyncio.run(run())
    return line, cycle


def start(*headers: tuple[bytes, bytes], status: int = 200) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(data: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


def test_a_whole_answer_is_one_write() -> None:
    line, cycle = send(start((b"content-length", b"2")), body(b"{}"))
    assert line.writes == [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"]
    assert cycle.is_answered
    assert not line.is_closed


def test_a_stream_is_chunked_and_ends_once() -> None:
    line, _ = send(start(), body(b"abc", more=True), body(b"", more=True), body(b"x" * 16, more=True), body(b""))
    assert line.writes[0].endswith(b"transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")
    assert line.writes[1:] == [b"10\r\n" + b"x" * 16 + b"\r\n", b"0\r\n\r\n"]


def test_head_requests_get_no_body_and_closing_is_said_once() -> None:
    line, _ = send(start((b"content-length", b"2")), body(b"{}"), method="HEAD")
    assert line.writes[0].endswith(b"content-length: 2\r\n\r\n")
    for keep_alive, headers in ((False, ()), (True, ((b"connection", b"close"),))):
        line, _ = send(start(*headers), body(b""), keep_alive=keep_alive)
        assert line.writes[0].count(b"connection: close") == 1
        assert line.is_closed


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: x", b"a\nb", b"a\rb"])
def test_a_header_that_breaks_its_line_is_never_sent(value: bytes) -> None:
    with pytest.raises(DragomanError):
        send(start((b"x-y", value)), body(b""))


def test_a_body_is_taken_as_it_comes_and_too_much_of_it_stops_the_reading() -> None:
    async def run() -> None:
        flow = Flow()
        cycle = make_cycle(Line(), flow)
        cycle.add_body(b"ab")
        cycle.add_body(b"cd")
        assert await cycle.receive() == {"type": "http.request", "body": b"abcd", "more_body": True}
        cycle.add_body(b"x" * (HIGH_WATER_LIMIT + 1))
        stopped = flow.read_paused
        await cycle.receive()
        waiting = asyncio.ensure_future(cycle.receive())
        await asyncio.sleep(0)
        assert (stopped, flow.read_paused) == (True, False)
        cycle.end_body()
        assert await waiting == {"type": "http.request", "body": b"", "more_body": False}

    asyncio.run(run())


def test_who_waits_for_leave_to_send_gets_it_once_and_only_when_somebody_reads() -> None:
    async def run() -> None:
        line = Line()
        cycle = make_cycle(line, Flow())
        cycle.expect_continue()
        assert line.writes == []
        cycle.add_body(b"a")
        await cycle.receive()
        cycle.add_body(b"b")
        await cycle.receive()
        await asyncio.sleep(0)
        assert line.writes == [b"HTTP/1.1 100 Continue\r\n\r\n"]

    asyncio.run(run())


def test_a_client_that_leaves_ends_the_wait_and_is_told_nothing_more() -> None:
    async def run() -> None:
        line = Line()
        cycle = make_cycle(line, Flow())
        waiting = asyncio.ensure_future(cycle.receive())
        await asyncio.sleep(0)
        cycle.leave()
        assert await waiting == {"type": "http.disconnect"}
        await cycle.send(start())
        await cycle.send(body(b"x"))
        assert line.writes == []

    asyncio.run(run())


@pytest.mark.parametrize("is_gone", [True, False])
def test_an_application_that_gives_no_answer_costs_its_client_the_connection(is_gone: bool) -> None:
    line, cycle = send(start())
    if is_gone:
        cycle.leave()
    cycle.close_unanswered()
    assert line.is_closed is not is_gone


def test_a_connection_is_told_once_that_an_answer_is_out() -> None:
    async def run() -> list[int]:
        connection = Connection(Line(), Flow())
        first, second = (GatewayCycle({"method": "POST", "http_version": "1.1"}, connection) for _ in range(2))
        assert first.send_whole(200, b"text/plain", (), b"a")
        counts = [connection.answers]
        for more_body in (True, False):
            second.send_body(b"b", more_body=more_body)
            counts.append(connection.answers)
        return counts

    assert asyncio.run(run()) == [1, 1, 2]


def test_a_refusal_may_end_the_connection_as_a_whole_answer_too() -> None:
    async def run() -> Line:
        line = Line()
        cycle = make_cycle(line, Flow())
        assert cycle.send_whole(413, b"text/plain", ((b"connection", b"close"),), b"")
        return line

    line = asyncio.run(run())
    assert line.writes[0].count(b"connection: close") == 1
    assert line.is_closed


def test_a_whole_answer_goes_at_once_with_its_type_and_length() -> None:
    async def run(method: str) -> list[bytes]:
        line = Line()
        cycle = make_cycle(line, Flow(), method)
        assert cycle.send_whole(201, b"text/plain", ((b"x-y", b"z"),), b"done")
        assert cycle.is_answered
        await asyncio.sleep(0)
        return line.writes

    head = b"HTTP/1.1 201 Created\r\ncontent-type: text/plain\r\ncontent-length: 4\r\nx-y: z\r\n\r\n"
    assert asyncio.run(run("POST")) == [head + b"done"]
    assert asyncio.run(run("HEAD")) == [head]


@pytest.mark.parametrize("value", [b"a\r\nset-cookie: x", b"a\nb", b"a\rb", b"a\n", b"a\r", b"\r\n", b"\na"])
def test_no_part_of_a_whole_answer_breaks_its_line(value: bytes) -> None:
    cycle = make_cycle(Line(), Flow())
    for content_type, pair in (
        (value, (b"x-y", b"z")),
        (b"text/plain", (b"x-y", value)),
        (b"text/plain", (value, b"")),
    ):
        with pytest.raises(DragomanError):
            cycle.send_whole(200, content_type, (pair,), b"")
    assert not cycle.is_answered


def test_a_whole_answer_waits_where_the_client_does_not_read() -> None:
    flow = Flow()
    flow.write_paused = True
    cycle = make_cycle(Line(), flow)
    assert not cycle.send_whole(200, b"text/plain", (), b"")
    assert not cycle.is_answered


def test_what_a_client_said_of_itself_does_not_show() -> None:
    scope = {"headers": [(b"authorization", b"Bearer a-canary")]}
    assert "canary" not in repr(GatewayCycle(scope, Connection(Line(), Flow()), b"a-canary"))
