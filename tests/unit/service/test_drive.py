"""Attempts are run, noted and reported."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.model.loss import Loss
from dragoman.routing.attempts import Wish
from dragoman.routing.target import Attempt, Provider
from dragoman.service.drive import drive_attempts
from dragoman.service.exchange import Exchange
from dragoman.service.switchboard import Switchboard
from tests.unit.service.desk import make_provider, make_switchboard, run

LATE = DragomanError(Kind.TIMEOUT, "late", blame="upstream")
LIMITED = DragomanError(Kind.RATE_LIMIT, "slow down", blame="upstream", retry_after_seconds=9.0)


def drive(failures: list[DragomanError], *, content_after: int | None = None) -> tuple[Exchange, list[str]]:
    """Drive a route over two providers whose first calls fail as given."""
    board = make_switchboard(make_provider("a"), make_provider("b"))
    exchange = Exchange("ex", "openai_chat", "p", 0.0)
    tried: list[str] = []

    async def call(attempt: Attempt) -> None:
        tried.append(attempt.credential.name)
        if len(tried) == content_after:
            exchange.first_content = 1.0
        if len(tried) <= len(failures):
            raise failures[len(tried) - 1]

    run(drive_attempts(board, board.resolver.resolve("r"), exchange, FixedClock(), call))
    return exchange, tried


def test_the_one_that_serves_ends_the_plan() -> None:
    exchange, tried = drive([LATE])
    assert tried == ["a-1", "b-1"]
    assert [outcome.error for outcome in exchange.outcomes] == [LATE, None]
    assert exchange.attempt is not None
    assert exchange.attempt.number == 2


def test_when_nobody_serves_the_last_failure_is_told() -> None:
    with pytest.raises(DragomanError) as caught:
        drive([LATE, LIMITED])
    assert caught.value is LIMITED


def test_once_content_has_gone_a_failure_is_final() -> None:
    with pytest.raises(DragomanError) as caught:
        drive([LATE], content_after=1)
    assert caught.value is LATE


def test_pools_learn_from_failures_and_successes() -> None:
    board = make_switchboard(make_provider("a"))
    route = board.resolver.resolve("r")

    async def refuse(attempt: Attempt) -> None:
        raise LIMITED

    async def serve(attempt: Attempt) -> None:
        return None

    clock = FixedClock()
    with pytest.raises(DragomanError):
        run(drive_attempts(board, route, Exchange("1", "d", "p", 0.0), clock, refuse))
    with pytest.raises(DragomanError, match="resting"):
        run(drive_attempts(board, route, Exchange("2", "d", "p", 0.0), clock, serve))
    clock.advance(9.0)
    run(drive_attempts(board, route, Exchange("3", "d", "p", 0.0), clock, serve))


def test_an_only_key_that_failed_is_asked_again_as_a_plan_says() -> None:
    board = make_switchboard(make_provider("a"))
    exchange = Exchange("ex", "openai_chat", "p", 0.0)
    busy = DragomanError(Kind.OVERLOADED, "busy", blame="upstream")
    seen: list[tuple[int, list[Loss]]] = []

    async def call(attempt: Attempt) -> None:
        seen.append((attempt.number, exchange.losses))
        exchange.losses.append(Loss("dropped", "seed"))
        if attempt.number < 3:
            raise busy

    run(drive_attempts(board, board.resolver.resolve("r"), exchange, FixedClock(), call))
    assert [number for number, _ in seen] == [1, 2, 3]
    assert [outcome.error for outcome in exchange.outcomes] == [busy, busy, None]
    assert [len(losses) for _, losses in seen] == [1, 1, 1]  # what the attempts before have lost is of no account
    assert board.pools["a"].keys[0].in_flight == 0


def test_an_only_key_that_another_request_for_the_same_has_asked_is_not_asked() -> None:
    board = make_switchboard(make_provider("a"))
    route = board.resolver.resolve("r")
    exchange = Exchange("ex", "openai_chat", "p", 0.0)

    async def call(attempt: Attempt) -> None:
        raise AssertionError("nobody is left to ask")

    with pytest.raises(DragomanError, match="No credential"):
        run(drive_attempts(board, route, exchange, FixedClock(), call, wish=Wish(beside=route.only)))
    assert [skip.target for skip in exchange.skipped] == ["a/m"]


def test_attempts_that_the_request_has_caused_already_count() -> None:
    board = make_switchboard(make_provider("a"))
    numbers: list[int] = []

    async def call(attempt: Attempt) -> None:
        numbers.append(attempt.number)

    exchange = Exchange("ex", "openai_chat", "p", 0.0)
    run(drive_attempts(board, board.resolver.resolve("r"), exchange, FixedClock(), call, wish=Wish(tried=1)))
    assert numbers == [2]


def test_a_last_failure_about_waiting_tells_the_shortest_wait_of_all() -> None:
    board = make_switchboard(make_provider("a"), make_provider("b"))
    waits = iter([4.0, 9.0])

    async def refuse(attempt: Attempt) -> None:
        raise DragomanError(Kind.RATE_LIMIT, "no", blame="upstream", retry_after_seconds=next(waits))

    with pytest.raises(DragomanError) as caught:
        run(drive_attempts(board, board.resolver.resolve("r"), Exchange("1", "d", "p", 0.0), FixedClock(), refuse))
    assert caught.value.retry_after_seconds == 4.0


# -- leases and waiting ----------------------------------------------------------------------------------------------


def make_narrow(keys: int = 1) -> tuple[Switchboard, Provider]:
    """A provider whose keys may each serve one request at a time."""
    provider = make_provider("a", keys=keys)
    narrow = tuple(msgspec.structs.replace(one, concurrency=1) for one in provider.credentials)
    provider = msgspec.structs.replace(provider, credentials=narrow)
    return make_switchboard(provider), provider


class Floor:
    """Requests that run until they are let go."""

    def __init__(self, board: Switchboard) -> None:
        self.board = board
        self.running: list[str] = []
        self.gates: dict[str, asyncio.Future[None]] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}

    async def begin(self, name: str) -> None:
        async def call(attempt: Attempt) -> None:
            self.running.append(name)
            self.gates[name] = asyncio.get_running_loop().create_future()
            await self.gates[name]

        exchange = Exchange(name, "d", "p", 0.0)
        wish = Wish(max_wait_seconds=30.0)
        work = drive_attempts(self.board, self.board.resolver.resolve("r"), exchange, FixedClock(), call, wish=wish)
        self.tasks[name] = asyncio.ensure_future(work)
        await self.settle()

    async def settle(self) -> None:
        for _ in range(10):
            await asyncio.sleep(0)

    @property
    def held(self) -> int:
        return sum(key.in_flight for key in self.board.pools["a"].keys)


def test_requests_get_a_busy_key_in_the_order_in_which_they_came() -> None:
    async def scenario() -> None:
        floor = Floor(make_narrow()[0])
        for name in "abcd":
            await floor.begin(name)
        assert floor.running == ["a"]
        for name in "abcd":
            floor.gates[name].set_result(None)
            await floor.settle()
        assert floor.running == ["a", "b", "c", "d"]
        assert (floor.held, floor.board.room.count) == (0, 0)

    run(scenario())


def test_a_newcomer_does_not_overtake_those_who_wait() -> None:
    async def scenario() -> None:
        floor = Floor(make_narrow()[0])
        for name in "ab":
            await floor.begin(name)
        floor.gates["a"].set_result(None)
        await floor.begin("c")
        assert floor.running == ["a", "b"]
        floor.gates["b"].set_result(None)
        await floor.settle()
        assert floor.running == ["a", "b", "c"]
        floor.tasks["c"].cancel()

    run(scenario())


@pytest.mark.parametrize("victim", ["a", "b", "c"])
def test_who_leaves_gives_back_its_key_or_its_place(victim: str) -> None:
    async def scenario() -> None:
        floor = Floor(make_narrow()[0])
        for name in "abc":
            await floor.begin(name)
        floor.tasks[victim].cancel()
        await floor.settle()
        for name in "abc":
            if name != victim:
                floor.gates[name].set_result(None)
                await floor.settle()
        assert [name for name in floor.running if name != victim] == [name for name in "abc" if name != victim]
        assert (floor.held, floor.board.room.count) == (0, 0)
        assert floor.board.pools["a"].keys[0].models["m"].breaker.faults == 0

    run(scenario())


def test_a_bug_in_an_attempt_gives_its_key_back_and_blames_nobody() -> None:
    board, provider = make_narrow()

    async def stumble(attempt: Attempt) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(drive_attempts(board, board.resolver.resolve("r"), Exchange("1", "d", "p", 0.0), FixedClock(), stumble))
    assert board.pools["a"].pick("m", 1000.0) is provider.credentials[0]
    assert board.pools["a"].is_well(provider.credentials[0], "m")


def test_a_stream_that_broke_off_counts_as_a_fault_though_the_client_was_told() -> None:
    board = make_switchboard(make_provider("a"))
    exchange = Exchange("1", "d", "p", 0.0)

    async def break_off(attempt: Attempt) -> None:
        exchange.first_content = 1.0
        exchange.error = LATE

    run(drive_attempts(board, board.resolver.resolve("r"), exchange, FixedClock(), break_off))
    assert [outcome.error for outcome in exchange.outcomes] == [LATE]
    assert board.pools["a"].keys[0].models["m"].breaker.faults == 1
