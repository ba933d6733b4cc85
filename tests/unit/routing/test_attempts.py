"""Scenario tables: given who fails how, who is tried in which order."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.routing.attempts import MAX_ATTEMPTS, order_targets, plan_attempts
from dragoman.routing.target import Route
from tests.unit.routing.house import make_pools, make_provider, make_route


def play(route: Route, failures: list[Kind]) -> list[str]:
    """The credentials tried while each attempt fails with the next kind."""
    pools = make_pools(*{target.provider.name: target.provider for target in route.targets}.values())
    plan = plan_attempts(route, pools, lambda: 100.0, lambda: 0.5)
    tried = []
    try:
        attempt = next(plan)
        for kind in failures:
            tried.append(attempt.credential.name)
            error = DragomanError(kind, "no", blame="upstream")
            pools[attempt.target.provider.name].report_failure(attempt.credential, "m", error, 100.0)
            attempt = plan.send(error)
        tried.append(attempt.credential.name)
    except StopIteration:
        pass
    return tried


ONE = make_route(make_provider("a"))
TWO_KEYS = make_route(make_provider("a", 2))
TWO_PROVIDERS = make_route(make_provider("a"), make_provider("b"))
BOTH = make_route(make_provider("a", 2), make_provider("b", 2))


@pytest.mark.parametrize(
    ("route", "failures", "tried"),
    [
        (ONE, [], ["a-1"]),
        (ONE, [Kind.RATE_LIMIT], ["a-1"]),
        (ONE, [Kind.UNAVAILABLE] * 5, ["a-1", "a-1"]),
        (ONE, [Kind.INVALID_REQUEST], ["a-1"]),
        (TWO_KEYS, [Kind.RATE_LIMIT], ["a-1", "a-2"]),
        (TWO_KEYS, [Kind.AUTHENTICATION] * 5, ["a-1", "a-2"]),
        (TWO_KEYS, [Kind.INVALID_REQUEST], ["a-1"]),
        (TWO_PROVIDERS, [Kind.TIMEOUT], ["a-1", "b-1"]),
        (TWO_PROVIDERS, [Kind.CONTEXT_LENGTH], ["a-1", "b-1"]),
        (TWO_PROVIDERS, [Kind.CONTENT_POLICY], ["a-1"]),
        (TWO_PROVIDERS, [Kind.RATE_LIMIT, Kind.RATE_LIMIT], ["a-1", "b-1"]),
        (BOTH, [Kind.PERMISSION] * 9, ["a-1", "a-2", "b-1"]),
        (BOTH, [Kind.NOT_FOUND, Kind.OVERLOADED], ["a-1", "b-1", "b-2"]),
    ],
)
def test_attempts_follow_the_verdicts(route: Route, failures: list[Kind], tried: list[str]) -> None:
    assert play(route, failures) == tried


def test_no_more_than_the_limit_is_ever_tried() -> None:
    assert len(play(make_route(make_provider("a", 9)), [Kind.RATE_LIMIT] * 20)) == MAX_ATTEMPTS


def test_when_all_rest_the_caller_learns_the_shortest_wait() -> None:
    provider = make_provider("a", 2)
    pools = make_pools(provider)
    for credential, seconds in zip(provider.credentials, (9.0, 4.0), strict=True):
        error = DragomanError(Kind.RATE_LIMIT, "no", blame="upstream", retry_after_seconds=seconds)
        pools["a"].report_failure(credential, "m", error, 100.0)
    with pytest.raises(DragomanError) as caught:
        next(plan_attempts(make_route(provider), pools, lambda: 101.0, lambda: 0.5))
    assert caught.value.status == 429
    assert caught.value.retry_after_seconds == 3.0


def test_ordered_keeps_the_order_and_weighted_follows_the_draw() -> None:
    route = make_route(make_provider("a"), make_provider("b"), policy="weighted")
    draws = iter([0.1, 0.9])
    assert [target.provider.name for target in order_targets(route, lambda: next(draws))] == ["b", "a"]
    assert [target.provider.name for target in order_targets(TWO_PROVIDERS, lambda: 0.5)] == ["a", "b"]
