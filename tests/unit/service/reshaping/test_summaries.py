"""Summaries: paid once for each beginning, and built on the one before."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.adapt.context.rules import ContextRules
from dragoman.adapt.counting.ruler import find_ruler
from dragoman.errors import DragomanError, Kind
from dragoman.model.content import Text
from dragoman.model.request import Turn
from dragoman.service.reshaping.asking import Question
from dragoman.service.reshaping.summaries import MAX_CHARACTERS, MAX_QUESTIONS, Summaries, plan_questions
from tests.unit.service.desk import run

RULER = find_ruler("gpt-4o")
RULES = ContextRules(summary_route="cheap", summary_input_tokens=100)


class Scribe:
    """Answers every question with its number, once it may."""

    is_inner = False

    def __init__(self, *, answer: str = "") -> None:
        self.questions: list[Question] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.failures = 0
        self._answer = answer

    async def ask(self, question: Question) -> str:
        self.questions.append(question)
        number = len(self.questions)
        await self.gate.wait()
        if self.failures:
            self.failures -= 1
            raise DragomanError(Kind.UNAVAILABLE, "no")
        return self._answer or f"summary {number}"


def chunk(name: str, words: int = 20) -> list[Turn]:
    return [Turn("user", [Text(f"{name}: " + "water " * words)])]


def chunks(count: int, words: int = 20) -> list[list[Turn]]:
    return [chunk(f"part {number}", words) for number in range(count)]


def test_a_beginning_is_summed_up_once() -> None:
    scribe = Scribe()
    summaries = Summaries(scribe)
    first = run(summaries.sum_up(chunks(2), RULES, RULER))
    again = run(summaries.sum_up(chunks(2), RULES, RULER))
    assert first == again == "summary 1"
    assert len(scribe.questions) == 1
    assert scribe.questions[0].route == "cheap"


def test_what_came_since_is_summed_up_together_with_the_summary() -> None:
    scribe = Scribe()
    summaries = Summaries(scribe)
    run(summaries.sum_up(chunks(2), RULES, RULER))
    assert run(summaries.sum_up(chunks(3), RULES, RULER)) == "summary 2"
    question = scribe.questions[1].text
    assert "summary 1" in question
    assert "part 2" in question
    assert "part 0" not in question


def test_two_who_want_the_same_wait_for_one() -> None:
    scribe = Scribe()
    summaries = Summaries(scribe)

    async def want_both() -> list[str]:
        scribe.gate.clear()
        tasks = [asyncio.create_task(summaries.sum_up(chunks(2), RULES, RULER)) for _ in range(2)]
        while not scribe.questions:
            await asyncio.sleep(0)
        scribe.gate.set()
        return await asyncio.gather(*tasks)

    assert run(want_both()) == ["summary 1", "summary 1"]
    assert len(scribe.questions) == 1


def test_who_leaves_does_not_take_the_summary_along() -> None:
    scribe = Scribe()
    summaries = Summaries(scribe)

    async def want_both() -> str:
        scribe.gate.clear()
        leaving, staying = (asyncio.create_task(summaries.sum_up(chunks(2), RULES, RULER)) for _ in range(2))
        while not scribe.questions:
            await asyncio.sleep(0)
        leaving.cancel()
        scribe.gate.set()
        return await staying

    assert run(want_both()) == "summary 2"


def test_a_failure_is_not_remembered() -> None:
    scribe = Scribe()
    scribe.failures = 1
    summaries = Summaries(scribe)
    with pytest.raises(DragomanError):
        run(summaries.sum_up(chunks(1), RULES, RULER))
    assert run(summaries.sum_up(chunks(1), RULES, RULER)) == "summary 2"


def test_an_empty_answer_is_no_summary_and_a_long_one_is_cut() -> None:
    with pytest.raises(DragomanError, match="summed up nothing"):
        run(Summaries(_Silent()).sum_up(chunks(1), RULES, RULER))
    long = Summaries(Scribe(answer="x" * 50_000))
    assert len(run(long.sum_up(chunks(1), RULES, RULER))) == MAX_CHARACTERS


class _Silent(Scribe):
    async def ask(self, question: Question) -> str:
        return ""


def test_only_so_many_are_remembered() -> None:
    scribe = Scribe()
    summaries = Summaries(scribe, limit=2)
    for name in ("a", "b", "a", "c"):
        run(summaries.sum_up([chunk(name)], RULES, RULER))
    assert len(scribe.questions) == 3
    run(summaries.sum_up([chunk("a")], RULES, RULER))
    assert len(scribe.questions) == 3
    run(summaries.sum_up([chunk("b")], RULES, RULER))
    assert len(scribe.questions) == 4
    assert repr(summaries) == "<Summaries: 2>"


def test_other_rules_want_another_summary() -> None:
    scribe = Scribe()
    summaries = Summaries(scribe)
    run(summaries.sum_up(chunks(1), RULES, RULER))
    run(summaries.sum_up(chunks(1), ContextRules(summary_route="other"), RULER))
    assert [question.route for question in scribe.questions] == ["cheap", "other"]


def test_as_few_questions_are_asked_as_fit_and_not_too_many() -> None:
    four = [turn for one in chunks(4) for turn in one]
    assert plan_questions(four, 0, 60, RULER) == [(0, 2), (2, 4)]
    assert plan_questions(four, 1, 60, RULER) == [(1, 3), (3, 4)]
    assert plan_questions(four, 4, 60, RULER) == []
    assert plan_questions([turn for one in chunks(2, words=500) for turn in one], 0, 60, RULER) == [(0, 1), (1, 2)]
    many = [turn for one in chunks(40) for turn in one]
    newest = [(number, number + 1) for number in range(40)]
    assert plan_questions(many, 0, 1, RULER) == [(0, 1), *newest[1 - MAX_QUESTIONS :]]
    assert plan_questions(many, 3, 1, RULER) == newest[-MAX_QUESTIONS:]


def test_no_question_is_longer_than_the_route_takes_however_long_a_conversation_is() -> None:
    scribe = Scribe(answer="A summary.")
    long = [chunk(f"{part} {number}")[0] for part in "ab" for number in range(100)]
    run(Summaries(scribe).sum_up([long[:100], long[100:]], RULES, RULER))
    assert len(scribe.questions) == MAX_QUESTIONS
    assert max(RULER.count_text(question.text) for question in scribe.questions) < 1.5 * RULES.summary_input_tokens
    assert "a 0:" in scribe.questions[0].text
    assert "b 99:" in scribe.questions[-1].text
