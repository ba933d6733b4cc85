"""The way out: one write for a whole answer, proper chunks for a stream, no header that breaks its line."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dragoman.errors import DragomanError
from dragoman.http.cycle import GatewayCycle


class Line:
    """A transport that remembers its writes."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def close(self) -> None:
        self.is_closed = True


class OpenFlow:
    """Flow control that never stops anyone."""

    write_paused = False


def send(*messages: dict[str, Any], method: str = "POST", keep_alive: bool = True) -> tuple[Line, GatewayCycle]:
    """Send messages through a cycle of their own."""
    line: Any = Line()
    flow: Any = OpenFlow()
    more: Any = {"scope": {"method": method}, "logger": None, "access_logger": None}

    async def run() -> GatewayCycle:
        cycle = GatewayCycle(
            **more,
            transport=line,
            flow=flow,
            access_log=False,
            default_headers=[],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=keep_alive,
            on_response=lambda: None,
        )
        for message in messages:
            await cycle.send(message)
        return cycle

    return line, asyncio.run(run())


def start(*headers: tuple[bytes, bytes], status: int = 200) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(data: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


def test_a_whole_answer_is_one_write() -> None:
    line, cycle = send(start((b"content-length", b"2")), body(b"{}"))
    assert line.writes == [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"]
    assert cycle.response_complete
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
