"""Which script a request gets: the header `x-simulate`, else the first queued one that matches, else the default.

The header serves tests that have the simulator in another process:
`x-simulate: {"say": {"parts": ["Hello"]}, "fault": {"stop": "rst", "after_event": 2}}`.
"""

from __future__ import annotations

import threading
from fnmatch import fnmatchcase

import msgspec

from tests.simulator.complaint import refuse
from tests.simulator.dialect import Call
from tests.simulator.fault import NO_FAULT, Fault
from tests.simulator.say import Say

HEADER = "x-simulate"
MAX_QUEUED = 10_000


class Script(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is said, and what goes wrong with it."""

    say: Say = Say()
    fault: Fault = NO_FAULT


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """None matches all. Key and model are compared whole, the path as a shell pattern."""

    key: str | None = None
    model: str | None = None
    path: str | None = None
    operation: str | None = "generate"

    def suits(self, call: Call) -> bool:
        return (
            self.key in {None, call.key}
            and self.model in {None, call.model}
            and self.operation in {None, call.operation}
            and (self.path is None or fnmatchcase(call.request.path, self.path))
        )


class _Entry(msgspec.Struct):
    script: Script
    match: Match
    times_left: int | None  # None: for ever


class Scripts:
    """A queue, first come first served among those that match. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[_Entry] = []
        self._default = Script()

    def add(self, script: Script, match: Match, times: int | None) -> None:
        if times is not None and times < 1:
            raise ValueError("times must be at least 1, or None for ever")
        with self._lock:
            if len(self._entries) >= MAX_QUEUED:
                raise RuntimeError(f"more than {MAX_QUEUED} scripts are queued")
            self._entries.append(_Entry(script, match, times))

    def set_default(self, script: Script) -> None:
        with self._lock:
            self._default = script

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._default = Script()

    @property
    def pending(self) -> int:
        """How many scripts have not been used up; those that last for ever do not count."""
        with self._lock:
            return sum(entry.times_left or 0 for entry in self._entries)

    def take(self, call: Call) -> Script:
        header = call.request.headers.get(HEADER)
        if header is not None:
            return parse_script(header)
        with self._lock:
            for entry in self._entries:
                if entry.match.suits(call):
                    self._use(entry)
                    return entry.script
            return self._default

    def _use(self, entry: _Entry) -> None:
        if entry.times_left is not None:
            entry.times_left -= 1
            if entry.times_left == 0:
                self._entries.remove(entry)


def parse_script(header: str) -> Script:
    """A script out of the header's JSON; unknown words are refused."""
    try:
        return msgspec.json.decode(header, type=Script)
    except msgspec.DecodeError as error:
        raise refuse(f"{HEADER}: {error}") from error
