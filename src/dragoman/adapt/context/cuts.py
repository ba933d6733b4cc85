"""Where a conversation is cut, so that every request of it that comes later is cut in the same place.

Theory of operation: nothing is remembered between requests, so the conversation's whole past is played again: piece
after piece is added, and when they no longer fit the oldest go until only `low` is left. The cut moves rarely and in
large steps, and as long as it does not move, a request begins with the very words that the one before it began with.
"""

from __future__ import annotations

from collections.abc import Sequence


def replay_cuts(costs: Sequence[float], sizes: Sequence[int], room: float, low: float, keep_turns: int) -> list[int]:
    """Every cut that was made so far, as the number of pieces before it; the last one is where it is now.

    `costs` are the pieces' tokens, `sizes` their turns. The newest pieces are kept that hold `keep_turns` turns, and the
    newest one always.
    """
    cuts: list[int] = []
    start = kept = 0
    total, turns = 0.0, 0
    for newest, cost in enumerate(costs):
        total += cost
        turns += sizes[newest]
        while kept < newest and turns - sizes[kept] >= keep_turns:
            turns -= sizes[kept]
            kept += 1
        if total <= room:
            continue
        before = start
        while start < kept and total > low:
            total -= costs[start]
            start += 1
        if start > before:
            cuts.append(start)
    return cuts
