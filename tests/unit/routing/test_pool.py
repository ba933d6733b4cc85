"""Credentials: whose turn it is, who rests, and who never does."""

from __future__ import annotations

from collections import Counter

import msgspec
import pytest

from dragoman.errors import Blame, DragomanError, Kind
from dragoman.routing.affinity import LODGING_SECONDS
from dragoman.routing.health import FAULTS_IN_A_ROW, FIRST_PROBE_SECONDS
from dragoman.routing.key_state import MAX_MODELS
from dragoman.routing.limit_headers import Reading
from dragoman.routing.pool import CredentialPool, plan_turns
from dragoman.routing.target import Attempt, Credential, Provider, Target
from tests.unit.routing.house import make_provider


def make_pool(keys: int, **settings: object) -> tuple[CredentialPool, tuple[Credential, ...]]:
    credentials = tuple(msgspec.structs.replace(one, **settings) for one in make_provider("acme", keys).credentials)
    return CredentialPool("acme", credentials), credentials


def make_error(kind: Kind, retry_after: float | None = None, blame: Blame = "upstream") -> DragomanError:
    return DragomanError(kind, "no", blame=blame, retry_after_seconds=retry_after)


def fail(
    pool: CredentialPool, credential: Credential, kind: Kind, wait: float | None = None, *, now: float = 100.0
) -> None:
    """One attempt with the key that fails."""
    blame: Blame = "gateway" if kind in {Kind.AUTHENTICATION, Kind.PERMISSION, Kind.PAYMENT_REQUIRED} else "upstream"
    lease = pool.lease(credential, "m", 0, now)
    pool.settle_failure(lease, credential, "m", make_error(kind, wait, blame), now)


def names(pool: CredentialPool, now: float, model: str = "m", draws: int = 12) -> set[str]:
    """The keys that are used when one attempt comes after the other."""
    picked = (pool.pick(model, now) for _ in range(draws))
    return {credential.name[-1] for credential in picked if credential is not None}


# -- turns -----------------------------------------------------------------------------------------------------------


def test_turns_are_taken_evenly() -> None:
    pool, _ = make_pool(3)
    counts = Counter(pool.pick("m", 0.0).name for _ in range(30))  # type: ignore[union-attr]
    assert set(counts.values()) == {10}


def test_weights_are_kept_without_bursts() -> None:
    turns = plan_turns([3.0, 1.0])
    assert Counter(turns[:8]) == {0: 6, 1: 2}
    assert "0000" not in "".join(map(str, turns))
    assert Counter(plan_turns([0.5, 0.25, 0.25])[:8]) == {0: 4, 1: 2, 2: 2}


def test_the_turn_of_one_who_rests_goes_to_the_next() -> None:
    pool, (first, *_) = make_pool(3)
    fail(pool, first, Kind.RATE_LIMIT, 7.0)
    assert names(pool, 101.0) == {"2", "3"}


def test_a_session_stays_with_its_key_unless_that_rests_and_then_with_the_other_one_for_as_long_as_its_cache_lasts() -> (
    None
):
    pool, _ = make_pool(6)
    homes = {session: pool.pick("m", 0.0, session=session) for session in range(60)}
    assert len({home.name for home in homes.values() if home}) == 6
    resting = homes[7]
    assert resting is not None
    fail(pool, resting, Kind.RATE_LIMIT, 7.0)
    for session, home in homes.items():
        now_at = pool.pick("m", 101.0, session=session)
        assert (now_at is home) == (home is not resting)
        assert pool.pick("m", 108.0, session=session) is now_at
        assert pool.pick("m", 108.0 + LODGING_SECONDS, session=session) is home


def test_a_small_conversation_makes_way_for_large_ones_when_its_key_is_nearly_used_up() -> None:
    pool, _ = make_pool(2)
    home = pool.pick("m", 100.0, session=7)
    assert home is not None
    tell_limits(pool, home, left=5)
    assert pool.pick("m", 101.0, session=7, tokens=30_000) is home
    away = pool.pick("m", 101.0, session=7, tokens=200)
    assert away is not home
    assert pool.pick("m", 102.0, session=7, tokens=300) is away
    assert away is not None
    tell_limits(pool, away, left=5)
    assert pool.pick("m", 103.0, session=8, tokens=10) in (home, away)  # short is better than nobody


