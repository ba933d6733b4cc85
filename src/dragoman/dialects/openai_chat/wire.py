"""Words and tables of the wire format. Spec: https://platform.openai.com/docs/api-reference/chat"""

from __future__ import annotations

from typing import Literal

from dragoman.model.response import FinishReason

NAME = "openai_chat"
PATH = "/chat/completions"
DONE = b"[DONE]"

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

APPROXIMATE_FINISHES: frozenset[FinishReason] = frozenset({"context_length", "refusal", "pause", "error", "other"})

CUT_FINISHES: frozenset[FinishReason] = frozenset({"length", "context_length", "error", "content_filter"})
"""The answer may have stopped in the middle of a tool call."""

# -- roles, media, tiers ---------------------------------------------------------------------------------------------

AUDIO_FORMATS = {"audio/wav": "wav", "audio/x-wav": "wav", "audio/wave": "wav", "audio/mpeg": "mp3", "audio/mp3": "mp3"}

SERVICE_TIERS = {"standard_only": "default", "standard": "default"}
"""Other dialects' words for the same tier; what is not listed passes."""

REASONING_TEXT_FIELDS = ("reasoning_content", "reasoning")

CACHE_LIFETIMES: dict[str, Literal["5m", "1h"]] = {"5m": "5m", "1h": "1h"}
