"""The head that a client said last on its connection: it mostly says the same again, but for the length of the body.

A head that the parser has accepted once means the same when it comes again byte by byte, so it need not be parsed
again. Pure.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})(?=\r\n)", re.IGNORECASE)
_END = b"\r\n\r\n"


class SaidHead(NamedTuple):
    """The head's bytes on both sides of the length, and what a request with it is to the application."""

    before: bytes
    after: bytes
    scope: dict[str, Any]

    def find_body(self, data: bytes) -> tuple[int, int] | None:
        """Where the body begins in data that begins with this head, and how long it will be; None for another head."""
        before, after = self.before, self.after
        if not data.startswith(before):
            return None
        start = len(before)
        end = data.find(b"\r", start, start + 10)
        digits = data[start:end]
        if not digits.isdigit() or not data.startswith(after, end):
            return None
        return end + len(after), int(digits)


def note_head(data: bytes, scope: dict[str, Any]) -> SaidHead | None:
    """What to remember of a request that began with `data`: nothing, if its length does not stand there exactly once, or
    if another request came with it."""
    end = data.find(_END) + len(_END)
    if end < len(_END) or not data.startswith(b"POST "):
        return None
    lengths = [*_LENGTH.finditer(data, 0, end)]
    if len(lengths) != 1 or len(data) > end + int(lengths[0][1]):
        return None
    start, stop = lengths[0].span(1)
    return SaidHead(data[:start], data[stop:end], scope)
