"""Calls that a model only repeats: text of the caller, or of a tool's result, word for word. They are text.

Someone who can put text before a model (a web page, a file) must not be able to make calls by having it quoted. Whoever
repeats text differs from it nowhere, so that the first difference shows a call that the model makes itself.
"""

from __future__ import annotations

from collections.abc import Iterable

MAX_PLACES = 256


class EchoWatch:
    """Compares what may be a call with all that was said to the model. `is_possible`: it is a repetition so far."""

    __slots__ = ("_places", "_texts", "is_possible")

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = list(texts)
        self._places: list[tuple[str, int]] = []
        self.is_possible = False

    def begin(self, mark: str, *, is_eaten: bool = False) -> None:
        """A block begins with this mark: where does it stand? `is_eaten`: the block has it still before it."""
        self._places = []
        for text in self._texts:
            found = text.find(mark)
            while found >= 0 and len(self._places) < MAX_PLACES:
                self._places.append((text, found if is_eaten else found + len(mark)))
                found = text.find(mark, found + 1)
        self.is_possible = bool(self._places)

    def add(self, piece: str) -> None:
        """The block goes on."""
        self._places = [(text, at + len(piece)) for text, at in self._places if text.startswith(piece, at)]
        self.is_possible = bool(self._places)
