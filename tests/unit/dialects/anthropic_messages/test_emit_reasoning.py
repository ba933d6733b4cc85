"""The wish to think, in the form that the target takes, and a token limit that it fits into."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.anthropic_messages.emission import Emission
from dragoman.dialects.anthropic_messages.emit_reasoning import Thinking, plan_thinking
from dragoman.dialects.anthropic_messages.wire import MINTED
from dragoman.model.content import Reasoning, Text, ToolCall, ToolResult
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import ReasoningRequest, Request, Turn

BUDGET = Profile(thinking="budget")
ADAPTIVE = Profile(thinking="adaptive")


def plan(
    wish: ReasoningRequest | None, profile: Profile = BUDGET, max_tokens: int | None = 64_000, turns: Any = ()
) -> tuple[Thinking, list[str]]:
    emission = Emission([])
    request = Request("claude", list(turns), reasoning=wish, max_output_tokens=max_tokens)
    thinking = plan_thinking(request, profile, emission)
    return thinking, [f"{loss.code} {loss.path}" for loss in emission.losses]


@pytest.mark.parametrize("wish", [None, ReasoningRequest(), ReasoningRequest(encrypted=True)])
def test_no_wish_says_nothing(wish: ReasoningRequest | None) -> None:
    assert plan(wish) == (Thinking(None, None, 64_000), [])


@pytest.mark.parametrize("profile", [BUDGET, ADAPTIVE])
@pytest.mark.parametrize(
    "wish", [ReasoningRequest("off"), ReasoningRequest(effort="none"), ReasoningRequest(budget_tokens=0)]
)
def test_no_thinking_is_said_outright(wish: ReasoningRequest, profile: Profile) -> None:
    thinking, losses = plan(wish, profile)
    assert thinking == Thinking({"type": "disabled"}, None, 64_000)
    assert losses == []
    assert not thinking.is_on


@pytest.mark.parametrize("profile", [BUDGET, ADAPTIVE])
def test_an_effort_for_the_whole_answer_turns_no_thinking_on(profile: Profile) -> None:
    assert plan(ReasoningRequest(effort="low", effort_only=True), profile) == (Thinking(None, "low", 64_000), [])


@pytest.mark.parametrize(
    ("wish", "field", "effort", "losses"),
    [
        (ReasoningRequest("adaptive"), {"type": "adaptive"}, None, []),
        (ReasoningRequest(effort="high"), {"type": "adaptive"}, "high", []),
        (
            ReasoningRequest("on", budget_tokens=9_000),
            {"type": "adaptive"},
            "medium",
            ["approximated reasoning.budget_tokens"],
        ),
        (ReasoningRequest(effort="minimal"), {"type": "adaptive"}, "low", ["approximated reasoning.effort"]),
        (ReasoningRequest("adaptive", display="omitted"), {"type": "adaptive", "display": "omitted"}, None, []),
        (ReasoningRequest(effort="low", summary="auto"), {"type": "adaptive", "display": "summarized"}, "low", []),
    ],
)
def test_an_adaptive_target_takes_an_effort(
    wish: ReasoningRequest, field: dict[str, Any], effort: str | None, losses: list[str]
) -> None:
    assert plan(wish, ADAPTIVE) == (Thinking(field, effort, 64_000), losses)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wish", "budget", "losses"),
    [
        (ReasoningRequest("on", budget_tokens=5_000), 5_000, []),
        (ReasoningRequest(effort="low"), 2_048, ["approximated reasoning"]),
        (ReasoningRequest("adaptive"), 16_384, ["approximated reasoning"]),
        (ReasoningRequest("on"), 8_192, ["approximated reasoning"]),
        (ReasoningRequest(budget_tokens=100), 1_024, ["approximated reasoning.budget_tokens"]),
        (ReasoningRequest(budget_tokens=64_000), 48_000, ["approximated reasoning.budget_tokens"]),
    ],
)
def test_a_target_with_a_budget_takes_one_below_its_limit(
    wish: ReasoningRequest, budget: int, losses: list[str]
) -> None:
    thinking, noted = plan(wish)
    assert thinking.field == {"type": "enabled", "budget_tokens": budget}
    assert thinking.has_budget
    assert noted == losses


@pytest.mark.parametrize("limit", [1, 1_024])
def test_a_limit_without_room_for_thinking_leaves_it_out(limit: int) -> None:
    thinking, losses = plan(ReasoningRequest("on", budget_tokens=1_024), max_tokens=limit)
    assert thinking == Thinking(None, None, limit)
    assert losses == ["dropped reasoning"]


def test_the_smallest_budget_fits_into_the_smallest_limit() -> None:
    thinking, losses = plan(ReasoningRequest("on", budget_tokens=1_024), max_tokens=1_025)
    assert thinking.field == {"type": "enabled", "budget_tokens": 1_024}
    assert losses == []


def test_a_limit_that_we_choose_has_room_for_both() -> None:
    thinking, losses = plan(ReasoningRequest("on", budget_tokens=16_384), max_tokens=None)
    assert thinking.max_tokens == 16_384 + BUDGET.default_max_tokens
    assert losses == ["defaulted max_output_tokens"]


def test_no_limit_is_above_what_the_model_gives() -> None:
    small = Profile(max_output_tokens=4_096)
    assert plan(None, small) == (Thinking(None, None, 4_096), ["approximated max_output_tokens"])
    assert plan(None, small, max_tokens=None) == (Thinking(None, None, 4_096), ["defaulted max_output_tokens"])
    assert plan(None, small, max_tokens=100) == (Thinking(None, None, 100), [])


def test_budget_and_effort_may_stand_together() -> None:
    thinking, _ = plan(ReasoningRequest("on", effort="medium", budget_tokens=2_000, display="summary"))
    assert thinking.effort == "medium"
    assert thinking.field == {"type": "enabled", "budget_tokens": 2_000, "display": "summarized"}


QUESTION = Turn("user", [Text("?")])
CALL = ToolCall("1", "f", "{}")
RESULT = Turn("tool", [ToolResult("1", [])])
SIGNED = Reasoning("t", signature="s", extras=MINTED)


@pytest.mark.parametrize(
    ("turns", "keeps_thinking"),
    [
        ([QUESTION, Turn("assistant", [CALL]), RESULT], False),
        ([QUESTION, Turn("assistant", [Reasoning("t"), CALL]), RESULT], False),
        ([QUESTION, Turn("assistant", []), RESULT], False),
        ([QUESTION, Turn("assistant", [CALL]), RESULT, Turn("user", [Text("!")], joined=True)], False),
        ([QUESTION, Turn("assistant", [SIGNED, CALL]), RESULT], True),
        ([QUESTION, Turn("assistant", [SIGNED, CALL]), RESULT, Turn("assistant", [CALL]), RESULT], True),
        ([QUESTION, Turn("assistant", [CALL]), RESULT, QUESTION], True),
        ([QUESTION, RESULT], True),
        ([QUESTION], True),
    ],
)
def test_calls_in_progress_need_a_signed_start_to_go_on_with_a_budget(turns: list[Turn], keeps_thinking: bool) -> None:
    thinking, losses = plan(ReasoningRequest("on", budget_tokens=2_048), turns=turns)
    assert thinking.is_on is keeps_thinking
    assert losses == ([] if keeps_thinking else ["dropped reasoning"])


def test_a_wish_to_see_thinking_that_nobody_asked_for_is_a_loss() -> None:
    for wish in (ReasoningRequest(display="summary"), ReasoningRequest(summary="auto", encrypted=True)):
        losses: list[Loss] = []
        request = Request("claude", [], reasoning=wish, max_output_tokens=9)
        assert plan_thinking(request, Profile(), Emission(losses)).field is None
        assert [loss.path for loss in losses] == ["reasoning"]
