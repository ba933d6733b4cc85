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
    room, pools = switchboard.room, switchboard.pools
    plan = plan_attempts(route, pools, wish, clock.monotonic, random.random)
    is_behind = room.count > 0 and room.has_queue(route.name)
    step = await _queue_up(plan, wish, room, route.name) if is_behind else next(plan)
    error: DragomanError | None = None
    while step is not None:
        attempt = step if type(step) is Attempt else await _reach_attempt(plan, step, room, route.name)
        if attempt is None:
            break
        lease = _begin(pools, exchange, attempt, clock.monotonic())
        try:
            await run(attempt)
        except DragomanError as failure:
            error = failure
            _note_end(pools, exchange, lease, AttemptOutcome(attempt, lease.started, clock.monotonic(), error))
        except BaseException:
            lease.cancel()
            raise
        else:
            _note_end(pools, exchange, lease, AttemptOutcome(attempt, lease.started, clock.monotonic(), exchange.error))
            next(plan, None)  # it ends; dropped in the midst of its work it would have to be closed with an exception
            return
        finally:
            if room.count:
                room.note_release()
        if exchange.first_content is not None:
            raise error
        step = _send(plan, error)
    if error is None:
        raise AssertionError("a plan without an attempt raises by itself")
    raise _tell_shortest_rest(error, switchboard, route, clock)


def _begin(pools: Pools, exchange: Exchange, attempt: Attempt, now: float) -> Lease:
    """An attempt begins, with a hold on its credential."""
    target, credential = attempt.target, attempt.credential
    provider = target.provider
    exchange.attempt = attempt
    exchange.face = credential.face or provider.face_for(exchange.client_dialect)
    exchange.lease = lease = pools[provider.name].lease(credential, target.model, exchange.tokens, now)
    return lease


def _note_end(pools: Pools, exchange: Exchange, lease: Lease, outcome: AttemptOutcome) -> None:
    """Nobody has answered, or the client has its answer, or the beginning of one: a stream that broke off is a fault
    like any other."""
    exchange.outcomes.append(outcome)
    error, ended = outcome.error, outcome.ended
    if error is not None:
        target, credential = outcome.attempt.target, outcome.attempt.credential
        pools[target.provider.name].settle_failure(lease, credential, target.model, error, ended)
        return
    first, usage = exchange.first_content, exchange.usage
    tokens = usage.input + usage.output if usage is not None else None
    lease.succeed(ended, tokens, None if first is None else first - outcome.started)


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
