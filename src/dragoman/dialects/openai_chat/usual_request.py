"""The request that nearly always comes: messages of one text each, and no settings but the plainest.

One decode into a shape that leaves room for nothing else; whatever does not fit is read with care by
`parse_request.py`, which also says what is wrong. Invariant: both read the same out of whatever fits.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from dragoman.dialects.base import Envelope
from dragoman.dialects.openai_chat.marks import keep
from dragoman.model.content import Text
from dragoman.model.request import Request, Sampling, Turn
from dragoman.wire.json_document import Shape


class _Message(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[str, msgspec.Meta(min_length=1)]


class _Request(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    messages: Annotated[list[_Message], msgspec.Meta(min_length=1)]
    model: str | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    temperature: int | float | None = None
    top_p: int | float | None = None
    stream: bool | None = None
    stream_options: dict[str, bool | None] | None = None


_UNSAID = Sampling()
_usual = Shape(_Request)


def read_usual(envelope: Envelope) -> Request | None:
    """The whole request; None where it is another than usual, or none at all."""
    asked = _usual.read(envelope.document)
    if asked is None:
        return None
    form: dict[str, Any] = {}
    limit = asked.max_tokens
    if limit is not None:
        if asked.max_completion_tokens is not None:
            return None
        form["limit"] = "max_tokens"
    elif asked.max_completion_tokens is not None:
        limit = asked.max_completion_tokens
        form["limit"] = "max_completion_tokens"
    options = asked.stream_options
    if options is not None:
        form["stream_options"] = options
    is_drawn = asked.temperature is not None or asked.top_p is not None
    return Request(
        envelope.model,
        [Turn(message.role, [Text(message.content)], None, False, True) for message in asked.messages],
        sampling=Sampling(asked.temperature, asked.top_p) if is_drawn else _UNSAID,
        max_output_tokens=limit,
        stream=envelope.stream,
        stream_usage=options is not None and options.get("include_usage") is True,
        extras=keep({}, form),
    )
