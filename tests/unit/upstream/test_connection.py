"""One connection over a transport of cardboard: what is written, when reading pauses, when it is given back."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.upstream.connection import HIGH_WATER_BYTES, LARGE_BODY_BYTES, SLICE_BYTES, Connection
from dragoman.upstream.http1 import Http1Answer, open_answer
from dragoman.upstream.outbox import Outbox
from dragoman.upstream.transport import Origin, Timeouts
from tests.unit.upstream.wire_server import HELLO, OK_HEAD, make_request

HEAD = b"POST / HTTP/1.1\r\n\r\n"


class CardboardTransport(asyncio.Transport):
    """Remembers what was done to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[bytes] = []
        self.deeds: list[str] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self.deeds.append(f"limits {high} {low}")

    def pause_reading(self) -> None:
        self.deeds.append("pause")

    def resume_reading(self) -> None:
        self.deeds.append("resume")

    def abort(self) -> None:
        self.deeds.append("abort")

    def is_closing(self) -> bool:
        return "abort" in self.deeds


class Bench:
    """A connection between a cardboard transport and an owner that counts."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.outbox = Outbox()
        self.transport = CardboardTransport()
        self.taken_back = 0
        self.forgotten = 0
        self.connection = Connection(self, self.clock)
        self.connection.connection_made(self.transport)
        self.transport.deeds.clear()

    def take_back(self, connection: Connection) -> None:
        self.taken_back += 1

    def forget(self, connection: Connection) -> None:
        self.forgotten += 1

    def start(self, body: bytes = b"{}") -> asyncio.Future[None]:
        request = make_request(Origin("http", "a.test", 80), body, timeouts=Timeouts())
        now = self.clock.monotonic()
        return asyncio.ensure_future(self.connection.exchange(request, HEAD, now, now))


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


def test_a_small_request_is_one_write_and_its_answer_one_wake_up() -> None:
    async def scenario() -> None:
        bench = Bench()
        call = bench.start()
        assert bench.transport.written == []
        await asyncio.sleep(0)
        assert bench.transport.written == [HEAD + b"{}"]
        bench.connection.data_received(HELLO)
        await call
        assert bench.connection.take() == b"hello"
        bench.connection.release()
        assert (bench.taken_back, bench.forgotten, bench.transport.deeds) == (1, 0, [])

    run(scenario())


def test_a_large_request_is_written_in_slices_while_there_is_room() -> None:
    async def scenario() -> None:
        bench = Bench()
        body = b"x" * (2 * SLICE_BYTES + 1)
        bench.connection.pause_writing()
        call = bench.start(body)
        await asyncio.sleep(0)
        assert bench.transport.written == [HEAD + body[:SLICE_BYTES]]
        bench.connection.resume_writing()
        await asyncio.sleep(0)
        assert b"".join(bench.transport.written) == HEAD + body
        bench.connection.data_received(HELLO)
        await call
        bench.connection.release()
        assert bench.taken_back == 1

    run(scenario())


def test_an_early_answer_ends_the_upload_and_the_connection() -> None:
    async def scenario() -> None:
        bench = Bench()
        bench.connection.pause_writing()
        call = bench.start(b"x" * (2 * SLICE_BYTES))
        await asyncio.sleep(0)
        bench.connection.data_received(HELLO)
        await call
        assert len(bench.transport.written) == 1
        bench.connection.release()
        assert (bench.taken_back, bench.forgotten, bench.transport.deeds) == (0, 1, ["abort"])

    run(scenario())


def test_reading_pauses_when_nobody_takes_what_came_and_resumes_when_somebody_does() -> None:
    async def scenario() -> None:
        bench = Bench()
        call = bench.start()
        await asyncio.sleep(0)
        bench.connection.data_received(OK_HEAD + b"content-length: 9000000\r\n\r\n")
        await call
        bench.connection.data_received(b"x" * HIGH_WATER_BYTES)
        assert bench.transport.deeds == ["pause"]
        bench.connection.data_received(b"x")
        assert bench.transport.deeds == ["pause"]
        assert len(bench.connection.take()) == HIGH_WATER_BYTES + 1
        assert bench.transport.deeds == ["pause", "resume"]
        assert bench.connection.take() == b""

    run(scenario())


def test_whoever_waits_for_a_head_is_woken_by_a_whole_one_only() -> None:
    async def scenario() -> None:
        bench = Bench()
        call = bench.start()
        bench.connection.data_received(HELLO[:20])
        bench.connection.pause_writing()
        bench.connection.resume_writing()
        await asyncio.sleep(0)
        assert not call.done()
        bench.connection.data_received(HELLO[20:])
        await call
        assert bench.connection.take() == b"hello"

    run(scenario())


def test_a_connection_whose_answer_nobody_took_reads_on_for_the_next() -> None:
    async def scenario() -> None:
        bench = Bench()
        call = bench.start()
        bench.connection.data_received(OK_HEAD + b"content-length: %d\r\n\r\n" % (HIGH_WATER_BYTES + 2))
        await call
        bench.connection.data_received(b"x" * (HIGH_WATER_BYTES + 1))
        bench.connection.data_received(b"x")
        bench.connection.release()
        assert (bench.taken_back, bench.transport.deeds) == (1, ["pause", "resume"])
        call = bench.start()
        bench.connection.data_received(HELLO)
        await call
        assert bench.connection.take() == b"hello"

    run(scenario())


def test_bytes_while_idle_close_the_connection() -> None:
    async def scenario() -> None:
        bench = Bench()
        bench.connection.data_received(b"\r\n")
        assert (bench.forgotten, bench.transport.deeds) == (1, ["abort"])

    run(scenario())


def test_a_closed_connection_is_forgotten_once_and_keeps_its_first_reason() -> None:
    async def scenario() -> None:
        bench = Bench()
        call = bench.start()
        await asyncio.sleep(0)
        bench.connection.connection_lost(ConnectionResetError())
        bench.connection.close()
        bench.connection.connection_lost(None)
        await call
        assert bench.forgotten == 1
        failure = bench.connection.failure
        assert isinstance(failure, DragomanError)
        assert (failure.phase, failure.code) == ("first_byte", "connection_cut")
        assert repr(bench.connection) == "<Connection closed, 1 requests>"

    run(scenario())


def test_only_a_connection_that_had_served_before_is_stale() -> None:
    async def scenario() -> None:
        bench = Bench()
        for is_stale in (False, True):
            call = bench.start()
            await asyncio.sleep(0)
            if is_stale:
                bench.connection.eof_received()
            else:
                bench.connection.data_received(HELLO)
            await call
            assert bench.connection.is_stale is is_stale
            bench.connection.release()

    run(scenario())


@pytest.mark.parametrize("how", ["lost", "stray bytes"])
def test_a_connection_that_died_before_its_next_use_writes_nothing_and_is_stale(how: str) -> None:
    async def scenario() -> None:
        bench = Bench()
        first = bench.start()
        await asyncio.sleep(0)
        bench.connection.data_received(HELLO)
        await first
        bench.connection.release()
        if how == "lost":
            bench.connection.connection_lost(None)
        else:
            bench.connection.data_received(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
        for body in (b"{}", b"x" * LARGE_BODY_BYTES):
            await bench.start(body)
            assert bench.connection.is_stale
            assert len(bench.transport.written) == 1

    run(scenario())


@pytest.mark.parametrize(
    ("body", "seconds", "code"), [(b"", 60.0, "first_byte_timeout"), (b"x" * LARGE_BODY_BYTES, 30.0, "send_timeout")]
)
def test_an_overdue_call_is_ended_by_the_ticker(body: bytes, seconds: float, code: str) -> None:
    async def scenario() -> None:
        bench = Bench()
        assert not bench.connection.check(1e9)
        bench.connection.pause_writing()
        call = bench.start(body)
        await asyncio.sleep(0)
        assert bench.connection.check(bench.clock.monotonic() + seconds - 0.01)
        assert not call.done()
        assert bench.connection.check(bench.clock.monotonic() + seconds)
        await call
        assert bench.connection.failure is not None
        assert bench.connection.failure.code == code

    run(scenario())


CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


def emit_chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(body), body)


class Passage:
    """Takes what it is shown as long as it is open."""

    def __init__(self) -> None:
        self.is_open = True
        self.taken: list[bytes] = []
        self.failure: DragomanError | None = None

    def take(self, chunk: bytes) -> bool:
        if self.failure is not None:
            raise self.failure
        if self.is_open:
            self.taken.append(chunk)
        return self.is_open


async def open_passage() -> tuple[Bench, Passage, Http1Answer, asyncio.Future[bytes]]:
    """An answer whose head has come, which passes on what comes, and its reader, who waits."""
    bench, passage = Bench(), Passage()
    task = bench.start()
    await asyncio.sleep(0)
    bench.connection.data_received(CHUNKED_HEAD)
    await task
    answer = open_answer(bench.connection)
    answer.pass_to(passage.take)
    reader = asyncio.ensure_future(answer.read_chunk())
    await asyncio.sleep(0)
    return bench, passage, answer, reader


def test_what_is_taken_as_it_comes_wakes_nobody_until_the_end() -> None:
    async def work() -> None:
        bench, passage, _, reader = await open_passage()
        for body in (b"one", b"two"):
            bench.connection.data_received(emit_chunk(body))
            await asyncio.sleep(0)
        assert not reader.done()
        bench.connection.data_received(b"0\r\n\r\n")
        assert await reader == b""
        assert passage.taken == [b"one", b"two"]
        assert bench.taken_back == 1
        assert bench.connection.take_over is None

    run(work())


def test_what_is_not_taken_goes_to_the_reader_and_nothing_overtakes_it() -> None:
    async def work() -> None:
        bench, passage, answer, reader = await open_passage()
        passage.is_open = False
        bench.connection.data_received(emit_chunk(b"one"))
        passage.is_open = True
        bench.connection.data_received(emit_chunk(b"two"))  # the reader has not had its turn yet
        assert await reader == b"onetwo"
        bench.connection.data_received(emit_chunk(b"three"))  # nobody waits
        assert await answer.read_chunk() == b"three"
        assert passage.taken == []
        answer.close()

    run(work())


def test_an_error_of_whoever_takes_it_ends_the_answer_with_that_error() -> None:
    async def work() -> None:
        bench, passage, _, reader = await open_passage()
        passage.failure = DragomanError(Kind.UNAVAILABLE, "nonsense came")
        bench.connection.data_received(emit_chunk(b"one"))
        with pytest.raises(DragomanError, match="nonsense came"):
            await reader
        assert "abort" in bench.transport.deeds

    run(work())


def test_a_cut_is_told_to_the_reader_as_ever() -> None:
    async def work() -> None:
        bench, passage, _, reader = await open_passage()
        bench.connection.data_received(emit_chunk(b"one"))
        bench.connection.connection_lost(None)
        with pytest.raises(DragomanError):
            await reader
        assert passage.taken == [b"one"]

    run(work())
