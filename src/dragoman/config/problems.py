"""Mistakes in a configuration, gathered so that all are told at once.

Invariant: a message names keys, places, known good words and what one part calls another (a row, a provider, a route).
It repeats no other value of the file or the environment: any of them may be a secret in the wrong place.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NamedTuple

from dragoman.errors import DragomanError, Kind

CODE = "configuration"
MAX_SHOWN = 50


class Mistake(NamedTuple):
    """One of them: where it is in the settings, what is wrong, and where that was read."""

    path: str
    message: str
    where: str


class Problems:
    """A list of mistakes, and where each part of the configuration was read (`line 4`, `DRAGOMAN_PORT`)."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._found: dict[str, Mistake] = {}  # in order, each once
        self.places: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def add(self, path: str, message: str, where: str = "") -> None:
        """Note a mistake; without `where`, the place of the path or of the nearest thing around it."""
        place = where or self._place(path)
        parts = [part for part in (place, path) if part]
        mistake = f"{', '.join(parts)}: {message}" if parts else message
        self._found[mistake] = Mistake(path, message, place)

    def list_mistakes(self) -> list[Mistake]:
        """All of them, in the order in which they were found."""
        return list(self._found.values())

    def raise_any(self) -> None:
        """Raise all that was found as one error; do nothing if nothing was."""
        if not self._found:
            return
        mistakes = list(self._found)
        if len(mistakes) == 1:
            raise configuration_error(f"{self._source}: {mistakes[0]}")
        lines = "".join(f"\n  {mistake}" for mistake in mistakes[:MAX_SHOWN])
        more = f"\n  … and {len(mistakes) - MAX_SHOWN} more" if len(mistakes) > MAX_SHOWN else ""
        raise configuration_error(f"{self._source} has {len(mistakes)} mistakes:{lines}{more}")

    def _place(self, path: str) -> str:
        while path:
            if path in self.places:
                return self.places[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return ""


def configuration_error(message: str) -> DragomanError:
    """The operator's mistake: nobody else can mend it."""
    return DragomanError(Kind.INVALID_REQUEST, message, blame="gateway", code=CODE)


def suggest(wrong: str, known: Iterable[str]) -> str:
    """` Did you mean …?` where a known word is near, else nothing."""
    near = difflib.get_close_matches(wrong, list(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""
