"""Token counts of this dialect ⇄ the model's disjoint classes.

Here `promptTokenCount` holds what the cache gave, `toolUsePromptTokenCount` stands beside it, and `thoughtsTokenCount`
beside `candidatesTokenCount`; what of each was audio or image is told in lists by modality.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from dragoman.model.usage import TIERS, Usage, note_tier

Fields = dict[str, Any]

_Count = Annotated[int, msgspec.Meta(ge=0)]


class _Row(msgspec.Struct, gc=False):
    modality: Literal["TEXT"]


class Counts(msgspec.Struct, gc=False):
    """A report as it nearly always is: of text alone, and no tool of the provider's own has read anything."""

    prompt: _Count = msgspec.field(name="promptTokenCount")
    output: _Count = msgspec.field(name="candidatesTokenCount")
    cached: _Count = msgspec.field(name="cachedContentTokenCount", default=0)
    thoughts: _Count = msgspec.field(name="thoughtsTokenCount", default=0)
    tool_prompt: None = msgspec.field(name="toolUsePromptTokenCount", default=None)
    prompt_details: list[_Row] | None = msgspec.field(name="promptTokensDetails", default=None)
    output_details: list[_Row] | None = msgspec.field(name="candidatesTokensDetails", default=None)
    tier: str | None = msgspec.field(name="serviceTier", default=None)
    traffic: str | None = msgspec.field(name="trafficType", default=None)


def sum_counts(counts: Counts, reported: Fields | None = None) -> Usage:
    """The usage that these counts tell of."""
    prompt = counts.prompt
    cached = counts.cached and min(counts.cached, prompt)
    tier = TIERS.get(counts.tier) or TIERS.get(counts.traffic, "")
    return Usage(prompt - cached, cached, 0, 0, 0, 0, counts.output, counts.thoughts, 0, 0, False, reported, tier)


def parse_usage(reported: Any) -> Usage | None:
    """Usage as the provider tells it; None where it holds no count. What makes no sense counts as zero: a bad meter
    must not lose an answer."""
    if type(reported) is not dict or ("promptTokenCount" not in reported and "totalTokenCount" not in reported):
        return None
    try:
        return sum_counts(msgspec.convert(reported, Counts), reported)
    except msgspec.ValidationError:
        return note_tier(_parse_classes(reported), reported.get("serviceTier"), reported.get("trafficType"))


def _parse_classes(reported: Fields) -> Usage:
    prompt = _count(reported, "promptTokenCount")
    cached = min(_count(reported, "cachedContentTokenCount"), prompt)
    output = _count(reported, "candidatesTokenCount")
    audio = image = output_audio = output_image = 0
    details = reported.get("promptTokensDetails")
    if details is not None and not _is_all_text(details):
        cache_details = reported.get("cacheTokensDetails")
        audio = max(0, _modality(details, "AUDIO") - _modality(cache_details, "AUDIO"))
        image = max(0, _modality(details, "IMAGE") - _modality(cache_details, "IMAGE"))
        audio = min(audio, prompt - cached)
        image = min(image, prompt - cached - audio)
    details = reported.get("candidatesTokensDetails")
    if details is not None and not _is_all_text(details):
        output_audio = min(_modality(details, "AUDIO"), output)
        output_image = min(_modality(details, "IMAGE"), output - output_audio)
    return Usage(
        input=prompt - cached - audio - image + _count(reported, "toolUsePromptTokenCount"),
        cache_read=cached,
        input_audio=audio,
        input_image=image,
        output=output - output_audio - output_image,
        reasoning=_count(reported, "thoughtsTokenCount"),
        output_audio=output_audio,
        output_image=output_image,
        reported=reported,
    )


def emit_usage(usage: Usage) -> Fields:
    """Usage in our words; a report that is in them already goes out as it came."""
    reported = usage.reported
    if reported is not None and ("promptTokenCount" in reported or "totalTokenCount" in reported):
        return reported
    given = usage.input + usage.cache_read + usage.cache_write_5m + usage.cache_write_1h
    prompt = given + usage.input_audio + usage.input_image
    made = usage.output + usage.output_audio + usage.output_image
    fields: Fields = {
        "promptTokenCount": prompt,
        "candidatesTokenCount": made,
        "totalTokenCount": prompt + made + usage.reasoning,
    }
    if usage.cache_read:
        fields["cachedContentTokenCount"] = usage.cache_read
    if usage.reasoning:
        fields["thoughtsTokenCount"] = usage.reasoning
    if usage.input_audio or usage.input_image:
        fields["promptTokensDetails"] = _emit_details(prompt, usage.input_audio, usage.input_image)
    if usage.output_audio or usage.output_image:
        fields["candidatesTokensDetails"] = _emit_details(made, usage.output_audio, usage.output_image)
    return fields


def _emit_details(total: int, audio: int, image: int) -> list[Fields]:
    counts = {"TEXT": total - audio - image, "AUDIO": audio, "IMAGE": image}
    return [{"modality": modality, "tokenCount": count} for modality, count in counts.items() if count]


def _is_all_text(details: Any) -> bool:
    """The common case: one row, and it is text."""
    if type(details) is not list or len(details) != 1:
        return False
    row = details[0]
    return type(row) is dict and row.get("modality") == "TEXT"


def _modality(details: Any, modality: str) -> int:
    if type(details) is not list:
        return 0
    return sum(_count(row, "tokenCount") for row in details if type(row) is dict and row.get("modality") == modality)


def _count(fields: Fields, name: str) -> int:
    value = fields.get(name)
    return value if type(value) is int and value > 0 else 0
