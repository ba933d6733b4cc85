"""The wish to think, in the words of the model's own maker: Converse has a field for the effort and none for the rest.

Cases by `profile.converse_extras`:
1. anthropic: `thinking` with a budget, or adaptive with an effort, as `profile.thinking` says
2. openai: `reasoning_effort`
3. nova: `reasoningConfig`
4. none: models that do not think, or do it unasked
"""

from __future__ import annotations

import msgspec

from dragoman.dialects.bedrock_converse import wire
from dragoman.dialects.bedrock_converse.emission import Emission
from dragoman.dialects.bedrock_converse.emit_blocks import is_minted
from dragoman.model.content import Reasoning
from dragoman.model.request import Effort, ReasoningRequest, Request, Turn
from dragoman.wire.json_read import Fields


class Thinking(msgspec.Struct, frozen=True):
    """What the request says of thinking: `fields` among those of the maker, `effort` in the API's own."""

    fields: Fields = {}
    effort: str | None = None
    is_on: bool = False
    has_budget: bool = False


_NONE = Thinking()


def plan_thinking(request: Request, emission: Emission) -> Thinking:
    """The form of thinking for this target."""
    wish = request.reasoning
    if wish is None:
        return _NONE
    form = emission.profile.converse_extras
    is_said = not (wish.mode is None and wish.effort is None and wish.budget_tokens is None)
    if form == "anthropic" and is_said:
        return _plan_claude(wish, request, emission)
    if form == "none" or not is_said:
        if is_said or wish.display in {"full", "summary"} or wish.summary is not None:
            emission.lose("dropped", "reasoning", "the model is not told how to think")
        return _NONE
    return _plan_effort(wish, form, emission)


def _plan_effort(wish: ReasoningRequest, form: str, emission: Emission) -> Thinking:
    effort = wish.effort or ("none" if wish.mode == "off" else "medium")
    if wish.budget_tokens is not None:
        emission.lose("approximated", "reasoning.budget_tokens", "the model takes an effort instead of a budget")
        effort = wish.effort or _nearest_effort(wish.budget_tokens, emission)
    if form == "nova" and (effort == "none" or wish.mode == "off"):
        return Thinking({"reasoningConfig": {"type": "disabled"}})
    word = wire.NEAREST_EFFORT[effort]
    if word != wish.effort:
        emission.lose("approximated", "reasoning", f"sent as {word}")
    if form == "nova":
        return Thinking({"reasoningConfig": {"type": "enabled", "maxReasoningEffort": word}}, is_on=True)
    return Thinking({"reasoning_effort": word}, is_on=True)


def _nearest_effort(budget: int, emission: Emission) -> Effort:
    budgets = emission.profile.effort_budgets
    return min(budgets, key=lambda effort: abs(budgets[effort] - budget), default="high")


# -- Claude ----------------------------------------------------------------------------------------------------------


def _plan_claude(wish: ReasoningRequest, request: Request, emission: Emission) -> Thinking:
    if wish.effort_only:
        return Thinking(effort=wish.effort)
    if wish.mode == "off" or (wish.mode is None and (wish.effort == "none" or wish.budget_tokens == 0)):
        return Thinking({"thinking": {"type": "disabled"}}, None if wish.effort == "none" else wish.effort)
    if emission.profile.thinking == "adaptive":
        return _plan_adaptive(wish, emission)
    return _plan_budget(wish, request, emission)


def _plan_adaptive(wish: ReasoningRequest, emission: Emission) -> Thinking:
    effort = wish.effort
    if wish.budget_tokens is not None:
        emission.lose("approximated", "reasoning.budget_tokens", "the model takes an effort instead of a budget")
        effort = effort or _nearest_effort(wish.budget_tokens, emission)
    if effort is not None and effort not in wire.THINKING_EFFORTS:
        emission.lose("approximated", "reasoning.effort", "sent as low")
        effort = "low"
    return Thinking({"thinking": {"type": "adaptive", **_display(wish)}}, effort, is_on=True)


def _display(wish: ReasoningRequest) -> Fields:
    if wish.display is not None:
        return {"display": wire.WIRE_BY_DISPLAY[wish.display]}
    return {"display": "summarized"} if wish.summary is not None else {}


def _plan_budget(wish: ReasoningRequest, request: Request, emission: Emission) -> Thinking:
    """A budget of at least 1024 and below the limit of tokens, with room left for an answer."""
    budget = wish.budget_tokens
    effort = wish.effort if budget is not None else None
    if budget is None:
        budget = emission.profile.effort_budgets.get(wish.effort or "medium", 0)
        emission.lose("approximated", "reasoning", f"sent as a budget of {budget} tokens")
    if lacks_signed_start(request.turns, emission):
        emission.lose("dropped", "reasoning", "the calls in progress were made without thinking that was signed")
        return Thinking(effort=effort)
    limit = request.max_output_tokens
    if limit is not None and limit <= wire.MIN_BUDGET_TOKENS:
        emission.lose("dropped", "reasoning", f"the limit leaves no room for {wire.MIN_BUDGET_TOKENS} of thinking")
        return Thinking(effort=effort)
    fitting = max(budget, wire.MIN_BUDGET_TOKENS)
    if limit is not None and fitting >= limit:
        fitting = max(wire.MIN_BUDGET_TOKENS, limit * 3 // 4)
    if fitting != budget:
        emission.lose("approximated", "reasoning.budget_tokens", f"sent as {fitting}")
    field = {"type": "enabled", "budget_tokens": fitting}
    if wish.display is not None:
        field["display"] = wire.WIRE_BY_DISPLAY[wish.display]
    return Thinking({"thinking": field}, effort, is_on=True, has_budget=True)


def lacks_signed_start(turns: list[Turn], emission: Emission) -> bool:
    """Whether tool calls in progress began without signed thinking: with a budget the API refuses to go on then."""
    start = next((index for index in range(len(turns), 0, -1) if _is_question(turns[index - 1])), 0)
    if not any(turn.role == "tool" for turn in turns[start:]):
        return False
    for turn in turns[start:]:
        if turn.role == "assistant":
            first = turn.parts[0] if turn.parts else None
            return not (isinstance(first, Reasoning) and is_minted(first, emission))
    return False


def _is_question(turn: Turn) -> bool:
    return turn.role == "user" and not turn.joined
