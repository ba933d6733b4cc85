"""Settings of what is kept, word for word, of what was said. Nothing, by default."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from dragoman.config.sections.types import Count, NoneOrMore


class BodiesSettings(msgspec.Struct, frozen=True):
    """Requests and answers, as they came and went on both sides, to look into translations. They are words of people and
    models, and lie in a file in the ledger's folder that only the gateway's user may read."""

    keys: list[str] = []
    """Whose: names of keys, `*` for any text; `anonymous` where no key is needed. Nobody's if left out."""

    sample: Annotated[float, Meta(ge=0, le=1)] = 1.0
    """Share of their exchanges that is kept."""

    days: NoneOrMore = 7
    """How long they are kept; 0 is for ever."""

    max_mib: Count = 256
    """How much is kept, compressed; then the oldest make way."""

    max_body_kib: Count = 1024
    """How much of each request and each answer is kept; of a longer one its beginning."""
