"""What a client asks for.

Invariant: `turns` keep the order of the conversation. Results of tools stand in turns of role `tool` and nowhere else;
where a dialect packs several turns into one message (Anthropic: results and text in one `user` message), the later
turns carry `joined`, so that the same dialect can pack them again.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec.structs import replace

from dragoman.model.content import CacheBreakpoint, Extras, Part, Text

Role = Literal["system", "developer", "user", "assistant", "tool"]


class Turn(msgspec.Struct, frozen=True, gc=False):
    """One speaker's contribution. `shorthand`: the dialect wrote the only text part as a bare string."""

    role: Role
    parts: list[Part]
    name: str | None = None
    joined: bool = False
    shorthand: bool = False
    extras: Extras | None = None


def read_bare(turn: Turn) -> str | None:
    """The text of a turn that is a bare string and nothing else, as most are; None for any other. Asked of every turn of a
    long conversation, hence in one piece; what it says of a part, `read_only_text` says too."""
    parts = turn.parts
    if not turn.shorthand or turn.name is not None or turn.extras is not None or len(parts) != 1:
        return None
    only = parts[0]
    if type(only) is not Text or only.cache is not None or only.extras is not None:
        return None
    return only.text if only.citations is None and only.signature is None else None


# -- tools -----------------------------------------------------------------------------------------------------------


class FunctionTool(msgspec.Struct, frozen=True, tag="function"):
    """A tool with JSON arguments. `schema` is None where the caller gave none."""

    name: str
    description: str | None = None
    schema: dict[str, Any] | None = None
    strict: bool | None = None
    cache: CacheBreakpoint | None = None
    extras: Extras | None = None


class CustomTool(msgspec.Struct, frozen=True, tag="custom"):
    """A tool that takes free text, perhaps bound by a grammar (`format`, in OpenAI's words)."""

    name: str
    description: str | None = None
    format: dict[str, Any] | None = None
    extras: Extras | None = None


class ProviderTool(msgspec.Struct, frozen=True, tag="provider"):
    """A tool that the provider itself runs or defines (web search, code execution, computer use)."""

    dialect: str
    kind: str
    name: str
    value: dict[str, Any]
    cache: CacheBreakpoint | None = None


Tool = FunctionTool | CustomTool | ProviderTool


class ToolChoice(msgspec.Struct, frozen=True):
    """`names` limits the choice: one name with mode `required` is the forced call; several are an allow-list."""

    mode: Literal["auto", "none", "required"]
    names: list[str] | None = None
    extras: Extras | None = None


# -- output ----------------------------------------------------------------------------------------------------------


class JsonOutput(msgspec.Struct, frozen=True, tag="json"):
    """Any JSON object."""


class JsonSchemaOutput(msgspec.Struct, frozen=True, tag="json_schema"):
    """JSON that follows a schema."""

    schema: dict[str, Any] | None
    name: str | None = None
    description: str | None = None
    strict: bool | None = None


OutputFormat = JsonOutput | JsonSchemaOutput


class Sampling(msgspec.Struct, frozen=True, gc=False):
    """How tokens are drawn. None: the caller did not say."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    repetition_penalty: float | None = None
    seed: int | None = None
    logit_bias: dict[str, float] | None = None


Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


class ReasoningRequest(msgspec.Struct, frozen=True, gc=False):
    """How much to think and how much of it to show.

    `mode`: "off" and "on" are explicit wishes, "adaptive" leaves it to the model, None: only effort or budget was said.
    """

    mode: Literal["off", "on", "adaptive"] | None = None
    effort: Effort | None = None
    budget_tokens: int | None = None
    display: Literal["full", "summary", "omitted"] | None = None
    summary: str | None = None  # OpenAI's level of detail: auto, concise, detailed
    encrypted: bool = False  # the caller wants the encrypted form back, to replay it without a store
    effort_only: bool = False  # effort was said of the whole answer, and nothing about thinking (Anthropic)


class Request(msgspec.Struct, frozen=True):
    """One call for a model's answer, whatever dialect it came in."""

    model: str
    turns: list[Turn]
    tools: list[Tool] | None = None
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    output: OutputFormat | None = None
    sampling: Sampling = Sampling()
    max_output_tokens: int | None = None
    stop: list[str] | None = None
    reasoning: ReasoningRequest | None = None
    verbosity: str | None = None
    candidates: int | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None
    modalities: list[str] | None = None
    stream: bool = False
    stream_usage: bool = True  # whether the caller's stream has room for usage and asked for it
    user: str | None = None
    metadata: dict[str, Any] | None = None
    service_tier: str | None = None
    prompt_cache_key: str | None = None
    cache: CacheBreakpoint | None = None  # a breakpoint on the request as a whole: the provider places it
    store: bool | None = None
    previous_response_id: str | None = None
    extras: Extras | None = None

    def for_model(self, model: str) -> Request:
        """The same request, addressed to another model."""
        return replace(self, model=model)
