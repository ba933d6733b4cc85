"""What a model answered, whole."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from dragoman.model.content import Extras, Part
from dragoman.model.usage import Usage

FinishReason = Literal[
    "stop",  # the model was done
    "stop_sequence",  # a caller's stop sequence was met; the text is in `Finish.stop_sequence`
    "length",  # max output tokens
    "context_length",  # the context window was full
    "tool_calls",
    "content_filter",  # a filter beside the model cut it
    "refusal",  # the model itself declined
    "pause",  # the provider wants the turn sent back to go on (Anthropic `pause_turn`)
    "error",  # the provider ended the turn as failed but with an answer
    "other",
]


class Finish(msgspec.Struct, frozen=True):
    """Why an answer ended. `wire` is the provider's own word, for the same dialect and for the log."""

    reason: FinishReason
    stop_sequence: str | None = None
    wire: str | None = None
    extras: Extras | None = None


class Candidate(msgspec.Struct, frozen=True):
    """One alternative answer; there is more than one only if the caller asked for `candidates`."""

    parts: list[Part]
    finish: Finish
    index: int = 0
    logprobs: dict[str, Any] | None = None  # OpenAI chat's shape: {"content": [...], "refusal": [...]}
    extras: Extras | None = None


class Response(msgspec.Struct, frozen=True):
    """One finished answer. `usage` is None where the provider said nothing."""

    id: str
    model: str
    candidates: list[Candidate]
    usage: Usage | None = None
    created_unix: int | None = None
    service_tier: str | None = None
    extras: Extras | None = None
