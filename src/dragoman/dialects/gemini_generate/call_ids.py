"""Ids for calls and results that came without one: Gemini pairs them by name and order, everybody else by id.

Theory of operation: an id is made from what is already known (the answer's id, or the place in the conversation), so
that the same conversation always gets the same ids and a provider's prompt cache stays warm. Ids of two answers differ,
because clients of other dialects keep all calls of a conversation in one table.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque

import msgspec

from dragoman.dialects.gemini_generate.marks import own_extras, read_marks
from dragoman.dialects.gemini_generate.wire import SYNTHETIC_ID
from dragoman.model.content import Part, ToolCall, ToolResult
from dragoman.model.request import Turn

_SHORT_ID = re.compile(r"[A-Za-z0-9_-]{1,24}")


def make_seed(response_id: str, body: bytes) -> str:
    """What sets the ids of one answer apart: the provider's own id of it, or a digest of its first bytes."""
    if _SHORT_ID.fullmatch(response_id):
        return response_id
    return hashlib.blake2b(response_id.encode(errors="replace") or body, digest_size=8).hexdigest()


def make_id(seed: str, number: int) -> str:
    """The id of the n-th call of an answer. Short enough for the 40 characters that OpenAI allows."""
    return f"{SYNTHETIC_ID}{seed}_{number}"


def is_synthetic(call_id: str) -> bool:
    """Whether the id was made here and means nothing to Gemini."""
    return call_id.startswith(SYNTHETIC_ID)


def fill_call_ids(parts: list[Part], seed: str) -> None:
    """Give every call of an answer an id."""
    number = 0
    for index, part in enumerate(parts):
        if type(part) is ToolCall:
            if not part.id:
                parts[index] = msgspec.structs.replace(part, id=make_id(seed, number))
            number += 1


def pair_calls(turns: list[Turn]) -> None:
    """Give every call of a conversation an id, and every result the id of the call that it answers."""
    numbers = [number for number, turn in enumerate(turns) if turn.role == "tool" or ToolCall in map(type, turn.parts)]
    if not numbers:
        return
    waiting = _Waiting()
    for number in numbers:
        turn = turns[number]
        if turn.role == "assistant":
            fill_call_ids(turn.parts, str(number))
            for part in turn.parts:
                if type(part) is ToolCall:
                    waiting.add(part)
        elif turn.role == "tool":
            for index, part in enumerate(turn.parts):
                if type(part) is ToolResult:
                    turn.parts[index] = _pair(part, waiting.take(part) or f"{SYNTHETIC_ID}{number}_{index}")


def _pair(result: ToolResult, call_id: str) -> ToolResult:
    """The result with its call's id; a note keeps an id that the client left out from appearing on the wire."""
    if result.call_id:
        return result
    extras = result.extras if is_synthetic(call_id) else own_extras({**read_marks(result.extras), "_paired": True})
    return msgspec.structs.replace(result, call_id=call_id, extras=extras)


class _Waiting:
    """The calls that have no result yet, in order. A result without an id takes the first call of its name; one that
    names nothing takes the first of all."""

    def __init__(self) -> None:
        self._by_name: dict[str | None, deque[str]] = {None: deque()}
        self._answered: set[str] = set()

    def add(self, call: ToolCall) -> None:
        self._answered.discard(call.id)
        self._by_name[None].append(call.id)
        self._by_name.setdefault(call.name, deque()).append(call.id)

    def take(self, result: ToolResult) -> str | None:
        if result.call_id:
            self._answered.add(result.call_id)
            return result.call_id
        queue = self._by_name.get(result.name)
        while queue:
            call_id = queue.popleft()
            if call_id not in self._answered:
                self._answered.add(call_id)
                return call_id
        return None
