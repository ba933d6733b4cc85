"""One credential of a pool: why it rests, what it has left, and what it is busy with.

What a provider counts and refuses mostly holds for one model, so there is a state for each model beside that of the
whole key. `find_rest` is on the hot path and returns None for a key that is ready.
"""

from __future__ import annotations

from collections import deque
from math import inf
from typing import Literal, NamedTuple

from dragoman.routing.gauges import Entry, Gauge, MinuteWindow
from dragoman.routing.health import Breaker, Quarantine
from dragoman.routing.target import Credential

MAX_MODELS = 1024
MAX_GAUGES = 16
MAX_HISTORY = 20

Reason = Literal[
    "paused",
    "other_models",
    "quarantined",
    "cooling",
    "overloaded",
    "exhausted",
    "own_limit",
    "busy",
    "ejected",
    "excluded",
]


class Rest(NamedTuple):
    """Why a key is not used now, and for how many seconds as far as that is known."""

    reason: Reason
    seconds: float


_OTHER_MODELS = Rest("other_models", inf)
_BUSY = Rest("busy", inf)
_PAUSED = Rest("paused", inf)


class PastRest(NamedTuple):
    """That a key was sent to rest, when (monotonic) and for which model."""

    at: float
    model: str
    reason: Reason
    seconds: float


class ModelState:
    """One credential with one model."""

    __slots__ = (
        "breaker",
        "cooling_reason",
        "cooling_until",
        "gauges",
        "quarantine",
        "strikes",
        "unanswered",
        "unanswered_tokens",
    )

    def __init__(self) -> None:
        self.cooling_until = 0.0
        self.cooling_reason: Literal["cooling", "overloaded"] = "cooling"
        self.strikes = 0  # rests in a row whose length nobody told
        self.gauges: dict[str, Gauge] = {}
        self.unanswered = 0  # requests whose answer has not begun
        self.unanswered_tokens = 0
        self.breaker = Breaker()
        self.quarantine = Quarantine()

    def find_rest(self, tokens: int, now: float) -> Rest | None:
        """Why this model cannot be asked for with this key now."""
        if self.cooling_until > now:
            return Rest(self.cooling_reason, self.cooling_until - now)
        if self.quarantine.is_on and (seconds := self.quarantine.wait(now)) > 0:
            return Rest("quarantined", seconds)
        if self.gauges and (seconds := self._find_wait(tokens, now)) > 0:
            return Rest("exhausted", seconds)
        if self.breaker.ejected_until > now:
            return Rest("ejected", self.breaker.ejected_until - now)
        return None

    def _find_wait(self, tokens: int, now: float) -> float:
        """Seconds until all that the provider counts is there again."""
        longest = 0.0
        for gauge in self.gauges.values():
            need = tokens if gauge.counts_tokens else 1
            if need > gauge.left or now >= gauge.reset_at:
                longest = max(longest, gauge.wait(need, now))
        return longest

    def charge(self, tokens: int) -> None:
        """A request of about so many tokens is sent; what the provider said is left is less by that."""
        for gauge in self.gauges.values():
            gauge.left -= tokens if gauge.counts_tokens else 1

    def open_gauge(self, scope: str) -> Gauge:
        """What the provider counts under a name; it says the same few names each time, so more are not kept."""
        gauge = Gauge(counts_tokens="token" in scope)
        if len(self.gauges) < MAX_GAUGES:
            self.gauges[scope] = gauge
        return gauge

    def cool(self, reason: Literal["cooling", "overloaded"], until: float) -> None:
        """Rest it until then, unless it rests longer already."""
        if until > self.cooling_until:
            self.cooling_until = until
            self.cooling_reason = reason

    def is_forgettable(self, now: float) -> bool:
        """Whether nothing would be lost without this state."""
        until = max(self.cooling_until, self.breaker.ejected_until, self.quarantine.until)
        return self.unanswered == 0 and until <= now


