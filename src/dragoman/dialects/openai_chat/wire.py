"""Words and tables of the wire format, and the house rules for `extras`.

In `extras["openai_chat"]` stand wire fields that the model has no word for, under their own names. Two keys are
private and never reach the wire: `minted` marks opaque tokens that came in this dialect, `_form` remembers which of
several equal spellings was used. A remembered form is a hint: it is used only while it still says what the model says.

Spec: https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from typing import Any

from dragoman.model.content import CacheBreakpoint, Extras
from dragoman.model.loss import Loss
from dragoman.model.response import FinishReason
from dragoman.wire.json_read import Fields

NAME = "openai_chat"
PATH = "/chat/completions"
DONE = b"[DONE]"

FORM = "_form"
MINTED = "minted"
PRIVATE = frozenset({FORM, MINTED})

GOOGLE_MINTER = "gemini_generate"
"""Who can read `extra_content.google.thought_signature`: the field's own name says that Google minted it."""

# -- finish reasons --------------------------------------------------------------------------------------------------

FINISH_FROM_WIRE: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
    # what compatible servers say beside OpenAI's five
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "STOP": "stop",
    "COMPLETE": "stop",
    "stop_sequence": "stop_sequence",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "MAX_TOKENS": "length",
    "model_length": "context_length",
    "model_context_window_exceeded": "context_length",
    "safety": "content_filter",
    "SAFETY": "content_filter",
    "sensitive": "content_filter",
    "refusal": "refusal",
    "pause_turn": "pause",
    "error": "error",
    "abort": "error",
    "network_error": "error",
    "insufficient_system_resource": "error",
}

FINISH_TO_WIRE: dict[FinishReason, str] = {
    "stop": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "context_length": "length",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "refusal": "content_filter",  # "stop" where the refusal's own text is told in its own field
    "pause": "stop",
    "error": "content_filter",  # never "stop": half an answer must not look whole
    "other": "stop",
}

APPROXIMATE_FINISHES: frozenset[FinishReason] = frozenset({"pause", "error", "other"})

# -- roles, media, tiers ---------------------------------------------------------------------------------------------

AUDIO_FORMATS = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3"}

SERVICE_TIERS = {"standard_only": "default", "standard": "default"}
"""Other dialects' words for the same tier; what is not listed passes."""

REASONING_TEXT_FIELDS = ("reasoning_content", "reasoning")

CACHE_LIFETIMES = frozenset({"5m", "1h"})

# -- extras ----------------------------------------------------------------------------------------------------------

_NOTHING: dict[str, Any] = {}


def own_fields(extras: Extras | None) -> dict[str, Any]:
    """What this dialect has put by; to be read only."""
    return extras.get(NAME, _NOTHING) if extras else _NOTHING


def form_of(extras: Extras | None) -> dict[str, Any]:
    """The remembered spelling; to be read only."""
    form: dict[str, Any] = own_fields(extras).get(FORM, _NOTHING)
    return form


def is_minted(extras: Extras | None) -> bool:
    """Whether an opaque token came in this dialect and may go out in it."""
    return MINTED in own_fields(extras)


def wire_fields(extras: Extras | None) -> Fields:
    """The put-by fields that go out again."""
    own = own_fields(extras)
    if PRIVATE.isdisjoint(own):
        return own
    return {name: value for name, value in own.items() if name not in PRIVATE}


def rest_of(fields: Fields, known: frozenset[str]) -> Fields:
    """What is left without the known fields. Null and absent mean the same in this dialect, so null is not kept."""
    if fields.keys() <= known:
        return {}
    return {name: value for name, value in fields.items() if name not in known and value is not None}


def keep(rest: Fields, form: Fields, *, is_minted: bool = False) -> Extras | None:
    """Extras that hold the rest and the form; None where there is neither."""
    if form:
        rest[FORM] = form
    if is_minted:
        rest[MINTED] = True
    return {NAME: rest} if rest else None


def parse_cache(value: Any) -> CacheBreakpoint | None:
    """Anthropic's `cache_control`, which compatible servers take over as it is."""
    if type(value) is not dict or value.get("type") != "ephemeral":
        return None
    ttl = value.get("ttl")
    return CacheBreakpoint(ttl if type(ttl) is str and ttl in CACHE_LIFETIMES else None)


def emit_cache(cache: CacheBreakpoint) -> Fields:
    """`cache_control`, in Anthropic's form."""
    return {"type": "ephemeral", "ttl": cache.ttl} if cache.ttl else {"type": "ephemeral"}


def report_foreign(extras: Extras, losses: list[Loss], path: str = "") -> None:
    """Count every field that only another dialect understands."""
    for dialect, fields in extras.items():
        if dialect == NAME:
            continue
        for name in fields:
            if name != MINTED and not name.startswith("_"):
                losses.append(Loss("dropped", f"{path}extras.{dialect}.{name}"))
