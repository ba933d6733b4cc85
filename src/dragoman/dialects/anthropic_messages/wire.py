"""The words of the wire format: names, enumerations and the sets of fields that the model has a place for.

Spec: https://platform.claude.com/docs/en/api/messages (read November 2026) and the machine-readable OpenAPI beside it.
Adding a word is adding a row here.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from dragoman.model.content import CacheBreakpoint, Extras
from dragoman.model.request import Effort, Role
from dragoman.model.response import Finish, FinishReason

NAME: Final = "anthropic_messages"
VERSION_HEADER: Final = ((b"anthropic-version", b"2023-06-01"),)
GENERATE_PATH: Final = "/v1/messages"
COUNT_PATH: Final = "/v1/messages/count_tokens"

CACHE_MARK: Final = b'"cache_control"'
AUTO_CACHE: Final = {"type": "ephemeral"}
"""At the top of a request: the provider itself marks the last block that can be cached, and moves on with it."""
MAX_BREAKPOINTS: Final = 4
MIN_BUDGET_TOKENS: Final = 1024
MIN_TOP_P_THINKING: Final = 0.95

MINTED: Final[Extras] = {NAME: {"minted": True}}
"""Marks thinking whose signature Anthropic made: only that may go back. The mark never reaches the wire."""

# -- enumerations ----------------------------------------------------------------------------------------------------

ROLES: Final[dict[str, Role]] = {"user": "user", "assistant": "assistant", "system": "system"}

FINISH_BY_WIRE: Final[dict[str, FinishReason]] = {
    "end_turn": "stop",
    "max_tokens": "length",
    "stop_sequence": "stop_sequence",
    "tool_use": "tool_calls",
    "pause_turn": "pause",
    "compaction": "pause",
    "refusal": "refusal",
    "model_context_window_exceeded": "context_length",
}
PLAIN_FINISHES: Final[dict[str | None, Finish]] = {
    word: Finish(reason, wire=word) for word, reason in FINISH_BY_WIRE.items()
}
"""What nearly every answer ends with: a word that is known, and nothing beside it."""

WIRE_BY_FINISH: Final[dict[FinishReason, str]] = {
    "stop": "end_turn",
    "length": "max_tokens",
    "stop_sequence": "stop_sequence",
    "tool_calls": "tool_use",
    "pause": "pause_turn",
    "refusal": "refusal",
    "content_filter": "refusal",
    "context_length": "model_context_window_exceeded",
    "error": "end_turn",
    "other": "end_turn",
}
EXACT_FINISHES: Final = frozenset(FINISH_BY_WIRE.values())

EFFORTS: Final[dict[str, Effort]] = {
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "xhigh",
    "max": "max",
}
THINKING: Final[dict[str, tuple[Literal["on", "off", "adaptive"], frozenset[str]]]] = {
    "enabled": ("on", frozenset({"type", "budget_tokens", "display"})),
    "disabled": ("off", frozenset({"type"})),
    "adaptive": ("adaptive", frozenset({"type", "display"})),
}
DISPLAY_BY_WIRE: Final[dict[str, Literal["summary", "omitted"]]] = {"summarized": "summary", "omitted": "omitted"}
WIRE_BY_DISPLAY: Final = {"full": "summarized", "summary": "summarized", "omitted": "omitted"}

CHOICE_BY_WIRE: Final = {"auto": "auto", "any": "required", "none": "none", "tool": "required"}
WIRE_BY_CHOICE: Final = {"auto": "auto", "required": "any", "none": "none"}

REQUEST_TIERS: Final = {"auto": "auto", "standard_only": "standard_only", "default": "standard_only"}
ANSWER_TIERS: Final = {"standard": "standard", "priority": "priority", "batch": "batch", "default": "standard"}

CACHE_BY_TTL: Final = {None: CacheBreakpoint(), "5m": CacheBreakpoint("5m"), "1h": CacheBreakpoint("1h")}

# -- citations -------------------------------------------------------------------------------------------------------


class CitationRow(msgspec.Struct, frozen=True):
    """Which wire field holds which canonical one; empty where the type has none. `known` is all of them."""

    wire: str
    kind: Literal["url", "document_char", "document_page", "document_block", "search_result"]
    url: str = ""
    title: str = ""
    index: str = ""
    start: str = ""
    end: str = ""

    @property
    def known(self) -> frozenset[str]:
        return frozenset({"type", "cited_text", self.url, self.title, self.index, self.start, self.end})


_CITATION_ROWS: Final = (
    CitationRow("web_search_result_location", "url", url="url", title="title"),
    CitationRow(
        "char_location",
        "document_char",
        title="document_title",
        index="document_index",
        start="start_char_index",
        end="end_char_index",
    ),
    CitationRow(
        "page_location",
        "document_page",
        title="document_title",
        index="document_index",
        start="start_page_number",
        end="end_page_number",
    ),
    CitationRow(
        "content_block_location",
        "document_block",
        title="document_title",
        index="document_index",
        start="start_block_index",
        end="end_block_index",
    ),
    CitationRow(
        "search_result_location",
        "search_result",
        url="source",
        title="title",
        index="search_result_index",
        start="start_block_index",
        end="end_block_index",
    ),
)
CITATIONS: Final = {row.wire: row for row in _CITATION_ROWS}
CITATION_BY_KIND: Final = {row.kind: row for row in _CITATION_ROWS}

NULLABLE_IN_CITATION: Final = frozenset({"title", "document_title"})

# -- known fields: the rest rides in extras --------------------------------------------------------------------------

REQUEST_FIELDS: Final = frozenset(
    {
        "model",
        "messages",
        "system",
        "max_tokens",
        "tools",
        "tool_choice",
        "thinking",
        "output_config",
        "output_format",
        "temperature",
        "top_p",
        "top_k",
        "stop_sequences",
        "stream",
        "metadata",
        "service_tier",
        "cache_control",
    }
)
COUNT_FIELDS: Final = frozenset(
    {
        "model",
        "messages",
        "system",
        "tools",
        "tool_choice",
        "thinking",
        "output_config",
        "cache_control",
        "speed",
        "mcp_servers",
        "context_management",
        "compaction",
        "billing_policy",
    }
)
MESSAGE_FIELDS: Final = frozenset({"role", "content"})
TOOL_FIELDS: Final = frozenset({"type", "name", "description", "input_schema", "strict", "cache_control"})
RESPONSE_FIELDS: Final = frozenset(
    {"id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "stop_details", "usage"}
)

TEXT_FIELDS: Final = frozenset({"type", "text", "citations", "cache_control"})
IMAGE_FIELDS: Final = frozenset({"type", "source", "cache_control"})
DOCUMENT_FIELDS: Final = frozenset({"type", "source", "title", "context", "citations", "cache_control"})
SEARCH_RESULT_FIELDS: Final = frozenset({"content", "title", "citations", "cache_control"})
TOOL_USE_FIELDS: Final = frozenset({"type", "id", "name", "input", "cache_control"})
TOOL_RESULT_FIELDS: Final = frozenset({"type", "tool_use_id", "content", "is_error", "cache_control"})
THINKING_FIELDS: Final = frozenset({"type", "thinking", "signature", "minted", "cache_control"})
REDACTED_FIELDS: Final = frozenset({"type", "data", "minted", "cache_control"})

# -- what base64 data begins with, where a dialect does not say what it is -------------------------------------------

MEDIA_TYPE_BY_PREFIX: Final = (
    ("iVBORw0KGgo", "image/png"),
    ("/9j/", "image/jpeg"),
    ("R0lGOD", "image/gif"),
    ("UklGR", "image/webp"),
    ("JVBERi", "application/pdf"),
)
