"""JSON as models really write it, turned into strict JSON while it comes in.

Theory of operation: one state at a time, each a method that eats some of the chunk and names the next state. What stands
inside strings is taken in runs, found by a regular expression that never goes back, so that clean JSON costs little more
than its copying. A comma is written only once something follows it. Repaired are single, curly and forgotten quotes,
Python's words, full-width punctuation, line breaks and lone quotes in strings, bad escapes, commas and brackets that are
missing or too many. Who needs too many repairs is not writing JSON: his value is closed where it stands.

Invariant: what has been written, followed by what `finish` writes, is one value of strict JSON.
"""

from __future__ import annotations

import re
from json.encoder import encode_basestring
from typing import ClassVar

from dragoman.adapt.tools.loose_strings import (
    AFTER_KEY,
    CLOSERS,
    COLONS,
    MARKUP,
    QUOTES,
    SPACE,
    LooseStrings,
    Step,
)
from dragoman.adapt.tools.words import read_word

MAX_DEPTH = 64
MAX_REPAIRS = 4096

_SEPARATORS = re.compile(r"[\s,，、;]*+")
_BARE = re.compile(r"[^,，\]})］｝】\n\"<`]*+")
_BARE_KEY = re.compile(r"[^\s,，:：=\]})］｝】({\[\"'<`]*+")
_PLAIN = r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?![\w.])|true|false|null|\[\]|\{\}"
_PLAIN_ITEMS = re.compile(rf"(?:(?:{_PLAIN}|\[(?:{_PLAIN})(?:,\s*+(?:{_PLAIN}))*+\])\s*+,\s*+)++")
_TEXT_ITEMS = re.compile(r'(?:"[^"\\\x00-\x1f]*+",)++')
_PLAIN_MEMBERS = re.compile(rf'(?:"[^"\\\x00-\x1f]*+":(?:{_PLAIN}|"[^"\\\x00-\x1f]*+"),)++')
_OPENERS = {"{": "}", "[": "]", "(": ")", "｛": "}", "［": "]", "【": "]"}

_WRITTEN_CLOSERS = {"}": "}", "]": "]", ")": "]", "call": "}"}
_WITH_KEYS = frozenset({"}", "call"})


