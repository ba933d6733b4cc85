"""A second attempt beside a slow first one."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Hedge, Route, Target
from dragoman.service.detours.hedging import HedgeBudgets, Hedging
from dragoman.service.exchange import Inbound
from dragoman.upstream.scripted import Script
from dragoman.upstream.transport import OutgoingRequest
from tests.unit.service.desk import (
    CHAT_REQUEST,
    CHAT_STREAM,
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

SOON, NEVER = 0.01, 60.0
DOWN = DragomanError(Kind.UNAVAILABLE, "refused", blame="upstream", phase="connect")


class Hall:
    """A desk whose route `r` is hedged; each provider answers as the test says, by its name or its key's."""

    def __init__(self, *names: str, keys: int = 1, after: float = SOON, share: float = 1.0) -> None:
        providers = [make_provider(name, keys=keys) for name in names]
        self.answers: dict[str, Script | DragomanError] = {}
        self.desk = Desk(self.answer, *providers)
        route = Route("r", tuple(Target(provider, "m") for provider in providers), hedge=Hedge(after, share))
        resolver = Resolver([route], providers, Target)
        self.desk.board = msgspec.structs.replace(self.desk.board, resolver=resolver, has_hedges=True)
        self.hedging = Hedging(self.desk.service.generate, lambda: self.desk.board)

    def answer(self, request: OutgoingRequest) -> Script | DragomanError:
        name = request.origin.host.partition(".")[0]
        key = name + dict(request.headers)[b"authorization"].decode().removeprefix("Bearer ")
        return self.answers.get(key) or self.answers.get(name) or whole()

    async def serve(self, body: bytes = CHAT_REQUEST, **more: Any) -> RecordingSink:
        sink = RecordingSink()
        await self.hedging.generate(Inbound(client_side("openai_chat"), body, **more), sink)
        return sink

    @property
    def asked(self) -> list[str]:
        return [request.origin.host.partition(".")[0] for request in self.desk.transport.requests]

    def check_given_back(self) -> None:
        for pool in self.desk.board.pools.values():
            assert [key.in_flight for key in pool.keys] == [0] * len(pool.keys)
            assert [rest for _, rest in pool.describe("m", self.desk.clock.monotonic())] == [None] * len(pool.keys)


def stuck() -> Script:
    return Script(before_head=(asyncio.Event(),))


def test_an_attempt_that_answers_in_time_is_alone() -> None:
    async def scenario() -> None:
        hall = Hall("a", "b", after=NEVER)
        assert (await hall.serve()).json["choices"]
        assert hall.asked == ["a"]

    run(scenario())


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_slow_attempt_is_overtaken_broken_off_and_metered_like_the_other(*, is_stream: bool) -> None:
    async def scenario() -> None:
        hall = Hall("a", "b")
        hall.answers = {"a": stuck(), "b": streamed() if is_stream else whole()}
        sink = await hall.serve(CHAT_STREAM_REQUEST if is_stream else CHAT_REQUEST, principal="ann")
        assert sink.is_ended
        assert hall.asked == ["a", "b"]
        assert sink.headers[b"x-dragoman-target"] == b"b/m"
        if is_stream:
            assert b"".join(sink.chunks) == b"".join(CHAT_STREAM)
        told = {
            exchange.attempt.target.provider.name: (exchange.is_cancelled, exchange.principal)
            for exchange in hall.desk.settled
            if exchange.attempt is not None
        }
        assert told == {"a": (True, "ann"), "b": (False, "ann")}
        hall.check_given_back()

    run(scenario())


def test_another_key_of_the_same_provider_is_asked_and_never_the_same_one() -> None:
    async def scenario() -> None:
        hall = Hall("a", keys=2)
        hall.answers = {"a1": stuck(), "a2": whole()}
        assert (await hall.serve()).json["choices"]
        hall.answers = {"a1": whole(), "a2": stuck()}
        assert (await hall.serve()).json["choices"]
        hall.check_given_back()

    run(scenario())


def test_where_there_is_nobody_else_the_first_is_waited_for() -> None:
    async def scenario() -> None:
        hall = Hall("a")
        gate = asyncio.Event()
        hall.answers = {"a": msgspec.structs.replace(whole(), before_head=(gate,))}
        serving = asyncio.ensure_future(hall.serve())
        while len(hall.desk.settled) < 1:  # the second attempt has found nobody
            await asyncio.sleep(0)
        gate.set()
        assert (await serving).json["choices"]
        assert hall.asked == ["a"]
        hall.check_given_back()

    run(scenario())


@pytest.mark.parametrize("failure", [error_script(400), error_script(500), DOWN])
def test_a_second_attempt_that_fails_leaves_the_first_its_time(failure: Script | DragomanError) -> None:
    async def scenario() -> None:
        hall = Hall("a", "b")
        gate = asyncio.Event()
        hall.answers = {"a": msgspec.structs.replace(whole(), before_head=(gate,)), "b": failure}
        serving = asyncio.ensure_future(hall.serve(hints=()))
        while "b" not in hall.asked:
            await asyncio.sleep(0)
        gate.set()
        assert (await serving).json["choices"]

    run(scenario())


def test_where_both_fail_the_client_gets_one_error() -> None:
    async def scenario() -> None:
        hall = Hall("a", "b")
        gate = asyncio.Event()
        refusal = error_script(400, b'{"error":{"message":"first","type":"x","code":null}}')
        hall.answers = {"a": msgspec.structs.replace(refusal, before_head=(gate,)), "b": error_script(422)}
        serving = asyncio.ensure_future(hall.serve())
        while "b" not in hall.asked:
            await asyncio.sleep(0)
        gate.set()
        sink = await serving
        assert sink.reply is not None
        assert sink.reply.status == 400
        assert b"first" in sink.reply.body

    run(scenario())


