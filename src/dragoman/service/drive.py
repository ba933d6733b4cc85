"""Drives a plan of attempts: waits, calls, notes how each went, tells the pools, and stops when one has served.

Every lease is ended exactly once, whichever way its attempt ends; whoever waits for a key is told when one comes back.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from math import inf

from dragoman.clock import Clock
from dragoman.errors import DragomanError, Kind
from dragoman.routing.attempts import AttemptPlan, Pause, Pools, Step, Wish, find_shortest_rest, plan_attempts
from dragoman.routing.lease import Lease
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
    room, pools, now = switchboard.room, switchboard.pools, clock.monotonic
    plan: AttemptPlan | None = None
    attempt = route.only
    lease = (
        pools[attempt.target.provider.name].take(attempt, wish.tokens, now())
        if attempt is not None and room.count == 0 and wish.beside is None and wish.tried == 0
        else None
    )
    if lease is None:
        plan = plan_attempts(route, pools, wish, now, random.random)
        exchange.skipped = wish.skipped
        attempt = await _reach_first(plan, wish, room, route.name)
    failure: DragomanError | None = None
    while attempt is not None:
        if lease is None:
            lease = _hold(pools, exchange, attempt, wish.tokens, now())
        exchange.attempt = attempt
        exchange.lease = lease
        exchange.face = attempt.credential.face or attempt.target.provider.face_for(exchange.client_dialect)
        failure = None
        try:
            await run(attempt)
        except DragomanError as error:
            failure = error
        except BaseException:
            lease.cancel()
            raise
        finally:
            if room.count:
                room.note_release()
        _note_end(pools, exchange, lease, failure or exchange.error, now())
        if failure is None:
            return _end(plan) if plan is not None else None
        if exchange.first_content is not None:
            raise failure
        if plan is None:
            plan = plan_attempts(route, pools, wish, now, random.random, choice=(attempt.target, attempt.credential))
            next(plan)  # comes to the attempt that was made without it
        attempt, lease = await _reach_attempt(plan, _send(plan, failure), room, route.name), None
    raise _tell_shortest_rest(failure, switchboard, route, now())


def _hold(pools: Pools, exchange: Exchange, attempt: Attempt, tokens: int, now: float) -> Lease:
    """A hold on the key of an attempt. What was lost on the way to somebody else is of no account any more."""
    exchange.losses = []
    exchange.tape = None
    target = attempt.target
    return pools[target.provider.name].lease(attempt.credential, target.model, tokens, now)


def _note_end(pools: Pools, exchange: Exchange, lease: Lease, error: DragomanError | None, ended: float) -> None:
    """Nobody has answered, or the client has its answer, or the beginning of one: a stream that broke off is a fault
    like any other."""
    attempt, started = exchange.attempt, lease.started
    if attempt is None:
        raise AssertionError("what ends has begun")
    exchange.outcomes.append(AttemptOutcome(attempt, started, ended, error))
    if error is not None:
        target = attempt.target
        pools[target.provider.name].settle_failure(lease, attempt.credential, target.model, error, ended)
        return
    first, usage = exchange.first_content, exchange.usage
    tokens = usage.input + usage.output if lease.entry is not None and usage is not None else None
    lease.succeed(ended, tokens, None if first is None else first - started)


def _end(plan: AttemptPlan) -> None:
    """Somebody has served. Dropped amid its work, the plan would have to be closed with an exception."""
    next(plan, None)


async def _reach_first(plan: AttemptPlan, wish: Wish, room: WaitingRoom, route: str) -> Attempt | None:
    """Come to the first attempt. If others wait for this route already, stay behind them until it is this request's
    turn."""
    if not room.has_queue(route):
        return await _reach_attempt(plan, next(plan), room, route)
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


def _tell_shortest_rest(
    error: DragomanError | None, switchboard: Switchboard, route: Route, now: float
) -> DragomanError:
    """The last failure; if it was about waiting, with the wait after which somebody can be asked again."""
    if error is None:
        raise AssertionError("a plan without an attempt raises by itself")
    if error.kind in _RESTING:
        rest = find_shortest_rest(route.targets, switchboard.pools, now)
        if rest is not None and 0 < rest.seconds < inf:
            error.retry_after_seconds = rest.seconds
    return error
