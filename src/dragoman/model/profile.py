"""The quirks of a model family or of a provider's rendering of a dialect, as data.

Dialects read a profile to choose between the forms that their wire format allows; they never look at a provider's name.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from dragoman.model.request import Effort

DEFAULT_BUDGETS: dict[Effort, int] = {
    "none": 0,
    "minimal": 1024,
    "low": 2048,
    "medium": 8192,
    "high": 16384,
    "xhigh": 24576,
    "max": 32768,
}


ALL_MEDIA = frozenset({"image", "audio", "video", "file"})


class FrameRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a video is shown to a model that takes only images: frames out of equal stretches. `{frames}`, `{length}` and
    `{time}` in the words around them are filled in."""

    max_frames: int = 16
    per_second: float = 1.0
    max_edge: int = 512
    intro: str = ""
    caption: str = ""


ToolForm = Literal[
    "",
    "dragoman",
    "hermes",
    "qwen_xml",
    "llama_json",
    "llama_pythonic",
    "mistral",
    "deepseek",
    "smollm3_xml",
    "smollm3_python",
    "harmony",
    "anthropic_xml",
]


ContinuationForm = Literal["none", "prefill", "prefix", "partial", "final_message"]
"""How a model is told to go on with an answer that was begun for it: by nothing but its place as the last turn, or by a
mark of `prefix` or `partial` on that turn, or by a field of the request (`continue_final_message`)."""


class Profile(msgspec.Struct, frozen=True):
    """What a target can take and how it wants it said."""

    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_completion_tokens"
    developer_role: bool = False  # the target knows a `developer` role beside `system`
    reasoning_field: Literal["reasoning_content", "reasoning", "reasoning_details", "thinking_part"] = (
        "reasoning_content"
    )
    reasoning_request: Literal["reasoning_effort", "reasoning", "thinking", "none"] = "reasoning_effort"
    replay_reasoning: bool = False  # past thinking may be sent back to it
    anthropic_version: str | None = None  # said in the body, as Vertex AI wants it: then the model stands in the path
    api_version: str | None = None  # Azure's older API: said in the query, and the model stands in the path
    inline_system: bool = False  # Anthropic models that take a `system` message amid the conversation
    thinking: Literal["budget", "adaptive"] = "budget"  # the form in which Anthropic models take the wish to think
    default_max_tokens: int = 8192  # where the dialect demands a limit and the caller gave none
    max_output_tokens: int | None = None
    context_window: int | None = None  # tokens that a request and its answer may have together
    effort_budgets: dict[Effort, int] = msgspec.field(default_factory=lambda: dict(DEFAULT_BUDGETS))
    sampling_with_reasoning: bool = True  # temperature and top_p are taken by reasoning models too
    tool_call_id: Literal["any", "alphanumeric_9", "anthropic"] = "any"
    stream_usage: Literal["stream_options", "always", "never"] = "stream_options"
    done_without_finish: bool = False  # `[DONE]` alone is a proper end for this provider
    continuation: ContinuationForm = "none"
    structured_output: bool = True
    tools: bool = True
    tool_form: ToolForm = ""  # the text in which tools are described to it and called by it; empty: it has tools
    tool_demand: Literal["choice", "schema"] = (
        "choice"  # a call is demanded by `tool_choice`, or by the answer's schema
    )
    media: frozenset[str] = ALL_MEDIA
    media_urls: frozenset[str] = ALL_MEDIA  # the kinds that it fetches itself, given their URL
    image_types: frozenset[str] = frozenset()  # the only media types of images that it reads; empty: no such bounds
    image_max_edge: int = 0  # pixels of the longer side of an image that it takes; 0: no such bound
    image_max_bytes: int = 0  # and bytes of its file
    video_frames: FrameRule | None = None  # how it is shown videos, where it takes none
    media_in_tool_results: bool = True  # Gemini models before 3 want media behind a tool's result, not inside it
    json_schema: Literal["native", "openapi"] = "native"  # Gemini: whole JSON Schema, or only its OpenAPI subset
    thinking_level: bool = False  # Gemini models that take a level of thinking instead of a budget
    dummy_signature: str | None = None  # stands in for the signature that Gemini 3 demands on calls it did not make
    converse_extras: Literal["anthropic", "openai", "nova", "none"] = "none"  # whose words Bedrock's Converse passes on
    embedding_form: Literal["titan", "cohere"] = "titan"  # whose words a model at Bedrock takes that makes vectors
    # chat servers beside OpenAI's own
    cache_control: bool = False  # Anthropic's cache breakpoints are taken over
    auto_cache: bool = False  # Anthropic is asked to set its own breakpoint where a request sets none
    extra_sampling: frozenset[str] = frozenset()  # of top_k, min_p and repetition_penalty
    seed_field: Literal["seed", "random_seed"] = "seed"
    file_url: Literal["file_data", "file_url", "document_url"] | None = None  # how a document is given by its URL


DEFAULT_PROFILE = Profile()
