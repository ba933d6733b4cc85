"""The use of a credential for one attempt. Whoever opens a lease ends it exactly once, in one of three ways.

`succeed`, `fail` and `cancel` all give back what the attempt held; `fail` also learns what the failure says about the
key and about the provider. A caller's own fault says nothing about either.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from dragoman.errors import DragomanError, Kind
from dragoman.routing.gauges import Entry
from dragoman.routing.health import TargetHealth
from dragoman.routing.key_state import KeyState, ModelState
from dragoman.routing.limit_headers import Reading

FIRST_COOLING_SECONDS = 1.0
MAX_COOLING_SECONDS = 60.0
MAX_TOLD_SECONDS = 86_400.0

KEY_REFUSED = frozenset({Kind.AUTHENTICATION, Kind.PAYMENT_REQUIRED})
"""The provider wants nothing to do with this key."""
MODEL_REFUSED = frozenset({Kind.PERMISSION, Kind.NOT_FOUND})
"""It does not let this key have this model."""
OWN_FAULTS = frozenset({Kind.TIMEOUT, Kind.OVERLOADED, Kind.UNAVAILABLE, Kind.INTERNAL})
"""It is in trouble."""


class Lease(msgspec.Struct, eq=False, gc=False):
    """One key, held while an attempt runs. Made by `open_lease`."""

    key: KeyState
    state: ModelState
    health: TargetHealth
    tokens: int
    started: float
    entry: Entry | None  # what it counts for in a limit of the operator's
    is_answered: bool = False

    def __repr__(self) -> str:
        return f"<Lease of {self.key.credential.name}>"

    def learn(self, readings: Sequence[Reading], now: float) -> None:
        """The head of the answer is there, with these readings of what is left."""
        state = self.state
        if not self.is_answered:
            self.is_answered = True
            state.unanswered -= 1
            state.unanswered_tokens -= self.tokens
        for reading in readings:
            gauge = state.gauges.get(reading.scope)
            if gauge is None:
                gauge = state.open_gauge(reading.scope)
            gauge.read(reading, state.unanswered_tokens if reading.counts_tokens else state.unanswered, now)

    def succeed(self, now: float, tokens: int | None = None, first_content_seconds: float | None = None) -> None:
        """It served: whatever was held against it is forgotten. `tokens` were really used."""
        if not self.is_answered:
            self.learn((), now)
        key, state, health = self.key, self.state, self.health
        key.in_flight -= 1
        health.in_flight -= 1
        key.last_success = now
        state.strikes = 0
        if state.breaker.is_marked:
            state.breaker.note_success()
        if health.breaker.is_marked:
            health.breaker.note_success()
        if key.quarantine.is_on:
            key.quarantine.lift(self.started)
        if state.quarantine.is_on:
            state.quarantine.lift(self.started)
        if first_content_seconds is not None:
            health.note_speed(first_content_seconds)
        if self.entry is not None and tokens is not None and key.tokens is not None:
            key.tokens.correct(self.entry, tokens - self.tokens)

    def fail(self, error: DragomanError, now: float, *, is_last: bool = False) -> None:
        """It failed. `is_last`: nobody else of the pool would be left for this model, so a refused key stays."""
        self.cancel()
        state, kind = self.state, error.kind
        if error.blame == "client":
            return
        if kind in KEY_REFUSED and not is_last:
            self.key.quarantine.note_refusal(now)
        elif kind in MODEL_REFUSED and not is_last:
            state.quarantine.note_refusal(now)
        elif error.blame == "upstream":
            self._note_trouble(error, state, now)

    def cancel(self) -> None:
        """It was given up for reasons of ours or of the client's."""
        key, state = self.key, self.state
        if not self.is_answered:
            self.learn((), self.started)
        key.in_flight -= 1
        self.health.in_flight -= 1
        key.quarantine.end_probe()
        state.quarantine.end_probe()

    def _note_trouble(self, error: DragomanError, state: ModelState, now: float) -> None:
        told = error.retry_after_seconds
        if error.kind is Kind.RATE_LIMIT:
            if told is None:
                told = min(FIRST_COOLING_SECONDS * 2 ** min(state.strikes, 16), MAX_COOLING_SECONDS)
                state.strikes += 1
            state.cool("cooling", now + min(told, MAX_TOLD_SECONDS))
        elif error.kind in OWN_FAULTS:
            state.breaker.note_fault(now)
            self.health.breaker.note_fault(now)
            if told is not None:
                state.cool("overloaded", now + min(told, MAX_TOLD_SECONDS))


def open_lease(key: KeyState, model: str, health: TargetHealth, tokens: int, now: float) -> Lease:
    """Begin to hold a key: the attempt counts from now on."""
    state = key.models.get(model) or key.open_model(model, now)
    key.in_flight += 1
    health.in_flight += 1
    state.unanswered += 1
    state.unanswered_tokens += tokens
    if state.gauges:
        state.charge(tokens)
    if key.quarantine.is_on:
        key.quarantine.begin_probe(now)
    if state.quarantine.is_on:
        state.quarantine.begin_probe(now)
    return Lease(key, state, health, tokens, now, key.charge(tokens, now) if key.is_limited else None)
