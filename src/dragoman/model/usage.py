"""Tokens, in classes that never overlap.

Anthropic reports input without what the cache held, OpenAI and Gemini report it with; OpenAI's output count includes
reasoning. Here every token stands in exactly one class, so that a bill is a plain sum of class × price.
"""

from __future__ import annotations

from typing import Any

import msgspec

TIERS: dict[object, str] = {
    "batch": "batch",
    "flex": "flex",
    "priority": "priority",
    "fast": "fast",
    "ultrafast": "ultrafast",
    "scale": "provisioned",
    "reserved": "provisioned",
    "provisioned": "provisioned",
    "ON_DEMAND_FLEX": "flex",
    "ON_DEMAND_PRIORITY": "priority",
    "PROVISIONED_THROUGHPUT": "provisioned",
}
"""Providers' words for how quickly they answered, where that has a price of its own."""


class Usage(msgspec.Struct, frozen=True):
    """What one answer consumed. `reported` keeps the provider's own object, where it may be told again; `is_estimate`
    says that it gave none."""

    input: int = 0  # text and anything not classed below, not served from a cache
    cache_read: int = 0
    cache_write_5m: int = 0  # also writes whose lifetime the provider does not tell
    cache_write_1h: int = 0
    input_audio: int = 0
    input_image: int = 0
    output: int = 0  # visible text and tool calls
    reasoning: int = 0
    output_audio: int = 0
    output_image: int = 0
    is_estimate: bool = False
    reported: dict[str, Any] | None = None
    tier: str = ""  # one of `TIERS`, where the provider says that it answered so; empty: at its usual price


def note_tier(usage: Usage, *words: Any) -> Usage:
    """The same, answered in the way that the first of the provider's words tells that is one of `TIERS`."""
    for word in words:
        if type(word) is str and word in TIERS:
            return msgspec.structs.replace(usage, tier=TIERS[word])
    return usage
