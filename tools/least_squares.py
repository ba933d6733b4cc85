"""Weighted least squares with weights that are never negative and stay near what is believed beforehand.

Small enough to need no library: coordinate descent over the normal equations. Rows are weighed anew by how far off they
are, so that a few odd ones do not pull the rest along.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

SWEEPS = 3_000
ROUNDS = 10
LEAST_TARGET = 12.0
EVERYDAY_ERROR = 0.02
"""Below this relative error all rows count alike."""

Row = Sequence[float]


class Belief(NamedTuple):
    """What a weight is beforehand, and how many shares of a row it costs to move it by one."""

    value: float
    strength: float


def fit(rows: Sequence[Row], targets: Sequence[float], beliefs: Sequence[Belief]) -> list[float]:
    """The weights with which the rows come nearest to their targets, by relative error."""
    trusts = [1.0] * len(rows)
    found = [belief.value for belief in beliefs]
    for _ in range(ROUNDS):
        found = _solve(rows, targets, trusts, beliefs, found)
        trusts = [
            EVERYDAY_ERROR / max(abs(predict(row, found) - target) / target, EVERYDAY_ERROR)
            for row, target in zip(rows, targets, strict=True)
        ]
    return found


def predict(row: Row, weights: Sequence[float]) -> float:
    return sum(amount * weight for amount, weight in zip(row, weights, strict=True))


def _solve(
    rows: Sequence[Row],
    targets: Sequence[float],
    trusts: Sequence[float],
    beliefs: Sequence[Belief],
    start: Sequence[float],
) -> list[float]:
    size = len(beliefs)
    gram = [[0.0] * size for _ in range(size)]
    right = [0.0] * size
    for row, target, trust in zip(rows, targets, trusts, strict=True):
        weight = trust / max(target, LEAST_TARGET) ** 2
        present = [(index, amount) for index, amount in enumerate(row) if amount]
        for index, amount in present:
            share = amount * weight
            right[index] += share * target
            line = gram[index]
            for other, its_amount in present:
                line[other] += share * its_amount
    for index, belief in enumerate(beliefs):
        gram[index][index] += belief.strength**2
        right[index] += belief.strength**2 * belief.value
    return _descend(gram, right, list(start))


def _descend(gram: list[list[float]], right: list[float], found: list[float]) -> list[float]:
    """One weight after the other to where it is best, until none moves."""
    for _ in range(SWEEPS):
        moved = 0.0
        for index, line in enumerate(gram):
            if line[index] <= 0:
                continue
            gap = right[index] - sum(map(float.__mul__, line, found))
            better = max(0.0, found[index] + gap / line[index])
            moved = max(moved, abs(better - found[index]))
            found[index] = better
        if moved < 1e-6:
            break
    return found