class KeyState:
    """One credential."""

    __slots__ = (
        "credential",
        "history",
        "in_flight",
        "is_limited",
        "is_paused",
        "last_success",
        "models",
        "quarantine",
        "requests",
        "tokens",
    )

    def __init__(self, credential: Credential) -> None:
        self.credential = credential
        self.in_flight = 0
        self.last_success = 0.0
        self.quarantine = Quarantine()
        self.models: dict[str, ModelState] = {}
        self.requests = MinuteWindow(credential.rpm) if credential.rpm else None
        self.tokens = MinuteWindow(credential.tpm) if credential.tpm else None
        self.is_limited = bool(credential.rpm or credential.tpm or credential.concurrency)
        self.is_paused = False
        self.history: deque[PastRest] = deque(maxlen=MAX_HISTORY)

    def __repr__(self) -> str:
        return f"<KeyState {self.credential.name}: {self.in_flight} in flight>"

    def pause(self, *, is_paused: bool) -> None:
        """Leave it alone until told otherwise. It counts as a limit of the operator's, which costs the others nothing."""
        credential = self.credential
        self.is_paused = is_paused
        self.is_limited = is_paused or bool(credential.rpm or credential.tpm or credential.concurrency)

    def forgive(self) -> None:
        """Forget what was held against it: somebody has seen it serve."""
        self.quarantine = Quarantine()
        for state in self.models.values():
            state.cooling_until = 0.0
            state.strikes = 0
            state.breaker = Breaker()
            state.quarantine = Quarantine()

    def serves(self, model: str) -> bool:
        """Whether the operator lets this key be used for the model."""
        models = self.credential.models
        return models is None or model in models

    def find_rest(self, model: str, tokens: int, now: float) -> Rest | None:
        """Why this key cannot be used for the model now; None if it can."""
        credential = self.credential
        if credential.models is not None and model not in credential.models:
            return _OTHER_MODELS
        if self.quarantine.is_on and (seconds := self.quarantine.wait(now)) > 0:
            return Rest("quarantined", seconds)
        if self.is_limited:
            rest = self._find_own_rest(tokens, now)
            if rest is not None:
                return rest
        state = self.models.get(model)
        return state.find_rest(tokens, now) if state is not None else None

    def is_tense(self, model: str) -> bool:
        """Whether somebody who counts its use may say that little is left."""
        if self.is_limited:
            return True
        state = self.models.get(model)
        if state is not None:
            for gauge in state.gauges.values():
                if gauge.left < gauge.tense_below:
                    return True
        return False

    def find_use(self, model: str, now: float) -> float:
        """How much of the tightest of its limits is used up, from 0 to 1: the provider's as far as it tells them, and
        the operator's."""
        state = self.models.get(model)
        uses = [gauge.find_use(now) for gauge in state.gauges.values()] if state is not None else []
        uses += [window.find_use(now) for window in (self.requests, self.tokens) if window is not None]
        return max(uses, default=0.0)

    def find_state(self, now: float) -> Reason | Literal["ready"]:
        """What it is as a whole: ready if it may be used for some model that it was used with, else why not, by the
        shortest of its rests."""
        if self.is_paused:
            return "paused"
        rests = [self.find_rest(model, 0, now) for model in self.models]
        if not rests or None in rests:
            return "ready"
        return min((rest for rest in rests if rest is not None), key=lambda rest: rest.seconds).reason

    def _find_own_rest(self, tokens: int, now: float) -> Rest | None:
        if self.is_paused:
            return _PAUSED
        if 0 < self.credential.concurrency <= self.in_flight:
            return _BUSY
        waits = [self.requests.wait(1, now)] if self.requests else []
        waits += [self.tokens.wait(tokens, now)] if self.tokens else []
        seconds = max(waits, default=0.0)
        return Rest("own_limit", seconds) if seconds > 0 else None

    def charge(self, tokens: int, now: float) -> Entry | None:
        """A request of about so many tokens is sent; the entry of the latter, where the operator limits them."""
        if self.requests:
            self.requests.charge(1, now)
        return self.tokens.charge(tokens, now) if self.tokens else None

    def open_model(self, model: str, now: float) -> ModelState:
        """The state for a model. Clients may name any model, so what says nothing is forgotten when there are many."""
        state = self.models.get(model)
        if state is None:
            if len(self.models) >= MAX_MODELS:
                self._forget(now)
            state = self.models[model] = ModelState()
        return state

    def _forget(self, now: float) -> None:
        """Make room: without what says nothing any more, and if that is not enough, with what is in use alone."""
        self.models = {name: state for name, state in self.models.items() if not state.is_forgettable(now)}
        if len(self.models) >= MAX_MODELS:
            self.models = {name: state for name, state in self.models.items() if state.unanswered}

    def is_barred(self, model: str) -> bool:
        """Whether the provider has refused it, for this model or altogether."""
        state = self.models.get(model)
        return self.quarantine.is_on or (state is not None and state.quarantine.is_on)
