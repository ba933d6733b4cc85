"""Token counts of this dialect ⇄ the model's disjoint classes.

Here `input_tokens` holds what the cache gave and took, and `output_tokens` holds the reasoning.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from dragoman.model.usage import TIERS, Usage, note_tier

_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Read(msgspec.Struct, gc=False):
    cached_tokens: _Count = 0
    cache_write_tokens: _Count = 0


class _Made(msgspec.Struct, gc=False):
    reasoning_tokens: _Count = 0


class Counts(msgspec.Struct, gc=False):
    """A report as it nearly always is."""

    input_tokens: _Count
    output_tokens: _Count
    input_tokens_details: _Read | None = None
    output_tokens_details: _Made | None = None


_NOTHING_READ = _Read()
_NOTHING_MADE = _Made()


def parse_usage(reported: Any, tier: Any = None) -> Usage | None:
    """Usage as the provider tells it. What makes no sense counts as zero: a bad meter must not lose an answer."""
    if type(reported) is not dict:
        return None
    try:
        usage = sum_counts(msgspec.convert(reported, Counts), reported)
    except msgspec.ValidationError:
        usage = _parse_classes(reported)
    return usage if tier is None else note_tier(usage, tier)


def sum_counts(counts: Counts, reported: dict[str, Any] | None = None, tier: str | None = None) -> Usage:
    """The usage that these counts tell of."""
    read = counts.input_tokens_details or _NOTHING_READ
    made = counts.output_tokens_details or _NOTHING_MADE
    cached, written, reasoning = read.cached_tokens, read.cache_write_tokens, made.reasoning_tokens
    text, said = counts.input_tokens - cached - written, counts.output_tokens - reasoning
    if text < 0 or said < 0:
        text, said = max(text, 0), max(said, 0)
    return Usage(text, cached, written, 0, 0, 0, said, reasoning, 0, 0, False, reported, TIERS.get(tier, ""))


def _parse_classes(reported: dict[str, Any]) -> Usage:
    inside = reported.get("input_tokens_details")
    outside = reported.get("output_tokens_details")
    cached = _count(inside, "cached_tokens")
    written = _count(inside, "cache_write_tokens")
    reasoning = _count(outside, "reasoning_tokens")
    return Usage(
        input=max(0, _count(reported, "input_tokens") - cached - written),
        cache_read=cached,
        cache_write_5m=written,
        output=max(0, _count(reported, "output_tokens") - reasoning),
        reasoning=reasoning,
        reported=reported,
    )


def emit_usage(usage: Usage) -> dict[str, Any]:
    """Usage in our words, with every key that the SDK's types want."""
    written = usage.cache_write_5m + usage.cache_write_1h
    given = usage.input + usage.cache_read + written + usage.input_audio + usage.input_image
    made = usage.output + usage.reasoning + usage.output_audio + usage.output_image
    return {
        "input_tokens": given,
        "input_tokens_details": {"cached_tokens": usage.cache_read, "cache_write_tokens": written},
        "output_tokens": made,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": given + made,
    }


def _count(fields: Any, name: str) -> int:
    value = fields.get(name) if type(fields) is dict else None
    return value if type(value) is int and value > 0 else 0