def tell_limits(pool: CredentialPool, credential: Credential, left: float) -> None:
    """An answer came that said how many of a hundred requests are left."""
    lease = pool.lease(credential, "m", 0, 100.0)
    lease.learn([Reading("requests", left, 60.0, 100.0)], 100.0)
    lease.succeed(100.0)


# -- rests -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "reason"), [(Kind.RATE_LIMIT, "cooling"), (Kind.OVERLOADED, "overloaded")])
def test_a_key_rests_exactly_as_long_as_it_was_told(kind: Kind, reason: str) -> None:
    pool, (first, _) = make_pool(2)
    fail(pool, first, kind, 7.0)
    assert names(pool, 106.9) == {"2"}
    assert names(pool, 107.0) == {"1", "2"}
    assert pool.describe("m", 106.0)[0][1] == (reason, 1.0)


def test_a_rate_limit_concerns_one_model_only() -> None:
    pool, (only,) = make_pool(1)
    fail(pool, only, Kind.RATE_LIMIT, 7.0)
    assert pool.pick("m", 101.0) is None
    assert pool.pick("other", 101.0) is only


def test_rests_of_which_nobody_told_the_length_double() -> None:
    pool, (only,) = make_pool(1)
    now = 100.0
    for expected in (1.0, 2.0, 4.0):
        fail(pool, only, Kind.RATE_LIMIT, now=now)
        rest = pool.find_wait("m", now)
        assert rest is not None
        assert rest.seconds == expected
        now += expected


def test_a_success_does_not_shorten_what_the_provider_told() -> None:
    pool, (only,) = make_pool(1)
    running = pool.lease(only, "m", 0, 99.0)
    fail(pool, only, Kind.RATE_LIMIT, 7.0)
    running.succeed(101.0)
    assert pool.pick("m", 106.0) is None


def test_a_key_is_rested_before_it_is_refused() -> None:
    pool, (first, second) = make_pool(2)
    lease = pool.lease(first, "m", 0, 100.0)
    lease.learn([Reading("requests", 0, 30.0, 50)], 100.0)
    lease.succeed(101.0)
    assert names(pool, 129.0) == {"2"}
    assert names(pool, 130.0) == {"1", "2"}
    assert second.name in {credential.name for credential, rest in pool.describe("m", 110.0) if rest is None}


def test_what_is_sent_but_not_answered_is_taken_off_what_is_left() -> None:
    pool, (only,) = make_pool(1)
    answered, *_ = [pool.lease(only, "m", 500, 100.0) for _ in range(3)]
    answered.learn([Reading("requests", 3, 30.0, 50), Reading("tokens", 1400, 30.0, 9000)], 100.0)
    assert pool.pick("m", 100.0, tokens=400) is only
    assert pool.pick("m", 100.0, tokens=401) is None
    pool.lease(only, "m", 10, 100.0)
    assert pool.pick("m", 100.0) is None


@pytest.mark.parametrize("end", ["succeed", "fail", "cancel"])
def test_every_end_gives_back_what_was_held(end: str) -> None:
    pool, (only,) = make_pool(1, concurrency=1)
    lease = pool.lease(only, "m", 50, 100.0)
    assert pool.pick("m", 100.0) is None
    assert pool.describe("m", 100.0)[0][1] == ("busy", float("inf"))
    if end == "succeed":
        lease.succeed(101.0)
    elif end == "fail":
        lease.fail(make_error(Kind.TIMEOUT), 101.0)
    else:
        lease.cancel()
    assert pool.pick("m", 101.0) is only
    state = pool.keys[0].models["m"]
    assert (pool.keys[0].in_flight, pool.health("m").in_flight, state.unanswered, state.unanswered_tokens) == (0,) * 4


def test_the_operators_limits_hold_for_each_key() -> None:
    pool, (first, second) = make_pool(2, rpm=2)
    for _ in range(4):
        credential = pool.pick("m", 100.0)
        assert credential is not None
        pool.lease(credential, "m", 0, 100.0).succeed(100.0)
    assert pool.pick("other", 100.0) is None
    assert pool.find_wait("m", 130.0) == ("own_limit", 30.0)
    assert {first.name[-1], second.name[-1]} == names(pool, 160.0)


