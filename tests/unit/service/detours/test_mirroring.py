"""Requests that are shown to somebody else as well."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

import msgspec

from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Mirror, Route, Target
from dragoman.service.detours.mirroring import MAX_IN_FLIGHT, Mirroring
from dragoman.service.exchange import Inbound
from dragoman.upstream.scripted import Script
from dragoman.upstream.transport import OutgoingRequest
from tests.unit.service.desk import (
    CHAT_REQUEST,
    CHAT_STREAM_REQUEST,
    Desk,
    RecordingSink,
    client_side,
    error_script,
    make_provider,
    run,
    streamed,
    whole,
)

A = make_provider("a")
GEMINI_REQUEST = b'{"contents":[{"role":"user","parts":[{"text":"Hi"}]}]}'


class Hall:
    """A desk whose route `r` is mirrored to the provider b, and what was started beside the traffic."""

    def __init__(self, share: float = 1.0, drawn: float = 0.4) -> None:
        self.desk = Desk(self.answer, A, make_provider("b"))
        board = self.desk.board
        providers = board.resolver.providers
        route = Route("r", (Target(providers[0], "m"),), mirror=Mirror("b/other", share))
        self.desk.board = msgspec.structs.replace(
            board, resolver=Resolver([route], providers, Target), has_mirrors=True
        )
        self.started: list[Coroutine[Any, Any, None]] = []
        self.mirroring = Mirroring(
            self.desk.service.generate,
            lambda: self.desk.board,
            lambda work, name: self.started.append(work),
            lambda: drawn,
        )
        self.mirror_answer = whole()

    def answer(self, request: OutgoingRequest) -> Script:
        if request.origin.host == "b.example":
            return self.mirror_answer
        return streamed() if b'"stream":true' in request.body else whole()

    async def serve(self, body: bytes = CHAT_REQUEST, **more: Any) -> RecordingSink:
        sink = RecordingSink()
        await self.mirroring.generate(Inbound(client_side("openai_chat"), body, **more), sink)
        return sink

    async def finish(self) -> None:
        await asyncio.gather(*self.started)
        self.started.clear()


def test_a_mirror_is_asked_when_the_client_has_its_answer_and_metered_apart() -> None:
    async def scenario() -> None:
        hall = Hall()
        sink = await hall.serve(CHAT_STREAM_REQUEST, principal="ann", hints=((b"x-dragoman-only", b"a"),))
        assert sink.is_ended
        assert len(hall.desk.transport.requests) == 1
        hall.mirror_answer = streamed()
        await hall.finish()
        first, shown = hall.desk.transport.requests
        assert (first.origin.host, shown.origin.host) == ("a.example", "b.example")
        assert json.loads(shown.body)["model"] == "other"
        assert json.loads(shown.body)["messages"] == json.loads(first.body)["messages"]
        told = [(exchange.principal, exchange.model, exchange.error) for exchange in hall.desk.settled]
        assert told == [("ann", "r", None), ("mirror", "b/other", None)]
        assert all(exchange.usage is not None for exchange in hall.desk.settled)

    run(scenario())


def test_a_mirror_that_fails_is_felt_by_nobody() -> None:
    async def scenario() -> None:
        hall = Hall()
        hall.mirror_answer = error_script(400)
        sink = await hall.serve()
        await hall.finish()
        assert sink.json["choices"]
        assert hall.desk.settled[1].error is not None
        assert hall.mirroring.in_flight == 0

    run(scenario())


def test_only_a_share_is_shown_and_what_cannot_be_read_is_not() -> None:
    async def scenario() -> None:
        for share, shown in ((0.39, 0), (0.41, 1)):
            hall = Hall(share)
            await hall.serve()
            assert len(hall.started) == shown
            await hall.finish()
        hall = Hall()
        await hall.serve(b"{")
        await hall.serve(b'{"model":"nobody/knows","messages":[]}')
        await hall.serve(b'{"model":"b/other","messages":[]}')
        assert hall.started == []

    run(scenario())


def test_too_many_at_once_are_left_out() -> None:
    async def scenario() -> None:
        hall = Hall()
        for _ in range(MAX_IN_FLIGHT + 3):
            await hall.serve()
        assert (len(hall.started), hall.mirroring.left_out) == (MAX_IN_FLIGHT, 3)
        assert repr(hall.mirroring) == "<Mirroring: 64 in flight, 3 left out>"
        await hall.finish()
        await hall.serve()
        assert len(hall.started) == 1
        await hall.finish()

    run(scenario())


def test_a_model_that_stands_in_the_path_is_replaced_there() -> None:
    async def scenario() -> None:
        hall = Hall()
        sink = RecordingSink()
        inbound = Inbound(client_side("gemini_generate"), GEMINI_REQUEST, path_model="r", path_stream=False)
        await hall.mirroring.generate(inbound, sink)
        await hall.finish()
        assert [exchange.model for exchange in hall.desk.settled] == ["r", "b/other"]

    run(scenario())


def test_where_no_route_has_a_mirror_nothing_stands_between() -> None:
    async def scenario() -> None:
        hall = Hall()
        hall.desk.board = msgspec.structs.replace(hall.desk.board, has_mirrors=False)
        await hall.serve()
        assert hall.started == []

    run(scenario())
