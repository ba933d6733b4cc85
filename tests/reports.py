"""Usage as it is billed, without the provider's own words, which are kept only where they may be told again."""

from __future__ import annotations

import msgspec

from dragoman.model.usage import Usage


def without_report(usage: Usage | None) -> Usage | None:
    """The same counts."""
    return None if usage is None else msgspec.structs.replace(usage, reported=None)