def test_an_only_key_is_taken_if_it_is_ready_and_as_long_as_nobody_else_could_stand_in_for_its_faults() -> None:
    pool, (only,) = make_pool(1, concurrency=1)
    attempt = Attempt(Target(Provider("p", (), (only,)), "m"), only, 1)
    lease = pool.take(attempt, 10, 99.0)
    assert lease is not None
    assert (lease.tokens, lease.started, pool.keys[0].in_flight, pool.health("m").in_flight) == (10, 99.0, 1, 1)
    assert pool.take(attempt, 10, 99.0) is None
    lease.cancel()
    for _ in range(FAULTS_IN_A_ROW):
        fail(pool, only, Kind.UNAVAILABLE, now=99.0)
    assert pool.keys[0].find_rest("m", 0, 99.0) is not None
    assert pool.take(attempt, 10, 99.0) is not None


def test_tokens_are_counted_as_they_were_really_used() -> None:
    pool, (only,) = make_pool(1, tpm=1000)
    pool.lease(only, "m", 900, 100.0).succeed(101.0, tokens=100)
    assert pool.pick("m", 101.0, tokens=900) is only
    assert pool.pick("m", 101.0, tokens=901) is None


# -- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.AUTHENTICATION, Kind.PAYMENT_REQUIRED])
def test_a_refused_key_is_quarantined_for_every_model(kind: Kind) -> None:
    pool, (first, _) = make_pool(2)
    fail(pool, first, kind)
    assert names(pool, 100.0 + FIRST_PROBE_SECONDS - 1, "other") == {"2"}
    assert names(pool, 100.0 + FIRST_PROBE_SECONDS, "other") == {"1", "2"}


@pytest.mark.parametrize("kind", [Kind.PERMISSION, Kind.NOT_FOUND])
def test_a_key_without_right_to_a_model_is_quarantined_for_that_model(kind: Kind) -> None:
    pool, (first, _) = make_pool(2)
    fail(pool, first, kind)
    assert names(pool, 101.0) == {"2"}
    assert names(pool, 101.0, "other") == {"1", "2"}


def test_one_request_at_a_time_probes_a_key_in_quarantine_and_its_success_lifts_it() -> None:
    pool, (first, _) = make_pool(2)
    fail(pool, first, Kind.AUTHENTICATION)
    probe = pool.lease(first, "m", 0, 111.0)
    assert names(pool, 112.0) == {"2"}
    probe.succeed(113.0)
    assert names(pool, 113.0) == {"1", "2"}


def test_a_probe_that_is_refused_makes_the_next_one_wait_longer_but_never_a_minute() -> None:
    pool, (first, _) = make_pool(2)
    now, waits = 100.0, []
    for _ in range(6):
        fail(pool, first, Kind.AUTHENTICATION, now=now)
        rest = pool.describe("m", now)[0][1]
        assert rest is not None
        waits.append(rest.seconds)
        now += rest.seconds
    assert waits == [10.0, 20.0, 40.0, 40.0, 40.0, 40.0]


def test_a_probe_that_was_given_up_lets_the_next_one_try() -> None:
    pool, (first, _) = make_pool(2)
    fail(pool, first, Kind.AUTHENTICATION)
    pool.lease(first, "m", 0, 111.0).cancel()
    assert names(pool, 112.0) == {"1", "2"}


def test_a_request_from_before_the_refusal_does_not_prove_the_key_good() -> None:
    pool, (first, _) = make_pool(2)
    running = pool.lease(first, "m", 0, 99.0)
    fail(pool, first, Kind.AUTHENTICATION)
    running.succeed(101.0)
    assert names(pool, 102.0) == {"2"}


def test_the_last_key_is_never_quarantined_and_comes_to_it_once_another_is_good_again() -> None:
    pool, (first, second) = make_pool(2)
    fail(pool, first, Kind.AUTHENTICATION)
    fail(pool, second, Kind.AUTHENTICATION)
    assert names(pool, 101.0) == {"2"}
    pool.lease(first, "m", 0, 111.0).succeed(111.0)
    fail(pool, second, Kind.AUTHENTICATION, now=112.0)
    assert names(pool, 113.0) == {"1"}


def test_a_rate_limit_that_hides_a_spend_cap_is_classified_before_it_comes_here() -> None:
    pool, (first, _) = make_pool(2)
    fail(pool, first, Kind.PAYMENT_REQUIRED, 5.0)
    assert names(pool, 106.0) == {"2"}


