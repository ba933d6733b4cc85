"""The request that nearly always comes: contents of one text each, and no settings but the plainest.

One decode into a shape that leaves room for nothing else; whatever does not fit is read with care by
`parse_request.py`, which also says what is wrong. Invariant: both read the same out of whatever fits.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

import msgspec

from dragoman.dialects.base import Envelope
from dragoman.dialects.gemini_generate.marks import own_extras
from dragoman.model.content import Text
from dragoman.model.request import Request, Role, Sampling, Turn
from dragoman.wire.json_document import Shape


class _Said(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(min_length=1)]


_Parts = Annotated[list[_Said], msgspec.Meta(min_length=1, max_length=1)]


class _Content(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    role: Literal["user", "model"]
    parts: _Parts


class _System(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    parts: _Parts
    role: str | None = None


class _Config(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    temperature: int | float | None = None
    top_p: int | float | None = msgspec.field(name="topP", default=None)
    max_output_tokens: int | None = msgspec.field(name="maxOutputTokens", default=None)


class _Request(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    contents: Annotated[list[_Content], msgspec.Meta(min_length=1)]
    system: _System | None = msgspec.field(name="systemInstruction", default=None)
    config: _Config | None = msgspec.field(name="generationConfig", default=None)


_ROLES: Final[dict[str, Role]] = {"user": "user", "model": "assistant"}
_UNSAID: Final = Sampling()
_NO_CONFIG: Final = _Config()
_usual = Shape(_Request)


def read_usual(envelope: Envelope) -> Request | None:
    """The whole request; None where it is another than usual, or none at all."""
    asked = _usual.read(envelope.document)
    if asked is None:
        return None
    turns: list[Turn] = []
    system = asked.system
    if system is not None:
        notes = None if system.role is None else {"_role": system.role}
        turns.append(Turn("system", [Text(system.parts[0].text)], None, False, True, own_extras(notes)))
    turns += [
        Turn(_ROLES[content.role], [Text(content.parts[0].text)], None, False, True) for content in asked.contents
    ]
    config = asked.config or _NO_CONFIG
    is_drawn = config.temperature is not None or config.top_p is not None
    return Request(
        envelope.model,
        turns,
        sampling=Sampling(config.temperature, config.top_p) if is_drawn else _UNSAID,
        max_output_tokens=config.max_output_tokens,
        stream=envelope.stream,
    )
