"""What the gateway keeps of what was said, for those of its callers who want to build on it. Nothing, by default."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class ResponsesSettings(msgspec.Struct, frozen=True):
    """Responses that the gateway itself keeps, with all that was said, so that clients of the Responses API can build on
    them (`previous_response_id`) where the provider keeps none; and conversations that such clients hold by name."""

    keep: bool = False
    """Whether responses are kept, except those whose request says `store: false`, and conversations may be begun. They
    are words of people and models, and lie as they are in files in the ledger's folder that only the gateway's user may
    read. What was kept before this is switched off can still be read and removed, and goes when it is old."""

    days: Annotated[int, Meta(ge=0)] = 30
    """How long a conversation is kept that nobody continues; 0 is for ever."""

    max_mib: Annotated[int, Meta(ge=1)] = 1024
    """How much of what was said is kept, in responses and in conversations held by name each; then those that were not
    continued for longest make way."""
