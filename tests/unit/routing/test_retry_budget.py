"""How many retries there may be."""

from __future__ import annotations

from dragoman.routing.retry_budget import RetryBudget


def spend(budget: RetryBudget, now: float) -> int:
    """How many retries are granted at once."""
    count = 0
    while budget.take(now):
        count += 1
        assert count < 1000
    return count


def test_a_fifth_of_the_requests_may_be_tried_again() -> None:
    budget = RetryBudget()
    for _ in range(100):
        budget.note_request(50.0)
    assert spend(budget, 51.0) == 20


def test_three_are_always_granted() -> None:
    budget = RetryBudget()
    budget.note_request(50.0)
    assert spend(budget, 51.0) == 3


def test_what_is_long_ago_is_forgotten() -> None:
    budget = RetryBudget()
    for _ in range(100):
        budget.note_request(50.0)
    assert spend(budget, 51.0) == 20
    assert spend(budget, 56.0) == 0
    assert spend(budget, 61.0) == 3
    assert spend(budget, 200.0) == 3


def test_in_an_outage_attempts_stay_below_one_and_a_fifth_of_the_requests() -> None:
    budget = RetryBudget()
    retries = 0
    for number in range(6000):
        now = number / 100
        budget.note_request(now)
        retries += budget.take(now) + budget.take(now)
    assert retries <= 6000 * 0.2 + 3
