"""Drives a plan of attempts: calls, notes how each went, tells the pools, and stops when one has served."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

from dragoman.clock import Clock
from dragoman.errors import DragomanError
from dragoman.routing.attempts import plan_attempts
from dragoman.routing.target import Attempt, Route
from dragoman.service.exchange import AttemptOutcome, Exchange
from dragoman.service.switchboard import Switchboard

Run = Callable[[Attempt], Awaitable[None]]


async def drive_attempts(switchboard: Switchboard, route: Route, exchange: Exchange, clock: Clock, run: Run) -> None:
    """Run attempts until one serves; raises the last failure if none does. Once content has gone to the client a
    failure is final."""
    plan = plan_attempts(route, switchboard.pools, clock.monotonic, random.random)
    attempt = next(plan)
    while True:
        exchange.attempt = attempt
        pool = switchboard.pools[attempt.target.provider.name]
        started = clock.monotonic()
        try:
            await run(attempt)
        except DragomanError as error:
            ended = clock.monotonic()
            exchange.outcomes.append(AttemptOutcome(attempt, started, ended, error))
            pool.report_failure(attempt.credential, attempt.target.model, error, ended)
            if exchange.first_content is not None:
                raise
            try:
                attempt = plan.send(error)
            except StopIteration:
                raise error from None
        else:
            exchange.outcomes.append(AttemptOutcome(attempt, started, clock.monotonic()))
            pool.report_success(attempt.credential, attempt.target.model)
            return