class LooseValue(LooseStrings):
    """One value. What is written goes to `written`; whoever reads that may empty it at any time."""

    __slots__ = (
        "_comma",
        "_key",
        "_outer",
        "_repairs",
        "is_done",
        "written",
    )

    _in_bulk: ClassVar[bool] = True  # what is clean is taken many members at a time

    def __init__(self) -> None:
        self.written: list[str] = []
        self.is_done = False
        self._out = self.written
        self._outer = self.written  # where text goes again once a key is over
        self._stack: list[str] = []  # what has to be closed
        self._comma = False  # the next member or item has others before it
        self._key: str | None = None  # the key whose value comes next, as JSON
        self._is_key = False  # the string or word that is being read is a key
        self._quote = ""  # what ends the string that is being read
        self._partial: list[str] = []  # pieces whose meaning is not known yet
        self._repairs = 0
        self._step: Step = self._open_value

    def feed(self, text: str, start: int = 0) -> int:
        """Take in text; the position where the value has ended, or the end of the text."""
        end = len(text)
        while start < end and not self.is_done:
            start = self._step(text, start)
        return start

    def finish(self) -> None:
        """No more will come: close whatever is open."""
        if self.is_done:
            return
        if self._quote:
            self._cut_string()
        elif self._partial:
            self._close_word(is_key=False)
        elif self._key is not None or not self._stack:
            self._write_null()
        while self._stack:
            self._close_innermost()

    @property
    def is_spoilt(self) -> bool:
        """Whether it was closed because it needed too many repairs."""
        return self._repairs > MAX_REPAIRS

    def _repair(self) -> bool:
        """Note one more repair; whether there have been too many."""
        self._repairs += 1
        if self._repairs <= MAX_REPAIRS:
            return False
        self.finish()
        return True

    # -- hooks for those who want to know what stands where -----------------------------------------------------------

    def _begin_member(self, first: str) -> None:
        """A value of the outermost object begins with this character, under the key `_key`."""

    def _end_member(self) -> None:
        """A value of the outermost object has ended."""

    def _name_position(self) -> str:
        """The key of an argument that came without one."""
        return "argument"

    # -- values -------------------------------------------------------------------------------------------------------

    def _open_value(self, text: str, start: int) -> int:
        start = SPACE.match(text, start).end()  # type: ignore[union-attr]
        if start == len(text):
            return start
        first = text[start]
        if self._in_bulk and self._key is None and self._stack and (end := self._take_items(text, start)) > start:
            return end
        if first in QUOTES:
            self._begin_value(first)
            self._out.append('"')
            self._open_string(QUOTES[first])
            return start + 1
        if first in _OPENERS:
            self._begin_value(first)
            self._open_bracket(_OPENERS[first])
            return start + 1
        if first in AFTER_KEY:
            return self._miss_value(first, start)
        self._begin_value(first)
        self._step = self._in_word
        return start

    def _take_items(self, text: str, start: int) -> int:
        """Many items of an array at once, where they are strict JSON: tables of numbers are long."""
        found = _PLAIN_ITEMS.match(text, start)
        if found is not None:
            items = "".join(found[0].split())
        elif (found := _TEXT_ITEMS.match(text, start)) is not None:
            items = found[0]
        else:
            return start
        self._out.append(f",{items[:-1]}" if self._comma else items[:-1])
        self._comma = True
        return found.end()

    def _miss_value(self, first: str, start: int) -> int:
        """Something else stands where a value should."""
        if first in COLONS:
            self._repair()
            return start + 1
        if self._key is None and self._stack:
            self._step = self._after_value
            return start
        if not self._repair():
            self._write_null()
        return start

    def _write_null(self) -> None:
        self._begin_value("n")
        self._out.append("null")
        self._end_value()

    def _begin_value(self, first: str) -> None:
        """Write what has to stand before a value."""
        if self._comma:
            self._out.append(",")
            self._comma = False
        if self._key is not None:
            self._out.append(f"{self._key}:")
        if len(self._stack) == 1:
            self._begin_member(first)
        self._key = None

    def _end_value(self) -> None:
        depth = len(self._stack)
        if depth == 1:
            self._end_member()
        self._comma = True
        self._step = self._after_value
        self.is_done = depth == 0

    # -- brackets -----------------------------------------------------------------------------------------------------

    def _open_bracket(self, closer: str) -> None:
        if len(self._stack) >= MAX_DEPTH:
            self._out.append("null")
            self._end_value()
            self._repairs = MAX_REPAIRS
            self._repair()
            return
        self._stack.append(closer)
        self._out.append("{" if closer in _WITH_KEYS else "[")
        self._comma = False
        self._step = self._open_key if closer in _WITH_KEYS else self._open_value

    def _after_value(self, text: str, start: int) -> int:
        """Between a value and the next one, or the bracket that closes."""
        end = _SEPARATORS.match(text, start).end()  # type: ignore[union-attr]
        if end == len(text):
            return end
        first = text[end]
        if first in CLOSERS:
            return self._close_bracket(CLOSERS[first], end + 1)
        if first in MARKUP:
            self.finish()
            return end
        if text[start:end].isspace() or start == end:
            self._repairs += 1
        if self._repairs > MAX_REPAIRS:
            self.finish()
            return end
        self._step = self._open_key if self._stack[-1] in _WITH_KEYS else self._open_value
        return end

    def _close_bracket(self, closer: str, start: int) -> int:
        """One that was never opened is passed over; one that stands further out closes all that is within."""
        stack = self._stack
        if closer == ")" and ")" not in stack:
            closer = "call"
        if closer not in stack:
            self._repair()
            return start
        while stack[-1] != closer:
            self._repairs += 1
            self._close_innermost()
        self._close_innermost()
        return start

    def _close_innermost(self) -> None:
        self._out.append(_WRITTEN_CLOSERS[self._stack.pop()])
        self._end_value()

    # -- keys ---------------------------------------------------------------------------------------------------------

    def _open_key(self, text: str, start: int) -> int:
        start = _SEPARATORS.match(text, start).end()  # type: ignore[union-attr]
        if start == len(text):
            return start
        first = text[start]
        if first in CLOSERS:
            return self._close_bracket(CLOSERS[first], start + 1)
        if first in MARKUP:
            self.finish()
            return start
        if first in COLONS or first in _OPENERS:
            return self._miss_key(first, start)
        if self._in_bulk and len(self._stack) > 1 and (found := _PLAIN_MEMBERS.match(text, start)) is not None:
            self._out.append(f",{found[0][:-1]}" if self._comma else found[0][:-1])
            self._comma = True
            return found.end()
        self._is_key = True
        if first in QUOTES:
            self._outer, self._out = self._out, []
            self._open_string(QUOTES[first])
            return start + 1
        self._step = self._in_bare_key
        return start

    def _miss_key(self, first: str, start: int) -> int:
        """A value where a key should stand: an argument without a name, or an item of an object."""
        if self._repair():
            return start
        if first in COLONS:
            return start + 1
        self._key = encode_basestring(self._name_position())
        self._step = self._open_value
        return start

    def _in_bare_key(self, text: str, start: int) -> int:
        end = _BARE_KEY.match(text, start).end()  # type: ignore[union-attr]
        self._partial.append(text[start:end])
        if end < len(text):
            self._step = self._after_bare_key
        return end

    def _after_bare_key(self, text: str, start: int) -> int:
        start = SPACE.match(text, start).end()  # type: ignore[union-attr]
        if start == len(text):
            return start
        self._is_key = False
        if self._stack[-1] != "call" and self._repair():
            return start
        self._close_word(is_key=text[start] in COLONS or self._stack[-1] != "call")
        return start

    # -- words and numbers --------------------------------------------------------------------------------------------

    def _in_word(self, text: str, start: int) -> int:
        end = _BARE.match(text, start).end()  # type: ignore[union-attr]
        self._partial.append(text[start:end])
        if end < len(text):
            self._close_word(is_key=False)
        return end

    def _close_word(self, *, is_key: bool) -> None:
        word = "".join(self._partial).strip()
        self._partial.clear()
        if is_key:
            self._key = encode_basestring(word)
            self._step = self._open_value
            return
        if self._is_key or self._step in {self._after_bare_key, self._in_bare_key}:
            self._is_key = False
            self._key = encode_basestring(self._name_position())
            self._begin_value(word[:1])
        value = read_word(word)
        self._out.append(value)
        self._end_value()
        if value[0] == '"':
            self._repair()

    # -- strings -----------------------------------------------------------------------------------------------------

    def _close_string(self, following: str) -> None:
        self._quote = ""
        if not self._is_key:
            self._out.append('"')
            self._end_value()
            return
        self._is_key = False
        text = f'"{"".join(self._out)}"'
        self._out = self._outer
        if self._stack[-1] == "call" and following not in COLONS:
            self._key = encode_basestring(self._name_position())
            self._begin_value('"')
            self._out.append(text)
            self._end_value()
        else:
            self._key = text
            self._step = self._open_value

    def _cut_string(self) -> None:
        """The string ends because everything does. A key without a value is none."""
        if self._partial and self._step != self._after_quote:
            self._out.append("\\\\" + "".join(self._partial))
        self._partial.clear()
        if self._is_key and self._stack[-1] != "call":
            self._is_key = False
            self._quote = ""
            self._out = self._outer
        else:
            self._close_string(",")
