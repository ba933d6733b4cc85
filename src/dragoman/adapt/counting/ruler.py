"""Counts tokens as one family of models would. Always an estimate: of recorded requests of text half are nearer than two
in a hundred to what the provider counted, and nine of ten nearer than a quarter (`docs/decisions` says more)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from dragoman.adapt.counting.features import (
    Amounts,
    Vocabulary,
    measure_answer,
    measure_frame,
    measure_text,
    measure_turn,
)
from dragoman.adapt.counting.makers_tools import count_makers_tools
from dragoman.adapt.counting.media import count_media
from dragoman.adapt.counting.weights import Family, find_family, load_weights
from dragoman.model.content import Part
from dragoman.model.request import Request, Turn


class Ruler:
    """Measures requests and what they are made of. Has no state but its weights."""

    __slots__ = ("_vocabulary", "_weights", "name")

    def __init__(self, name: str, family: Family, vocabulary: Vocabulary) -> None:
        self.name = name
        self._weights = family.weights
        self._vocabulary = vocabulary

    def __repr__(self) -> str:
        return f"<Ruler {self.name}>"

    def count_request(self, request: Request) -> int:
        """Tokens of everything that the model would read."""
        turns = sum([self.count_turn(turn) for turn in request.turns])
        return max(1, round(self.count_frame(request) + turns))

    def count_frame(self, request: Request) -> float:
        """Tokens of a request without its turns."""
        return self._weigh(measure_frame(request, self._vocabulary)) + count_makers_tools(request.tools)

    def count_turn(self, turn: Turn) -> float:
        """Tokens that one turn adds, wherever it stands."""
        return self._weigh(measure_turn(turn, self._vocabulary)) + count_media(turn.parts, self.name)

    def count_answer(self, parts: Iterable[Part]) -> int:
        """Tokens of what a model said."""
        return max(1, round(self._weigh(measure_answer(parts, self._vocabulary))))

    def count_text(self, text: str) -> float:
        """Tokens of a piece of text by itself."""
        amounts = Amounts(float)
        measure_text(text, self._vocabulary, amounts)
        return self._weigh(amounts)

    def _weigh(self, amounts: Amounts) -> float:
        weights = self._weights
        return sum([weights[name] * amount for name, amount in amounts.items() if name in weights])


@cache
def build_ruler(family: str) -> Ruler:
    """The ruler of a family."""
    file = load_weights()
    found = file.families[family]
    return Ruler(family, found, file.vocabularies[found.vocabulary])


def find_ruler(model: str) -> Ruler:
    """The ruler that fits a model by its name."""
    return build_ruler(find_family(model))
