"""The words of the Responses wire format, as data: names, known fields and the tables between its words and ours.

Spec: https://platform.openai.com/docs/api-reference/responses, read August 2026.
"""

from __future__ import annotations

from typing import Final

from dragoman.model.response import FinishReason

NAME: Final = "openai_responses"

GENERATE_PATH: Final = "/responses"
COUNT_PATH: Final = "/responses/input_tokens"

ENCRYPTED_REASONING: Final = "reasoning.encrypted_content"
TEXT_LOGPROBS: Final = "message.output_text.logprobs"

COUNT_FIELDS: Final = frozenset(
    {
        "conversation",
        "input",
        "instructions",
        "model",
        "parallel_tool_calls",
        "previous_response_id",
        "reasoning",
        "text",
        "tool_choice",
        "tools",
        "truncation",
    }
)

# -- items -----------------------------------------------------------------------------------------------------------

MESSAGE_ROLES: Final = frozenset({"system", "developer", "user"})

RESULT_ITEMS: Final = frozenset(
    {
        "apply_patch_call_output",
        "computer_call_output",
        "local_shell_call_output",
        "mcp_approval_response",
        "shell_call_output",
        "tool_search_output",
    }
)
"""Items without a canonical form that the caller sends in answer to a call."""

SETTING_ITEMS: Final = frozenset({"additional_tools", "compaction_trigger", "configuration_update", "item_reference"})
"""Items without a canonical form that belong to no speaker."""

CLIENT_CALLS: Final = frozenset(
    {
        "apply_patch_call",
        "computer_call",
        "custom_tool_call",
        "function_call",
        "local_shell_call",
        "mcp_approval_request",
        "shell_call",
    }
)
"""Output items that wait for the caller: an answer that holds one has stopped for a tool."""

AUDIO_TYPE_BY_FORMAT: Final = {"mp3": "audio/mpeg"}
FORMAT_BY_AUDIO_TYPE: Final = {"audio/mpeg": "mp3", "audio/x-wav": "wav", "audio/wave": "wav"}

ITEM_MARKS: Final = frozenset({"type", "id", "status", "phase"})
"""What an item says about itself rather than about the conversation: kept, but no loss elsewhere."""

# -- answers ---------------------------------------------------------------------------------------------------------

ECHO_FIELDS: Final = frozenset(
    {
        "background",
        "completed_at",
        "conversation",
        "error",
        "frequency_penalty",
        "incomplete_details",
        "instructions",
        "max_output_tokens",
        "max_tool_calls",
        "metadata",
        "object",
        "output_text",
        "parallel_tool_calls",
        "presence_penalty",
        "previous_response_id",
        "prompt",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "reasoning",
        "safety_identifier",
        "status",
        "store",
        "temperature",
        "text",
        "tool_choice",
        "tools",
        "top_logprobs",
        "top_p",
        "truncation",
        "user",
    }
)
"""What an answer repeats of its request, or says about itself in this dialect's own words."""

RESPONSE_FIELDS: Final = frozenset({"id", "model", "output", "usage", "created_at", "service_tier"})

FINISH_BY_INCOMPLETE: Final[dict[str, FinishReason]] = {
    "max_output_tokens": "length",
    "content_filter": "content_filter",
    "max_messages": "length",
    "steered": "pause",
}

FINISH_BY_STATUS: Final[dict[str, FinishReason]] = {
    "completed": "stop",
    "complete": "stop",
    "failed": "error",
    "cancelled": "error",
    "incomplete": "other",
    "queued": "other",
    "in_progress": "other",
}

ENDING_BY_FINISH: Final[dict[FinishReason, tuple[str, str | None]]] = {
    "stop": ("completed", None),
    "stop_sequence": ("completed", None),
    "tool_calls": ("completed", None),
    "refusal": ("completed", None),
    "length": ("incomplete", "max_output_tokens"),
    "context_length": ("incomplete", "max_output_tokens"),
    "content_filter": ("incomplete", "content_filter"),
    "pause": ("incomplete", "max_output_tokens"),
    "other": ("completed", None),
    "error": ("failed", None),
}
"""Status and reason of `incomplete_details`."""

APPROXIMATE_ENDINGS: Final = frozenset({"context_length", "pause", "other"})
"""Reasons that the dialect has no word of its own for."""

# -- limits of the wire ----------------------------------------------------------------------------------------------

MAX_USER_LENGTH: Final = 64
MAX_CALL_ID_LENGTH: Final = 64
MIN_OUTPUT_TOKENS: Final = 16

SERVICE_TIERS: Final = frozenset({"auto", "default", "fast", "flex", "priority", "scale", "ultrafast"})
NAMESPACE_JOINT: Final = "__"
