"""Scenario tables: given who fails how, who is tried in which order, and after which pauses."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

import msgspec
import pytest

from dragoman.errors import Blame, DragomanError, Kind, Phase
from dragoman.routing.attempts import MAX_ATTEMPTS, NEWS_STEP_SECONDS, Pause, Wish, plan_attempts
from dragoman.routing.health import FAULTS_IN_A_ROW
from dragoman.routing.pool import CredentialPool
from dragoman.routing.retry_budget import RetryBudget
from dragoman.routing.target import Attempt, Route, Target
from tests.unit.routing.house import make_pools, make_provider, make_route

GATEWAYS = frozenset({Kind.AUTHENTICATION, Kind.PAYMENT_REQUIRED, Kind.PERMISSION, Kind.NOT_FOUND})
CLIENTS = frozenset({Kind.INVALID_REQUEST, Kind.CONTEXT_LENGTH, Kind.CONTENT_POLICY, Kind.TOO_LARGE, Kind.CONFLICT})


class Fail(NamedTuple):
    """How an attempt fails."""

    kind: Kind
    phase: Phase | None = None
    wait: float | None = None

    @property
    def error(self) -> DragomanError:
        blame: Blame = "gateway" if self.kind in GATEWAYS else "client" if self.kind in CLIENTS else "upstream"
        return DragomanError(self.kind, "no", blame=blame, phase=self.phase, retry_after_seconds=self.wait)


class Table:
    """Plays plans on a clock that only pauses move."""

    def __init__(self, route: Route, wish: Wish = Wish()) -> None:  # noqa: B008 — frozen
        providers = {target.provider.name: target.provider for target in route.targets}
        for extra in route.fallback.values():
            providers |= {target.provider.name: target.provider for target in extra}
        self.route = route
        self.wish = wish
        self.pools: dict[str, CredentialPool] = make_pools(*providers.values())
        self.now = 100.0

    def play(self, failures: list[Fail]) -> list[str]:
        """The credentials tried, and the pauses in between (`~2.0`), while each attempt fails with the next failure."""
        seen: list[str] = []
        plan = plan_attempts(self.route, self.pools, self.wish, lambda: self.now, lambda: 0.5)
        left = iter(failures)
        try:
            step = next(plan)
            while True:
                if isinstance(step, Pause):
                    seen.append(f"~{step.seconds:g}")
                    self.now += step.seconds
                    step = plan.send(None)
                else:
                    seen.append(step.credential.name)
                    failure = next(left, None)
                    error = failure.error if failure else None
                    self.report(step, error)
                    if error is None:
                        return seen
                    step = plan.send(error)
        except StopIteration:
            return [*seen, "gives up"]

    def report(self, attempt: Attempt, error: DragomanError | None) -> None:
        """What the service tells the pools."""
        pool = self.pools[attempt.target.provider.name]
        lease = pool.lease(attempt.credential, attempt.target.model, 0, self.now)
        if error is None:
            lease.succeed(self.now)
        else:
            pool.settle_failure(lease, attempt.credential, attempt.target.model, error, self.now)


ONE = make_route(make_provider("a"))
TWO_KEYS = make_route(make_provider("a", 2))
MANY_KEYS = make_route(make_provider("a", 9))
TWO_PROVIDERS = make_route(make_provider("a"), make_provider("b"))
BOTH = make_route(make_provider("a", 2), make_provider("b", 2))
DOWN = Fail(Kind.UNAVAILABLE, "connect")
LATE = Fail(Kind.TIMEOUT, "first_byte")
LIMITED = Fail(Kind.RATE_LIMIT, wait=60.0)
REFUSED = Fail(Kind.AUTHENTICATION)


@pytest.mark.parametrize(
    ("route", "failures", "seen"),
    [
        (ONE, [], ["a-1"]),
        (ONE, [LIMITED], ["a-1", "gives up"]),
        (ONE, [Fail(Kind.INVALID_REQUEST)], ["a-1", "gives up"]),
        (ONE, [DOWN], ["a-1", "~0.155", "a-1"]),
        (ONE, [DOWN] * 9, ["a-1", "~0.155", "a-1", "~0.346875", "a-1", "gives up"]),
        (ONE, [LATE], ["a-1", "gives up"]),
        (ONE, [Fail(Kind.TIMEOUT, "connect")], ["a-1", "~0.155", "a-1"]),
        (ONE, [REFUSED], ["a-1", "gives up"]),
        (TWO_KEYS, [LIMITED], ["a-1", "a-2"]),
        (TWO_KEYS, [LIMITED] * 2, ["a-1", "a-2", "gives up"]),
        (TWO_KEYS, [REFUSED] * 2, ["a-1", "a-2", "gives up"]),
        (TWO_KEYS, [Fail(Kind.NOT_FOUND)], ["a-1", "a-2"]),
        (TWO_KEYS, [Fail(Kind.INVALID_REQUEST)], ["a-1", "gives up"]),
        (TWO_KEYS, [Fail(Kind.TOO_LARGE)], ["a-1", "gives up"]),
        (TWO_KEYS, [LATE], ["a-1", "a-2"]),
        (TWO_KEYS, [DOWN] * 9, ["a-1", "a-2", "~0.28", "a-1", "gives up"]),
        (TWO_PROVIDERS, [LATE], ["a-1", "b-1"]),
        (TWO_PROVIDERS, [Fail(Kind.CONTEXT_LENGTH)], ["a-1", "b-1"]),
        (TWO_PROVIDERS, [Fail(Kind.CONTENT_POLICY)], ["a-1", "gives up"]),
        (TWO_PROVIDERS, [LIMITED] * 2, ["a-1", "b-1", "gives up"]),
        (BOTH, [Fail(Kind.PERMISSION)] * 9, ["a-1", "a-2", "b-1", "gives up"]),
        (BOTH, [DOWN] * 9, ["a-1", "b-1", "a-2", "gives up"]),
        (BOTH, [Fail(Kind.CONTEXT_LENGTH)] * 9, ["a-1", "b-1", "gives up"]),
        (BOTH, [LIMITED] * 9, ["a-1", "a-2", "b-1", "gives up"]),
        (BOTH, [Fail(Kind.NOT_FOUND), Fail(Kind.OVERLOADED)], ["a-1", "a-2", "b-1"]),
    ],
)
def test_attempts_follow_the_verdicts(route: Route, failures: list[Fail], seen: list[str]) -> None:
    assert Table(route).play(failures) == seen


@pytest.mark.parametrize(
    ("failure", "seen"),
    [
        (Fail(Kind.NOT_FOUND), ["a/m", "a/n"]),
        (Fail(Kind.PERMISSION), ["a/m", "a/n"]),
        (LIMITED, ["a/m", "a/n"]),
        (LATE, ["a/m", "a/n"]),
        (DOWN, ["a/m", "a/n"]),
        (REFUSED, ["a/m"]),
        (Fail(Kind.PAYMENT_REQUIRED), ["a/m"]),
    ],
)
def test_a_key_that_failed_with_one_model_is_asked_for_the_next_unless_it_was_refused_itself(
    failure: Fail, seen: list[str]
) -> None:
    provider = make_provider("a")
    table = Table(Route("r", (Target(provider, "m"), Target(provider, "n"))))
    plan = plan_attempts(table.route, table.pools, table.wish, lambda: table.now, lambda: 0.5)
    step = next(plan)
    assert isinstance(step, Attempt)
    asked = [step.target.name]
    table.report(step, failure.error)
    with suppress(StopIteration):
        following = plan.send(failure.error)
        asked += [following.target.name] if isinstance(following, Attempt) else []
    assert asked == seen


@pytest.mark.parametrize("failure", [LIMITED, DOWN, LATE, Fail(Kind.CONFLICT), Fail(Kind.PERMISSION)])
def test_no_more_than_the_limit_is_ever_tried(failure: Fail) -> None:
    seen = Table(MANY_KEYS).play([failure] * 20)
    assert sum(step.startswith("a-") for step in seen) <= MAX_ATTEMPTS


def test_keys_that_are_refused_count_like_any_other_failure() -> None:
    seen = Table(MANY_KEYS).play([REFUSED] * 20)
    assert len([step for step in seen if step.startswith("a-")]) == MAX_ATTEMPTS


def test_the_last_try_waits_for_what_others_learn_of_the_keys_that_are_left() -> None:
    table = Table(MANY_KEYS)
    plan = plan_attempts(table.route, table.pools, table.wish, lambda: table.now, lambda: 0.5)
    step, seen = next(plan), []
    for _ in range(2):
        assert isinstance(step, Attempt)
        table.report(step, REFUSED.error)
        seen.append(step.credential.name)
        step = plan.send(REFUSED.error)
    assert step == Pause(NEWS_STEP_SECONDS)
    (target,) = table.route.targets
    good = table.pools["a"].credentials[6]
    table.report(Attempt(target, good, 1), None)
    assert plan.send(None) == Attempt(target, good, 3)
    assert good.name not in seen


def test_the_last_try_goes_to_a_provider_that_has_not_failed() -> None:
    route = make_route(make_provider("a", 5), make_provider("b"))
    assert Table(route).play([REFUSED, REFUSED]) == ["a-1", "a-2", "b-1"]


def test_targets_that_were_taken_out_come_last_but_not_never() -> None:
    table = Table(TWO_PROVIDERS)
    target = TWO_PROVIDERS.targets[0]
    for _ in range(FAULTS_IN_A_ROW):
        table.report(Attempt(target, target.provider.credentials[0], 1), DOWN.error)
    assert table.play([LATE, LATE]) == ["b-1", "a-1", "gives up"]
    for _ in range(FAULTS_IN_A_ROW):
        other = TWO_PROVIDERS.targets[1]
        table.report(Attempt(other, other.provider.credentials[0], 1), DOWN.error)
    assert table.play([]) == ["a-1"]


def test_a_plan_ends_by_itself_where_an_attempt_has_served() -> None:
    table = Table(TWO_KEYS)
    plan = plan_attempts(table.route, table.pools, table.wish, lambda: table.now, lambda: 0.5)
    assert isinstance(next(plan), Attempt)
    assert next(plan, None) is None


# -- waiting ---------------------------------------------------------------------------------------------------------

PATIENT = Wish(max_wait_seconds=5.0)


def test_the_key_that_a_provider_says_is_free_soon_is_waited_for() -> None:
    soon = Fail(Kind.RATE_LIMIT, wait=2.0)
    assert Table(ONE, PATIENT).play([soon]) == ["a-1", "~2", "~0.155", "a-1"]
    assert Table(TWO_KEYS, PATIENT).play([Fail(Kind.RATE_LIMIT, wait=4.0), soon]) == [
        "a-1",
        "a-2",
        "~2",
        "~0.28",
        "a-2",
    ]


def test_patience_is_for_all_waits_of_a_request_together() -> None:
    assert Table(ONE, PATIENT).play([Fail(Kind.RATE_LIMIT, wait=3.0)] * 3) == ["a-1", "~3", "~0.155", "a-1", "gives up"]


def test_when_all_rest_at_the_start_the_first_to_wake_is_waited_for() -> None:
    table = Table(TWO_KEYS, PATIENT)
    table.play([Fail(Kind.RATE_LIMIT, wait=9.0), Fail(Kind.RATE_LIMIT, wait=8.0)])
    table.now += 4.0
    assert table.play([]) == ["~4", "a-2"]


def test_when_all_rest_for_too_long_the_caller_learns_the_shortest_wait() -> None:
    table = Table(TWO_KEYS, PATIENT)
    table.play([Fail(Kind.RATE_LIMIT, wait=90.0), Fail(Kind.RATE_LIMIT, wait=40.0)])
    table.now += 1.0
    with pytest.raises(DragomanError) as caught:
        table.play([])
    assert (caught.value.status, caught.value.retry_after_seconds) == (429, 39.0)


def test_an_overloaded_provider_that_told_how_long_is_a_503_in_the_meantime() -> None:
    table = Table(ONE, PATIENT)
    table.play([Fail(Kind.OVERLOADED, wait=40.0)])
    with pytest.raises(DragomanError) as caught:
        table.play([])
    assert (caught.value.status, caught.value.retry_after_seconds) == (503, 40.0)


def test_a_busy_key_is_waited_for_as_long_as_patience_lasts() -> None:
    provider = make_provider("a")
    limited = msgspec.structs.replace(provider.credentials[0], concurrency=1)
    route = make_route(msgspec.structs.replace(provider, credentials=(limited,)))
    table = Table(route, PATIENT)
    table.pools["a"].lease(limited, "m", 0, 100.0)
    with pytest.raises(DragomanError) as caught:
        table.play([])
    assert (caught.value.status, caught.value.retry_after_seconds) == (429, 1.0)
    assert table.now == 105.0


def test_a_model_that_no_key_may_serve_is_not_found() -> None:
    provider = make_provider("a")
    only = msgspec.structs.replace(provider.credentials[0], models=frozenset({"other"}))
    with pytest.raises(DragomanError) as caught:
        Table(make_route(msgspec.structs.replace(provider, credentials=(only,)))).play([])
    assert caught.value.status == 404


def test_no_attempt_begins_after_the_deadline() -> None:
    assert Table(TWO_PROVIDERS, Wish(deadline=100.0)).play([LATE]) == ["a-1", "gives up"]
    assert Table(TWO_PROVIDERS, Wish(deadline=100.1)).play([LATE]) == ["a-1", "b-1"]


# -- the budget ------------------------------------------------------------------------------------------------------


def test_in_an_outage_the_budget_keeps_attempts_near_the_number_of_requests() -> None:
    budget = RetryBudget()
    table = Table(BOTH, Wish(budget=budget))
    attempts = 0
    for _ in range(1000):
        budget.note_request(table.now)
        attempts += sum("-" in step for step in table.play([DOWN] * 9))
        table.now += 0.01
    assert attempts <= 1.2 * 1000 + 10


def test_a_failover_to_someone_who_is_well_costs_nothing_of_the_budget() -> None:
    budget = RetryBudget()
    while budget.take(100.0):
        pass
    for route in (TWO_KEYS, TWO_PROVIDERS):
        for failure in (DOWN, LATE, LIMITED, REFUSED):
            assert Table(route, Wish(budget=budget)).play([failure])[-1] != "gives up"
    assert Table(ONE, Wish(budget=budget)).play([DOWN]) == ["a-1", "gives up"]


# -- fallback by class -----------------------------------------------------------------------------------------------


def test_a_class_of_errors_has_targets_of_its_own() -> None:
    large, lax = Target(make_provider("large"), "m"), Target(make_provider("lax"), "m")
    fallback = {Kind.CONTEXT_LENGTH: (large,), Kind.CONTENT_POLICY: (lax,)}
    route = msgspec.structs.replace(TWO_PROVIDERS, fallback=fallback)
    assert Table(route).play([Fail(Kind.CONTEXT_LENGTH)]) == ["a-1", "large-1"]
    assert Table(route).play([Fail(Kind.CONTENT_POLICY)]) == ["a-1", "lax-1"]
    assert Table(route).play([Fail(Kind.CONTEXT_LENGTH)] * 2) == ["a-1", "large-1", "b-1"]
    assert Table(route).play([DOWN]) == ["a-1", "b-1"]


def test_a_request_beside_another_for_the_same_asks_another_key_or_nobody() -> None:
    def plan(route: Route, number: int) -> Attempt:
        pools = make_pools(*[target.provider for target in route.targets])
        first = Attempt(route.targets[0], route.targets[0].provider.credentials[number - 1], 1)
        step = next(plan_attempts(route, pools, Wish(beside=first), lambda: 0.0, lambda: 0.5))
        assert isinstance(step, Attempt)
        return step

    assert plan(TWO_KEYS, 1).credential.name == "a-2"
    assert plan(TWO_KEYS, 2).credential.name == "a-1"
    assert plan(TWO_PROVIDERS, 1).target.provider.name == "b"
    assert plan(BOTH, 1).target.provider.name == "b"
    with pytest.raises(DragomanError):
        plan(ONE, 1)
