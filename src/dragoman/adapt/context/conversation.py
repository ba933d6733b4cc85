"""A conversation with what each of its turns costs, and the ways in which it can be made shorter.

Everything here gives a new conversation and leaves the old one as it was. The result of the same beginning is always
the same beginning, as far as cuts allow (`cuts.py`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

import msgspec

from dragoman.adapt.context.cuts import replay_cuts
from dragoman.adapt.context.rules import ContextRules
from dragoman.adapt.context.trim import Trimmer
from dragoman.adapt.context.units import PINNED_ROLES, Unit, group_turns
from dragoman.adapt.counting.ruler import Ruler
from dragoman.model.content import Text
from dragoman.model.request import Turn

HEAD_SHARE = 0.25
"""How much of the room the beginning of a conversation may have where its middle is left out."""

SLACK_SHARE = 0.2
"""How much of the room long results of the last turns may have above their limit, where older turns have to go."""

DROPPED = "[{count} earlier turns of this conversation were left out to fit the context window.]"
DROPPED_MIDDLE = "[{count} turns were left out here to fit the context window.]"
SUMMED_UP = "[{count} earlier turns of this conversation, summed up to fit the context window:]\n{summary}"
MARK_TOKENS = 32.0


class Cut(msgspec.Struct, frozen=True):
    """Pieces that are left out, `first` to `last` without it, and every cut on the way there."""

    first: int
    last: int
    steps: tuple[int, ...]


class Conversation:
    """Turns, what they cost, and how they hang together."""

    __slots__ = ("costs", "lasting_costs", "ruler", "slack", "turns", "units")

    def __init__(self, turns: Sequence[Turn], ruler: Ruler, costs: list[float] | None = None) -> None:
        self.turns = list(turns)
        self.ruler = ruler
        self.costs = [ruler.count_turn(turn) for turn in turns] if costs is None else costs
        self.lasting_costs = self.costs  # what the turns will cost once they are no longer among the last
        self.slack = 0.0  # how much the last turns may cost beside that
        self.units: list[Unit] = group_turns(self.turns)

    @property
    def tokens(self) -> float:
        return sum(self.costs)

    # -- results of tools ----------------------------------------------------------------------------------------------

    def trim_results(self, room: float, rules: ContextRules) -> tuple[Conversation, int]:
        """The conversation with oversized results cut, and how many were. Those of the last turns stay whole, the newest
        first, as far as there is room for them: where turns have to go as well, a fixed share of it."""
        trimmer = Trimmer(rules.result_tokens, self.ruler.count_text)
        lasting = self.replace_turns(trimmer.trim_turns(self.turns, range(len(self.turns))))
        left = room - lasting.tokens
        slack = left if left >= 0 else room * SLACK_SHARE
        turns, costs = list(lasting.turns), list(lasting.costs)
        spared, count = slack, trimmer.trimmed
        for position in self._list_last(rules.keep_turns):
            excess = self.costs[position] - costs[position]
            if 0 < excess <= spared:
                spared -= excess
                count -= 1
                turns[position], costs[position] = self.turns[position], self.costs[position]
        shorter = Conversation(turns, self.ruler, costs)
        if left < 0:
            shorter.lasting_costs, shorter.slack = lasting.costs, slack
        return shorter, count

    def replace_turns(self, turns: list[Turn]) -> Conversation:
        """The conversation with other turns in the same places."""
        count = self.ruler.count_turn
        pairs = zip(turns, self.turns, self.costs, strict=True)
        return Conversation(turns, self.ruler, [cost if new is old else count(new) for new, old, cost in pairs])

    def _list_last(self, keep_turns: int) -> Iterator[int]:
        """The positions of the last turns, the newest first; of pieces that are begun all of them."""
        kept = 0
        for unit in reversed(self.units):
            if kept >= keep_turns:
                return
            kept += len(unit)
            yield from reversed(unit)

    # -- leaving out ---------------------------------------------------------------------------------------------------

    def find_oldest(self, room: float, rules: ContextRules, note_tokens: float = MARK_TOKENS) -> Cut | None:
        """The oldest pieces that have to go; None if that is none, or is not enough."""
        return self._find(0, room - note_tokens, rules)

    def find_middle(self, room: float, rules: ContextRules) -> Cut | None:
        """The pieces after the beginning that have to go; None if that is none, or is not enough."""
        head, tokens = 0, 0.0
        while head < len(self.units) and tokens + self._count_lasting(head) <= room * HEAD_SHARE:
            tokens += self._count_lasting(head)
            head += 1
        return self._find(head, room - tokens - MARK_TOKENS, rules)

    def _find(self, first: int, room: float, rules: ContextRules) -> Cut | None:
        """By what turns cost for good, so that a result that is still whole does not move the cut."""
        pinned = sum(cost for turn, cost in zip(self.turns, self.costs, strict=True) if turn.role in PINNED_ROLES)
        room -= pinned + self.slack
        costs = [self._count_lasting(number) for number in range(first, len(self.units))]
        sizes = [len(unit) for unit in self.units[first:]]
        steps = replay_cuts(costs, sizes, room, room * rules.low_share, rules.keep_turns)
        if not steps or sum(costs[steps[-1] :]) > room:
            return None
        return Cut(first, first + steps[-1], tuple(first + step for step in steps))

    def _count_lasting(self, number: int) -> float:
        return sum([self.lasting_costs[position] for position in self.units[number]])

    def leave_out(self, cut: Cut, note: str) -> Conversation:
        """The conversation without these pieces, and with a note of `count` turns in their place: in what the user says
        right there, if that is a text, since some models take no two turns of one speaker; else as a turn."""
        gone = {position for unit in self.units[cut.first : cut.last] for position in unit}
        words = note.replace("{count}", str(len(gone)), 1)
        kept = [position for position in range(len(self.turns)) if position not in gone]
        turns = [self.turns[position] for position in kept]
        costs = [self.costs[position] for position in kept]
        place = bisect_left(kept, min(gone))
        for index, form in ((place, "{1}\n\n{0}"), (place - 1, "{0}\n\n{1}")):
            said = _find_plain(turns[index]) if 0 <= index < len(turns) else None
            if said is not None:
                part = msgspec.structs.replace(said, text=form.format(said.text, words))
                turns[index] = msgspec.structs.replace(turns[index], parts=[part])
                costs[index] = self.ruler.count_turn(turns[index])
                break
        else:
            turns.insert(place, Turn("user", [Text(words)]))
            costs.insert(place, self.ruler.count_turn(turns[place]))
        return Conversation(turns, self.ruler, costs)

    def list_chunks(self, cut: Cut) -> list[list[Turn]]:
        """The turns that each step of a cut left out."""
        borders = [cut.first, *cut.steps]
        return [
            [self.turns[position] for unit in self.units[start:end] for position in unit]
            for start, end in pairwise(borders)
        ]


def _find_plain(turn: Turn) -> Text | None:
    """All that a user says in a turn, if it is one plain text."""
    only = turn.parts[0] if len(turn.parts) == 1 else None
    is_plain = isinstance(only, Text) and only.cache is None and only.extras is None
    return only if turn.role == "user" and is_plain and isinstance(only, Text) else None
