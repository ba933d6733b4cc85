"""A request for JSON, told to a target that knows nothing of schemas; and the answer, checked.

Invariant: nothing of an answer goes on before all of it is there and is right, so that it can still be asked for again;
what goes on is strict JSON and nothing else. An answer with calls of tools in it is not the one that was asked for, and
passes as it is; so does one that was cut off before it was JSON, since it would be again.
"""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec

from dragoman.adapt.instructions import add_instructions
from dragoman.adapt.output.schema_check import find_fault
from dragoman.adapt.tools.loose import LooseValue
from dragoman.adapt.unmet import UnmetError
from dragoman.model import stream as s
from dragoman.model.content import Text
from dragoman.model.loss import Loss
from dragoman.model.request import JsonSchemaOutput, OutputFormat, Request, Turn

CODE = "output_not_as_asked"
MAX_REPEATED = 4000
MAX_TRIES = 8
"""Brackets before the JSON that could be its beginning."""

_ANY = "Answer with one JSON object and nothing else: no explanation, no code fence."
_BY_SCHEMA = """Answer with JSON that follows this schema, and with nothing else: no explanation, no code fence.

{schema}"""
_BEGINNING = re.compile(r"[{\[]")
_CONTAINERS = frozenset({"object", "array"})
_FENCE = re.compile(r"```\w*+\s*+|\s*+```")
_CUT = frozenset({"length", "context_length", "content_filter", "refusal"})


def ask_for_json(request: Request, losses: list[Loss]) -> Request:
    """The request with its wish told in words."""
    losses.append(Loss("emulated", "output", "JSON is asked for in the prompt, and checked."))
    turns = add_instructions(request.turns, _instruct(request.output))
    return msgspec.structs.replace(request, turns=turns, output=None)


def _instruct(output: OutputFormat | None) -> str:
    if not isinstance(output, JsonSchemaOutput) or output.schema is None:
        return _ANY
    about = f"{output.description}\n\n" if output.description else ""
    return about + _BY_SCHEMA.format(schema=json.dumps(output.schema, ensure_ascii=False))


def read_json(text: str, output: OutputFormat | None) -> tuple[str, str]:
    """The JSON in an answer, and what is wrong with it; mended where that does not change what it says. Of several the
    first that is right; if none is, the first at all."""
    schema = (output.schema if isinstance(output, JsonSchemaOutput) else None) or {"type": "object"}
    kind = schema.get("type", "object")
    if isinstance(kind, str) and kind not in _CONTAINERS:
        return _read_plain(text, schema, kind)
    first: tuple[str, str] | None = None
    position = 0
    for _ in range(MAX_TRIES):
        found = _BEGINNING.search(text, position)
        if found is None:
            break
        value = LooseValue()
        position = value.feed(text, found.start())
        value.finish()
        written = "".join(value.written)
        fault = find_fault(json.loads(written), schema)
        if not fault:
            return written, ""
        first = first or (written, fault)
    return first or ("", "the answer is no JSON")


def is_whole(text: str) -> bool:
    """Whether the JSON in a text comes to its own end, so that nothing has to be closed that might have gone on."""
    found = _BEGINNING.search(text)
    value = LooseValue()
    if found is not None:
        value.feed(text, found.start())
    return value.is_done


def _read_plain(text: str, schema: dict[str, Any], kind: str) -> tuple[str, str]:
    """A number, a word and the like: what there is beside fences, quoted or not."""
    said = _FENCE.sub("", text).strip()
    try:
        value: Any = json.loads(said)
    except ValueError:
        value = said
    if kind == "string" and not isinstance(value, str):
        value = said
    return json.dumps(value, ensure_ascii=False), find_fault(value, schema)


class OutputReshape:
    """One answer. `request` is as the caller sent it."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._held: list[s.StreamEvent] = []
        self._is_answer = True

    def feed(self, events: list[s.StreamEvent]) -> list[s.StreamEvent]:
        """Nothing but what means nothing goes on before the end."""
        if not self._is_answer:
            return events
        if any(isinstance(event, s.ToolCallStart) for event in events):
            self._is_answer = False
            return [*self._held, *events]
        passed: list[s.StreamEvent] = []
        for event in events:
            (passed if isinstance(event, s.StreamStart | s.UsageReport) else self._held).append(event)
        return passed

    def finish(self) -> list[s.StreamEvent]:
        """The answer, if it is right."""
        return self._check() if self._is_answer else []

    def _check(self) -> list[s.StreamEvent]:
        texts: dict[int, list[str]] = {}
        firsts: dict[int, int] = {}  # each candidate's first text, where its JSON goes
        owners: dict[int, int] = {}
        for event in self._held:
            if isinstance(event, s.TextStart):
                owners[event.part] = event.candidate
                firsts.setdefault(event.candidate, event.part)
            elif isinstance(event, s.TextDelta):
                texts.setdefault(owners[event.part], []).append(event.text)
        refused = {event.candidate for event in self._held if isinstance(event, s.RefusalStart)}
        right: dict[int, str] = {}
        for event in self._held:
            if isinstance(event, s.CandidateEnd) and event.candidate not in refused:
                text = "".join(texts.get(event.candidate, ()))
                right[event.candidate] = self._read(text, is_cut=event.finish.reason in _CUT)
        return [event for held in self._held for event in _put(held, right, firsts)]

    def _read(self, text: str, *, is_cut: bool) -> str:
        if is_cut and not is_whole(text):
            return text
        written, fault = read_json(text, self._request.output)
        if fault and not is_cut:
            raise self._complain(text, fault)
        return text if fault else written

    def _complain(self, text: str, fault: str) -> UnmetError:
        reminder = f"That was not what was asked for: {fault}. Answer again, with the JSON and nothing else."
        turns = [
            *self._request.turns,
            Turn("assistant", [Text(text.strip()[:MAX_REPEATED] or "(nothing)")], shorthand=True),
            Turn("user", [Text(reminder)], shorthand=True),
        ]
        correction = msgspec.structs.replace(self._request, turns=turns)
        message = f"The model was asked for JSON and did not give it, neither when it was told what was wrong: {fault}."
        return UnmetError(message, correction, CODE)


def _put(event: s.StreamEvent, right: dict[int, str], firsts: dict[int, int]) -> list[s.StreamEvent]:
    """Each candidate's JSON stands in its first text; its other texts are empty."""
    if isinstance(event, s.TextDelta):
        return []
    if isinstance(event, s.TextStart) and firsts.get(event.candidate) == event.part and event.candidate in right:
        return [event, s.TextDelta(event.part, right[event.candidate])]
    return [event]
