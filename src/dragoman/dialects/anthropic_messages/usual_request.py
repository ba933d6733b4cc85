"""The request that nearly always comes from those who only talk: messages of one string each, and the plainest settings.

One decode into a shape that leaves room for nothing else; whatever does not fit is read with care by
`parse_request.py`, which also says what is wrong. Invariant: both read the same out of whatever fits.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from dragoman.dialects.base import Envelope
from dragoman.model.content import Text
from dragoman.model.request import Request, Sampling, Turn
from dragoman.wire.json_document import Shape


class _Message(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: Literal["user", "assistant", "system"]
    content: str


class _Request(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    messages: list[_Message]
    model: str | None = None
    system: str | None = None
    max_tokens: int | None = None
    temperature: int | float | None = None
    top_p: int | float | None = None
    top_k: int | None = None
    stop_sequences: list[str] | None = None
    stream: bool | None = None


_UNSAID = Sampling()
_usual = Shape(_Request)


def read_usual(envelope: Envelope) -> Request | None:
    """The whole request; None where it is another than usual, or none at all."""
    asked = _usual.read(envelope.document)
    if asked is None:
        return None
    turns = [Turn(message.role, [Text(message.content)], None, False, True) for message in asked.messages]
    if asked.system is not None:
        turns.insert(0, Turn("system", [Text(asked.system)], None, False, True))
    is_drawn = asked.temperature is not None or asked.top_p is not None or asked.top_k is not None
    return Request(
        envelope.model,
        turns,
        sampling=Sampling(asked.temperature, asked.top_p, asked.top_k) if is_drawn else _UNSAID,
        max_output_tokens=asked.max_tokens,
        stop=asked.stop_sequences,
        stream=envelope.stream,
    )
