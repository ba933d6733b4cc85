"""The words of the Converse wire format, as data: names, known fields and the tables between its words and ours.

Spec: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html and Amazon's own description of
the service, version 2023-09-30 (read November 2026). Adding a word is adding a row here.
"""

from __future__ import annotations

from typing import Final, Literal

from dragoman.model.content import Extras
from dragoman.model.request import Effort
from dragoman.model.response import FinishReason

NAME: Final = "bedrock_converse"
ANTHROPIC: Final = "anthropic_messages"

MINTED: Final[Extras] = {NAME: {"minted": True}, ANTHROPIC: {"minted": True}}
"""Marks thinking that was signed here. Only Claude signs any, and Anthropic says of its signatures that they hold on all
platforms: what was signed here may go there, and the other way round. The marks never reach the wire."""

MAX_CACHE_POINTS: Final = 4
MIN_BUDGET_TOKENS: Final = 1024
MIN_TOP_P_THINKING: Final = 0.95

# -- enumerations ----------------------------------------------------------------------------------------------------

FINISH_BY_WIRE: Final[dict[str, FinishReason]] = {
    "end_turn": "stop",
    "stop_sequence": "stop_sequence",
    "max_tokens": "length",
    "tool_use": "tool_calls",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "model_context_window_exceeded": "context_length",
    "malformed_model_output": "error",
    "malformed_tool_use": "error",
    "refusal": "refusal",
}

TIER_BY_CANONICAL: Final = {
    "default": "default",
    "standard": "default",
    "standard_only": "default",
    "flex": "flex",
    "priority": "priority",
    "reserved": "reserved",
}

THINKING_EFFORTS: Final[frozenset[Effort]] = frozenset({"low", "medium", "high", "xhigh", "max"})
NEAREST_EFFORT: Final[dict[Effort, Literal["low", "medium", "high"]]] = {
    "none": "low",
    "minimal": "low",
    "low": "low",
    "medium": "medium",
    "high": "high",
    "xhigh": "high",
    "max": "high",
}
WIRE_BY_DISPLAY: Final = {"full": "summarized", "summary": "summarized", "omitted": "omitted"}

# -- media: what a format is called here, and what its type is -------------------------------------------------------

IMAGE_FORMATS: Final = {"image/png": "png", "image/jpeg": "jpeg", "image/gif": "gif", "image/webp": "webp"}
DOCUMENT_FORMATS: Final = {
    "application/pdf": "pdf",
    "text/csv": "csv",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "text/html": "html",
    "text/plain": "txt",
    "text/markdown": "md",
}
VIDEO_FORMATS: Final = {
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "video/webm": "webm",
    "video/x-matroska": "mkv",
    "video/x-flv": "flv",
    "video/mpeg": "mpeg",
    "video/x-ms-wmv": "wmv",
    "video/3gpp": "three_gp",
}
AUDIO_FORMATS: Final = {
    "audio/mpeg": "mp3",
    "audio/mp3": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/ogg": "ogg",
    "audio/opus": "opus",
    "audio/flac": "flac",
    "audio/aac": "aac",
    "audio/mp4": "mp4",
    "audio/m4a": "m4a",
    "audio/pcm": "pcm",
    "audio/webm": "webm",
}
MEDIA_TYPE_BY_IMAGE_FORMAT: Final = {word: media_type for media_type, word in IMAGE_FORMATS.items()}
SAME_TYPE: Final = {"image/jpg": "image/jpeg", "audio/wave": "audio/wav", "text/x-markdown": "text/markdown"}

MEDIA_TYPE_BY_START: Final = {
    "iVBORw0KGgo": "image/png",
    "/9j/": "image/jpeg",
    "R0lGOD": "image/gif",
    "UklGR": "image/webp",
    "JVBERi": "application/pdf",
}
"""What the first bytes, in Base64, say where the caller does not."""

# -- known fields: the rest rides in extras --------------------------------------------------------------------------

RESPONSE_FIELDS: Final = frozenset({"output", "stopReason", "usage", "serviceTier", "additionalModelResponseFields"})
METADATA_FIELDS: Final = frozenset({"usage", "serviceTier"})
