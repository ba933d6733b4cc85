"""Settings of the cache of whole answers."""

from __future__ import annotations

import msgspec

from dragoman.config.sections.types import Count


class CacheSettings(msgspec.Struct, frozen=True):
    """Answers that are given again to the same key for the very same request: where `routes.*.cache_seconds` says so, or
    the request by `x-dragoman-cache: 600`. They are kept in memory alone, and gone after a restart."""

    by_header: bool = True
    """Whether a request may ask for it."""

    max_seconds: Count = 86_400
    """How long a request may ask for, at most."""

    max_mib: Count = 64
    """How much is kept; then what was not asked for longest makes way."""

    max_answer_kib: Count = 1024
    """A longer answer is not kept."""
