"""Facts that stand together and say one thing become one.

Turns of one speaker that follow each other are one turn: every API reads them so. Texts that stand together are one
text. Text and thinking without content are nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.matrix.facts import Fact

_PARTS = re.compile(r"(.*\bparts\[\d+\])")


@dataclass(frozen=True)
class Saying:
    """Facts that say one thing: usually one, or several texts. `facts` are those it was made of."""

    topic: str
    value: str
    facts: tuple[Fact, ...]

    @property
    def meaning(self) -> tuple[str, str]:
        return self.topic, self.value


def join_facts(facts: list[Fact]) -> list[Saying]:
    """The facts of a request or an answer, joined."""
    return _join_texts(_join_turns(_drop_empty(facts)))


def _drop_empty(facts: list[Fact]) -> list[Fact]:
    """Without the parts that hold nothing."""
    filled = {match[1] for fact in facts if fact.value and (match := _PARTS.match(fact.path))}
    return [fact for fact in facts if fact.value or not _is_prose(fact) or fact.path in filled]


def _is_prose(fact: Fact) -> bool:
    return fact.topic.endswith((".text", ".reasoning"))


def _join_turns(facts: list[Fact]) -> list[Fact]:
    """Without the roles that only repeat the one before. A turn without parts is nothing."""
    joined: list[Fact] = []
    role = ""
    for position, fact in enumerate(facts):
        if fact.topic != "turns.role":
            joined.append(fact)
            continue
        turn = fact.path.removesuffix("role")
        following = facts[position + 1] if position + 1 < len(facts) else None
        if following is None or not following.path.startswith(turn):
            continue
        if fact.value != role:
            joined.append(fact)
        role = fact.value
    return joined


def _join_texts(facts: list[Fact]) -> list[Saying]:
    joined: list[Saying] = []
    text: int | None = None  # where the text stands that may go on
    family = ""
    for fact in facts:
        if text is not None and not f"{fact.topic}.".startswith(f"{family}."):
            text = None
        if text is not None and fact.topic == family:
            continue
        if text is not None and fact.topic == f"{family}.text":
            before = joined[text]
            value = before.value[:-1] + fact.value[1:]  # two JSON strings
            joined[text] = Saying(fact.topic, value, (*before.facts, fact))
            continue
        if fact.topic.endswith(".text.text"):
            text, family = len(joined), fact.topic.removesuffix(".text")
        joined.append(Saying(fact.topic, fact.value, (fact,)))
    return joined
