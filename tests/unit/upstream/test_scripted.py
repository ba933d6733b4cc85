"""The twin without a network obeys the rules of the real transport."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from dragoman.errors import DragomanError
from dragoman.upstream.failures import cut_off, timed_out
from dragoman.upstream.scripted import Script, ScriptedTransport
from dragoman.upstream.transport import Origin, OutgoingRequest
from tests.unit.upstream.wire_server import make_request

REQUEST = make_request(Origin("http", "a.test", 80))


def run(scenario: Coroutine[Any, Any, None]) -> None:
    asyncio.run(scenario)


def test_scripts_are_played_in_order_and_requests_remembered() -> None:
    async def scenario() -> None:
        transport = ScriptedTransport(
            [Script(429, [(b"retry-after", b"1")]), Script(chunks=(b"a", b"", b"b"), connect_seconds=0.5)]
        )
        first = await transport.send(REQUEST)
        assert (first.status, first.header(b"retry-after"), first.header(b"x")) == (429, b"1", None)
        assert await first.read_chunk() == b""
        second = await transport.send(REQUEST)
        assert [await second.read_chunk() for _ in range(4)] == [b"a", b"b", b"", b""]
        assert second.connect_seconds == 0.5
        assert transport.requests == [REQUEST, REQUEST]
        assert transport.answers == [first, second]
        assert not second.closed_early
        with pytest.raises(AssertionError, match="one more request"):
            await transport.send(REQUEST)

    run(scenario())


def test_a_function_may_choose_the_answer() -> None:
    def choose(request: OutgoingRequest) -> Script | DragomanError:
        return Script(chunks=(request.body,)) if request.body == b"{}" else cut_off("send")

    async def scenario() -> None:
        transport = ScriptedTransport(choose)
        assert await (await transport.send(REQUEST)).read_all(2) == b"{}"
        with pytest.raises(DragomanError):
            await transport.send(make_request(REQUEST.origin, b"other"))

    run(scenario())


def test_failures_are_raised_where_they_stand_and_stay() -> None:
    async def scenario() -> None:
        late = timed_out("first_byte", 1.0, "first_byte")
        transport = ScriptedTransport([late, Script(before_head=(late,)), Script(chunks=(b"a", cut_off("body")))])
        for _ in range(2):
            with pytest.raises(DragomanError) as caught:
                await transport.send(REQUEST)
            assert caught.value is late
        answer = await transport.send(REQUEST)
        assert await answer.read_chunk() == b"a"
        for _ in range(2):
            with pytest.raises(DragomanError, match="middle of its answer"):
                await answer.read_chunk()
        answer.close()
        assert not answer.closed_early

    run(scenario())


def test_closing_before_the_end_is_early_and_a_read_after_it_an_error() -> None:
    async def scenario() -> None:
        transport = ScriptedTransport([Script(chunks=(b"a", b"b")), Script(chunks=(b"a",))])
        answer = await transport.send(REQUEST)
        assert await answer.read_chunk() == b"a"
        answer.mark_progress()
        answer.close()
        answer.close()
        assert answer.closed_early
        assert answer.progress_count == 1
        assert repr(answer) == "<ScriptedAnswer 200, closed early>"
        with pytest.raises(DragomanError, match="closed"):
            await answer.read_chunk()
        whole = await transport.send(REQUEST)
        assert await whole.read_all(1) == b"a"
        whole.close()
        assert not whole.closed_early

    run(scenario())


def test_a_body_longer_than_allowed_is_an_error_and_closes_early() -> None:
    async def scenario() -> None:
        answer = await ScriptedTransport([Script(chunks=(b"aa", b"bb"))]).send(REQUEST)
        with pytest.raises(DragomanError, match="longer than 3 bytes"):
            await answer.read_all(3)
        assert answer.closed_early

    run(scenario())


def test_events_hold_the_answer_back_until_they_are_set() -> None:
    async def scenario() -> None:
        head, body = asyncio.Event(), asyncio.Event()
        transport = ScriptedTransport([Script(before_head=(head,), chunks=(body, b"a"))])
        sending = asyncio.ensure_future(transport.send(REQUEST))
        await asyncio.sleep(0)
        assert not sending.done()
        head.set()
        answer = await sending
        reading = asyncio.ensure_future(answer.read_chunk())
        await asyncio.sleep(0)
        assert not reading.done()
        body.set()
        assert await reading == b"a"

    run(scenario())


def test_cancelling_a_send_or_a_read_is_noticed() -> None:
    async def scenario() -> None:
        never = asyncio.Event()
        transport = ScriptedTransport([Script(before_head=(never,)), Script(chunks=(never,))])
        sending = asyncio.ensure_future(transport.send(REQUEST))
        await asyncio.sleep(0)
        sending.cancel()
        await asyncio.wait([sending])
        assert transport.cancelled_sends == 1
        answer = await transport.send(REQUEST)
        reading = asyncio.ensure_future(answer.read_chunk())
        await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait([reading])
        assert reading.cancelled()
        assert answer.closed_early

    run(scenario())


def test_closing_wakes_whoever_reads() -> None:
    async def scenario() -> None:
        transport = ScriptedTransport([Script(chunks=(asyncio.Event(),))])
        answer = await transport.send(REQUEST)
        reading = asyncio.ensure_future(answer.read_chunk())
        await asyncio.sleep(0)
        await transport.aclose()
        with pytest.raises(DragomanError, match="closed"):
            await reading
        with pytest.raises(DragomanError, match="shutting down"):
            await transport.send(REQUEST)

    run(scenario())
