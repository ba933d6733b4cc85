"""Results of tools cut down in their middle: what a tool says first and last matters most."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import msgspec

from dragoman.model.content import Part, Text, ToolResult
from dragoman.model.request import Turn

HEAD_SHARE = 0.7
MARK = "\n[… {left_out} characters of this result were left out to fit the context window …]\n"

CountText = Callable[[str], float]


class Trimmer:
    """Cuts results that have more tokens than a limit. `trimmed` counts them."""

    def __init__(self, limit_tokens: int, count_text: CountText) -> None:
        self._limit = limit_tokens
        self._count = count_text
        self.trimmed = 0

    def trim_turns(self, turns: Sequence[Turn], positions: Collection[int]) -> list[Turn]:
        """The turns with oversized results cut at these positions; a turn without one is the same object."""
        return [self._trim_turn(turn) if position in positions else turn for position, turn in enumerate(turns)]

    def _trim_turn(self, turn: Turn) -> Turn:
        parts = [self._trim_result(part) if isinstance(part, ToolResult) else part for part in turn.parts]
        if all(new is old for new, old in zip(parts, turn.parts, strict=True)):
            return turn
        return msgspec.structs.replace(turn, parts=parts)

    def _trim_result(self, result: ToolResult) -> ToolResult:
        texts = [part for part in result.parts if isinstance(part, Text)]
        share = self._limit / max(1, len(texts))
        parts: list[Part] = [self._trim_text(part, share) if isinstance(part, Text) else part for part in result.parts]
        if all(new is old for new, old in zip(parts, result.parts, strict=True)):
            return result
        self.trimmed += 1
        return msgspec.structs.replace(result, parts=parts)

    def _trim_text(self, part: Text, limit: float) -> Text:
        text = part.text
        tokens = self._count(text) if len(text) > limit else 0.0
        if tokens <= limit:
            return part
        kept = int(len(text) * limit / tokens)
        head = int(kept * HEAD_SHARE)
        tail = kept - head
        mark = MARK.format(left_out=len(text) - kept)
        if len(mark) + kept >= len(text):
            return part
        return Text(text[:head] + mark + text[len(text) - tail :], cache=part.cache)
