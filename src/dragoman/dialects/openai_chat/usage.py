"""Token counts, into classes that do not overlap and back into OpenAI's sums.

OpenAI counts what the cache held inside `prompt_tokens`, and reasoning inside `completion_tokens`. Some servers count
reasoning, audio or the cache beside them; `total_tokens` tells which. Counts that contradict each other are cut down,
so that the classes always add up to what the provider itself called the sum.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from dragoman.model.usage import Usage
from dragoman.wire.json_read import Fields

_CACHE_READ = ("cache_read_input_tokens", "prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens")
_NOTHING: Fields = {}
_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Read(msgspec.Struct, gc=False):
    cached_tokens: _Count = 0
    audio_tokens: _Count = 0
    image_tokens: None = None
    cache_write_tokens: None = None


class _Made(msgspec.Struct, gc=False):
    reasoning_tokens: _Count = 0
    audio_tokens: _Count = 0
    image_tokens: None = None


class Counts(msgspec.Struct, gc=False):
    """A `usage` object as it nearly always is. What has another spelling, or comes from a few servers only, may be
    null at most; what counts no tokens is passed over."""

    prompt_tokens: _Count
    completion_tokens: _Count
    total_tokens: int
    prompt_tokens_details: _Read | None = None
    completion_tokens_details: _Made | None = None
    reasoning_tokens: None = None
    prompt_cache_hit_tokens: _Count = 0
    cache_read_input_tokens: None = None
    cached_tokens: None = None
    num_cached_tokens: None = None
    cache_creation_input_tokens: None = None


_NOTHING_READ = _Read()
_NOTHING_MADE = _Made()


def parse_usage(value: Any) -> Usage | None:
    """A `usage` object; None where it is missing or tells nothing."""
    if type(value) is not dict or "prompt_tokens" not in value:
        return None
    try:
        counts = msgspec.convert(value, Counts)
    except msgspec.ValidationError:
        return _parse_classes(value)
    return sum_counts(counts, value) or _parse_classes(value)


def sum_counts(counts: Counts, reported: Fields | None = None, tier: str = "") -> Usage | None:
    """The usage that these counts tell of; None where they do not add up."""
    prompt, completion = counts.prompt_tokens, counts.completion_tokens
    if counts.total_tokens != prompt + completion:
        return None
    read = counts.prompt_tokens_details or _NOTHING_READ
    made = counts.completion_tokens_details or _NOTHING_MADE
    cached, heard = read.cached_tokens or counts.prompt_cache_hit_tokens, read.audio_tokens
    reasoning, spoken = made.reasoning_tokens, made.audio_tokens
    text, said = prompt - cached - heard, completion - reasoning - spoken
    if text < 0 or said < 0:
        return None
    return Usage(text, cached, 0, 0, heard, 0, said, reasoning, spoken, 0, False, reported, tier)


def _parse_classes(value: Fields) -> Usage:
    prompt, completion = _count(value, "prompt_tokens"), _count(value, "completion_tokens")
    details, made = _inner(value, "prompt_tokens_details"), _inner(value, "completion_tokens_details")
    read, write_5m, write_1h = _read_cache(value, details)
    audio, image = _count(details, "audio_tokens"), _count(details, "image_tokens")
    reasoning = _count(made, "reasoning_tokens") or _count(value, "reasoning_tokens")
    made_audio, made_image = _count(made, "audio_tokens"), _count(made, "image_tokens")
    if value.get("total_tokens") != prompt + completion:
        cache = read + write_5m + write_1h
        beside = _find_beside(value, prompt + completion, {"reasoning": reasoning, "audio": audio, "cache": cache})
        prompt += (cache if "cache" in beside else 0) + (audio if "audio" in beside else 0)
        completion += reasoning if "reasoning" in beside else 0
    text = prompt - read - write_5m - write_1h - audio - image
    if text < 0:
        text, read, write_5m, write_1h, audio, image = _share_out(prompt, read, write_5m, write_1h, audio, image)
    said = completion - reasoning - made_audio - made_image
    if said < 0:
        said, reasoning, made_audio, made_image = _share_out(completion, reasoning, made_audio, made_image)
    return Usage(text, read, write_5m, write_1h, audio, image, said, reasoning, made_audio, made_image, reported=value)


def emit_usage(usage: Usage) -> Fields:
    """A `usage` object; one that was reported in this shape passes as it was."""
    if usage.reported is not None and "prompt_tokens" in usage.reported:
        return usage.reported
    writes = usage.cache_write_5m + usage.cache_write_1h
    prompt = usage.input + usage.cache_read + writes + usage.input_audio + usage.input_image
    completion = usage.output + usage.reasoning + usage.output_audio + usage.output_image
    details = {"cached_tokens": usage.cache_read, "audio_tokens": usage.input_audio}
    if writes:
        details["cache_write_tokens"] = writes
    if usage.input_image:
        details["image_tokens"] = usage.input_image
    made = {
        "reasoning_tokens": usage.reasoning,
        "audio_tokens": usage.output_audio,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    }
    if usage.output_image:
        made["image_tokens"] = usage.output_image
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": details,
        "completion_tokens_details": made,
    }


def _share_out(total: int, *wanted: int) -> tuple[int, ...]:
    """What is left of a sum, and what each class gets of it: in order, nobody more than is left."""
    shares = []
    for count in wanted:
        share = min(count, total)
        total -= share
        shares.append(share)
    return (total, *shares)


def _read_cache(value: Fields, details: Fields) -> tuple[int, int, int]:
    """Read, written for five minutes (or nobody knows how long), written for an hour."""
    read = _count(details, "cached_tokens")
    if not read:
        read = next((count for name in _CACHE_READ if name in value and (count := _count(value, name))), 0)
    written = _count(details, "cache_write_tokens") or _count(value, "cache_creation_input_tokens")
    if not written:
        return read, 0, 0
    hour = min(_count(_inner(value, "cache_creation"), "ephemeral_1h_input_tokens"), written)
    return read, written - hour, hour


def _find_beside(value: Fields, counted: int, parts: dict[str, int]) -> set[str]:
    """Which parts stand beside the sums: those that fill the gap to the total exactly; without a total, reasoning
    that does not fit inside."""
    total = _count(value, "total_tokens")
    if not total:
        return {"reasoning"} if parts["reasoning"] > _count(value, "completion_tokens") else set()
    named = [name for name, count in parts.items() if count]
    for choice in range(1, 1 << len(named)):
        chosen = {name for position, name in enumerate(named) if choice >> position & 1}
        if sum(parts[name] for name in chosen) == total - counted:
            return chosen
    return set()


def _count(fields: Fields, name: str) -> int:
    value = fields.get(name)
    return value if type(value) is int and value > 0 else 0


def _inner(fields: Fields, name: str) -> Fields:
    value = fields.get(name)
    return value if type(value) is dict else _NOTHING
