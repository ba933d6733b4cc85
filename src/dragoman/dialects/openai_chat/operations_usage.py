"""What an answer to an operation beside chat says it took, and why it ended."""

from __future__ import annotations

from typing import Any

from dragoman.dialects.openai_chat.finish import parse_finish
from dragoman.dialects.openai_chat.usage import parse_usage
from dragoman.model.response import Finish
from dragoman.model.usage import Usage


def read_usage(reported: Any) -> Usage | None:
    """Three shapes: that of Chat; that of images, whose output is images; a bare total. None where nothing is told."""
    if type(reported) is not dict:
        return None
    if "prompt_tokens" in reported:
        return parse_usage(reported)
    if "input_tokens" in reported:
        given, details = _count(reported, "input_tokens"), reported.get("input_tokens_details")
        images = min(_count(details, "image_tokens"), given) if type(details) is dict else 0
        made = _count(reported, "output_tokens")
        return Usage(input=given - images, input_image=images, output_image=made, reported=reported)
    if "total_tokens" in reported:
        return Usage(input=_count(reported, "total_tokens"), reported=reported)
    return None


def find_finish(fields: dict[str, Any]) -> Finish | None:
    """Why the first of a completion's choices ended."""
    choices = fields.get("choices")
    first = choices[0] if type(choices) is list and choices else None
    reason = first.get("finish_reason") if type(first) is dict else None
    return parse_finish(reason, {}, has_calls=False, has_refusal=False) if type(reason) is str else None


def _count(fields: dict[str, Any], name: str) -> int:
    value = fields.get(name)
    return value if type(value) is int and value > 0 else 0
