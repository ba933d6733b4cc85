"""The edge's half of an exchange: what is sent, who is too slow, who needs a sign of life."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from dragoman.dialects.base import WireReply
from dragoman.dialects.registry import DIALECTS
from dragoman.errors import DragomanError, Kind
from dragoman.http.sink import AsgiSink, tick_sinks
from dragoman.routing.target import HeaderPairs

ANTHROPIC = DIALECTS["anthropic_messages"].client
assert ANTHROPIC is not None


def with_sink(work: Callable[[AsgiSink], Awaitable[None]]) -> list[dict[str, Any]]:
    """The ASGI messages that `work` caused."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def run() -> None:
        assert ANTHROPIC is not None
        sink = AsgiSink(send, ANTHROPIC, asyncio.get_running_loop(), asyncio.current_task())
        sink.last_sent = 100.0
        await work(sink)

    asyncio.run(run())
    return sent


def test_a_whole_answer_carries_its_length() -> None:
    async def work(sink: AsgiSink) -> None:
        await sink.send_reply(WireReply(201, b"{}"), ((b"x-a", b"b"),))
        assert sink.is_complete

    start, body = with_sink(work)
    assert start["status"] == 201
    assert (b"content-length", b"2") in start["headers"]
    assert (b"x-a", b"b") in start["headers"]
    assert body == {"type": "http.response.body", "body": b"{}"}


def test_an_answer_that_could_not_go_has_not_begun_so_that_the_client_can_still_be_told() -> None:
    class Cycle:
        is_whole = is_free = True

        def send_whole(self, *_: object) -> bool:
            raise DragomanError(Kind.INTERNAL, "A response header would have broken its line.", blame="gateway")

    async def work(sink: AsgiSink) -> None:
        sink.cycle = Cycle()  # type: ignore[assignment]
        with pytest.raises(DragomanError):
            await sink.send_reply(WireReply(200, b"{}"), ())
        assert (sink.is_started, sink.is_complete) == (False, False)

    assert with_sink(work) == []


def test_a_stream_is_started_fed_and_ended() -> None:
    async def work(sink: AsgiSink) -> None:
        await sink.start_stream(b"text/event-stream", ())
        await sink.send_chunk(b"one")
        await sink.end_stream()

    start, chunk, end = with_sink(work)
    assert (b"x-accel-buffering", b"no") in start["headers"]
    assert chunk["more_body"] is True
    assert not end.get("more_body", False)


def test_a_heartbeat_opens_the_stream_if_it_must_and_says_nothing_after_the_end() -> None:
    async def work(sink: AsgiSink) -> None:
        await sink.beat()
        await sink.end_stream()
        await sink.beat()

    kinds = [message["type"] for message in with_sink(work)]
    assert kinds == ["http.response.start", "http.response.body", "http.response.body"]


def test_only_quiet_streams_get_a_heartbeat_and_not_twice_in_a_row() -> None:
    async def work(sink: AsgiSink) -> None:
        assert tick_sinks([sink], 200.0, 15.0, 60.0) == []
        sink.announce(is_stream=True, survives_disconnect=False)
        assert sink.last_sent != 100.0
        sink.last_sent = 100.0
        assert tick_sinks([sink], 114.0, 15.0, 60.0) == []
        assert tick_sinks([sink], 115.0, 15.0, 60.0) == [sink]
        assert tick_sinks([sink], 116.0, 15.0, 60.0) == []

    with_sink(work)


def stop_reason(stop: Callable[[AsgiSink], None], *, survives: bool = False) -> tuple[bool, AsgiSink]:
    """Whether `stop` cancelled the task that answers."""
    sinks: list[AsgiSink] = []

    async def work(sink: AsgiSink) -> None:
        sinks.append(sink)
        sink.announce(is_stream=True, survives_disconnect=survives)
        stop(sink)
        await asyncio.sleep(0)

    try:
        with_sink(work)
    except asyncio.CancelledError:
        return True, sinks[0]
    return False, sinks[0]


def test_a_reader_that_is_too_slow_is_given_up() -> None:
    def stop(sink: AsgiSink) -> None:
        sink.sending_since = 100.0
        tick_sinks([sink], 161.0, 15.0, 60.0)

    was_stopped, sink = stop_reason(stop)
    assert was_stopped
    assert sink.is_gone


def test_leaving_stops_the_work_unless_it_is_to_be_finished() -> None:
    assert stop_reason(AsgiSink.leave)[0] is True
    assert stop_reason(AsgiSink.leave, survives=True)[0] is False


def test_ending_early_stops_the_work_and_keeps_the_reason() -> None:
    failure = DragomanError(Kind.OVERLOADED, "bye", blame="gateway")
    was_stopped, sink = stop_reason(lambda sink: sink.end_early(failure))
    assert was_stopped
    assert sink.failure is failure
    assert not sink.is_gone


@pytest.mark.parametrize("stop", [AsgiSink.leave, lambda sink: sink.end_early(DragomanError(Kind.INTERNAL, "x"))])
def test_a_finished_exchange_cannot_be_stopped(stop: Callable[[AsgiSink], None]) -> None:
    def finish_then_stop(sink: AsgiSink) -> None:
        sink.is_complete = True
        stop(sink)

    assert stop_reason(finish_then_stop)[0] is False


class Cycle:
    """The server's side of a request."""

    task: asyncio.Task[None] | None = None
    is_whole = True

    def __init__(self) -> None:
        self.is_free = True
        self.sent: list[tuple[bytes, bool]] = []

    def take(self) -> bytes:
        return b""

    def send_whole(self, status: int, content_type: bytes, headers: HeaderPairs, body: bytes) -> bool:
        lines = [b"%d %b" % (status, content_type), *map(b": ".join, headers)]
        self.sent += [(b", ".join(lines), True), (body, False)] * self.is_free
        return self.is_free

    def send_body(self, body: bytes, *, more_body: bool) -> None:
        self.sent.append((body, more_body))


def test_where_the_server_is_ours_a_stream_has_a_way_around_messages() -> None:
    async def ignore(message: dict[str, Any]) -> None:
        """Nothing comes this way."""

    async def run() -> None:
        assert ANTHROPIC is not None
        loop, cycle = asyncio.get_running_loop(), Cycle()
        assert AsgiSink(ignore, ANTHROPIC, loop, None).find_outlet() is None
        sink = AsgiSink(ignore, ANTHROPIC, loop, None, cycle)
        sink.last_sent = 0.0
        outlet = sink.find_outlet()
        assert outlet is sink
        assert outlet.is_free
        outlet.write(b"an event")
        assert cycle.sent == [(b"an event", True)]
        assert sink.last_sent > 0.0
        cycle.is_free = False
        assert not outlet.is_free

    asyncio.run(run())


@pytest.mark.parametrize("is_free", [True, False])
def test_a_whole_answer_goes_at_once_where_the_server_is_ours_and_its_client_reads(is_free: bool) -> None:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def run() -> Cycle:
        assert ANTHROPIC is not None
        cycle = Cycle()
        cycle.is_free = is_free
        sink = AsgiSink(send, ANTHROPIC, asyncio.get_running_loop(), None, cycle)
        sink.page_headers = ((b"vary", b"Origin"),)
        await sink.send_reply(WireReply(200, b"{}"), ())
        assert sink.is_started
        assert sink.is_complete
        return cycle

    assert asyncio.run(run()).sent == [(b"200 application/json, vary: Origin", True), (b"{}", False)] * is_free
    assert len(sent) == 2 * (not is_free)
    assert is_free or (b"vary", b"Origin") in sent[0]["headers"]
