"""A pool that an operator steers and looks at while it is in use."""

from __future__ import annotations

from collections import Counter

from dragoman.errors import Kind
from dragoman.routing.health import FAULTS_IN_A_ROW
from tests.unit.routing.test_pool import make_error, make_pool, names


def test_a_paused_key_is_left_alone_and_a_pool_of_paused_keys_has_nobody() -> None:
    pool, _ = make_pool(2)
    pool.keys[0].pause(is_paused=True)
    assert names(pool, 0.0) == {"2"}
    assert pool.keys[0].find_state(0.0) == "paused"
    pool.keys[1].pause(is_paused=True)
    assert pool.pick("m", 0.0) is None
    alone, _ = make_pool(1)
    alone.keys[0].pause(is_paused=True)
    assert alone.pick("m", 0.0) is None
    alone.keys[0].pause(is_paused=False)
    assert alone.pick("m", 0.0) is not None


def test_weights_can_be_changed_while_the_pool_is_in_use() -> None:
    pool, credentials = make_pool(2)
    pool.weigh(credentials[0].name, 3.0)
    drawn = Counter(picked.name for _ in range(8) if (picked := pool.pick("m", 0.0)) is not None)
    assert drawn == {credentials[0].name: 6, credentials[1].name: 2}
    assert pool.list_weights() == {credentials[0].name: 3.0, credentials[1].name: 1.0}
    assert pool.find_key("nobody") is None


def test_rests_are_remembered_the_last_of_them() -> None:
    pool, credentials = make_pool(2)
    for number in range(25):
        lease = pool.lease(credentials[0], "m", 1, float(number * 100))
        pool.settle_failure(lease, credentials[0], "m", make_error(Kind.RATE_LIMIT, 7.0), float(number * 100))
    history = pool.keys[0].history
    assert len(history) == 20
    assert (history[-1].at, history[-1].model, history[-1].reason, history[-1].seconds) == (2400.0, "m", "cooling", 7.0)
    assert not pool.keys[1].history


def test_a_key_that_was_seen_to_serve_is_forgiven() -> None:
    pool, credentials = make_pool(2)
    for kind in (Kind.AUTHENTICATION, Kind.RATE_LIMIT, Kind.PERMISSION, *[Kind.UNAVAILABLE] * FAULTS_IN_A_ROW):
        lease = pool.lease(credentials[0], "m", 1, 0.0)
        pool.settle_failure(lease, credentials[0], "m", make_error(kind, 60.0), 0.0)
    assert pool.keys[0].find_rest("m", 0, 1.0) is not None
    pool.keys[0].forgive()
    assert pool.keys[0].find_rest("m", 0, 1.0) is None
    assert set(pool.list_health()) == {"m"}
