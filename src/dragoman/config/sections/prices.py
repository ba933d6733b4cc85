"""Prices of one's own."""

from __future__ import annotations

from typing import Literal

import msgspec

from dragoman.config.sections.types import Dollars, Factor, NoneOrMore

TierName = Literal["", "batch", "flex", "priority", "fast", "ultrafast", "provisioned"]


class PriceSettings(msgspec.Struct, frozen=True):
    """Prices of your own, above the list prices: dollars for a million tokens. A class that is left out costs what its
    nearest other one costs: what a cache gave as `input`, reasoning as `output`."""

    match: str
    """Which models: `provider/model` with the names of this file, `*` for any text. The first entry that fits counts."""

    since: str = ""
    """Day (UTC) from which they hold, such as `"2026-11-01"`; another entry of the same `match` may follow on later."""

    above_tokens: NoneOrMore = 0
    """Only for requests with more input than this many tokens; what is below is another entry of the same `match`."""

    input: Dollars | None = None
    """Input that no cache gave."""

    cache_read: Dollars | None = None
    """Input out of a cache."""

    cache_write_5m: Dollars | None = None
    """Input kept in a cache for five minutes, or for a time that is not told."""

    cache_write_1h: Dollars | None = None
    """Input kept in a cache for an hour."""

    input_audio: Dollars | None = None
    """Sound that was heard."""

    input_image: Dollars | None = None
    """Images that were seen."""

    output: Dollars | None = None
    """Text and tool calls that were written."""

    reasoning: Dollars | None = None
    """Thought that was not shown as text."""

    output_audio: Dollars | None = None
    """Sound that was made."""

    output_image: Dollars | None = None
    """Images that were made."""

    tier: TierName = ""
    """Only for what the provider says that it answered at this tier; the usual one if left out."""

    factor: Factor | None = None
    """Instead of prices: so many times what holds without this entry. With a `tier`, so many times the usual price."""

    per_hour: Dollars | None = None
    """What an hour costs that a machine of yours works on a request; tokens are free then, unless they are priced too."""