# -- faults ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.TIMEOUT, Kind.OVERLOADED, Kind.UNAVAILABLE, Kind.INTERNAL])
def test_five_faults_in_a_row_take_a_key_out_and_each_time_for_longer(kind: Kind) -> None:
    pool, (first, _) = make_pool(2)
    for _ in range(FAULTS_IN_A_ROW - 1):
        fail(pool, first, kind)
    assert names(pool, 100.0) == {"1", "2"}
    fail(pool, first, kind)
    assert names(pool, 129.9) == {"2"}
    assert names(pool, 130.0) == {"1", "2"}
    fail(pool, first, kind, now=130.0)
    assert names(pool, 189.9) == {"2"}
    for _ in range(20):
        rest = pool.describe("m", 190.0)[0][1]
        fail(pool, first, kind, now=190.0 + (rest.seconds if rest else 0.0))
    assert names(pool, 190.0 + 300.0 * 21) == {"1", "2"}


def test_a_success_in_between_starts_the_count_anew() -> None:
    pool, (first, _) = make_pool(2)
    for _ in range(3):
        for _ in range(FAULTS_IN_A_ROW - 1):
            fail(pool, first, Kind.INTERNAL)
        pool.lease(first, "m", 0, 100.0).succeed(100.0)
    assert names(pool, 100.0) == {"1", "2"}


def test_never_all_keys_are_taken_out() -> None:
    pool, credentials = make_pool(2)
    for credential in credentials:
        for _ in range(FAULTS_IN_A_ROW):
            fail(pool, credential, Kind.INTERNAL)
    assert pool.pick("m", 101.0) is not None
    alone, (only,) = make_pool(1)
    for _ in range(FAULTS_IN_A_ROW):
        fail(alone, only, Kind.INTERNAL)
    assert alone.pick("m", 101.0) is only


@pytest.mark.parametrize("kind", list(Kind))
def test_a_callers_own_fault_never_rests_a_key(kind: Kind) -> None:
    pool, (only, other) = make_pool(2)
    for _ in range(100):
        pool.lease(only, "m", 0, 100.0).fail(make_error(kind, 60.0, "client"), 100.0)
    assert names(pool, 100.0) == {"1", "2"}
    assert pool.is_well(only, "m")
    assert pool.is_well(other, "m")


# -- the rest --------------------------------------------------------------------------------------------------------


def test_a_key_serves_only_its_own_models() -> None:
    pool, _ = make_pool(1, models=frozenset({"small"}))
    assert pool.pick("large", 0.0) is None
    assert pool.find_wait("large", 0.0) is None
    assert pool.pick("small", 0.0) is not None


def test_the_shortest_rest_leaves_keys_in_quarantine_aside() -> None:
    pool, (first, second) = make_pool(2)
    fail(pool, first, Kind.AUTHENTICATION)
    fail(pool, second, Kind.RATE_LIMIT, 25.0)
    assert pool.find_wait("m", 100.0) == ("cooling", 25.0)
    assert pool.find_wait("m", 100.0, frozenset({second.name})) == ("quarantined", 10.0)


def test_with_one_try_left_the_key_that_served_last_is_taken() -> None:
    pool, (first, second, third) = make_pool(3)
    for moment, credential in enumerate((first, third, second)):
        pool.lease(credential, "m", 0, 100.0).succeed(100.0 + moment)
    assert pool.pick_proven("m", 110.0, frozenset()) is second
    assert pool.pick_proven("m", 110.0, frozenset({second.name})) is third
    fail(pool, third, Kind.RATE_LIMIT, 50.0)
    assert pool.pick_proven("m", 110.0, frozenset({second.name})) is first


def test_models_that_clients_make_up_do_not_pile_up() -> None:
    pool, (only, other) = make_pool(2)
    fail(pool, only, Kind.RATE_LIMIT, 1e9)
    for number in range(MAX_MODELS * 3):
        pool.lease(only, f"m{number}", 0, 100.0).succeed(100.0)
    assert len(pool.keys[0].models) <= MAX_MODELS + 1
    assert len(pool._health) <= MAX_MODELS + 1
    assert names(pool, 100.0) == {other.name[-1]}


def test_the_pools_representation_shows_no_secret() -> None:
    pool, (first, _) = make_pool(2)
    fail(pool, first, Kind.AUTHENTICATION)
    assert repr(pool) == "<CredentialPool acme: 2 credentials, 1 quarantined, 0 in flight>"
