"""Drives a plan of attempts: waits, calls, notes how each went, tells the pools, and stops when one has served.

Every lease is ended exactly once, whichever way its attempt ends; whoever waits for a key is told when one comes back.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from math import inf

from dragoman.clock import Clock
from dragoman.errors import DragomanError, Kind
from dragoman.routing.attempts import AttemptPlan, Pause, Step, Wish, find_shortest_rest, plan_attempts
from dragoman.routing.lease import Lease
from dragoman.routing.pool import CredentialPool
from dragoman.routing.target import Attempt, Route
from dragoman.service.exchange import AttemptOutcome, Exchange
from dragoman.service.switchboard import Switchboard
from dragoman.service.waiting import Ticket, WaitingRoom

Run = Callable[[Attempt], Awaitable[None]]

NO_WISH = Wish()
_RESTING = frozenset({Kind.RATE_LIMIT, Kind.OVERLOADED})


async def drive_attempts(
    switchboard: Switchboard, route: Route, exchange: Exchange, clock: Clock, run: Run, *, wish: Wish = NO_WISH
) -> None:
    """Run attempts until one serves; raises the last failure if none does. Once content has gone to the client a
    failure is final."""
    room = switchboard.room
    plan = plan_attempts(route, switchboard.pools, wish, clock.monotonic, random.random)
    step = await _queue_up(plan, wish, room, route.name) if room.has_queue(route.name) else next(plan)
    error: DragomanError | None = None
    while step is not None:
        attempt = step if isinstance(step, Attempt) else await _reach_attempt(plan, step, room, route.name)
        if attempt is None:
            break
        error = await _try(switchboard, exchange, clock, run, attempt)
        if error is None:
            return
        if exchange.first_content is not None:
            raise error
        step = _send(plan, error)
    if error is None:
        raise AssertionError("a plan without an attempt raises by itself")
    raise _tell_shortest_rest(error, switchboard, route, clock)


async def _try(
    switchboard: Switchboard, exchange: Exchange, clock: Clock, run: Run, attempt: Attempt
) -> DragomanError | None:
    """One attempt under a lease; its failure, if it failed."""
    exchange.attempt = attempt
    target, credential = attempt.target, attempt.credential
    exchange.face = credential.face or target.provider.face_for(exchange.client_dialect)
    pool = switchboard.pools[target.provider.name]
    started = clock.monotonic()
    exchange.lease = lease = pool.lease(credential, target.model, exchange.tokens, started)
    try:
        await run(attempt)
    except DragomanError as error:
        ended = clock.monotonic()
        exchange.outcomes.append(AttemptOutcome(attempt, started, ended, error))
        pool.settle_failure(lease, credential, target.model, error, ended)
        return error
    except BaseException:
        lease.cancel()
        raise
    else:
        _note_end(exchange, pool, lease, started, clock.monotonic())
        return None
    finally:
        if switchboard.room.count:
            switchboard.room.note_release()


def _note_end(exchange: Exchange, pool: CredentialPool, lease: Lease, started: float, ended: float) -> None:
    """The client has its answer, or the beginning of one: a stream that broke off is a fault like any other."""
    attempt, error = exchange.attempt, exchange.error
    if attempt is None:
        raise AssertionError("an attempt that ended has begun")
    exchange.outcomes.append(AttemptOutcome(attempt, started, ended, error))
    if error is not None:
        pool.settle_failure(lease, attempt.credential, attempt.target.model, error, ended)
        return
    first, usage = exchange.first_content, exchange.usage
    tokens = usage.input + usage.output if usage is not None else None
    lease.succeed(ended, tokens, None if first is None else first - started)


async def _queue_up(plan: AttemptPlan, wish: Wish, room: WaitingRoom, route: str) -> Attempt | None:
    """Others wait for this route already: stay behind them until it is this request's turn."""
    ticket = room.take_ticket(route)
    try:
        await ticket.wait(wish.max_wait_seconds, wish.max_wait_seconds)
        step = next(plan)
    except BaseException:
        ticket.leave()
        raise
    return await _reach_attempt(plan, step, room, route, ticket)


async def _reach_attempt(
    plan: AttemptPlan, step: Step | None, room: WaitingRoom, route: str, ticket: Ticket | None = None
) -> Attempt | None:
    """Sit out the plan's pauses until it comes to an attempt, or to its end."""
    try:
        while isinstance(step, Pause):
            if step.patience_seconds > 0:
                ticket = ticket or room.take_ticket(route)
                await ticket.wait(step.seconds, step.patience_seconds)
            else:
                await room.sleep(step.seconds)
            step = _send(plan, None)
        return step
    finally:
        if ticket is not None:
            ticket.leave()


def _send(plan: AttemptPlan, error: DragomanError | None) -> Step | None:
    try:
        return plan.send(error)
    except StopIteration:
        return None


def _tell_shortest_rest(error: DragomanError, switchboard: Switchboard, route: Route, clock: Clock) -> DragomanError:
    """The last failure; if it was about waiting, with the wait after which somebody can be asked again."""
    if error.kind in _RESTING:
        rest = find_shortest_rest(route.targets, switchboard.pools, clock.monotonic())
        if rest is not None and 0 < rest.seconds < inf:
            error.retry_after_seconds = rest.seconds
    return error
