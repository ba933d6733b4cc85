"""Beginnings of conversations, summed up by a route of the operator's choice, and paid for once.

A beginning is known by the hash of its turns. When a conversation's cut moves on, only what lies between the old cut and
the new one is summed up, together with the summary that is there already, in pieces that the route can be sent. Two
requests that need the same summary at the same time wait for one.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import Protocol
from weakref import WeakValueDictionary

from dragoman.adapt.context.prefix import name_prefixes
from dragoman.adapt.context.rules import ContextRules
from dragoman.adapt.context.transcript import write_instruction, write_transcript
from dragoman.adapt.counting.ruler import Ruler
from dragoman.errors import DragomanError, Kind
from dragoman.model.request import Turn
from dragoman.service.reshaping.asking import Question

MAX_SUMMARIES = 1024
MAX_CHARACTERS = 20_000
"""No summary is longer, whatever a model writes."""

MAX_QUESTIONS = 8
"""What one request may cost, where nothing of a long conversation has been summed up yet; its middle goes without."""

THINKING_FACTOR = 4
"""A model that thinks before it answers needs room for that too."""

SUMMARY_SECONDS = 120.0


class Asks(Protocol):
    """Who puts questions to routes (`service/reshaping/asking.py`)."""

    @property
    def is_inner(self) -> bool: ...

    async def ask(self, question: Question) -> str: ...


class Summaries:
    """Sums up, and remembers. One instance serves all routes, and outlives reloads."""

    def __init__(self, asking: Asks, limit: int = MAX_SUMMARIES) -> None:
        self._asking = asking
        self._limit = limit
        self._known: OrderedDict[bytes, str] = OrderedDict()
        self._locks: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()

    def __repr__(self) -> str:
        return f"<Summaries: {len(self._known)}>"

    @property
    def is_inner(self) -> bool:
        """Whether the request at hand is itself one for a summary, or the like."""
        return self._asking.is_inner

    async def sum_up(self, chunks: Sequence[Sequence[Turn]], rules: ContextRules, ruler: Ruler) -> str:
        """The summary of all chunks together; raises if the route gives none."""
        turns = [turn for chunk in chunks for turn in chunk]
        names = name_prefixes(([turn] for turn in turns), f"{rules.summary_route}\n{rules.summary_tokens}")
        done = self._find_newest(names)
        text = self._recall(names[done - 1]) if done else ""
        for first, last in plan_questions(turns, done, rules.summary_input_tokens, ruler):
            text = await self._sum_up_once(names[last - 1], text, turns[first:last], rules)
        return text

    def _find_newest(self, names: Sequence[bytes]) -> int:
        """How many turns the longest known summary stands for."""
        return next((number for number in range(len(names), 0, -1) if names[number - 1] in self._known), 0)

    async def _sum_up_once(self, name: bytes, previous: str, turns: list[Turn], rules: ContextRules) -> str:
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        async with lock:
            if name in self._known:
                return self._recall(name)
            instruction = write_instruction(rules.summary_tokens)
            text = write_transcript(turns, previous)
            limit = rules.summary_tokens * THINKING_FACTOR
            question = Question(rules.summary_route, instruction, text, limit, SUMMARY_SECONDS)
            answer = (await self._asking.ask(question))[:MAX_CHARACTERS]
            if not answer:
                raise DragomanError(
                    Kind.UNAVAILABLE, f"The route {rules.summary_route!r} summed up nothing.", blame="upstream"
                )
            self._known[name] = answer
            while len(self._known) > self._limit:
                self._known.popitem(last=False)
            return answer

    def _recall(self, name: bytes) -> str:
        self._known.move_to_end(name)
        return self._known[name]


def plan_questions(turns: Sequence[Turn], done: int, limit_tokens: int, ruler: Ruler) -> list[tuple[int, int]]:
    """From which turn to which each question goes: as few as fit what the route may be sent. Of too many the first one
    stays, where the task stands, unless it is summed up already, and of the others the newest."""
    questions: list[tuple[int, int]] = []
    tokens = 0.0
    for number in range(done, len(turns)):
        cost = ruler.count_text(write_transcript([turns[number]], ""))
        if questions and tokens + cost <= limit_tokens:
            questions[-1] = (questions[-1][0], number + 1)
            tokens += cost
        else:
            questions.append((number, number + 1))
            tokens = cost
    if len(questions) <= MAX_QUESTIONS:
        return questions
    return questions[-MAX_QUESTIONS:] if done else [questions[0], *questions[1 - MAX_QUESTIONS :]]
