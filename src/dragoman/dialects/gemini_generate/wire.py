"""The words of the Gemini wire format, as data: names, known fields and the tables between its words and ours.

Spec: https://ai.google.dev/api/generate-content and the discovery document, revision 20260717 (read November 2026).
Adding a word is adding a row here.
"""

from __future__ import annotations

from typing import Final, Literal

from dragoman.model.content import Extras
from dragoman.model.request import Effort
from dragoman.model.response import FinishReason

NAME: Final = "gemini_generate"

MINTED: Final[Extras] = {NAME: {"minted": True}}
"""Marks parts whose signature Gemini made: only that may go back. The mark never reaches the wire."""

SYNTHETIC_ID: Final = "gemini_call_"
"""Gemini mostly gives calls no id. Ours start so, in every dialect they wander through, and never go back to it."""

MAX_STOP_SEQUENCES: Final = 5

# -- known fields: the rest rides in extras --------------------------------------------------------------------------

REQUEST_FIELDS: Final = frozenset(
    {
        "model",
        "contents",
        "systemInstruction",
        "tools",
        "toolConfig",
        "generationConfig",
        "serviceTier",
        "store",
    }
)
CONTENT_FIELDS: Final = frozenset({"role", "parts"})
BLOB_FIELDS: Final = frozenset({"mimeType", "data"})
FILE_FIELDS: Final = frozenset({"mimeType", "fileUri"})
CALL_FIELDS: Final = frozenset({"id", "name", "args"})
RESULT_FIELDS: Final = frozenset({"id", "name", "response", "parts"})
DECLARATION_FIELDS: Final = frozenset({"name", "description", "parameters", "parametersJsonSchema"})
CONFIG_FIELDS: Final = frozenset(
    {
        "temperature",
        "topP",
        "topK",
        "candidateCount",
        "maxOutputTokens",
        "stopSequences",
        "seed",
        "presencePenalty",
        "frequencyPenalty",
        "responseLogprobs",
        "logprobs",
        "responseModalities",
        "responseMimeType",
        "responseSchema",
        "responseJsonSchema",
        "_responseJsonSchema",
        "thinkingConfig",
    }
)
RESPONSE_FIELDS: Final = frozenset({"candidates", "usageMetadata", "modelVersion", "responseId"})
CANDIDATE_FIELDS: Final = frozenset({"content", "finishReason", "index"})

# -- enumerations ----------------------------------------------------------------------------------------------------

FINISH_BY_WIRE: Final[dict[str, FinishReason]] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "MODEL_ARMOR": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
    "MALFORMED_FUNCTION_CALL": "error",
    "UNEXPECTED_TOOL_CALL": "error",
    "TOO_MANY_TOOL_CALLS": "error",
    "MISSING_THOUGHT_SIGNATURE": "error",
    "MALFORMED_RESPONSE": "error",
    "LANGUAGE": "other",
    "NO_IMAGE": "other",
    "IMAGE_OTHER": "other",
    "ESCALATION": "other",
    "OTHER": "other",
    "FINISH_REASON_UNSPECIFIED": "other",
}

WIRE_BY_FINISH: Final[dict[FinishReason, str]] = {
    "stop": "STOP",
    "stop_sequence": "STOP",
    "tool_calls": "STOP",
    "length": "MAX_TOKENS",
    "context_length": "MAX_TOKENS",
    "content_filter": "SAFETY",
    "refusal": "SAFETY",
    "pause": "OTHER",
    "error": "OTHER",
    "other": "OTHER",
}
APPROXIMATE_FINISHES: Final = frozenset({"context_length", "refusal", "pause", "error", "other"})

CHOICE_BY_MODE: Final[dict[str, Literal["auto", "none", "required"]]] = {
    "AUTO": "auto",
    "VALIDATED": "auto",
    "MODE_UNSPECIFIED": "auto",
    "ANY": "required",
    "NONE": "none",
}
MODE_BY_CHOICE: Final = {"auto": "AUTO", "required": "ANY", "none": "NONE"}

EFFORT_BY_LEVEL: Final[dict[str, Effort]] = {"MINIMAL": "minimal", "LOW": "low", "MEDIUM": "medium", "HIGH": "high"}
LEVEL_BY_EFFORT: Final[dict[Effort, str]] = {
    "none": "MINIMAL",
    "minimal": "MINIMAL",
    "low": "LOW",
    "medium": "MEDIUM",
    "high": "HIGH",
    "xhigh": "HIGH",
    "max": "HIGH",
}
INEXACT_LEVELS: Final[frozenset[Effort]] = frozenset({"none", "xhigh", "max"})

TIER_BY_CANONICAL: Final = {"standard": "standard", "default": "standard", "flex": "flex", "priority": "priority"}

SUFFIX_MEDIA_TYPES: Final = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".heic": "image/heic",
    ".pdf": "application/pdf",
    ".txt": "text/plain",
    ".wav": "audio/wav",
    ".mp3": "audio/mp3",
    ".ogg": "audio/ogg",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".mov": "video/quicktime",
}
"""What a URL's ending says about the file: Gemini wants a media type with every file, callers give it with few."""

AUDIO_TYPE_BY_START: Final = {
    "UklGR": "audio/wav",  # RIFF
    "SUQz": "audio/mpeg",  # ID3
    "//": "audio/mpeg",
    "T2dnU": "audio/ogg",  # OggS
    "ZkxhQ": "audio/flac",  # fLaC
}
"""What the first bytes of sound, in Base64, say about its format: OpenAI's answers do not name it."""
