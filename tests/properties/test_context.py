"""Fitting conversations: whatever is said in them, what has to stay stays, it fits, and beginnings stay the same."""

from __future__ import annotations

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from dragoman.adapt.context.rules import ContextRules, Step
from dragoman.adapt.counting.ruler import find_ruler
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import Part, Text, ToolCall, ToolResult
from dragoman.model.loss import Loss
from dragoman.model.profile import Profile
from dragoman.model.request import Request, Turn
from dragoman.routing.target import Provider, Target
from dragoman.service.reshaping.asking import Question
from dragoman.service.reshaping.fitting import ContextShaping
from dragoman.service.reshaping.summaries import Summaries
from tests.trials import trials

RULER = find_ruler("gpt-4o")
PROVIDER = Provider("p", (), ())
SHORTENING: list[Step] = ["drop_oldest", "middle_out", "summarise"]

lengths = st.integers(0, 400)
"""Words of one turn."""


class Scribe:
    """Sums up in few words."""

    is_inner = False

    async def ask(self, question: Question) -> str:
        return f"{len(question.text)} letters were said"


class Draft:
    """A conversation that is being made up."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.calls = 0

    def say(self, role: str, words: int) -> None:
        self.turns.append(Turn(role, [Text("water " * words + f"({len(self.turns)})")]))  # type: ignore[arg-type]

    def use_tools(self, count: int, words: int, between: str) -> None:
        """Calls side by side, perhaps somebody speaking, and the results."""
        names = [f"c{self.calls + number}" for number in range(count)]
        self.calls += count
        calls: list[Part] = [ToolCall(name, "look", '{"at": "sea"}') for name in names]
        self.turns.append(Turn("assistant", calls))
        if between:
            self.say(between, 3)
        self.turns += [Turn("tool", [ToolResult(name, [Text("water " * words)])]) for name in names]


@st.composite
def conversations(draw: st.DrawFn) -> list[Turn]:
    """Anything from nothing to a long agent's transcript."""
    draft = Draft()
    for _ in range(draw(st.integers(0, 60))):
        kind = draw(st.sampled_from(["system", "user", "assistant", "developer", "tools", "tools", "tools"]))
        if kind == "tools":
            between = draw(st.sampled_from(["", "", "user", "system"]))
            draft.use_tools(draw(st.integers(1, 3)), draw(lengths), between)
        else:
            draft.say(kind, draw(lengths))
    return draft.turns


@st.composite
def all_rules(draw: st.DrawFn) -> ContextRules:
    steps: list[Step] = [draw(st.sampled_from(SHORTENING))]
    if draw(st.booleans()):
        steps.insert(0, "trim_results")
    return ContextRules(
        tuple(steps),
        window_tokens=draw(st.integers(1_500, 8_000)),
        reserve_output_tokens=draw(st.integers(1, 1_000)),
        keep_turns=draw(st.integers(1, 8)),
        low_share=draw(st.sampled_from([0.2, 0.6, 0.9])),
        result_tokens=draw(st.integers(30, 300)),
        summary_route="cheap",
        summary_tokens=100,
    )


def fit(
    turns: list[Turn], rules: ContextRules, summaries: Summaries | None = None
) -> tuple[list[Turn], list[Loss]] | None:
    """The turns as they are sent, and what was told; None where the request is refused for its length."""
    losses: list[Loss] = []
    shaping = ContextShaping(rules, 0, summaries or Summaries(Scribe()))
    target = Target(PROVIDER, "gpt-4o", Profile())
    try:
        shaped = asyncio.run(shaping.shape(Request("m", turns), target, losses))
    except DragomanError as error:
        if error.kind is not Kind.CONTEXT_LENGTH:
            raise
        return None
    return shaped.request.turns, losses


def list_calls(turns: list[Turn]) -> list[str]:
    return [part.id for turn in turns for part in turn.parts if isinstance(part, ToolCall)]


def list_results(turns: list[Turn]) -> list[str]:
    return [part.call_id for turn in turns for part in turn.parts if isinstance(part, ToolResult)]


@trials(80)
@given(conversations(), all_rules())
def test_what_is_sent_fits_and_keeps_what_has_to_stay(turns: list[Turn], rules: ContextRules) -> None:
    fitted = fit(turns, rules)
    if fitted is None:
        return
    sent, losses = fitted
    room = rules.window_tokens * (1 - rules.margin) - rules.reserve_output_tokens
    assert RULER.count_request(Request("m", sent)) <= room + 1
    assert bool(losses) == (sent != turns)
    pinned = [turn for turn in turns if turn.role in {"system", "developer"}]
    assert [turn for turn in sent if turn.role in {"system", "developer"}] == pinned
    assert list_calls(sent) == list_results(sent)
    last = [turn for turn in turns if turn not in pinned][-rules.keep_turns :]
    kept = [turn for turn in sent if turn not in pinned][-rules.keep_turns :]
    assert [turn.role for turn in kept] == [turn.role for turn in last]
    if "trim_results" not in rules.steps:
        assert kept == last


@trials(30)
@given(conversations(), all_rules())
def test_the_same_request_is_sent_in_the_same_words(turns: list[Turn], rules: ContextRules) -> None:
    assert fit(turns, rules) == fit(list(turns), rules)


@trials(15)
@given(st.lists(st.tuples(st.integers(1, 2), lengths), min_size=20, max_size=80), all_rules())
def test_a_conversation_that_goes_on_begins_as_it_began_but_for_few_cuts(
    steps: list[tuple[int, int]], rules: ContextRules
) -> None:
    """As long as no cut moves, each request is the one before it with something behind it: caches stay warm."""
    draft = Draft()
    draft.say("system", 20)
    draft.say("user", 20)
    summaries = Summaries(Scribe())
    before: list[Turn] | None = None
    breaks, tokens = 0, 0.0
    for count, words in steps:
        draft.use_tools(count, words, "")
        fitted = fit(list(draft.turns), rules, summaries)
        if fitted is None:
            before = None
            continue
        sent, _ = fitted
        # Results that are still whole among the last turns are trimmed when they grow old.
        settled = len(sent) - rules.keep_turns - 3 if "trim_results" in rules.steps else len(sent)
        tokens = sum([RULER.count_turn(turn) for turn in draft.turns])
        breaks += before is not None and sent[: len(before)] != before
        before = sent[: max(0, settled)]
    room = rules.window_tokens * (1 - rules.margin) - rules.reserve_output_tokens
    most = 1 + len(steps) if rules.low_share > 0.8 else 2 + 3 * tokens / (room * (1 - rules.low_share))
    assert breaks <= most
