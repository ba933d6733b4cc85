"""Attempts are run, noted and reported."""

from __future__ import annotations

import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.routing.target import Attempt
from dragoman.service.drive import drive_attempts
from dragoman.service.exchange import Exchange
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
