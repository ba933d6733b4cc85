"""Public model names and who stands behind them."""

from __future__ import annotations

from typing import Literal

import msgspec

from dragoman.config.sections.context import ContextSettings
from dragoman.config.sections.timeouts import TimeoutSettings
from dragoman.config.sections.types import NoneOrMore, Seconds, Share, Weight
from dragoman.model.profile import ToolForm


class ConditionSettings(msgspec.Struct, frozen=True):
    """Which requests a target is for; all that is said must be fulfilled."""

    tags: list[str] = []
    """At least one of these must be in the request's header `x-dragoman-tags` (words with commas between)."""

    headers: dict[str, str] = {}
    """Headers that must be there, with their value; `*` stands for any text. They must begin with `x-dragoman-`,
    `x-claude-code-`, `anthropic-` or `openai-`; the gateway reads no others."""

    min_tokens: NoneOrMore = 0
    """Only requests of at least about so many tokens."""

    max_tokens: NoneOrMore = 0
    """Only requests of at most about so many tokens; 0 is no limit."""


class HedgeSettings(msgspec.Struct, frozen=True):
    """A second attempt beside the first where that is slow to answer. Whichever begins to answer first is used, the
    other is broken off; both may be charged."""

    after_seconds: Seconds
    """How long the first is waited for."""

    share: Share = 0.05
    """At most this share of the route's requests is asked twice."""


class MirrorSettings(msgspec.Struct, frozen=True):
    """Requests that are shown to somebody else as well, once they are answered. The client sees nothing of it."""

    to: str
    """A public model name: another route, or `provider/model`."""

    share: Share = 1.0
    """Which share of the route's requests."""


class TargetSettings(msgspec.Struct, frozen=True):
    """Where a route leads. May be written as just `provider/model`."""

    target: str
    """`provider/model`; everything after the first slash is the model's name at the provider. Or another route."""

    weight: Weight = 1.0
    """Its share of the requests where the route's policy is `weighted`."""

    when: ConditionSettings | None = None
    """Which requests it is for; all, if left out."""

    tool_form: ToolForm | None = None
    """The form of text in which tools are described to it and called by it, instead of the provider's `tool_form`; empty
    where it has tools of its own."""


class FallbackSettings(msgspec.Struct, frozen=True):
    """Who is asked after an error of a certain class, instead of the route's next target."""

    rate_limit: list[TargetSettings] = []
    """When no key is within its limits."""

    context_length: list[TargetSettings] = []
    """When the request is too long for the model."""

    content_policy: list[TargetSettings] = []
    """When the provider's policy refuses the request."""

    timeout: list[TargetSettings] = []
    """When the provider takes too long."""

    unavailable: list[TargetSettings] = []
    """When the provider is down, overloaded or answers with nonsense."""


class RouteSettings(msgspec.Struct, frozen=True):
    """A public model name; one `*` in it stands for any text. May be written as just its target, or a list of targets."""

    targets: list[TargetSettings]
    """Who may answer, best first. Where the route's name has a `*`, one in a target stands for the same text."""

    policy: Literal["ordered", "weighted", "fastest", "cheapest", "least_busy"] = "ordered"
    """`ordered` tries the targets as listed; `weighted` draws the order for each request; `cheapest` goes by list prices
    or your own; `fastest` and `least_busy` draw two and take the one that was quicker to answer of late, or has less to
    do for its weight."""

    fallback: FallbackSettings = FallbackSettings()
    """Who is asked after an error of a certain class."""

    aliases: list[str] = []
    """Further names of the same route."""

    hedge: HedgeSettings | None = None
    """A second attempt beside a slow one; none if left out."""

    mirror: MirrorSettings | None = None
    """Who is shown the same requests; nobody if left out."""

    on_interruption: Literal["error", "continue"] = "error"
    """What becomes of a stream that breaks off after some of its text has gone to the client. `continue` has a target go
    on with it whose `profile` says how (`continuation`); both are charged. Where nobody can, it is an error as well."""

    cache_seconds: NoneOrMore = 0
    """How long an answer is given again to the same key for the very same request; not at all if 0."""

    strict: bool = False
    """Refuse a request that cannot be carried over without a loss."""

    on_disconnect: Literal["cancel", "finish"] = "cancel"
    """What becomes of an answer whose client has gone."""

    context: ContextSettings | None = None
    """What is done with conversations that do not fit; what is left out is as in the top-level `context`."""

    timeouts: TimeoutSettings | None = None
    """Instead of those of the provider; what is left out is as in the top-level `timeouts`."""
