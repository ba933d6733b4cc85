"""Who is tried, in which order, and when to stop: a generator that yields steps and is sent how they went.

    plan = plan_attempts(route, pools, wish, now, random)
    step = next(plan)
    while True: step = plan.send(error)      # of an attempt that failed; None after a pause, or where one has served
                                             # StopIteration: it served, or nobody is left; raise the last error

Whoever drives it does the calling, the waiting and the leasing; the plan only decides. A route with one key of one
target (`Route.only`) needs no plan until that key is not ready or has failed. Invariants: at most `wish.max_attempts`
attempts; no key that was refused for this request is tried again in it; a pause is yielded only if somebody may be tried
after it and patience lasts that long.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from dragoman.errors import DragomanError, Kind
from dragoman.routing.key_state import Rest
from dragoman.routing.lease import KEY_REFUSED
from dragoman.routing.mints import Minter
from dragoman.routing.pool import NOBODY, CredentialPool
from dragoman.routing.retry_budget import RetryBudget
from dragoman.routing.selection import order_targets
from dragoman.routing.target import Attempt, Credential, Route, Target
from dragoman.routing.verdicts import MAY_REPEAT, PREFERS_SAME_TARGET, Verdict, select_verdict

MAX_ATTEMPTS = 3
LEAST_PAUSE_SECONDS = 0.06
FIRST_PAUSE_SECONDS = 0.25
MAX_PAUSE_SECONDS = 2.0
PAUSE_GROWTH = 1.25
"""A pause is drawn at random below a limit that doubles, and never shorter than the one before by this factor."""
LEAST_WAIT_SECONDS = 0.01
"""What a wait costs of patience even if it was shorter, so that no plan can go round for ever."""
LEAST_REST_SECONDS = 1.0
"""What is told where the budget of retries is used up."""

Pools = Mapping[str, CredentialPool]

NEWS_STEP_SECONDS = 0.05
MAX_NEWS_SECONDS = 0.5
"""Where keys were refused, one try is left and nobody knows which of the remaining keys is good, other requests are
about to find out: the last try waits so long for what they learn."""

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


class Wish(msgspec.Struct, frozen=True, gc=False):
    """What a plan has to know of the request, and of the gateway."""

    tokens: int = 0  # about how many the request will cost
    session: int | None = None  # whom the conversation belongs to, as a hash
    max_attempts: int = MAX_ATTEMPTS
    max_wait_seconds: float = 0.0  # how long the request may wait for a key, all in all
    deadline: float | None = None  # no attempt begins after it
    budget: RetryBudget | None = None
    beside: Attempt | None = None  # another request for the same has asked them: their key is not asked first
    minter: Minter | None = None  # who understands what the conversation carries
    skipped: list[Skip] = []  # filled by the plan: who was passed over before the first attempt
    tried: int = 0  # attempts that the request has caused already


Step = Attempt | Pause
AttemptPlan = Generator[Step, DragomanError | None, None]
Choice = tuple[Target, Credential]
Search = Generator[Step, DragomanError | None, Choice]
SearchAgain = Generator[Step, DragomanError | None, Choice | None]


def plan_attempts(
    route: Route,
    pools: Pools,
    wish: Wish,
    now: Callable[[], float],
    random: Callable[[], float],
    *,
    choice: Choice | None = None,
) -> AttemptPlan:
    """Yield attempts, best first; raises if nobody can be tried at all. `choice` is who comes first, if that is known."""
    targets = route.targets if route.policy == "ordered" else order_targets(route, pools, random)
    if wish.beside is not None:
        asked = wish.beside.target.name  # who is slow is slow with every key
        targets = sorted(targets, key=lambda target: target.name == asked)
    choice = choice or (_choose_minter(targets, pools, now(), wish) if wish.minter is not None else None)
    choice = choice or _choose(targets, pools, now(), wish)
    search: _Search | None = None
    if choice is None:
        if wish.beside is not None:
            raise explain_nobody(route, None)
        search = _Search(route, targets, pools, wish)
        choice = yield from search.wait_for_somebody(now)
    if wish.tried:
        search = search or _Search(route, targets, pools, wish)
        if not search.may_try(choice, now()):
            raise explain_nobody(route, Rest("overloaded", LEAST_REST_SECONDS))
    number = wish.tried + 1
    while choice is not None:
        error = yield Attempt(choice[0], choice[1], number)
        if error is None or number >= wish.max_attempts:
            return
        number += 1
        search = search or _Search(route, targets, pools, wish)
        search.note_failure(choice, error, now(), is_last=number == wish.max_attempts)
        choice = yield from search.find_next(now, random, number)


Excluded = Mapping[str, frozenset[str]]
"""Names of keys by the target that they were used for, or by the provider where the key itself was refused."""

NOT_ANY: Excluded = {}


def list_excluded(excluded: Excluded, target: Target) -> frozenset[str]:
    """The keys that are out of the question for a target. One that failed with one model may well have another."""
    return excluded.get(target.name, NOBODY) | excluded.get(target.provider.name, NOBODY) if excluded else NOBODY


def _choose_minter(targets: Sequence[Target], pools: Pools, now: float, wish: Wish) -> Choice | None:
    """The target and the very key that minted what the request carries, if they are among those who may serve it."""
    if wish.minter is None:
        return None
    for target in targets:
        if target.provider.name == wish.minter.provider:
            pool = pools[target.provider.name]
            credential = pool.pick_named(wish.minter.credential, target.model, now, wish.tokens)
            if credential is not None and pool.health(target.model).breaker.ejected_until <= now:
                return target, credential
    return None


def _find_excluded(beside: Attempt, target: Target) -> frozenset[str]:
    """The key of the target's provider that another request for the same has asked already."""
    is_same = beside.target.provider.name == target.provider.name
    return frozenset({beside.credential.name}) if is_same else NOBODY