def test_once_somebody_has_begun_to_answer_a_failure_is_final() -> None:
    async def scenario() -> None:
        cut = DragomanError(Kind.UNAVAILABLE, "cut", blame="upstream", phase="stream")
        hall = Hall("a", "b")
        hall.answers = {"a": streamed(*CHAT_STREAM[:2], cut)}
        sink = await hall.serve(CHAT_STREAM_REQUEST)
        assert hall.asked == ["a"]
        assert b'"error"' in b"".join(sink.chunks)

    run(scenario())


def test_a_client_that_leaves_ends_both() -> None:
    async def scenario() -> None:
        hall = Hall("a", "b")
        hall.answers = {"a": stuck(), "b": stuck()}
        serving = asyncio.ensure_future(hall.serve())
        while hall.asked != ["a", "b"]:
            await asyncio.sleep(0)
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
        assert [exchange.is_cancelled for exchange in hall.desk.settled] == [True, True]
        hall.check_given_back()

    run(scenario())


def test_no_more_than_a_share_is_asked_twice() -> None:
    async def scenario() -> None:
        hall = Hall("a", "b", share=0.1)
        for number in range(40):
            gate = asyncio.Event()
            hall.answers = {"a": msgspec.structs.replace(whole(), before_head=(gate,))}
            serving = asyncio.ensure_future(hall.serve())
            while hall.asked.count("a") < number + 1:
                await asyncio.sleep(0)
            await asyncio.wait([serving], timeout=5 * SOON)
            for _ in range(50):  # on a busy machine both waits may have ended at once
                await asyncio.sleep(0)
            gate.set()
            await serving
        assert hall.asked.count("b") == 4

    run(scenario())


def test_the_budget_is_for_each_route_and_the_past_counts_less() -> None:
    budgets, hedge = HedgeBudgets(), Hedge(1.0, 0.1)
    assert budgets.take("r", hedge)
    assert not budgets.take("r", hedge)
    taken = 0
    for _ in range(5000):
        budgets.note_request("r")
        taken += budgets.take("r", hedge)
    assert 480 <= taken <= 520
    assert budgets.take("other", hedge)
    assert repr(budgets) == "<HedgeBudgets of 2 routes>"


def test_routes_without_a_hedge_and_what_cannot_be_read_go_their_usual_way() -> None:
    async def scenario() -> None:
        hall = Hall("a", "b")
        assert (await hall.serve(b"{")).reply is not None
        assert (await hall.serve(b'{"model":"b/m","messages":[]}')).json["choices"]
        hall.desk.board = msgspec.structs.replace(hall.desk.board, has_hedges=False)
        assert (await hall.serve()).json["choices"]
        assert hall.asked == ["b", "a"]
        assert repr(hall.hedging) == "<Hedging: <HedgeBudgets of 0 routes>>"

    run(scenario())


class BeatenSink(RecordingSink):
    """A heartbeat opens its stream before anybody has said anything."""

    def announce(self, *, is_stream: bool, survives_disconnect: bool) -> None:
        self.is_started = True


def test_a_heartbeat_that_has_opened_the_stream_decides_nothing() -> None:
    async def scenario() -> None:
        hall = Hall("a", "b")
        hall.answers = {"a": stuck(), "b": streamed()}
        sink = BeatenSink()
        await hall.hedging.generate(Inbound(client_side("openai_chat"), CHAT_STREAM_REQUEST), sink)
        assert hall.asked == ["a", "b"]
        assert b"".join(sink.chunks) == b"".join(CHAT_STREAM)
        assert sink.is_ended
        hall.check_given_back()

    run(scenario())


def test_an_error_of_the_first_does_not_end_a_stream_that_the_second_may_answer() -> None:
    async def scenario() -> None:
        hall = Hall("a", "b")
        gates = {"a": asyncio.Event(), "b": asyncio.Event()}
        bad = b'{"error":{"message":"bad","type":"x","code":null}}'
        hall.answers = {
            "a": msgspec.structs.replace(error_script(400, bad), before_head=(gates["a"],)),
            "b": msgspec.structs.replace(streamed(), before_head=(gates["b"],)),
        }
        sink = BeatenSink()
        inbound = Inbound(client_side("openai_chat"), CHAT_STREAM_REQUEST)
        serving = asyncio.ensure_future(hall.hedging.generate(inbound, sink))
        while hall.asked != ["a", "b"]:
            await asyncio.sleep(0)
        gates["a"].set()
        while not hall.desk.settled:
            await asyncio.sleep(0)
        assert sink.chunks == []
        gates["b"].set()
        await serving
        assert b"".join(sink.chunks) == b"".join(CHAT_STREAM)

    run(scenario())


def test_where_both_fail_after_a_heartbeat_the_stream_ends_in_an_error_event() -> None:
    async def scenario() -> None:
        hall = Hall("a", "b")
        gate = asyncio.Event()
        failing = msgspec.structs.replace(error_script(400), before_head=(gate,))
        hall.answers = {"a": failing, "b": failing}
        sink = BeatenSink()
        inbound = Inbound(client_side("openai_chat"), CHAT_STREAM_REQUEST)
        serving = asyncio.ensure_future(hall.hedging.generate(inbound, sink))
        while hall.asked != ["a", "b"]:
            await asyncio.sleep(0)
        gate.set()
        await serving
        assert sink.is_ended
        assert len(sink.chunks) == 1
        assert b'"error"' in sink.chunks[0]

    run(scenario())
