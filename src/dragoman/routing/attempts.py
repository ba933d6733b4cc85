"""Who is tried, in which order, and when to stop: a generator that yields attempts and is sent their failures.

    plan = plan_attempts(route, pools, now, …)
    attempt = next(plan)
    while failed: attempt = plan.send(error)     # StopIteration: nobody is left; raise the last error

Whoever drives it does the calling, the waiting and the reporting to the pools; the plan only decides.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping

from dragoman.errors import DragomanError, Kind
from dragoman.routing.pool import CredentialPool
from dragoman.routing.target import Attempt, Route, Target
from dragoman.routing.verdicts import select_verdict

MAX_ATTEMPTS = 3

AttemptPlan = Generator[Attempt, DragomanError, None]


def plan_attempts(
    route: Route, pools: Mapping[str, CredentialPool], now: Callable[[], float], random: Callable[[], float]
) -> AttemptPlan:
    """Yield at most `MAX_ATTEMPTS` attempts, best first; raises if nobody can be tried at all."""
    number = 0
    wait: float | None = None
    for target in order_targets(route, random):
        pool = pools[target.provider.name]
        tried: frozenset[str] = frozenset()
        repeats = 0
        while number < MAX_ATTEMPTS:
            credential = pool.pick(target.model, now(), tried)
            if credential is None:
                wait = _shorter(wait, pool.next_ready(target.model, now()))
                break
            number += 1
            error = yield Attempt(target, credential, number)
            verdict = select_verdict(error)
            if verdict == "fail":
                return
            if verdict == "next_target" or repeats >= len(target.provider.credentials):
                break
            if verdict == "next_credential":
                tried |= {credential.name}
            repeats += 1
    if number == 0:
        raise _explain_nobody(route, wait)


def order_targets(route: Route, random: Callable[[], float]) -> list[Target]:
    """The targets in the order in which they are to be tried."""
    if route.policy == "ordered" or len(route.targets) == 1:
        return list(route.targets)
    # Weighted order without replacement: each target draws random^(1/weight), the largest draw comes first.
    return sorted(route.targets, key=lambda target: random() ** (1.0 / max(target.weight, 1e-9)), reverse=True)


def _shorter(first: float | None, second: float | None) -> float | None:
    if first is None or second is None:
        return first if second is None else second
    return min(first, second)


def _explain_nobody(route: Route, wait: float | None) -> DragomanError:
    if wait is None:
        message = f"No credential of the providers behind {route.name!r} may serve this model."
        return DragomanError(Kind.NOT_FOUND, message, blame="gateway")
    message = f"Every credential that could serve {route.name!r} is resting; the first is ready in {wait:.1f} s."
    return DragomanError(Kind.RATE_LIMIT, message, blame="upstream", retry_after_seconds=wait)
