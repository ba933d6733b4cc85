"""What one lease teaches; the pool's tests show what comes of it."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.routing.health import TargetHealth
from dragoman.routing.key_state import KeyState
from dragoman.routing.lease import MAX_COOLING_SECONDS, MAX_TOLD_SECONDS, Lease, open_lease
from tests.unit.routing.house import make_provider


def make_key() -> KeyState:
    return KeyState(make_provider("acme").credentials[0])


def hold(key: KeyState, health: TargetHealth | None = None, now: float = 100.0) -> Lease:
    return open_lease(key, "m", health or TargetHealth(), 10, now)


def test_the_time_until_content_is_noted_for_the_target() -> None:
    health = TargetHealth()
    hold(make_key(), health).succeed(101.0, first_content_seconds=0.4)
    assert health.first_content_seconds == 0.4


def test_own_waits_are_capped_and_so_is_what_a_mad_provider_tells() -> None:
    key = make_key()
    for _ in range(40):
        hold(key).fail(DragomanError(Kind.RATE_LIMIT, "no", blame="upstream"), 100.0)
    assert key.models["m"].cooling_until == 100.0 + MAX_COOLING_SECONDS
    mad = DragomanError(Kind.RATE_LIMIT, "no", blame="upstream", retry_after_seconds=1e12)
    hold(key).fail(mad, 100.0)
    assert key.models["m"].cooling_until == 100.0 + MAX_TOLD_SECONDS


@pytest.mark.parametrize("kind", [Kind.RATE_LIMIT, Kind.INVALID_REQUEST, Kind.NOT_FOUND])
def test_what_is_no_trouble_of_the_provider_does_not_count_as_a_fault(kind: Kind) -> None:
    key, health = make_key(), TargetHealth()
    hold(key, health).fail(DragomanError(kind, "no", blame="upstream"), 100.0)
    assert (key.models["m"].breaker.faults, health.breaker.faults) == (0, 0)


def test_a_bug_of_ours_is_held_against_nobody() -> None:
    key, health = make_key(), TargetHealth()
    hold(key, health).fail(DragomanError(Kind.INTERNAL, "no", blame="gateway"), 100.0)
    assert (key.models["m"].breaker.faults, health.breaker.faults) == (0, 0)
    assert key.find_rest("m", 0, 100.0) is None


def test_a_head_that_comes_twice_is_counted_once() -> None:
    key = make_key()
    lease = hold(key)
    lease.learn([], 100.0)
    lease.learn([], 100.0)
    lease.cancel()
    assert (key.models["m"].unanswered, key.models["m"].unanswered_tokens) == (0, 0)
