"""Budgets: of the gateway as a whole, and how much is reserved for a request before it is known what it costs."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from dragoman.config.sections.types import Count, Dollars


class BudgetSettings(msgspec.Struct, frozen=True):
    """Budgets of the gateway as a whole; those of keys and teams are set with `dragoman keys` and `dragoman teams`."""

    day_dollars: Dollars | None = None
    """What all exchanges of a day (UTC) may cost together; no budget if left out."""

    week_dollars: Dollars | None = None
    """What those of a week may cost, which begins on Monday."""

    month_dollars: Dollars | None = None
    """What those of a month may cost."""

    total_dollars: Dollars | None = None
    """What all that the ledger has ever seen may cost."""

    allow_unpriced: bool = False
    """Whether models that nobody knows the price of may be used under the gateway's own budgets."""

    input_bytes_per_token: Annotated[float, Meta(ge=1, le=8)] = 2.0
    """How much is reserved for a request's text: a token for so many bytes. 1 can never be too little; more lets more
    requests run at once near the end of a budget."""

    assumed_output_tokens: Count = 16_384
    """How much output is reserved where neither the request nor what is known of the model sets a limit."""

    wait_seconds: Annotated[float, Meta(ge=0, le=60)] = 5.0
    """How long a request waits after the start until it is known what was spent before; then it is refused with 503."""
