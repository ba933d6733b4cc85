"""A JSON string's text while it comes in: for arguments that were written as JSON inside a string."""

from __future__ import annotations

import re

_RUN = re.compile(r'[^"\\]++')
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{0,4}+|[^u])?")


class Unquoter:
    """Feed it from behind the opening quote; `text` gets what was meant."""

    __slots__ = ("_high", "_pending", "is_done", "text")

    def __init__(self) -> None:
        self.text: list[str] = []
        self.is_done = False
        self._pending = ""  # an escape that is not whole
        self._high = ""  # the first half of a pair

    def feed(self, text: str, start: int = 0) -> int:
        """Take in text; the position behind the closing quote, or the end of the text."""
        if self._pending:
            text = self._pending + text[start:]
            used = len(self._pending) - start
            self._pending = ""
            return self._read(text, 0) - used
        return self._read(text, start)

    def _read(self, text: str, start: int) -> int:
        end = len(text)
        while start < end:
            first = text[start]
            if first == '"':
                self.is_done = True
                return start + 1
            if first != "\\":
                stop = _RUN.match(text, start).end()  # type: ignore[union-attr]
                self._say(text[start:stop])
                start = stop
                continue
            escape = _ESCAPE.match(text, start)[0]  # type: ignore[index]
            if start + len(escape) == end and (len(escape) == 1 or (escape[1] == "u" and len(escape) < 6)):
                self._pending = escape
                return end
            self._unescape(escape)
            start += len(escape)
        return start

    def _unescape(self, escape: str) -> None:
        if escape[1] != "u":
            self._say(_ESCAPES.get(escape[1], escape[1]))
        elif len(escape) < 6:
            self._say(escape)
        elif 0xD800 <= (code := _code_of(escape)) < 0xDC00:
            self._say("")
            self._high = escape
        elif self._high and 0xDC00 <= code < 0xE000:
            self.text.append(chr(0x10000 + ((_code_of(self._high) - 0xD800) << 10) + code - 0xDC00))
            self._high = ""
        else:
            self._say("\ufffd" if 0xDC00 <= code < 0xE000 else chr(code))

    def _say(self, text: str) -> None:
        if self._high:
            self.text.append("\ufffd")
            self._high = ""
        if text:
            self.text.append(text)


def _code_of(escape: str) -> int:
    return int(escape[len("\\u") :], base=16)
