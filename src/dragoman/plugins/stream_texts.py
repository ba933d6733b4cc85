"""Texts of a streamed answer through sieves: each part has its own, and what a sieve holds back comes before its
end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from dragoman.model import stream as s
from dragoman.plugins.sieve import Sieve
from dragoman.plugins.walk import map_texts

OpenSieve = Callable[[bool], Sieve]
"""Opens a sieve for a text; True: it is the text of JSON, and what is put in has to be escaped."""


class _Chain:
    """The sieves of one part, one after the other."""

    def __init__(self, steps: Sequence[OpenSieve], delta: Any, field: str, *, in_json: bool) -> None:
        self._sieves = [open_sieve(in_json) for open_sieve in steps]
        self._delta = delta
        self._field = field

    def feed(self, delta: Any) -> list[s.StreamEvent]:
        """What of a delta can go on."""
        self._delta = delta
        text = getattr(delta, self._field)
        for sieve in self._sieves:
            text = sieve.feed(text)
        return self._emit(text)

    def finish(self) -> list[s.StreamEvent]:
        """The rest."""
        text = ""
        for sieve in self._sieves:
            text = sieve.feed(text) + sieve.finish()
        return self._emit(text)

    def _emit(self, text: str) -> list[s.StreamEvent]:
        return [msgspec.structs.replace(self._delta, **{self._field: text})] if text else []


class StreamTexts:
    """All texts of one answer."""

    def __init__(self, steps: Sequence[OpenSieve]) -> None:
        self._steps = steps
        self._chains: dict[tuple[int, int], _Chain] = {}
        self._json_parts: set[int] = set()

    def change(self, event: s.StreamEvent) -> list[s.StreamEvent]:
        """What goes on in place of an event."""
        match event:
            case s.TextDelta(part) | s.RefusalDelta(part):
                return self._feed((part, 0), event, "text")
            case s.ReasoningDelta(part, section=section):
                return self._feed((part, section), event, "text")
            case s.ToolCallStart(part, kind=kind):
                if kind == "function":
                    self._json_parts.add(part)
                return [event]
            case s.ToolCallDelta(part):
                return self._feed((part, 0), event, "arguments")
            case s.TextEnd(part) | s.RefusalEnd(part) | s.ReasoningEnd(part) | s.ToolCallEnd(part):
                return [*self._finish(part), event]
            case s.PartDone() | s.TextCitation():
                return [map_texts(event, self._change_whole)]
            case _:
                return [event]

    def _feed(self, key: tuple[int, int], delta: s.StreamEvent, field: str) -> list[s.StreamEvent]:
        chain = self._chains.get(key)
        if chain is not None:
            return chain.feed(delta)
        before = self._finish(key[0])  # an earlier section of the same part
        chain = self._chains[key] = _Chain(self._steps, delta, field, in_json=key[0] in self._json_parts)
        return before + chain.feed(delta)

    def _finish(self, part: int) -> list[s.StreamEvent]:
        keys = [key for key in self._chains if key[0] == part]
        return [event for key in keys for event in self._chains.pop(key).finish()]

    def _change_whole(self, text: str) -> str:
        for open_sieve in self._steps:
            sieve = open_sieve(False)
            text = sieve.feed(text) + sieve.finish()
        return text
