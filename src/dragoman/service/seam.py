"""Where the second half of a text meets the first: nothing is said twice, nothing is left out.

Two things may come back at the seam. White space at the end of the first half was left out of what the model was shown,
since some providers refuse it there, so the model may say it once more. And some servers repeat the whole beginning
before they go on. A model that begins anew in other words has not gone on at all, and that is an error.
"""

from __future__ import annotations

from dragoman.errors import DragomanError, Kind

LEAST_ECHO = 16
"""So many characters alike are no chance."""


class Seam:
    """`said` is all that the client has seen of the text. Fed with what comes next, it gives what is new of it."""

    __slots__ = ("_held", "_is_closed", "_said", "_tail")

    def __init__(self, said: str) -> None:
        self._said = said
        self._tail = said[len(said.rstrip()) :]
        self._held = ""
        self._is_closed = False

    def feed(self, text: str) -> str:
        """What of it is new, as far as that can be told already."""
        if self._is_closed:
            return text
        self._held += text
        if self._is_open():
            return ""
        return self.finish()

    def finish(self) -> str:
        """No more comes, or what has come is enough to tell."""
        if self._is_closed:
            return ""
        self._is_closed = True
        said, held = self._said, self._held
        if len(said) >= LEAST_ECHO and held.startswith(said):
            return held[len(said) :]
        if len(said) >= LEAST_ECHO and held.startswith(said[:LEAST_ECHO]):
            raise DragomanError(
                Kind.UNAVAILABLE,
                "The answer broke off, and who was to go on with it began anew.",
                blame="upstream",
                phase="stream",
                code="not_continued",
            )
        repeated = next(size for size in range(len(self._tail), -1, -1) if held.startswith(self._tail[:size]))
        return held[repeated:]

    def _is_open(self) -> bool:
        """Whether the next characters decide."""
        held, said = self._held, self._said
        may_echo = len(said) >= LEAST_ECHO and len(held) < len(said) and said.startswith(held)
        return may_echo or (len(held) < len(self._tail) and self._tail.startswith(held))
