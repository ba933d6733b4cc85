"""Providers and their keys as they stand: what they do, what they rest for, what they have left. And how to steer them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import inf

import msgspec

from dragoman.catalog.providers import load_rows
from dragoman.clock import Clock
from dragoman.config.schema import Settings
from dragoman.config.sections.providers import ProviderSettings
from dragoman.errors import DragomanError, Kind, invalid
from dragoman.ledger.rollup import Totals
from dragoman.ledger.store import Store
from dragoman.routing.health import TargetHealth
from dragoman.routing.key_state import KeyState, ModelState
from dragoman.routing.pool import CredentialPool
from dragoman.service.admin.insight import Insight
from dragoman.service.admin.trouble import explain_rest
from dragoman.service.switchboard import Switchboards

USAGE_MS = 24 * 3_600_000
MAX_WEIGHT = 1_000_000.0


class GaugeView(msgspec.Struct, frozen=True):
    """What a provider says is left of one thing."""

    scope: str
    left: float | None
    limit: float | None
    resets_seconds: float | None


class StateView(msgspec.Struct, frozen=True):
    """One key with one model."""

    model: str
    state: str
    seconds: float | None
    gauges: list[GaugeView]


class RestView(msgspec.Struct, frozen=True):
    """A rest of the past."""

    at_ms: int
    model: str
    reason: str
    seconds: float | None


class CredentialView(msgspec.Struct, frozen=True):
    """One key. Usage is that of the last 24 hours."""

    name: str
    state: str
    seconds: float | None
    message: str
    is_paused: bool
    weight: float
    in_flight: int
    rpm: int
    tpm: int
    concurrency: int
    models: list[str] | None
    idle_seconds: float | None
    states: list[StateView]
    usage: Totals
    cached_share: float | None
    rests: list[RestView]


class HealthView(msgspec.Struct, frozen=True):
    """How a provider is with one model."""

    model: str
    in_flight: int
    first_content_seconds: float | None
    faults: int
    out_seconds: float | None


class ProviderView(msgspec.Struct, frozen=True):
    """One provider with its keys. Usage is that of the last 24 hours."""

    name: str
    row: str
    title: str
    docs: str
    dialects: list[str]
    address: str
    is_enabled: bool
    is_local: bool
    models: list[str]
    credentials: list[CredentialView]
    health: list[HealthView]
    usage: Totals


class Providers:
    """Looks at the switchboard of now."""

    def __init__(
        self, boards: Switchboards, settings: Callable[[], Settings], clock: Clock, insight: Insight | None
    ) -> None:
        self._boards = boards
        self._settings = settings
        self._clock = clock
        self._insight = insight

    async def read_all(self) -> list[ProviderView]:
        """All that are configured, in their order."""
        usage = await self._read_usage()
        return [self._view(name, settings, usage) for name, settings in self._settings().providers.items()]

    async def read_credential(self, provider: str, credential: str) -> CredentialView:
        """One key; raises NOT_FOUND."""
        usage = await self._read_usage()
        pool, key = self.find_key(provider, credential)
        return self._view_credential(provider, pool, key, usage)

    def pause(self, provider: str, credential: str, *, is_paused: bool) -> None:
        """Leave a key alone, or use it again."""
        _, key = self.find_key(provider, credential)
        key.pause(is_paused=is_paused)

    def weigh(self, provider: str, credential: str, weight: float) -> None:
        """Give a key another share."""
        if not 0 < weight <= MAX_WEIGHT:
            raise invalid(f"A weight is more than 0 and at most {MAX_WEIGHT:g}.", "weight")
        pool, _ = self.find_key(provider, credential)
        pool.weigh(credential, weight)

    def find_key(self, provider: str, credential: str) -> tuple[CredentialPool, KeyState]:
        """A pool and one of its keys; raises NOT_FOUND."""
        pool = self._boards().pools.get(provider)
        key = pool.find_key(credential) if pool is not None else None
        if pool is None or key is None:
            raise DragomanError(Kind.NOT_FOUND, f"There is no key {credential!r} of a provider {provider!r} in use.")
        return pool, key

    async def _read_usage(self) -> Mapping[str, Totals]:
        """The last day's sums by `provider/credential`, and by `provider`."""
        if self._insight is None:
            return {}
        now_ms = self._insight.now_ms()

        def ask(store: Store) -> dict[str, Totals]:
            lines = store.read_usage(now_ms - USAGE_MS, now_ms + 1, "credential")
            lines += store.read_usage(now_ms - USAGE_MS, now_ms + 1, "provider")
            return {line.name: line.totals for line in lines}

        return await self._insight.reader.ask(ask)

    def _view(self, name: str, settings: ProviderSettings, usage: Mapping[str, Totals]) -> ProviderView:
        row = load_rows().get(settings.row or name)
        pool = self._boards().pools.get(name)
        now = self._clock.monotonic()
        return ProviderView(
            name=name,
            row=settings.row,
            title=row.title if row is not None else name,
            docs=row.docs if row is not None else "",
            dialects=[settings.dialect, *settings.also],
            address=settings.base_url,
            is_enabled=settings.enabled,
            is_local=row.local if row is not None else settings.auth == "none",
            models=list(settings.models or ()),
            credentials=[self._view_credential(name, pool, key, usage) for key in pool.keys] if pool else [],
            health=[_view_health(model, one, now) for model, one in pool.list_health().items()] if pool else [],
            usage=usage.get(name, Totals()),
        )

    def _view_credential(
        self, provider: str, pool: CredentialPool, key: KeyState, usage: Mapping[str, Totals]
    ) -> CredentialView:
        now, credential = self._clock.monotonic(), key.credential
        totals = usage.get(f"{provider}/{credential.name}", Totals())
        states = [_view_state(model, state, key, now) for model, state in key.models.items()]
        state = key.find_state(now)
        resting = [one for one in states if one.state == state]
        seconds = min((one.seconds for one in resting if one.seconds is not None), default=None)
        rests = [rest for model in key.models if (rest := key.find_rest(model, 0, now)) is not None]
        named = next((rest for rest in rests if rest.reason == state), None)
        return CredentialView(
            name=credential.name,
            state=state,
            seconds=seconds if state != "ready" else None,
            message=explain_rest(credential.name, named) if named is not None and state != "ready" else "",
            is_paused=key.is_paused,
            weight=pool.list_weights()[credential.name],
            in_flight=key.in_flight,
            rpm=credential.rpm,
            tpm=credential.tpm,
            concurrency=credential.concurrency,
            models=sorted(credential.models) if credential.models is not None else None,
            idle_seconds=now - key.last_success if key.last_success else None,
            states=states,
            usage=totals,
            cached_share=totals.cache_read / totals.input_tokens if totals.input_tokens else None,
            rests=self._view_rests(key, now),
        )

    def _view_rests(self, key: KeyState, now: float) -> list[RestView]:
        begun = self._clock.unix() - now
        return [
            RestView(int((begun + past.at) * 1000), past.model, past.reason, finite(past.seconds))
            for past in reversed(key.history)
        ]


def _view_state(model: str, state: ModelState, key: KeyState, now: float) -> StateView:
    rest = key.find_rest(model, 0, now)
    gauges = [GaugeView(scope, *map(finite, gauge.show(now))) for scope, gauge in state.gauges.items()]
    return StateView(model, rest.reason if rest else "ready", finite(rest.seconds) if rest else None, gauges)


def _view_health(model: str, health: TargetHealth, now: float) -> HealthView:
    seconds = health.breaker.ejected_until - now
    return HealthView(
        model,
        health.in_flight,
        health.first_content_seconds,
        health.breaker.faults,
        seconds if seconds > 0 else None,
    )


def finite(number: float) -> float | None:
    """A number that JSON knows; None for one without bounds."""
    return None if number in {inf, -inf} else number
