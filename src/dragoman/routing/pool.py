"""A provider's credentials and how they are. `pick` decides, a lease learns; neither awaits nor looks at a clock.

A key rests while the provider told it to (a rate limit, an overload), when a count that the provider reports has run
out, when a limit of the operator's is reached, in quarantine (the provider refused the key, or the key for a model; one
request probes it now and then) and after many faults in a row. Of those who may serve a model, the last is neither put
into quarantine nor taken out for its faults: somebody has to find out when the provider is well again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from math import inf

from dragoman.errors import DragomanError
from dragoman.routing.affinity import Lodgings, Ranking
from dragoman.routing.gauges import TENSE_USE
from dragoman.routing.health import TargetHealth
from dragoman.routing.key_state import MAX_MODELS, KeyState, PastRest, Rest
from dragoman.routing.lease import Lease, open_lease
from dragoman.routing.target import Attempt, Credential

NOBODY: frozenset[str] = frozenset()
TURNS_PER_KEY = 16
MAX_TURNS = 4096

EASY_USE = 0.6
LARGE_CACHE_TOKENS = 20_000


class CredentialPool:
    """Rotates over what is ready, smoothly by weight."""

    __slots__ = (
        "_by_name",
        "_health",
        "_lodgings",
        "_name",
        "_only",
        "_position",
        "_ranking",
        "_turns",
        "_weights",
        "credentials",
        "keys",
    )

    def __init__(self, name: str, credentials: tuple[Credential, ...]) -> None:
        self._name = name
        self.credentials = credentials
        self.keys = tuple(KeyState(credential) for credential in credentials)
        self._only = self.keys[0] if len(self.keys) == 1 else None
        self._by_name = {key.credential.name: key for key in self.keys}
        self._weights = {credential.name: credential.weight for credential in credentials}
        self._turns = plan_turns(list(self._weights.values()))
        self._position = 0
        self._ranking = Ranking(self._weights)
        self._lodgings = Lodgings()
        self._health: dict[str, TargetHealth] = {}

    def __repr__(self) -> str:
        busy = sum(key.in_flight for key in self.keys)
        barred = sum(key.quarantine.is_on for key in self.keys)
        return f"<CredentialPool {self._name}: {len(self.keys)} credentials, {barred} quarantined, {busy} in flight>"

    def pick(
        self,
        model: str,
        now: float,
        excluded: frozenset[str] = NOBODY,
        tokens: int = 0,
        session: int | None = None,
    ) -> Credential | None:
        """A key that is ready and not excluded: the one that the session belongs to, else the next in turn."""
        only = self._only
        if only is not None:
            if excluded and only.credential.name in excluded:
                return None
            rest = only.find_rest(model, tokens, now)
            return only.credential if rest is None or rest.reason == "ejected" else None
        if session is not None:
            return self._pick_for(session, model, now, excluded, tokens)
        return self._pick_first(self._in_turn(), model, now, excluded, tokens)

    def _pick_for(
        self, session: int, model: str, now: float, excluded: frozenset[str], tokens: int
    ) -> Credential | None:
        """The key whose cache the session has warmed, if that is ready and not short of what the session would lose by
        leaving; else the best of the others, with which the session stays then."""
        home = self._ranking.find_home(session)
        lodging = self._lodgings.find(session, now) if self._lodgings else None
        # Whether a key that was refused is accepted again can only be found out by asking.
        first = home if lodging is None or self.keys[home].is_barred(model) else lodging
        key = self.keys[first]
        short: Credential | None = None
        if key.credential.name not in excluded and key.find_rest(model, tokens, now) is None:
            if not key.is_tense(model) or key.find_use(model, now) <= bear_use(tokens):
                return key.credential
            short = key.credential
        ranked = self._ranking.rank(session)
        for position in ranked if lodging is None else (lodging, *ranked):
            other = self.keys[position]
            if other.credential.name in excluded or other.find_rest(model, tokens, now) is not None:
                continue
            if short is None or other.find_use(model, now) < EASY_USE:
                self._lodge(session, position, home, now)
                return other.credential
        return short or self._pick_first(ranked, model, now, excluded, tokens)

    def _lodge(self, session: int, position: int, home: int, now: float) -> None:
        if position == home:
            self._lodgings.forget(session)
        else:
            self._lodgings.note(session, position, now)

    def _pick_first(
        self, positions: Iterable[int], model: str, now: float, excluded: frozenset[str], tokens: int
    ) -> Credential | None:
        """The first that is ready; else the first that was taken out for its faults."""
        spare: Credential | None = None
        for position in positions:
            key = self.keys[position]
            if key.credential.name in excluded:
                continue
            rest = key.find_rest(model, tokens, now)
            if rest is None:
                return key.credential
            if rest.reason == "ejected" and spare is None:
                spare = key.credential
        return spare

    def pick_proven(self, model: str, now: float, excluded: frozenset[str], tokens: int = 0) -> Credential | None:
        """Of the keys that are ready, the one that served last: the best bet when there is one try left."""
        ready = self._list_ready(model, now, excluded, tokens)
        if not ready:
            return self.pick(model, now, excluded, tokens)
        return max(ready, key=lambda key: key.last_success).credential

    def is_gamble(self, model: str, now: float, excluded: frozenset[str], since: float, tokens: int = 0) -> bool:
        """Whether several keys are ready and none of them has served since then."""
        ready = self._list_ready(model, now, excluded, tokens)
        return len(ready) > 1 and all(key.last_success < since for key in ready)

    def _list_ready(self, model: str, now: float, excluded: frozenset[str], tokens: int) -> list[KeyState]:
        return [
            key
            for key in self.keys
            if key.credential.name not in excluded and key.find_rest(model, tokens, now) is None
        ]

    def pick_named(self, name: str, model: str, now: float, tokens: int = 0) -> Credential | None:
        """The key of that name, if it is ready."""
        key = self._by_name.get(name)
        return key.credential if key is not None and key.find_rest(model, tokens, now) is None else None

    def find_home(self, session: int) -> Credential:
        """The key that a conversation belongs to, whether it is ready or not."""
        return self.credentials[self._ranking.find_home(session)]

    def lease(self, credential: Credential, model: str, tokens: int, now: float) -> Lease:
        """Hold a key for an attempt that begins now."""
        health = self._health.get(model) or self.health(model)
        return open_lease(self._by_name[credential.name], model, health, tokens, now)

    def take(self, only: Attempt, tokens: int, now: float) -> Lease | None:
        """The same for the only key of the pool, if it is ready: to `pick` and to hold in one."""
        key, model = self._by_name[only.credential.name], only.target.model
        rest = key.find_rest(model, tokens, now)
        if rest is not None and rest.reason != "ejected":
            return None
        return open_lease(key, model, self._health.get(model) or self.health(model), tokens, now)

    def settle_failure(
        self, lease: Lease, credential: Credential, model: str, error: DragomanError, now: float
    ) -> None:
        """End a lease with a failure, mindful of who would be left."""
        lease.fail(error, now, is_last=not self._has_another(credential, model))
        key = self._by_name[credential.name]
        rest = key.find_rest(model, 0, now)
        if rest is not None:
            key.history.append(PastRest(now, model, rest.reason, rest.seconds))

    def find_key(self, name: str) -> KeyState | None:
        """The state of a key; None if there is none of that name."""
        return self._by_name.get(name)

    def list_health(self) -> dict[str, TargetHealth]:
        """How the provider is with each model that it was asked for."""
        return dict(self._health)

    def list_weights(self) -> dict[str, float]:
        """The share of each key, as it is now."""
        return dict(self._weights)

    def weigh(self, name: str, weight: float) -> None:
        """Give a key another share. Conversations that it wins or loses by that move."""
        self._weights[name] = weight
        self._turns = plan_turns(list(self._weights.values()))
        self._position = 0
        self._ranking = Ranking(self._weights)

    def is_well(self, credential: Credential, model: str) -> bool:
        """Whether its last call for the model did not fail."""
        state = self._by_name[credential.name].models.get(model)
        return state is None or state.breaker.faults == 0

    def health(self, model: str) -> TargetHealth:
        """How the provider is with a model. What says nothing is forgotten when clients have named very many."""
        health = self._health.get(model)
        if health is None:
            if len(self._health) >= MAX_MODELS:
                self._health = {name: kept for name, kept in self._health.items() if kept.in_flight}
            health = self._health[model] = TargetHealth()
        return health

    def find_wait(self, model: str, now: float, excluded: frozenset[str] = NOBODY, tokens: int = 0) -> Rest | None:
        """What stands between now and the first key that may be used; None if no key is there for the model at all.
        Keys in quarantine are of no account while there are others."""
        rests = [rest for _, rest in self.describe(model, now, tokens, excluded) if rest is None or _may_end(rest)]
        if not rests:
            return None
        if None in rests:
            return Rest("ejected", 0.0)
        known = [rest for rest in rests if rest is not None]
        useful = [rest for rest in known if rest.reason != "quarantined"] or known
        return min(useful, key=lambda rest: rest.seconds)

    def describe(
        self, model: str, now: float, tokens: int = 0, excluded: frozenset[str] = NOBODY
    ) -> list[tuple[Credential, Rest | None]]:
        """Each key with what keeps it from being used, if anything does."""
        described: list[tuple[Credential, Rest | None]] = []
        for key in self.keys:
            is_excluded = key.credential.name in excluded
            rest = Rest("excluded", inf) if is_excluded else key.find_rest(model, tokens, now)
            described.append((key.credential, rest))
        return described

    def _has_another(self, credential: Credential, model: str) -> bool:
        """Whether a key that the provider has not refused would be left for the model."""
        return any(
            key.credential is not credential and key.serves(model) and not key.is_barred(model) for key in self.keys
        )

    def _in_turn(self) -> Iterable[int]:
        """All keys, beginning with the one whose turn it is; the turn passes on."""
        turns = self._turns
        first = turns[self._position]
        self._position = self._position + 1 if self._position + 1 < len(turns) else 0
        return chain(range(first, len(self.keys)), range(first))


def bear_use(tokens: int) -> float:
    """Up to which use of its limit a conversation of so many tokens stays with its key. The last fifth of a limit is
    left to those who would lose most: what a cache holds cannot be more than the request, and reading it anew costs
    about ten times as much."""
    return TENSE_USE + (1 - TENSE_USE) * min(tokens / LARGE_CACHE_TOKENS, 1.0)


def plan_turns(weights: Sequence[float]) -> tuple[int, ...]:
    """Whose turn it is, again and again: smooth weighted rotation, worked out beforehand because it costs as much as
    there are keys."""
    if len(set(weights)) <= 1:
        return tuple(range(len(weights)))
    dues = [0.0] * len(weights)
    total = sum(weights)
    turns: list[int] = []
    for _ in range(min(TURNS_PER_KEY * len(weights), MAX_TURNS)):
        dues = [due + weight for due, weight in zip(dues, weights, strict=True)]
        chosen = max(range(len(weights)), key=dues.__getitem__)
        dues[chosen] -= total
        turns.append(chosen)
    return tuple(turns)


def _may_end(rest: Rest) -> bool:
    return rest.reason not in {"other_models", "excluded"}
