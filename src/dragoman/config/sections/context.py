"""What is done with conversations that are longer than a model's context window."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from dragoman.config.sections.types import Count, NoneOrMore

ContextPolicy = Literal["none", "error", "larger", "trim_results", "drop_oldest", "middle_out", "summarise"]


class ContextSettings(msgspec.Struct, frozen=True):
    """What is done before a call that would not fit. Nothing, unless a policy is given: then the provider decides."""

    policy: list[ContextPolicy] = []
    """One step or several, taken in order until the request fits; what still does not is refused with the numbers.
    `error` refuses at once; `larger` goes on to a target of the route that has a larger window, if there is one;
    `trim_results` cuts long results of tools in their middle; `drop_oldest` and `middle_out` leave out turns (never the
    system's, and a call always with its result); `summarise` puts a summary in their place; `none` does nothing."""

    window_tokens: NoneOrMore = 0
    """The window that counts; what is known of the target's model if 0. Where nothing is known nothing is done."""

    reserve_output_tokens: Count = 1024
    """Room for the answer where the request does not say how long it may be."""

    margin: Annotated[float, Meta(ge=0, le=0.5)] = 0.05
    """Share of the window that stays free, because tokens are estimated."""

    keep_turns: Count = 6
    """The last turns, which are never left out."""

    low_share: Annotated[float, Meta(ge=0.1, le=0.9)] = 0.6
    """Share of the room that is still filled after a cut. The lower, the longer the provider's prompt cache stays warm."""

    result_tokens: Count = 1000
    """Length of a tool's result after `trim_results`."""

    summary_route: str = ""
    """The route, or `provider/model`, that sums up; a cheap one will do. Each beginning of a conversation is summed up
    once, and paid for by who sent it."""

    summary_tokens: Count = 600
    """Length of a summary."""

    summary_input_tokens: Count = 24_000
    """How much of a conversation the summary's route is sent at once."""
