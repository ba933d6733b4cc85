"""A streamed answer as events: noun and verb.

Grammar, for each candidate: `StreamStart (PartStart PartDelta* PartEnd)* … UsageReport* StreamEnd`. Parts of one
candidate may overlap only where the provider interleaves them (parallel tool calls); `part` numbers them uniquely
within the stream, in order of their starts. Exactly one `StreamEnd` ends a stream that came to its proper end; a stream
that did not has none.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from dragoman.model.content import Citation, Extras, Opaque, Part
from dragoman.model.response import Finish
from dragoman.model.usage import Usage


class StreamStart(msgspec.Struct, frozen=True, tag="stream_start"):
    """The answer has begun. Not meaningful by itself: a provider may still fail over unseen after it."""

    id: str
    model: str
    created_unix: int | None = None
    usage: Usage | None = None  # what is known at the start (Anthropic: the input)
    service_tier: str | None = None
    extras: Extras | None = None


class TextStart(msgspec.Struct, frozen=True, tag="text_start", gc=False):
    """`extras` of a start are those of the part: what its own dialect knows of it before its content comes."""

    part: int
    candidate: int = 0
    extras: Extras | None = None


class TextDelta(msgspec.Struct, frozen=True, tag="text_delta", gc=False):
    part: int
    text: str


class TextCitation(msgspec.Struct, frozen=True, tag="text_citation"):
    part: int
    citation: Citation


class TextEnd(msgspec.Struct, frozen=True, tag="text_end", gc=False):
    part: int
    signature: str | None = None


class ReasoningStart(msgspec.Struct, frozen=True, tag="reasoning_start", gc=False):
    """`is_summary`: what follows is a summary of the thinking, not the thinking."""

    part: int
    candidate: int = 0
    id: str | None = None
    is_summary: bool = False
    redacted: str | None = None
    extras: Extras | None = None


class ReasoningDelta(msgspec.Struct, frozen=True, tag="reasoning_delta", gc=False):
    """`section` counts the summary's paragraphs where the provider has several."""

    part: int
    text: str
    section: int = 0


class ReasoningEnd(msgspec.Struct, frozen=True, tag="reasoning_end"):
    """Opaque tokens are known only when the thinking is over."""

    part: int
    signature: str | None = None
    encrypted: str | None = None
    extras: Extras | None = None


class RefusalStart(msgspec.Struct, frozen=True, tag="refusal_start", gc=False):
    part: int
    candidate: int = 0
    extras: Extras | None = None


class RefusalDelta(msgspec.Struct, frozen=True, tag="refusal_delta", gc=False):
    part: int
    text: str


class RefusalEnd(msgspec.Struct, frozen=True, tag="refusal_end", gc=False):
    part: int


class ToolCallStart(msgspec.Struct, frozen=True, tag="tool_call_start", gc=False):
    part: int
    id: str
    name: str
    candidate: int = 0
    kind: Literal["function", "custom"] = "function"
    signature: str | None = None
    extras: Extras | None = None


class ToolCallDelta(msgspec.Struct, frozen=True, tag="tool_call_delta", gc=False):
    part: int
    arguments: str


class ToolCallEnd(msgspec.Struct, frozen=True, tag="tool_call_end", gc=False):
    part: int


class PartDone(msgspec.Struct, frozen=True, tag="part_done"):
    """A part that arrives in one piece: an image, audio, or an `Opaque` block of the provider's dialect; never one that has
    events of its own above."""

    part: int
    content: Part
    candidate: int = 0


class LogprobsDelta(msgspec.Struct, frozen=True, tag="logprobs_delta"):
    """Token probabilities, in OpenAI chat's shape, for the text just sent. Each value is a list, or None."""

    logprobs: dict[str, Any]
    candidate: int = 0


class OpaqueEvent(msgspec.Struct, frozen=True, tag="opaque_event"):
    """An event that only its own dialect understands."""

    content: Opaque


class UsageReport(msgspec.Struct, frozen=True, tag="usage_report", gc=False):
    """Usage so far; the last one counts. It always holds all that is known, never a difference."""

    usage: Usage


class CandidateEnd(msgspec.Struct, frozen=True, tag="candidate_end"):
    """One candidate is finished. All its parts have ended."""

    finish: Finish
    candidate: int = 0


class StreamEnd(msgspec.Struct, frozen=True, tag="stream_end"):
    """The proper end: every candidate has finished and the provider has said all it had to say."""

    extras: Extras | None = None


StreamEvent = (
    StreamStart
    | TextStart
    | TextDelta
    | TextCitation
    | TextEnd
    | ReasoningStart
    | ReasoningDelta
    | ReasoningEnd
    | RefusalStart
    | RefusalDelta
    | RefusalEnd
    | ToolCallStart
    | ToolCallDelta
    | ToolCallEnd
    | PartDone
    | LogprobsDelta
    | OpaqueEvent
    | UsageReport
    | CandidateEnd
    | StreamEnd
)
