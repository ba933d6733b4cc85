"""Carries opaque tokens of other dialects through a client of this one.

A client of the Responses API that keeps no state at the provider sends reasoning items back with the
`encrypted_content` it was given. That field may hold any text, so a signature that another dialect's provider demands
back (Anthropic on thinking, Gemini on tool calls) travels in it, with the text that it signs and the minter's name:
`dgm1.` + base64url of compact JSON. The client never looks inside; we open it when it returns.

Invariant: an envelope goes to clients only. A provider of this dialect never sees one.
"""

from __future__ import annotations

import base64
import binascii

import msgspec

PREFIX = "dgm1."


class CarriedToken(msgspec.Struct, omit_defaults=True, frozen=True):
    """What an envelope holds. With `call_id` it is the signature of that tool call, else a whole piece of thinking."""

    minter: str = msgspec.field(name="d")
    signature: str | None = msgspec.field(name="s", default=None)
    encrypted: str | None = msgspec.field(name="e", default=None)
    redacted: str | None = msgspec.field(name="r", default=None)
    text: str = msgspec.field(name="t", default="")
    call_id: str | None = msgspec.field(name="c", default=None)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(CarriedToken).decode


def wrap_token(token: CarriedToken) -> str:
    """The token as text for `encrypted_content`."""
    return PREFIX + base64.urlsafe_b64encode(_encode(token)).rstrip(b"=").decode("ascii")


def unwrap_token(text: str) -> CarriedToken | None:
    """What `wrap_token` put in; None for anything that we did not write, such as the provider's own tokens."""
    if not text.startswith(PREFIX):
        return None
    body = text[len(PREFIX) :]
    try:
        return _decode(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return None
