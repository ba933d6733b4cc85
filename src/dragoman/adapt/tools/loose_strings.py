"""The strings of loose JSON: what stands between quotes, with all that models forget to escape there.

A quote ends its string only if something follows that may follow a string; else it is one that should have been escaped.
Runs of text are found by one regular expression that never goes back.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from json.encoder import encode_basestring

QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "”": "”", "＂": "＂"}
CLOSERS = {"}": "}", "｝": "}", "]": "]", "］": "]", "】": "]", ")": ")"}
COMMAS = frozenset(",，、;")
COLONS = frozenset(":：=")
MARKUP = frozenset("<`")
"""What begins nothing in JSON: whatever the value stands in goes on here."""

SPACE = re.compile(r"\s*+")

_AFTER_STRING = COMMAS | CLOSERS.keys() | MARKUP
AFTER_KEY = _AFTER_STRING | COLONS
_RUN = r"[^QUOTES\\]*+(?:\\(?:[\"\\/bfnrt]|u[0-9a-fA-F]{4})[^QUOTES\\]*+)*+"
_RUNS = {closing: re.compile(_RUN.replace("QUOTES", closing)) for closing in "\"'”’＂"}
_CONTROL = re.compile(r"[\x00-\x1f]")
_CONTROLS = {code: f"\\u{code:04x}" for code in range(32)}
_ESCAPABLE = frozenset('"\\/bfnrt')
_HEX_DIGITS = {"u": 4, "x": 2, "U": 8}
_HEX = frozenset("0123456789abcdefABCDEF")

Step = Callable[[str, int], int]


def escape_lines(text: str) -> str:
    """Text between quotes, with the line breaks and other controls that JSON does not allow there written as escapes."""
    if text.isprintable() or _CONTROL.search(text) is None:
        return text
    text = text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return text if _CONTROL.search(text) is None else text.translate(_CONTROLS)


def escape_quotes(text: str) -> str:
    """Text with every double quote escaped; those that are already stay as they are. It holds no controls, so that two of
    them can stand for the pairs that must not be touched."""
    kept = text.replace("\\\\", "\0").replace('\\"', "\1")
    return kept.replace('"', '\\"').replace("\1", '\\"').replace("\0", "\\\\")


class LooseStrings:
    """The states within strings. What a string's end means is known to who reads values."""

    __slots__ = ("_is_key", "_out", "_partial", "_quote", "_stack", "_step")

    _step: Step
    _out: list[str]  # where text goes
    _stack: list[str]  # what has to be closed
    _partial: list[str]  # pieces whose meaning is not known yet
    _quote: str  # what ends the string that is being read
    _is_key: bool  # the string or word that is being read is a key

    def _close_string(self, following: str) -> None:
        """The string is over; this character follows it."""

    def _repair(self) -> bool:
        """Note one more repair; whether there have been too many."""
        return False

    def skim(self, text: str) -> str:
        """The same text as it is to be written, if all of it stands within one string and is clean; else nothing has been
        read. Most of a long argument comes this way."""
        if not self._quote or self._is_key:
            return ""
        if self._step == self._in_escape and text[:1] in _ESCAPABLE:
            text = "\\" + text
        elif self._step != self._in_string:
            return ""
        end = _RUNS[self._quote].match(text).end()  # type: ignore[union-attr]
        if end == len(text):
            self._step = self._in_string
            return self._escape(text)
        if end and text[end:] == "\\":
            self._step = self._in_escape
            return self._escape(text[:end])
        return ""

    def _escape(self, text: str) -> str:
        """A run as JSON has it: its line breaks, and the double quotes that need no escape between others."""
        text = escape_lines(text)
        return text if self._quote == '"' or '"' not in text else escape_quotes(text)

    def _open_string(self, closing: str) -> None:
        self._quote = closing
        self._step = self._in_string

    def _in_string(self, text: str, start: int) -> int:
        end = _RUNS[self._quote].match(text, start).end()  # type: ignore[union-attr]
        if end > start:
            self._out.append(self._escape(text[start:end]))
        if end == len(text):
            return end
        first = text[end]
        if first == self._quote:
            self._step = self._after_quote
            return end + 1
        self._step = self._in_escape
        return end + 1

    def _after_quote(self, text: str, start: int) -> int:
        """A quote ends its string only if something follows that may follow a string."""
        end = SPACE.match(text, start).end()  # type: ignore[union-attr]
        self._partial.append(text[start:end])
        if end == len(text):
            return end
        first = text[end]
        spaces = "".join(self._partial)
        self._partial.clear()
        if first in (AFTER_KEY if self._is_key else _AFTER_STRING) or (spaces and first in QUOTES):
            self._close_string(first)
        elif not self._stack:
            self._close_string(",")
        else:
            quote = self._quote if self._quote != '"' else '\\"'
            self._out.append(quote + encode_basestring(spaces)[1:-1])
            self._step = self._in_string
            self._repair()
        return end

    def _in_escape(self, text: str, start: int) -> int:
        """After a backslash that began no escape in the run."""
        first = text[start]
        if first in _HEX_DIGITS:
            self._partial.append(first)
            self._step = self._in_unicode
            return start + 1
        self._step = self._in_string
        if first in _ESCAPABLE:
            self._out.append("\\" + first)
            return start + 1
        if first in "'\n":
            self._out.append("'" if first == "'" else "\\n")
            return start + 1
        self._out.append("\\\\")
        self._repair()
        return start

    def _in_unicode(self, text: str, start: int) -> int:
        """After `\\u`, or after `\\x` and `\\U`, which only Python has; the digits may be cut anywhere."""
        known = "".join(self._partial)
        wanted = _HEX_DIGITS[known[0]] + 1
        end = start
        while end < len(text) and len(known) + end - start < wanted and text[end] in _HEX:
            end += 1
        known += text[start:end]
        self._partial[:] = [known]
        if len(known) == wanted and int(known[1:], 16) <= sys.maxunicode:
            self._out.append(json.dumps(chr(int(known[1:], 16)))[1:-1])
        elif len(known) == wanted or end < len(text):
            self._out.append("\\\\" + known)
            self._repair()
        else:
            return end
        self._partial.clear()
        self._step = self._in_string
        return end