def _choose(targets: Sequence[Target], pools: Pools, now: float, wish: Wish) -> Choice | None:
    """The first target with a ready key. Targets that were taken out for their faults come last."""
    spare: Choice | None = None
    for target in targets:
        pool = pools[target.provider.name]
        excluded = NOBODY if wish.beside is None else _find_excluded(wish.beside, target)
        credential = pool.pick(target.model, now, excluded, wish.tokens, wish.session)
        if credential is not None:
            if len(targets) == 1:
                return target, credential
            ejected_until = pool.health(target.model).breaker.ejected_until
            if ejected_until <= now:
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
        self._failed_providers: set[str] = set()
        self._refused: dict[str, frozenset[str]] = {}  # not again in this request
        self._tried: dict[str, frozenset[str]] = {}  # again only if there is nobody else
        self._is_last_try = False
        self._refused_since: float | None = None  # when a key itself was refused first
        self._news_seconds = MAX_NEWS_SECONDS
        self._least_pause = LEAST_PAUSE_SECONDS

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

    def note_failure(self, choice: Choice, error: DragomanError, now: float, *, is_last: bool) -> None:
        """Who may be tried now, and in which order. `is_last`: only one try is left."""
        target, credential = choice
        verdict = select_verdict(error)
        if error.kind in KEY_REFUSED and self._refused_since is None:
            self._refused_since = now
        self._is_last_try = is_last
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
            name = target.provider.name if error.kind in KEY_REFUSED else target.name
            _add(self._tried, name, credential)
            if verdict not in MAY_REPEAT:
                _add(self._refused, name, credential)
            self._failed_providers.add(target.provider.name)
            self._targets = self._reorder(target, verdict)

    def _reorder(self, failed: Target, verdict: Verdict) -> list[Target]:
        """Where the provider itself has trouble, providers that have not failed come first and the target itself last;
        where a key has, the target comes first, unless only one try is left."""
        others = [other for other in self._targets if other is not failed]
        if verdict in PREFERS_SAME_TARGET and not self._is_last_try:
            return [failed, *others]
        others.sort(key=lambda other: other.provider.name in self._failed_providers)
        return [*others, failed]

    def find_next(self, now: Callable[[], float], random: Callable[[], float], number: int) -> SearchAgain:
        """Find whom to try now, perhaps after a pause."""
        while self._targets and not self._is_too_late(now()):
            choice = self._choose_beside(self._tried, now())
            if choice is not None:
                if self._is_worth_news(choice, now()):
                    self._news_seconds -= NEWS_STEP_SECONDS
                    yield Pause(NEWS_STEP_SECONDS)
                    continue
                return choice if self.may_try(choice, now()) else None
            choice = self._choose_beside(self._refused, now())
            if choice is not None:
                if not self._may_retry(now()):
                    return None
                yield Pause(self._draw_pause(random, number))
                return choice
            rest = self._find_rest(now())
            if rest is None or not self._is_worth_waiting(rest):
                return None
            yield from self._pause(rest, now)
        return None

    def _draw_pause(self, random: Callable[[], float], number: int) -> float:
        """Before the same key is asked again: full jitter, above what the last pause was."""
        least = self._least_pause
        limit = min(FIRST_PAUSE_SECONDS * (1 << max(number - 2, 0)), MAX_PAUSE_SECONDS)
        seconds = least + random() * max(limit - least, 0.0)
        self._least_pause = seconds * PAUSE_GROWTH
        return seconds

    def _choose_beside(self, excluded: Excluded, now: float) -> Choice | None:
        """The first target with a key that is ready and not excluded; those that were taken out come last."""
        spare: Choice | None = None
        for target in self._targets:
            pool = self._pools[target.provider.name]
            names = list_excluded(excluded, target)
            if self._is_last_try:
                credential = pool.pick_proven(target.model, now, names, self._wish.tokens)
            else:
                credential = pool.pick(target.model, now, names, self._wish.tokens, self._wish.session)
            if credential is not None:
                if pool.health(target.model).breaker.ejected_until <= now:
                    return target, credential
                spare = spare or (target, credential)
        return spare

    def _is_worth_news(self, choice: Choice, now: float) -> bool:
        """Whether the last try would be a gamble that others may soon spare this request."""
        since = self._refused_since
        if since is None or not self._is_last_try or self._news_seconds <= 0:
            return False
        target = choice[0]
        excluded, pool = list_excluded(self._tried, target), self._pools[target.provider.name]
        return bool(excluded) and pool.is_gamble(target.model, now, excluded, since, self._wish.tokens)

    def _find_rest(self, now: float) -> Rest | None:
        return find_shortest_rest(self._targets, self._pools, now, self._refused, self._wish.tokens)

    def _is_worth_waiting(self, rest: Rest) -> bool:
        return self._patience > 0 and (rest.seconds <= self._patience or rest.reason == "busy")

    def _pause(self, rest: Rest, now: Callable[[], float]) -> AttemptPlan:
        begun = now()
        yield Pause(min(rest.seconds, self._patience), self._patience)
        self._patience -= max(now() - begun, LEAST_WAIT_SECONDS)

    def may_try(self, choice: Choice, now: float) -> bool:
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


def _add(excluded: dict[str, frozenset[str]], name: str, credential: Credential) -> None:
    excluded[name] = excluded.get(name, NOBODY) | {credential.name}


def find_shortest_rest(
    targets: Sequence[Target], pools: Pools, now: float, excluded: Excluded = NOT_ANY, tokens: int = 0
) -> Rest | None:
    """What stands between now and the first of the targets' keys; None if there is no key at all."""
    rests = []
    for target in targets:
        rest = pools[target.provider.name].find_wait(target.model, now, list_excluded(excluded, target), tokens)
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
