"""What callers may hand in to refer to later. Nothing, by default."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class UploadsSettings(msgspec.Struct, frozen=True):
    """Files of Anthropic's Files API and cached contents of Gemini's, which the gateway itself keeps: requests name them,
    and every provider of any dialect gets what they stand for."""

    keep: bool = False
    """Whether uploads are taken. They lie as they are in a file in the ledger's folder that only the gateway's user may
    read; nobody but who has handed one in can use, see or remove it (without `auth.keys` all callers are one). What was kept
    before this is switched off can still be had."""

    days: Annotated[int, Meta(ge=0)] = 30
    """How long an upload is kept at most; 0 is until it is removed."""

    max_mib: Annotated[int, Meta(ge=1)] = 1024
    """How much of all callers is kept. Who hands in more is refused: nothing makes way for something new."""

    max_mib_each: Annotated[int, Meta(ge=1)] = 256
    """How much of one caller is kept."""
