"""Text that must never be shown: keys of providers, keys of the gateway.

Invariant: no way of turning a `Secret` into text by accident (repr, str, format, an f-string, JSON, a traceback's
locals) gives more than the last four characters, and those only of one long enough to lose nothing by it. Whoever
really needs the text says `reveal`, which is easy to search for.
"""

from __future__ import annotations

import hmac

HIDDEN = "****"
SHOWN_CHARACTERS = 4
LENGTH_TO_SHOW_ANY = 20


class Secret:
    """A wrapped string. Equal to another secret with the same text; never equal to a bare string."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself."""
        return self._text

    def hint(self) -> str:
        """What people may see of it, to tell one key from another: `****abcd`."""
        return HIDDEN + self._text[-SHOWN_CHARACTERS:] if len(self._text) >= LENGTH_TO_SHOW_ANY else HIDDEN

    def __repr__(self) -> str:
        return f"Secret({self.hint()})"

    __str__ = __repr__

    def __format__(self, specification: str) -> str:
        return format(repr(self), specification)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and hmac.compare_digest(self._text.encode(), other._text.encode())

    def __hash__(self) -> int:
        return hash(self._text)
