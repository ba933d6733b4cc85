"""Compares what was said with what arrived, and looks for an explanation of every difference."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from dragoman.model.loss import Loss
from tests.matrix.facts import Fact


@dataclass(frozen=True)
class Difference:
    """A stretch of facts that turned into another stretch; either may be empty."""

    gone: tuple[Fact, ...]
    come: tuple[Fact, ...]


def find_differences(before: list[Fact], after: list[Fact]) -> list[Difference]:
    """What is not in both, in this order."""
    matcher = SequenceMatcher(
        None, [fact.meaning for fact in before], [fact.meaning for fact in after], autojunk=False
    )
    return [
        Difference(tuple(before[first:last]), tuple(after[start:end]))
        for code, first, last, start, end in matcher.get_opcodes()
        if code != "equal"
    ]


def is_told(fact: Fact, losses: Iterable[Loss]) -> bool:
    """Whether a loss speaks of this fact, of something around it or of something within it."""
    return any(_is_within(fact.path, loss.path) or _is_within(loss.path, fact.path) for loss in losses)


def _is_within(inner: str, outer: str) -> bool:
    return inner == outer or inner.startswith((f"{outer}.", f"{outer}["))
