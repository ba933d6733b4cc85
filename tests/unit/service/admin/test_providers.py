"""Providers and keys as they stand."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.clock import FixedClock
from dragoman.config.schema import Settings
from dragoman.config.sections.providers import ProviderSettings
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.memory import MemoryStore
from dragoman.ledger.reader import LedgerReader
from dragoman.routing.limit_headers import Reading
from dragoman.service.admin.insight import Insight
from dragoman.service.admin.providers import Providers, finite
from dragoman.service.switchboard import Switchboard
from tests.unit.ledger.rows import make_row
from tests.unit.service.desk import make_provider, make_switchboard

SETTINGS = Settings(
    providers={
        "a": ProviderSettings(dialect="openai_chat", base_url="https://a/v1", row="openai", models=["m"]),
        "off": ProviderSettings(dialect="openai_chat", base_url="https://off/v1", enabled=False),
    }
)


class Office:
    """What a test looks at."""

    def __init__(self) -> None:
        self.clock = FixedClock()
        self.store = MemoryStore()
        self.board: Switchboard = make_switchboard(make_provider("a", keys=2))
        insight = Insight(LedgerReader(self.store), self.clock, lambda row: None)
        self.providers = Providers(lambda: self.board, lambda: SETTINGS, self.clock, insight)


def test_all_that_are_configured_are_listed_in_use_or_not() -> None:
    office = Office()
    used, unused = asyncio.run(office.providers.read_all())
    assert (used.title, used.address, used.dialects, used.models) == ("OpenAI", "https://a/v1", ["openai_chat"], ["m"])
    assert (used.is_enabled, unused.is_enabled, unused.credentials) == (True, False, [])


def test_a_key_tells_what_it_did_and_what_its_cache_gave() -> None:
    office = Office()
    now_ms = int(office.clock.unix() * 1000)
    office.store.record_exchanges(
        [make_row(1, started_ms=now_ms, provider="a", credential="a-1", input=25, cache_read=75)]
    )
    view = asyncio.run(office.providers.read_credential("a", "a-1"))
    assert (view.usage.exchanges, view.cached_share, view.idle_seconds) == (1, 0.75, None)
    assert asyncio.run(office.providers.read_credential("a", "a-2")).cached_share is None
    used, _ = asyncio.run(office.providers.read_all())
    assert used.usage.exchanges == 1


def test_a_key_tells_what_the_provider_says_is_left() -> None:
    office = Office()
    pool, now = office.board.pools["a"], office.clock.monotonic()
    lease = pool.lease(pool.credentials[0], "m", 10, now)
    lease.learn([Reading("requests", remaining=3.0, reset_seconds=60.0, limit=10.0)], now)
    lease.succeed(now)
    office.clock.advance(20)
    view = asyncio.run(office.providers.read_credential("a", "a-1"))
    ((gauge,),) = (state.gauges for state in view.states)
    assert (gauge.scope, gauge.left, gauge.limit, gauge.resets_seconds) == ("requests", 3.0, 10.0, 40.0)
    assert (view.state, view.idle_seconds) == ("ready", 20.0)


def test_rests_of_the_past_are_remembered_with_their_time() -> None:
    office = Office()
    pool = office.board.pools["a"]
    began_ms = int(office.clock.unix() * 1000)
    lease = pool.lease(pool.credentials[0], "m", 1, office.clock.monotonic())
    error = DragomanError(Kind.RATE_LIMIT, "slow", blame="upstream", retry_after_seconds=30.0)
    pool.settle_failure(lease, pool.credentials[0], "m", error, office.clock.monotonic())
    office.clock.advance(10)
    view = asyncio.run(office.providers.read_credential("a", "a-1"))
    assert (view.state, view.seconds) == ("cooling", 20.0)
    assert "limits its rate" in view.message
    office.clock.advance(100)
    view = asyncio.run(office.providers.read_credential("a", "a-1"))
    assert view.state == "ready"
    ((rest,),) = (view.rests,)
    assert (rest.model, rest.reason, rest.seconds) == ("m", "cooling", 30.0)
    assert abs(rest.at_ms - began_ms) < 5


def test_what_is_not_in_use_is_not_found() -> None:
    office = Office()
    for provider, credential in (("off", "k"), ("a", "a-9"), ("x", "y")):
        with pytest.raises(DragomanError) as caught:
            office.providers.find_key(provider, credential)
        assert caught.value.kind is Kind.NOT_FOUND


@pytest.mark.parametrize("weight", [0.0, -1.0, 1e9])
def test_a_weight_beyond_reason_is_refused(weight: float) -> None:
    with pytest.raises(DragomanError, match="weight"):
        Office().providers.weigh("a", "a-1", weight)


def test_json_has_no_infinity() -> None:
    assert (finite(float("inf")), finite(float("-inf")), finite(1.5)) == (None, None, 1.5)
