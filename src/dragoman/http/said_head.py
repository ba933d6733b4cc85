"""The head that a client said last on its connection: it mostly says the same again, but for the length of the body.

A head that the parser has accepted once means the same when it comes again byte by byte, so it need not be parsed
again. Pure.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,9})(?=\r\n)", re.IGNORECASE)
_END = b"\r\n\r\n"
MAX_DIGITS = 9


class SaidHead(msgspec.Struct, frozen=True):
    """The head with a place for the length, where that place is, and what a request with it is to the application."""

    form: bytes
    start: int
    after: int  # how many bytes follow the length
    scope: dict[str, Any]

    def __repr__(self) -> str:
        return f"<SaidHead of {len(self.form)} bytes>"

    def find_body(self, data: bytes) -> tuple[int, bytes] | None:
        """How long the body will be, and what of it and all that follows is here already, in data that begins with this
        head; None for another head."""
        head, end, rest = data.partition(_END)
        length = len(rest)
        if head != self.form % length:  # not all of the body is here, or more than that
            digits = head[self.start : len(head) - self.after]
            if not digits.isdigit() or len(digits) > MAX_DIGITS or head != self.form % (length := int(digits)):
                return None
        return (length, rest) if end else None


def note_head(data: bytes, scope: dict[str, Any]) -> SaidHead | None:
    """What to remember of a request that began with `data`: nothing, if its length does not stand there exactly once, or
    if another request came with it."""
    end = data.find(_END)
    if end < 0 or not data.startswith(b"POST "):
        return None
    lengths = [*_LENGTH.finditer(data, 0, end + 2)]
    if len(lengths) != 1 or len(data) > end + len(_END) + int(lengths[0][1]):
        return None
    start, stop = lengths[0].span(1)
    before, after = (part.replace(b"%", b"%%") for part in (data[:start], data[stop:end]))
    return SaidHead(before + b"%d" + after, start, end - stop, scope)
