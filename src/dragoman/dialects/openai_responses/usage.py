"""Token counts of this dialect ⇄ the model's disjoint classes.

Here `input_tokens` holds what the cache gave and took, and `output_tokens` holds the reasoning.
"""

from __future__ import annotations

from typing import Any

from dragoman.model.usage import Usage, note_tier

_DETAILS = ("input_tokens_details", "output_tokens_details")


def parse_usage(reported: Any, tier: Any = None) -> Usage | None:
    """Usage as the provider tells it. What makes no sense counts as zero: a bad meter must not lose an answer."""
    if type(reported) is not dict:
        return None
    usage = _parse_plain(reported) or _parse_classes(reported)
    return usage if tier is None else note_tier(usage, tier)


def _parse_plain(reported: dict[str, Any]) -> Usage | None:
    """Mostly nothing was cached and nothing reasoned: two numbers tell all."""
    given, made = reported.get("input_tokens"), reported.get("output_tokens")
    if type(given) is not int or type(made) is not int or not (given >= 0 <= made):
        return None
    for name in _DETAILS:
        details = reported.get(name)
        if details and (type(details) is not dict or any(details.values())):
            return None
    return Usage(given, output=made, reported=reported)


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
