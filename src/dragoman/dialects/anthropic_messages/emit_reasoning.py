"""The wish to think, and the token limit that it must fit into.

Anthropic models take it in one of two forms, which the profile names: a budget of tokens (`enabled`), or `adaptive`
with an effort. Cases, in order:

1. nothing was said, or no thinking is wanted
2. an effort for the whole answer, without a word on thinking
3. an adaptive target: the effort, or the effort nearest to the budget
4. a target with a budget: the budget, or the effort's one; at least 1024 and below `max_tokens`
"""

from __future__ import annotations

import msgspec

from dragoman.dialects.anthropic_messages import wire
from dragoman.dialects.anthropic_messages.emission import Emission
from dragoman.dialects.anthropic_messages.emit_blocks import is_minted
from dragoman.model.content import Reasoning
from dragoman.model.profile import Profile
from dragoman.model.request import Effort, ReasoningRequest, Request, Turn
from dragoman.wire.json_read import Fields


class Thinking(msgspec.Struct, frozen=True):
    """What the body says of thinking. `field` is None where it says nothing."""

    field: Fields | None = None
    effort: Effort | None = None
    max_tokens: int = 0

    @property
    def is_on(self) -> bool:
        return self.field is not None and self.field["type"] != "disabled"

    @property
    def has_budget(self) -> bool:
        return self.field is not None and self.field["type"] == "enabled"


def plan_thinking(request: Request, profile: Profile, emission: Emission) -> Thinking:
    """The form of thinking and the token limit for this target."""
    wish = request.reasoning
    if wish is None:
        return Thinking(None, None, _limit(request, profile, emission, 0))
    if wish.mode is None and wish.effort is None and wish.budget_tokens is None:
        if wish.display in {"full", "summary"} or wish.summary is not None:
            emission.lose("dropped", "reasoning", "models do not think unless they are told to")
        return Thinking(None, None, _limit(request, profile, emission, 0))
    if wish.effort_only:
        return Thinking(None, wish.effort, _limit(request, profile, emission, 0))
    if wish.mode == "off" or (wish.mode is None and (wish.effort == "none" or wish.budget_tokens == 0)):
        effort = None if wish.effort == "none" else wish.effort
        return Thinking({"type": "disabled"}, effort, _limit(request, profile, emission, 0))
    if profile.thinking == "adaptive":
        return _plan_adaptive(wish, request, profile, emission)
    return _plan_budget(wish, request, profile, emission)


def _limit(request: Request, profile: Profile, emission: Emission, budget: int) -> int:
    """`max_tokens`, which the API demands. Where we choose it, thinking gets room beside the answer."""
    wanted = request.max_output_tokens
    most = profile.max_output_tokens
    if wanted is None:
        limit = profile.default_max_tokens + budget
        emission.lose("defaulted", "max_output_tokens", "the API demands a limit")
        return limit if most is None else min(limit, most)
    if most is not None and wanted > most:
        emission.lose("approximated", "max_output_tokens", f"the model gives at most {most}")
        return most
    return wanted


def _plan_adaptive(wish: ReasoningRequest, request: Request, profile: Profile, emission: Emission) -> Thinking:
    field: Fields = {"type": "adaptive"}
    display = _display(wish)
    if display is not None:
        field["display"] = display
    effort = wish.effort
    if wish.budget_tokens is not None:
        emission.lose("approximated", "reasoning.budget_tokens", "the model takes an effort instead of a budget")
        effort = effort or _nearest_effort(wish.budget_tokens, profile)
    if effort is not None and effort not in wire.EFFORTS:
        emission.lose("approximated", "reasoning.effort", "sent as low")
        effort = "low"
    return Thinking(field, effort, _limit(request, profile, emission, 0))


def _display(wish: ReasoningRequest) -> str | None:
    if wish.display is not None:
        return wire.WIRE_BY_DISPLAY[wish.display]
    return "summarized" if wish.summary is not None else None


def _nearest_effort(budget: int, profile: Profile) -> Effort:
    budgets = {effort: tokens for effort, tokens in profile.effort_budgets.items() if effort in wire.EFFORTS}
    return min(budgets, key=lambda effort: abs(budgets[effort] - budget), default="high")


def _plan_budget(wish: ReasoningRequest, request: Request, profile: Profile, emission: Emission) -> Thinking:
    budget = wish.budget_tokens
    effort = wish.effort if budget is not None else None
    if budget is None:
        chosen = wish.effort or ("high" if wish.mode == "adaptive" else "medium")
        budget = profile.effort_budgets.get(chosen, 0)
        emission.lose("approximated", "reasoning", f"sent as a budget of {budget} tokens")
    if budget > 0 and _lacks_signed_start(request.turns):
        emission.lose("dropped", "reasoning", "the calls in progress were made without thinking that Anthropic signed")
        budget = 0
    limit = _limit(request, profile, emission, budget)
    budget = _fit_budget(budget, limit, emission)
    if budget == 0:
        return Thinking(None, effort, limit)
    field: Fields = {"type": "enabled", "budget_tokens": budget}
    if wish.display is not None:
        field["display"] = wire.WIRE_BY_DISPLAY[wish.display]
    return Thinking(field, effort, limit)


def _fit_budget(budget: int, limit: int, emission: Emission) -> int:
    """At least 1024 and below the limit, with room left for an answer; 0 where that cannot be."""
    if budget == 0:
        return 0
    if limit <= wire.MIN_BUDGET_TOKENS:
        emission.lose("dropped", "reasoning", f"max_tokens leaves no room for {wire.MIN_BUDGET_TOKENS} of thinking")
        return 0
    fitting = max(budget, wire.MIN_BUDGET_TOKENS)
    if fitting >= limit:
        fitting = max(wire.MIN_BUDGET_TOKENS, limit * 3 // 4)
    if fitting != budget:
        emission.lose("approximated", "reasoning.budget_tokens", f"sent as {fitting}")
    return fitting


def _lacks_signed_start(turns: list[Turn]) -> bool:
    """Whether tool calls in progress began without signed thinking: with a budget, the API refuses to go on then."""
    start = next((index for index in range(len(turns), 0, -1) if _is_question(turns[index - 1])), 0)
    if not any(turn.role == "tool" for turn in turns[start:]):
        return False
    for turn in turns[start:]:
        if turn.role == "assistant":
            first = turn.parts[0] if turn.parts else None
            return not (type(first) is Reasoning and is_minted(first))
    return False


def _is_question(turn: Turn) -> bool:
    return turn.role == "user" and not turn.joined
