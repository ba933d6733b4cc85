"""A provider's report of tokens, into classes that never overlap.

Anthropic counts input without what the cache held, and output with thinking. The tokens of compaction stand outside the
totals, in `iterations`, and are billed all the same.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from dragoman.model.usage import TIERS, Usage, note_tier
from dragoman.wire.json_read import Fields

_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Created(msgspec.Struct, gc=False):
    ephemeral_5m_input_tokens: _Count = 0
    ephemeral_1h_input_tokens: _Count = 0


class _Made(msgspec.Struct, gc=False):
    thinking_tokens: _Count = 0


class Counts(msgspec.Struct, gc=False):
    """A report as it nearly always is."""

    input_tokens: _Count = 0
    output_tokens: _Count = 0
    cache_read_input_tokens: _Count | None = None
    cache_creation_input_tokens: _Count | None = None
    cache_creation: _Created | None = None
    output_tokens_details: _Made | None = None
    service_tier: str | None = None
    speed: str | None = None
    iterations: None = None


_NOTHING_CREATED = _Created()


def parse_tier(reported: Fields | None) -> str | None:
    tier = reported.get("service_tier") if reported else None
    return tier if type(tier) is str else None


def parse_usage(reported: Fields) -> Usage:
    """Tokens in classes that never overlap; a count that is missing or makes no sense is 0."""
    try:
        return sum_counts(msgspec.convert(reported, Counts), reported)
    except msgspec.ValidationError:
        return _parse_classes(reported)


def sum_counts(counts: Counts, reported: Fields | None = None) -> Usage:
    """The usage that these counts tell of."""
    created = counts.cache_creation or _NOTHING_CREATED
    one_hour = created.ephemeral_1h_input_tokens
    written = (counts.cache_creation_input_tokens or 0) - one_hour
    five_minutes = created.ephemeral_5m_input_tokens
    output, reasoning = counts.output_tokens, 0
    if counts.output_tokens_details is not None:
        reasoning = min(counts.output_tokens_details.thinking_tokens, output)
    return Usage(
        counts.input_tokens,
        counts.cache_read_input_tokens or 0,
        max(five_minutes, written),
        one_hour,
        0,
        0,
        output - reasoning,
        reasoning,
        0,
        0,
        False,
        reported,
        TIERS.get(counts.service_tier) or TIERS.get(counts.speed, ""),
    )


def _parse_classes(reported: Fields) -> Usage:
    """The same, for a report that holds more than counts, or no counts at all."""
    created = reported.get("cache_creation")
    one_hour = five_minutes = 0
    if type(created) is dict and any(created.values()):
        one_hour = _count(created, "ephemeral_1h_input_tokens")
        five_minutes = _count(created, "ephemeral_5m_input_tokens")
    output = _count(reported, "output_tokens")
    details = reported.get("output_tokens_details")
    reasoning = min(_count(details, "thinking_tokens"), output) if type(details) is dict else 0
    usage = Usage(
        input=_count(reported, "input_tokens"),
        cache_read=_count(reported, "cache_read_input_tokens"),
        cache_write_5m=max(five_minutes, _count(reported, "cache_creation_input_tokens") - one_hour),
        cache_write_1h=one_hour,
        output=output - reasoning,
        reasoning=reasoning,
        reported=reported,
    )
    iterations = reported.get("iterations")
    usage = _add_compactions(usage, iterations) if type(iterations) is list else usage
    return note_tier(usage, reported.get("service_tier"), reported.get("speed"))


def _add_compactions(usage: Usage, iterations: list[Any]) -> Usage:
    for iteration in iterations:
        if type(iteration) is dict and iteration.get("type") == "compaction":
            extra = parse_usage({name: value for name, value in iteration.items() if name != "iterations"})
            usage = Usage(
                input=usage.input + extra.input,
                cache_read=usage.cache_read + extra.cache_read,
                cache_write_5m=usage.cache_write_5m + extra.cache_write_5m,
                cache_write_1h=usage.cache_write_1h + extra.cache_write_1h,
                output=usage.output + extra.output,
                reasoning=usage.reasoning + extra.reasoning,
                reported=usage.reported,
            )
    return usage


def _count(fields: Fields, name: str) -> int:
    value = fields.get(name)
    return value if type(value) is int and value > 0 else 0
