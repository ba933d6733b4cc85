"""The smallest pieces of a conversation that can be left out: turns that belong together stay or go together.

A call and its result are one piece, however much stands between them; so are a turn and the one that is joined to it.
Turns of the system belong to no piece: they are never left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dragoman.model.content import ToolCall, ToolResult
from dragoman.model.request import Turn

PINNED_ROLES = frozenset({"system", "developer"})

Unit = tuple[int, ...]
"""Positions of turns that stay or go together."""


def group_turns(turns: Sequence[Turn]) -> list[Unit]:
    """All turns but the system's, grouped, in their order."""
    movable = [position for position, turn in enumerate(turns) if turn.role not in PINNED_ROLES]
    ends = _find_ends(turns, movable)
    units: list[Unit] = []
    start = reach = 0
    for order, end in enumerate(ends):
        reach = max(reach, end)
        if reach == order:
            units.append(tuple(movable[start : order + 1]))
            start = reach = order + 1
    return units


def _find_ends(turns: Sequence[Turn], movable: Sequence[int]) -> list[int]:
    """For each turn the last one, both as numbers in `movable`, that cannot do without it."""
    ends = list(range(len(movable)))
    callers: dict[str, int] = {}
    for order, position in enumerate(movable):
        turn = turns[position]
        if turn.joined and order:
            ends[order - 1] = max(ends[order - 1], order)
        for call_id in _list_results(turn):
            if call_id in callers:
                ends[callers[call_id]] = order
        callers.update((part.id, order) for part in turn.parts if isinstance(part, ToolCall))
    return ends


def _list_results(turn: Turn) -> Iterator[str]:
    return (part.call_id for part in turn.parts if isinstance(part, ToolResult))
