"""What people ask of a gateway, each with the vectors that show it and the facts that must arrive.

A feature has up to two sides: what a client says (requests of the client's dialect, taken to the provider's) and what
it is answered (answers and streams of the provider's dialect, taken to the client's). Where a dialect has no vector for
a side, `ABSENT` says why the feature does not exist there; there is no third case.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.matrix.crossing import Form


@dataclass(frozen=True)
class Side:
    """One way of showing a feature: vectors by name, and the topics of the facts that matter, the most important one
    first: without it the feature is not there at all."""

    form: Form
    vectors: tuple[str, ...]
    topics: tuple[str, ...]

    def is_about(self, topic: str) -> bool:
        """Whether a fact of this topic matters."""
        return any(f"{topic}.".startswith(f"{mine}.") for mine in self.topics)

    def is_core(self, topic: str) -> bool:
        """Whether a fact of this topic is the feature itself."""
        return f"{topic}.".startswith(f"{self.topics[0]}.")


@dataclass(frozen=True)
class Feature:
    name: str
    sides: tuple[Side, ...]


def _feature(name: str, *sides: tuple[Form, str, str]) -> Feature:
    return Feature(
        name, tuple(Side(form, tuple(vectors.split()), tuple(topics.split())) for form, vectors, topics in sides)
    )


SIGNATURES = _feature(
    "signatures, encrypted thinking",
    (
        "response",
        "signatures reasoning-with-tool-call redacted-reasoning",
        """candidates.reasoning.signature candidates.reasoning.encrypted candidates.reasoning.redacted
        candidates.tool_call.signature candidates.text.signature""",
    ),
)
"""Shown with a client that keeps tokens where it has to ask for them."""

ERRORS = Feature("errors", ())
"""Shown by the vectors of errors."""

FEATURES: tuple[Feature, ...] = (
    _feature(
        "text",
        ("request", "text unicode", "turns.text"),
        ("response", "text unicode", "candidates.text"),
        ("stream", "text unicode", "candidates.text"),
    ),
    _feature("several turns", ("request", "multi-turn", "turns.text turns.role")),
    _feature("system prompt", ("request", "system-prompt", "turns.text turns.role")),
    _feature("system turn amid the conversation", ("request", "system-mid-conversation", "turns.text turns.role")),
    _feature("sampling settings", ("request", "sampling", "sampling")),
    _feature("images in", ("request", "image-base64 image-url", "turns.image")),
    _feature("images out", ("response", "image-output", "candidates.image")),
    _feature("PDF files", ("request", "document-pdf", "turns.file")),
    _feature("ids of files stored before", ("request", "image-file document-stored", "turns.image turns.file")),
    _feature("audio in", ("request", "audio-input", "turns.audio")),
    _feature("audio out", ("response", "audio-output", "candidates.audio")),
    _feature("video in", ("request", "video-input video-url", "turns.video")),
    _feature(
        "tools",
        (
            "request",
            "tool-call tool-result tool-error tool-choice",
            "tools.function turns.tool_call turns.tool_result tool_choice",
        ),
        ("response", "tool-call empty-arguments", "candidates.tool_call"),
    ),
    _feature(
        "parallel tool calls",
        ("request", "parallel-tool-calls tool-result-parallel", "turns.tool_call turns.tool_result tools.function"),
        ("response", "parallel-tool-calls", "candidates.tool_call"),
    ),
    _feature("streamed tool arguments", ("stream", "tool-call parallel-tool-calls", "candidates.tool_call")),
    _feature("images in tool results", ("request", "tool-result-image", "turns.tool_result.image")),
    _feature(
        "custom (free text) tools",
        ("request", "custom-tool", "tools.custom turns.tool_call.kind"),
        ("response", "custom-tool", "candidates.tool_call.kind candidates.tool_call"),
    ),
    _feature(
        "tools that the provider runs",
        ("request", "provider-tools", "tools.provider"),
        ("response", "provider-tools", "candidates.opaque"),
    ),
    _feature(
        "thinking: asked for, shown",
        ("request", "reasoning", "reasoning"),
        ("response", "reasoning", "candidates.reasoning"),
        ("stream", "reasoning", "candidates.reasoning"),
    ),
    _feature("thinking: sent back", ("request", "reasoning-with-tool-call", "turns.reasoning")),
    SIGNATURES,
    _feature("structured output", ("request", "structured-output", "output")),
    _feature("JSON mode", ("request", "json-mode", "output")),
    _feature("cache breakpoints", ("request", "cache-control", "turns.text.cache tools.function.cache")),
    _feature("usage with the cache's share", ("response", "cached-usage", "usage")),
    _feature("length as stop reason", ("response", "truncation", "candidates.finish.reason")),
    _feature(
        "stop sequence as stop reason",
        ("response", "stop-sequence", "candidates.finish.reason candidates.finish.stop_sequence"),
    ),
    _feature("refusals", ("response", "refusal", "candidates.finish.reason candidates.refusal")),
    _feature(
        "log probabilities",
        ("request", "logprobs", "logprobs top_logprobs"),
        ("response", "logprobs", "candidates.logprobs"),
    ),
    _feature(
        "several candidates",
        ("request", "several-candidates", "candidates"),
        ("response", "several-candidates", "candidates.text candidates.finish"),
    ),
    _feature("citations", ("response", "citations provider-tools", "candidates.text.citations")),
    ERRORS,
)

_BEDROCK = "bedrock_converse"
_CHAT, _RESPONSES, _ANTHROPIC, _GEMINI = "openai_chat", "openai_responses", "anthropic_messages", "gemini_generate"

ABSENT: dict[tuple[str, Form, str], str] = {
    (
        "system turn amid the conversation",
        "request",
        _GEMINI,
    ): "there is one place for system text, before the conversation",
    ("images out", "response", _ANTHROPIC): "models of this dialect draw no pictures",
    ("audio in", "request", _ANTHROPIC): "the dialect has no audio",
    ("audio out", "response", _RESPONSES): "the dialect answers without audio",
    ("audio out", "response", _ANTHROPIC): "the dialect has no audio",
    ("video in", "request", _RESPONSES): "the dialect has no video",
    ("video in", "request", _ANTHROPIC): "the dialect has no video",
    ("custom (free text) tools", "request", _ANTHROPIC): "every tool takes JSON",
    ("custom (free text) tools", "response", _ANTHROPIC): "every tool takes JSON",
    ("custom (free text) tools", "request", _GEMINI): "every tool takes JSON",
    ("custom (free text) tools", "response", _GEMINI): "every tool takes JSON",
    ("tools that the provider runs", "response", _CHAT): "what they did is not told",
    ("JSON mode", "request", _ANTHROPIC): "JSON is asked for with a schema only",
    ("cache breakpoints", "request", _GEMINI): "caches are made by calls of their own",
    ("stop sequence as stop reason", "response", _RESPONSES): "the dialect has no stop sequences",
    ("log probabilities", "request", _ANTHROPIC): "the dialect has no log probabilities",
    ("log probabilities", "response", _ANTHROPIC): "the dialect has no log probabilities",
    ("several candidates", "request", _RESPONSES): "an answer has one candidate",
    ("several candidates", "response", _RESPONSES): "an answer has one candidate",
    ("several candidates", "request", _ANTHROPIC): "an answer has one candidate",
    ("several candidates", "response", _ANTHROPIC): "an answer has one candidate",
    ("audio out", "response", _BEDROCK): "models that speak do so in another way",
    ("custom (free text) tools", "response", _BEDROCK): "every tool takes JSON",
    ("log probabilities", "response", _BEDROCK): "the dialect has no log probabilities",
    ("several candidates", "response", _BEDROCK): "an answer has one candidate",
}
"""Why a dialect has no vector for a side of a feature."""
