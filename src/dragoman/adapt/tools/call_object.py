"""A call written as a JSON object: `{"name": "f", "arguments": {…}}` and the shapes around it that models know.

Invariant: the reader stops (`is_done`) where arguments begin and where the object of a call ends; whoever feeds it looks
why, and has it `resume`. What the arguments are is none of its business, so they can be passed on while they come; only
what stands beside the name, where some models put them, is kept until the end (`beside`).
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from dragoman.adapt.tools.loose import LooseValue

NAMES = frozenset({"name", "function", "tool", "tool_name", "function_name"})
ARGUMENTS = frozenset({"arguments", "parameters", "args", "params", "input"})
AROUND = frozenset({"", "function", "function_call", "tool_call", "tool_calls", "tool", "calls"})
"""Keys whose objects are calls, or lists of calls; the empty one is that of an item."""

MAX_MEMBERS = 1000
"""An object with more of them beside its name is no call."""

_NO_ARGUMENTS = NAMES | ARGUMENTS | AROUND

_QUOTES = frozenset("\"'“”‘＂")
_WORD_BEGINNING = re.compile(r"[^\W\d]")
_BEFORE_VALUE = re.compile(r"[\s:：]*+")


class CallObject(LooseValue):
    """`knows` tells whether a name is that of a tool: some models write it as the key of the arguments."""

    __slots__ = (
        "_is_named",
        "_kept_depth",
        "_kept_key",
        "_key_now",
        "_knows",
        "_members",
        "_path",
        "at_arguments",
        "at_end",
        "beside",
        "name",
    )

    _in_bulk = False

    def __init__(self, knows: Callable[[str], bool]) -> None:
        super().__init__()
        self._knows = knows
        self._key_now = ""
        self._path: list[str] = []  # the keys of the brackets around
        self._is_named = False  # the string that is being read is the name
        self._kept_key = ""  # of the value that is being read and kept
        self._kept_depth = 0
        self._members = 0
        self.name = ""
        self.beside: dict[str, str] = {}  # what else the call's object holds, as JSON
        self.at_arguments = False
        self.at_end = False

    def resume(self) -> None:
        """Go on behind the arguments, or behind the end of a call."""
        self.is_done = False
        self.written.clear()
        if self.at_arguments:
            self._key = None
            self.name = ""
            self._end_value()
        self.beside.clear()
        self._members = 0
        self.is_done = not self._stack
        self.at_arguments = self.at_end = False

    def ignore(self) -> None:
        """Read on to the end without stopping: this is no call."""
        self._path = ["ignored"] * len(self._path)
        self.is_done = not self._stack
        self.at_arguments = self.at_end = False

    def _open_value(self, text: str, start: int) -> int:
        key = (self._key or "")[1:-1]
        self._key_now = key
        if key and self._is_call():
            start = _BEFORE_VALUE.match(text, start).end()  # type: ignore[union-attr]
            if start == len(text):
                return start
            is_keyed = not self.name and text[start] in "{｛" and key not in AROUND and self._knows(key)
            if is_keyed or key in ARGUMENTS:
                self.name = key if is_keyed else self.name
                self.at_arguments = self.is_done = True
                return start
        return super()._open_value(text, start)

    def _name_position(self) -> str:
        """Of an object right within another one: some models double the brackets."""
        return ""

    def _is_call(self) -> bool:
        return all(key in AROUND for key in self._path)

    def _begin_value(self, first: str) -> None:
        super()._begin_value(first)
        if not self._key_now or not self._is_call():
            return
        self._members += 1
        self.is_done = self._members > MAX_MEMBERS
        if self._key_now in NAMES and not self.name and (first in _QUOTES or _WORD_BEGINNING.match(first)):
            self._is_named = True
            self._out = []
        elif self._key_now not in _NO_ARGUMENTS:
            self._kept_key, self._kept_depth = self._key_now, len(self._stack)
            self._out = []

    def _end_value(self) -> None:
        if self._is_named:
            self._is_named = False
            self.name = str(msgspec.json.decode("".join(self._out).encode("utf-8", "replace")))
            self._out = self.written
        elif self._kept_key and self._kept_depth == len(self._stack):
            self.beside[self._kept_key] = "".join(self._out)
            self._kept_key = ""
            self._out = self.written
        super()._end_value()

    def _open_bracket(self, closer: str) -> None:
        depth = len(self._stack)
        super()._open_bracket(closer)
        if len(self._stack) > depth:
            self._path.append(self._key_now)
            self._key_now = ""

    def _close_innermost(self) -> None:
        is_call = self._is_call() and self._stack[-1] == "}"
        self._path.pop()
        super()._close_innermost()
        if is_call and self.name:
            self.at_end = self.is_done = True
