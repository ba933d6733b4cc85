"""More tokens than turns can have, found without reading them: what lies below it fits for certain, and most requests do."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from dragoman.model.content import Part, Refusal, Text, ToolCall, ToolResult
from dragoman.model.request import Turn

TURN_TOKENS = 64
"""What a turn or a part costs beside its text, at most."""

PLAIN_CHARACTER_TOKENS = 1.5
CHARACTER_TOKENS = 4
"""What one character can cost where it is none of the first 128."""


def bound_tokens(turns: Iterable[Turn]) -> float:
    """No family makes more of them; infinite where parts are no text."""
    return sum([TURN_TOKENS + _bound_text(turn.name or "") + _bound_parts(turn.parts) for turn in turns])


def _bound_parts(parts: Iterable[Part]) -> float:
    tokens = 0.0
    for part in parts:
        if isinstance(part, Text):
            tokens += _bound_text(part.text) + _bound_text(part.signature or "")
        elif isinstance(part, Refusal):
            tokens += _bound_text(part.text)
        elif isinstance(part, ToolCall):
            tokens += _bound_text(part.name) + _bound_text(part.arguments) + _bound_text(part.signature or "")
        elif isinstance(part, ToolResult):
            tokens += _bound_parts(part.parts)
        else:
            return inf
        tokens += TURN_TOKENS
    return tokens


def _bound_text(text: str) -> float:
    return len(text) * (PLAIN_CHARACTER_TOKENS if text.isascii() else CHARACTER_TOKENS)
