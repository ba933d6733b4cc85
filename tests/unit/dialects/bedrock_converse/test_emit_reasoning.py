"""The wish to think, in the words of each maker."""

from __future__ import annotations

import pytest

from dragoman.model.content import Reasoning, Text, ToolCall, ToolResult
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import ReasoningRequest, Request, Turn
from tests.unit.dialects.bedrock_converse.samples import CLAUDE, PLAIN, Fields, codes, emit

ASKED = [Turn("user", [Text("?")])]
ADAPTIVE = Profile(converse_extras="anthropic", thinking="adaptive")
NOVA = Profile(converse_extras="nova")
OPENAI = Profile(converse_extras="openai")


def think(wish: ReasoningRequest, profile: Profile, limit: int | None = None) -> tuple[Fields, list[tuple[str, str]]]:
    """What is said of thinking, and the losses."""
    losses: list[Loss] = []
    body = emit(Request("m", ASKED, reasoning=wish, max_output_tokens=limit), losses, profile)
    said = body.get("additionalModelRequestFields", {})
    return {**said, **body.get("outputConfig", {})}, codes(losses)


@pytest.mark.parametrize(
    ("wish", "profile", "said", "lost"),
    [
        (ReasoningRequest("on", budget_tokens=2048), CLAUDE, {"type": "enabled", "budget_tokens": 2048}, []),
        (
            ReasoningRequest("on", budget_tokens=10),
            CLAUDE,
            {"type": "enabled", "budget_tokens": 1024},
            [("approximated", "reasoning.budget_tokens")],
        ),
        (
            ReasoningRequest(effort="high", display="summary"),
            CLAUDE,
            {"type": "enabled", "budget_tokens": 16384, "display": "summarized"},
            [("approximated", "reasoning")],
        ),
        (ReasoningRequest("off"), CLAUDE, {"type": "disabled"}, []),
        (ReasoningRequest(effort="none"), CLAUDE, {"type": "disabled"}, []),
        (ReasoningRequest("adaptive", summary="auto"), ADAPTIVE, {"type": "adaptive", "display": "summarized"}, []),
    ],
)
def test_claude_is_told_in_anthropics_words(
    wish: ReasoningRequest, profile: Profile, said: Fields, lost: list[tuple[str, str]]
) -> None:
    assert think(wish, profile) == ({"thinking": said}, lost)


def test_an_effort_has_a_field_of_its_own() -> None:
    assert think(ReasoningRequest(effort="high", effort_only=True), CLAUDE) == ({"effort": "high"}, [])
    adaptive = {"thinking": {"type": "adaptive"}, "effort": "low"}
    assert think(ReasoningRequest(effort="minimal"), ADAPTIVE) == (adaptive, [("approximated", "reasoning.effort")])
    said, lost = think(ReasoningRequest(budget_tokens=9000), ADAPTIVE)
    assert (said["effort"], lost) == ("medium", [("approximated", "reasoning.budget_tokens")])


def test_a_budget_leaves_room_for_the_answer() -> None:
    said, lost = think(ReasoningRequest("on", budget_tokens=4096), CLAUDE, limit=4000)
    assert said["thinking"]["budget_tokens"] == 3000
    assert lost == [("approximated", "reasoning.budget_tokens")]
    assert think(ReasoningRequest("on", budget_tokens=4096), CLAUDE, limit=1024) == ({}, [("dropped", "reasoning")])


def test_calls_in_progress_must_have_begun_with_signed_thinking() -> None:
    signed = Reasoning("t", signature="s", extras={"anthropic_messages": {"minted": True}})
    for start, is_thinking in (([signed], True), ([], False)):
        losses: list[Loss] = []
        turns = [
            *ASKED,
            Turn("assistant", [*start, ToolCall("1", "f", "{}")]),
            Turn("tool", [ToolResult("1", [Text("r")])]),
        ]
        wish = ReasoningRequest("on", budget_tokens=2048)
        body = emit(Request("m", turns, reasoning=wish), losses)
        assert ("additionalModelRequestFields" in body) is is_thinking
        assert (("dropped", "reasoning") in codes(losses)) is not is_thinking


@pytest.mark.parametrize(
    ("wish", "profile", "said", "lost"),
    [
        (ReasoningRequest(effort="medium"), OPENAI, {"reasoning_effort": "medium"}, []),
        (ReasoningRequest(effort="xhigh"), OPENAI, {"reasoning_effort": "high"}, [("approximated", "reasoning")]),
        (ReasoningRequest("on"), OPENAI, {"reasoning_effort": "medium"}, [("approximated", "reasoning")]),
        (
            ReasoningRequest(budget_tokens=20000),
            OPENAI,
            {"reasoning_effort": "high"},
            [("approximated", "reasoning.budget_tokens"), ("approximated", "reasoning")],
        ),
        (
            ReasoningRequest(effort="low"),
            NOVA,
            {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"}},
            [],
        ),
        (ReasoningRequest("off"), NOVA, {"reasoningConfig": {"type": "disabled"}}, []),
        (ReasoningRequest("on"), PLAIN, {}, [("dropped", "reasoning")]),
        (ReasoningRequest(display="summary"), CLAUDE, {}, [("dropped", "reasoning")]),
        (ReasoningRequest(), CLAUDE, {}, []),
    ],
)
def test_others_are_told_in_their_own_words_or_not_at_all(
    wish: ReasoningRequest, profile: Profile, said: Fields, lost: list[tuple[str, str]]
) -> None:
    assert think(wish, profile) == (said, lost)
