"""The small solver finds what a large one would."""

from __future__ import annotations

import random

import pytest

from tools.least_squares import Belief, fit, predict

TRUTH = [3.0, 0.5, 12.0]


def draw(count: int) -> list[list[float]]:
    chance = random.Random(5)
    return [[1.0, float(chance.randrange(10, 500)), float(chance.randrange(0, 4))] for _ in range(count)]


def test_weights_that_made_the_targets_are_found_again() -> None:
    rows = draw(60)
    found = fit(rows, [predict(row, TRUTH) for row in rows], [Belief(0.0, 1e-6)] * 3)
    assert found == pytest.approx(TRUTH, rel=1e-2)


def test_a_few_odd_rows_do_not_pull_the_rest_along() -> None:
    rows = draw(60)
    targets = [predict(row, TRUTH) * (5.0 if number % 12 == 0 else 1.0) for number, row in enumerate(rows)]
    assert fit(rows, targets, [Belief(0.0, 1e-6)] * 3) == pytest.approx(TRUTH, rel=0.05)


def test_no_weight_is_negative() -> None:
    rows = [[1.0, 1.0], [1.0, 2.0], [1.0, 3.0]]
    assert fit(rows, [30.0, 20.0, 10.0], [Belief(0.0, 1e-6)] * 2)[1] == 0.0


def test_what_no_row_speaks_of_stays_as_it_was_believed() -> None:
    found = fit([[1.0, 0.0]], [20.0], [Belief(0.0, 1e-6), Belief(7.0, 0.1)])
    assert found == pytest.approx([20.0, 7.0])
