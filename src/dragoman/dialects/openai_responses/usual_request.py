"""The request that nearly always comes: messages of text alone, and no settings but the plainest.

One decode into a shape that leaves room for nothing else; whatever does not fit is read with care by
`parse_request.py`, which also says what is wrong. Invariant: both read the same out of whatever fits.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from dragoman.dialects.openai_responses.wire import NAME
from dragoman.model.content import Text
from dragoman.model.request import Request, Sampling, Turn
from dragoman.wire.json_document import JsonDocument, Shape

_Word = Annotated[str, msgspec.Meta(min_length=1)]


class _Said(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    type: Literal["input_text", "output_text"]
    text: _Word


class _Message(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: Literal["user", "assistant", "system", "developer"]
    content: str | Annotated[list[_Said], msgspec.Meta(min_length=1, max_length=1)]
    type: Literal["message"] | msgspec.UnsetType = msgspec.UNSET


class _Request(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    model: str
    input: str | Annotated[list[_Message], msgspec.Meta(min_length=1)]
    instructions: _Word | None = None
    max_output_tokens: int | None = None
    stream: bool | None = None
    store: bool | None = None
    temperature: int | float | None = None
    top_p: int | float | None = None


_UNSAID = Sampling()
_usual = Shape(_Request)


def read_usual(document: JsonDocument) -> Request | None:
    """The whole request; None where it is another than usual, or none at all."""
    asked = _usual.read(document)
    if asked is None:
        return None
    notes: dict[str, Any] = {}
    turns: list[Turn] = []
    if asked.instructions is not None:
        notes["_instructions"] = True
        turns.append(Turn("system", [Text(asked.instructions)], None, False, True))
    if isinstance(asked.input, str):
        notes["_input"] = True
        turns.append(Turn("user", [Text(asked.input)], None, False, True))
    elif not _read_messages(asked.input, turns, notes):
        return None
    is_drawn = asked.temperature is not None or asked.top_p is not None
    return Request(
        asked.model,
        turns,
        sampling=Sampling(asked.temperature, asked.top_p) if is_drawn else _UNSAID,
        max_output_tokens=asked.max_output_tokens,
        stream=asked.stream is True,
        store=asked.store,
        extras={NAME: notes},
    )


def _read_messages(messages: list[_Message], turns: list[Turn], notes: dict[str, Any]) -> bool:
    """One turn for each. False if they are not all written as the first one is, or the assistant says two at a time:
    then marks must tell so."""
    first = messages[0]
    kind, is_listed = first.type, type(first.content) is list
    before = ""
    for message in messages:
        role, content = message.role, message.content
        if message.type is not kind or role == before == "assistant":
            return False
        if not isinstance(content, str):
            said = content[0]
            if not is_listed or (said.type == "output_text") is not (role == "assistant"):
                return False
            content = said.text
        elif is_listed:
            return False
        turns.append(Turn(role, [Text(content)], None, False, True))
        before = role
    if kind is msgspec.UNSET:
        notes["_untyped"] = True
    if is_listed:
        notes["_listed"] = True
    return True
