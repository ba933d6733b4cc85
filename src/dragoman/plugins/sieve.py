"""Finds and replaces in text that comes in pieces, with the same result wherever it was cut.

Theory of operation: a match can only reach beyond what has come if it has begun in the last few characters. Each
detector says how long a match may be and which characters it may have; so the characters at the end that could belong
to an unfinished match (a run out of the detector's alphabet, no longer than that) are held back, and all before them
is settled: whatever begins there ends there too, and the character behind it, which a detector may look at, has come.
One character that went out already is kept, for those that look back. Of matches that overlap the leftmost counts,
then the detector named first. Linear: a detector searches on only from where its last match lies behind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

SLICE_CHARACTERS = 64 * 1024


class Detector(NamedTuple):
    """What to look for. `alphabet` are all characters that a match can have, None if that is not known; `is_real` has a
    second look (a check digit, say)."""

    name: str
    pattern: re.Pattern[str]
    max_characters: int
    alphabet: str | None = None
    is_real: Callable[[str], bool] | None = None

    def find_unsettled(self, text: str) -> int:
        """Where in a text that goes on a match may have begun that is not decided yet."""
        start = max(len(text) - self.max_characters - 1, 0)
        return start if self.alphabet is None else start + len(text[start:].rstrip(self.alphabet))

    def search(self, text: str, start: int) -> re.Match[str] | None:
        """The first match from there that is real and not too long."""
        while (match := self.pattern.search(text, start)) is not None:
            found = match.group()
            if 0 < len(found) <= self.max_characters and (self.is_real is None or self.is_real(found)):
                return match
            start = match.start() + 1
        return None


Replace = Callable[[str, str], str]
"""What stands in place of a match, given the detector's name and what it found."""


class Sieve:
    """One text in pieces. State of one text; never reused."""

    __slots__ = ("_detectors", "_replace", "_start", "_text", "has_found")

    def __init__(self, detectors: Sequence[Detector], replace: Replace) -> None:
        self._detectors = detectors
        self._replace = replace
        self.has_found = False
        self._text = ""
        self._start = 0  # where what has not gone out yet begins

    def feed(self, piece: str) -> str:
        """What can go out now."""
        self._text += piece
        return self._settle(min(detector.find_unsettled(self._text) for detector in self._detectors))

    def finish(self) -> str:
        """The rest."""
        return self._settle(len(self._text))

    def _settle(self, limit: int) -> str:
        text, position = self._text, self._start
        nexts = [detector.search(text, position) for detector in self._detectors]
        pieces: list[str] = []
        while position < limit:
            for index, known in enumerate(nexts):
                if known is not None and known.start() < position:
                    nexts[index] = self._detectors[index].search(text, position)
            found = _select_leftmost(nexts)
            if found is None or (match := nexts[found]) is None or match.start() >= limit:
                pieces.append(text[position:limit])
                position = limit
                break
            self.has_found = True
            pieces += (text[position : match.start()], self._replace(self._detectors[found].name, match.group()))
            position = match.end()
        kept = max(position - 1, 0)
        self._text, self._start = text[kept:], position - kept
        return "".join(pieces)


def _select_leftmost(matches: Sequence[re.Match[str] | None]) -> int | None:
    starts = [(match.start(), index) for index, match in enumerate(matches) if match is not None]
    return min(starts)[1] if starts else None


def replace_all(text: str, detectors: Sequence[Detector], replace: Replace) -> str:
    """A whole text; the very same object if nothing was found. A long one goes through in slices, since a search lets
    no other thread run."""
    if len(text) <= SLICE_CHARACTERS and not any(detector.pattern.search(text) for detector in detectors):
        return text
    sieve = Sieve(detectors, replace)
    slices = (text[start : start + SLICE_CHARACTERS] for start in range(0, len(text), SLICE_CHARACTERS))
    replaced = "".join([*map(sieve.feed, slices), sieve.finish()])
    return replaced if sieve.has_found else text
