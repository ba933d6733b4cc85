"""What the simulated model says, in the words of no dialect.

`Say` is a script: ordered parts, a finish, and the tokens that the provider counts. What a script leaves open is filled
in from the request by `turn.py`, so that an empty script answers too. Each dialect turns the same script into its own
JSON answer and its own stream.

Invariant: the classes of `Tokens` never overlap; each dialect adds them up in the way that its provider reports them.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

JSON = dict[str, Any]

Finish = Literal["stop", "length", "tool_calls", "refusal", "content_filter", "stop_sequence", "pause"]


class Citation(msgspec.Struct, frozen=True, kw_only=True):
    """A source of the text before it: a web page, or a span of the request's document number `document`."""

    url: str = ""
    title: str = ""
    quote: str = ""
    start: int = 0
    end: int = 0
    document: int | None = None


class Text(msgspec.Struct, frozen=True, tag="text", forbid_unknown_fields=True):
    text: str
    citations: tuple[Citation, ...] = ()
    signature: str | None = None  # Gemini only


class Thinking(msgspec.Struct, frozen=True, tag="thinking", forbid_unknown_fields=True):
    """`redacted` is what a provider sends in place of thinking that it will not show."""

    text: str = ""
    signature: str | None = None
    redacted: str | None = None


class ToolCall(msgspec.Struct, frozen=True, tag="tool_call", forbid_unknown_fields=True):
    """Arguments given as a tuple are streamed in exactly those pieces."""

    name: str
    arguments: str | tuple[str, ...] = "{}"
    id: str | None = None
    signature: str | None = None  # Gemini only


class Refusal(msgspec.Struct, frozen=True, tag="refusal", forbid_unknown_fields=True):
    text: str


Part = Text | Thinking | ToolCall | Refusal
Parts = tuple[Part, ...]


class Tokens(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an answer costs: each token stands in exactly one class."""

    input: int = 0
    cached: int = 0
    cache_write: int = 0
    cache_write_1h: int = 0
    output: int = 0
    reasoning: int = 0

    @property
    def all_input(self) -> int:
        return self.input + self.cached + self.all_cache_write

    @property
    def all_cache_write(self) -> int:
        return self.cache_write + self.cache_write_1h

    @property
    def all_output(self) -> int:
        return self.output + self.reasoning

    def share(self, done: int, whole: int) -> Tokens:
        """What is billed when only `done` of `whole` content events left: all input, a part of the output."""
        if not done:
            return Tokens()
        return msgspec.structs.replace(
            self, output=self.output * done // whole, reasoning=self.reasoning * done // whole
        )


class Say(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A script. `others` are what candidates 1, 2 … say when more than one is asked for; without it all say the same."""

    parts: tuple[str | Part, ...] = ()
    others: tuple[tuple[str | Part, ...], ...] = ()
    finish: Finish | None = None
    stop_sequence: str | None = None
    usage: Tokens | None = None
    piece_size: int = 12  # characters of text in one event
    reasoning_field: Literal["reasoning_content", "reasoning"] = "reasoning_content"  # chat servers differ
    model: str | None = None  # what the answer calls the model; the request's word otherwise

    def __post_init__(self) -> None:
        if not 1 <= self.piece_size <= 1_000_000:
            raise ValueError("piece_size must lie between 1 and 1000000")


def say(*parts: str | Part) -> Say:
    """The commonest script: these parts and nothing special."""
    return Say(parts=parts)


def join_arguments(call: ToolCall) -> str:
    """A tool call's arguments in one piece."""
    return call.arguments if isinstance(call.arguments, str) else "".join(call.arguments)


def parse_arguments(call: ToolCall) -> JSON:
    """A tool call's arguments as an object; arguments that a script breaks off, or breaks, are an empty one."""
    try:
        return msgspec.json.decode(join_arguments(call), type=dict[str, Any])
    except msgspec.DecodeError:
        return {}


def cut_pieces(text: str, size: int) -> list[str]:
    """Text as the pieces in which it is streamed."""
    return [text[start : start + size] for start in range(0, len(text), size)]


def cut_arguments(call: ToolCall, size: int) -> list[str]:
    """Arguments as the pieces in which they are streamed: those given, or as text is."""
    return cut_pieces(call.arguments, size) if isinstance(call.arguments, str) else list(call.arguments)
