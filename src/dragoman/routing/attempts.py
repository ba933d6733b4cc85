"""Who is tried, in which order, and when to stop: a generator that yields steps and is sent how they went.

    plan = plan_attempts(route, pools, wish, now, random)
    step = next(plan)
    while True: step = plan.send(error)      # of an attempt that failed; None after a pause
                                             # StopIteration: nobody is left; raise the last error

Whoever drives it does the calling, the waiting and the leasing; the plan only decides. Invariants: at most
`wish.max_attempts` attempts; no key that was refused for this request is tried again in it; a pause is yielded only if
somebody may be tried after it and patience lasts that long.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from dragoman.errors import DragomanError, Kind
from dragoman.routing.key_state import Rest
from dragoman.routing.pool import NOBODY, CredentialPool
from dragoman.routing.retry_budget import RetryBudget
from dragoman.routing.selection import order_targets
from dragoman.routing.target import Attempt, Credential, Route, Target
from dragoman.routing.verdicts import MAY_REPEAT, PREFERS_SAME_TARGET, Verdict, select_verdict

MAX_ATTEMPTS = 3
FIRST_PAUSE_SECONDS = 0.25
MAX_PAUSE_SECONDS = 2.0
LEAST_WAIT_SECONDS = 0.01
"""What a wait costs of patience even if it was shorter, so that no plan can go round for ever."""

Pools = Mapping[str, CredentialPool]

MAX_SKIPS = 64


class Pause(msgspec.Struct, frozen=True, gc=False):
    """Nobody can be tried for so long. With patience, all keys rest or are busy: one that is given back ends the pause,
    and who is not first in the queue waits as long as patience lasts. Without, it is a pause before a repetition."""

    seconds: float
    patience_seconds: float = 0.0


class Skip(NamedTuple):
    """A target that was passed over, and what stood in its way."""

    target: str
    rest: Rest | None


class Wish(msgspec.Struct, frozen=True):
    """What a plan has to know of the request, and of the gateway."""

    tokens: int = 0  # about how many the request will cost
    session: int | None = None  # whom the conversation belongs to, as a hash
    max_attempts: int = MAX_ATTEMPTS
    max_wait_seconds: float = 0.0  # how long the request may wait for a key, all in all
    deadline: float | None = None  # no attempt begins after it
    budget: RetryBudget | None = None
    skipped: list[Skip] = []  # filled by the plan: who was passed over before the first attempt


Step = Attempt | Pause
AttemptPlan = Generator[Step, DragomanError | None, None]
Choice = tuple[Target, Credential]
Search = Generator[Step, DragomanError | None, Choice]
SearchAgain = Generator[Step, DragomanError | None, Choice | None]


def plan_attempts(
    route: Route, pools: Pools, wish: Wish, now: Callable[[], float], random: Callable[[], float]
) -> AttemptPlan:
    """Yield attempts, best first; raises if nobody can be tried at all."""
    targets = order_targets(route, pools, random)
    choice = _choose(targets, pools, now(), wish)
    search: _Search | None = None
    if choice is None:
        search = _Search(route, targets, pools, wish)
        choice = yield from search.wait_for_somebody(now)
    error = yield Attempt(*choice, 1)
    search = search or _Search(route, targets, pools, wish)
    for number in range(2, wish.max_attempts + 1):
        if error is None:
            raise AssertionError("an attempt that failed has an error")
        search.note_failure(choice, error, number)
        found = yield from search.find_next(now, random, number)
        if found is None:
            return
        choice = found
        error = yield Attempt(*choice, number)


Excluded = Mapping[str, frozenset[str]]
"""Names of keys by provider."""

NOT_ANY: Excluded = {}


def _choose(targets: Sequence[Target], pools: Pools, now: float, wish: Wish) -> Choice | None:
    """The first target with a ready key. Targets that were taken out for their faults come last."""
    spare: Choice | None = None
    for target in targets:
        pool = pools[target.provider.name]
        credential = pool.pick(target.model, now, NOBODY, wish.tokens, wish.session)
        if credential is not None:
            ejected_until = pool.health(target.model).breaker.ejected_until
            if len(targets) == 1 or ejected_until <= now:
                return target, credential
            spare = spare or (target, credential)
            rest: Rest | None = Rest("ejected", ejected_until - now)
        else:
            rest = pool.find_wait(target.model, now, NOBODY, wish.tokens)
        if len(wish.skipped) < MAX_SKIPS:
            wish.skipped.append(Skip(target.name, rest))
    return spare


class _Search:
    """What a request has learnt so far, once its first choice was none or has failed."""

    def __init__(self, route: Route, targets: Sequence[Target], pools: Pools, wish: Wish) -> None:
        self._route = route
        self._targets = list(targets)
        self._pools = pools
        self._wish = wish
        self._patience = wish.max_wait_seconds
        self._dropped: list[Target] = []
        self._refused: dict[str, frozenset[str]] = {}  # not again in this request
        self._tried: dict[str, frozenset[str]] = {}  # again only if there is nobody else
        self._is_last_try = False

    def wait_for_somebody(self, now: Callable[[], float]) -> Search:
        """Pause until somebody is ready; raises when that takes longer than patience lasts."""
        while True:
            rest = self._find_rest(now())
            if rest is None or not self._is_worth_waiting(rest):
                raise explain_nobody(self._route, rest)
            yield from self._pause(rest, now)
            choice = _choose(self._targets, self._pools, now(), self._wish)
            if choice is not None:
                return choice

    def note_failure(self, choice: Choice, error: DragomanError, number: int) -> None:
        """Who may be tried now, and in which order."""
        target, credential = choice
        verdict = select_verdict(error)
        self._is_last_try = number == self._wish.max_attempts
        instead = self._route.fallback.get(error.kind)
        if instead:
            verdict = "other_target"
            self._targets = [*instead, *[other for other in self._targets if other not in instead]]
        if verdict == "fail":
            self._targets = []
        elif verdict == "other_target":
            self._dropped.append(target)
            self._targets = [other for other in self._targets if other not in self._dropped]
        else:
            _add(self._tried, target, credential)
            if verdict not in MAY_REPEAT:
                _add(self._refused, target, credential)
            self._targets = self._reorder(target, verdict)

    def _reorder(self, failed: Target, verdict: Verdict) -> list[Target]:
        """Where the provider itself has trouble, providers that have not failed come first and the target itself last;
        where a key has, the target comes first, unless only one try is left."""
        others = [other for other in self._targets if other is not failed]
        if verdict in PREFERS_SAME_TARGET and not self._is_last_try:
            return [failed, *others]
        others.sort(key=lambda other: other.provider.name in self._tried)
        return [*others, failed]

    def find_next(self, now: Callable[[], float], random: Callable[[], float], number: int) -> SearchAgain:
        """Find whom to try now, perhaps after a pause."""
        while self._targets and not self._is_too_late(now()):
            choice = self._choose_beside(self._tried, now())
            if choice is not None:
                return choice if self._may_try(choice, now()) else None
            choice = self._choose_beside(self._refused, now())
            if choice is not None:
                if not self._may_retry(now()):
                    return None
                yield Pause(random() * min(FIRST_PAUSE_SECONDS * 2 ** (number - 2), MAX_PAUSE_SECONDS))
                return choice
            rest = self._find_rest(now())
            if rest is None or not self._is_worth_waiting(rest):
                return None
            yield from self._pause(rest, now)
        return None

    def _choose_beside(self, excluded: Excluded, now: float) -> Choice | None:
        """The first target with a key that is ready and not excluded; those that were taken out come last."""
        spare: Choice | None = None
        for target in self._targets:
            pool = self._pools[target.provider.name]
            names = excluded.get(target.provider.name, NOBODY)
            if self._is_last_try:
                credential = pool.pick_proven(target.model, now, names, self._wish.tokens)
            else:
                credential = pool.pick(target.model, now, names, self._wish.tokens, self._wish.session)
            if credential is not None:
                if pool.health(target.model).breaker.ejected_until <= now:
                    return target, credential
                spare = spare or (target, credential)
        return spare

    def _find_rest(self, now: float) -> Rest | None:
        return find_shortest_rest(self._targets, self._pools, now, self._refused, self._wish.tokens)

    def _is_worth_waiting(self, rest: Rest) -> bool:
        return self._patience > 0 and (rest.seconds <= self._patience or rest.reason == "busy")

    def _pause(self, rest: Rest, now: Callable[[], float]) -> AttemptPlan:
        begun = now()
        yield Pause(min(rest.seconds, self._patience), self._patience)
        self._patience -= max(now() - begun, LEAST_WAIT_SECONDS)

    def _may_try(self, choice: Choice, now: float) -> bool:
        """Somebody else may always be tried, as long as he is well."""
        target, credential = choice
        if not self._pools[target.provider.name].is_well(credential, target.model):
            return self._may_retry(now)
        if self._wish.budget is not None:
            self._wish.budget.note_failover(now)
        return True

    def _may_retry(self, now: float) -> bool:
        return self._wish.budget is None or self._wish.budget.take(now)

    def _is_too_late(self, now: float) -> bool:
        return self._wish.deadline is not None and now >= self._wish.deadline


def _add(excluded: dict[str, frozenset[str]], target: Target, credential: Credential) -> None:
    name = target.provider.name
    excluded[name] = excluded.get(name, NOBODY) | {credential.name}


def find_shortest_rest(
    targets: Sequence[Target], pools: Pools, now: float, excluded: Excluded = NOT_ANY, tokens: int = 0
) -> Rest | None:
    """What stands between now and the first of the targets' keys; None if there is no key at all."""
    rests = []
    for target in targets:
        name = target.provider.name
        rest = pools[name].find_wait(target.model, now, excluded.get(name, NOBODY), tokens)
        if rest is not None:
            rests.append(rest)
    return min(rests, key=lambda rest: rest.seconds) if rests else None


def explain_nobody(route: Route, rest: Rest | None) -> DragomanError:
    """Why nobody could be tried."""
    if rest is None:
        message = f"No credential of the providers behind {route.name!r} may serve this model."
        return DragomanError(Kind.NOT_FOUND, message, blame="gateway")
    if rest.reason == "busy":
        message = f"Every credential that could serve {route.name!r} is busy."
        return DragomanError(Kind.RATE_LIMIT, message, blame="upstream", retry_after_seconds=1.0)
    if rest.reason == "quarantined":
        message = f"The providers behind {route.name!r} refuse the gateway's credentials; its operator must check them."
        return DragomanError(Kind.OVERLOADED, message, blame="gateway", retry_after_seconds=rest.seconds)
    kind = Kind.OVERLOADED if rest.reason == "overloaded" else Kind.RATE_LIMIT
    message = (
        f"Every credential that could serve {route.name!r} is resting; the first is ready in {rest.seconds:.1f} s."
    )
    return DragomanError(kind, message, blame="upstream", retry_after_seconds=rest.seconds)
