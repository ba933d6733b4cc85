"""Sinks that pass on, and one that takes what nobody waits for."""

from __future__ import annotations

import asyncio

from dragoman.dialects.base import WireReply
from dragoman.service.exchange import ReplySink
from dragoman.service.sinks import GatheringSink, PassingSink
from tests.unit.service.desk import RecordingSink

HEADERS = ((b"a", b"b"),)


def test_everything_of_a_stream_is_passed_on_and_nothing_goes_around() -> None:
    inner = RecordingSink()
    sink: ReplySink = PassingSink(inner)

    async def stream() -> None:
        sink.announce(is_stream=True, survives_disconnect=True)
        is_started = [sink.is_started]
        await sink.start_stream(b"text/event-stream", HEADERS)
        assert [*is_started, sink.is_started] == [False, True]
        await sink.send_chunk(b"x")
        await sink.end_stream()

    asyncio.run(stream())
    assert (inner.announced, inner.headers, inner.chunks, inner.is_ended) == ((True, True), dict(HEADERS), [b"x"], True)
    assert sink.find_outlet() is None


def test_a_whole_answer_is_passed_on() -> None:
    inner, reply = RecordingSink(), WireReply(200, b"{}")
    asyncio.run(PassingSink(inner).send_reply(reply, HEADERS))
    assert (inner.reply, inner.headers) == (reply, dict(HEADERS))


def test_a_whole_answer_that_nobody_waits_for_is_kept() -> None:
    sink, reply = GatheringSink(), WireReply(404, b"{}")
    asyncio.run(sink.send_reply(reply, HEADERS))
    assert (sink.reply, sink.is_started) == (reply, True)


def test_a_stream_that_nobody_waits_for_is_taken_to_its_end() -> None:
    sink = GatheringSink()
    shown: ReplySink = sink

    async def stream() -> None:
        sink.announce(is_stream=True, survives_disconnect=False)
        await sink.start_stream(b"text/event-stream", HEADERS)
        assert sink.is_started
        await sink.send_chunk(b"x")
        await sink.end_stream()

    asyncio.run(stream())
    assert (sink.reply, shown.find_outlet()) == (None, None)
