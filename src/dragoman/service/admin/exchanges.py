"""Exchanges as they are shown: a line in a list, and one with all that is known of it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Literal, cast

import msgspec

from dragoman.catalog.prices import CLASSES, FEMTODOLLARS, Rates, reckon_nanodollars
from dragoman.ledger.row import AttemptRow, ExchangeRow, Outcome
from dragoman.model.loss import LOSS_WORDS, LossCode

FindRates = Callable[[ExchangeRow], tuple[str, Rates] | None]
"""The price that a row was, or would be, reckoned with."""


class ExchangeLine(msgspec.Struct, frozen=True):
    """One exchange in a list."""

    id: str
    started_ms: int
    duration_us: int
    first_content_us: int | None
    principal: str
    team: str
    user: str
    tags: list[str]
    route: str
    provider: str
    model: str
    credential: str
    client_dialect: str
    provider_dialect: str
    outcome: Outcome
    status: int
    is_stream: bool
    finish: str
    error: str
    blame: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_nanodollars: int | None
    is_estimate: bool
    losses: list[str]
    attempts: int
    session: str
    is_hit: bool  # answered out of the gateway's own cache


class TokenLine(msgspec.Struct, frozen=True):
    """One class of tokens: how many, at which price, and what that is. The lines are rounded one by one, the cost of the
    exchange once."""

    token_class: str
    tokens: int
    dollars_per_million: str | None = None
    cost_nanodollars: int | None = None


class WaterfallSpan(msgspec.Struct, frozen=True):
    """A stretch of an exchange's time, counted from its start."""

    kind: Literal["wait", "attempt", "stream"]
    label: str
    started_us: int
    duration_us: int
    number: int = 0
    target: str = ""
    credential: str = ""
    error: str = ""
    error_phase: str = ""
    status: int = 0


class LossMeaning(msgspec.Struct, frozen=True):
    """A kind of loss that occurred, in words. Where each stood is kept with what was said, and with nothing else."""

    code: str
    words: str


class ExchangeView(msgspec.Struct, frozen=True):
    """One exchange with all that is known of it."""

    exchange: ExchangeLine
    bytes_in: int
    bytes_out: int
    error_phase: str
    price: str
    trace: str
    lines: list[TokenLine]
    waterfall: list[WaterfallSpan]
    skipped: list[str]
    losses: list[LossMeaning]


def build_line(row: ExchangeRow) -> ExchangeLine:
    """A row in a list."""
    cached = row.cache_read + row.cache_write_5m + row.cache_write_1h
    given = {name: getattr(row, name) for name in _SAME}
    return ExchangeLine(
        **given,
        tags=split_words(row.tags),
        losses=split_words(row.losses),
        input_tokens=row.input + cached + row.input_audio + row.input_image,
        cached_tokens=row.cache_read,
        output_tokens=row.output + row.reasoning + row.output_audio + row.output_image,
        attempts=len(row.attempts),
    )


_SAME = [name for name in ExchangeLine.__struct_fields__ if name in ExchangeRow.__struct_fields__]
_SAME = [name for name in _SAME if name not in {"tags", "losses", "attempts"}]


def build_view(row: ExchangeRow, find_rates: FindRates) -> ExchangeView:
    """A row with its tokens, its times and its detours."""
    return ExchangeView(
        exchange=build_line(row),
        bytes_in=row.bytes_in,
        bytes_out=row.bytes_out,
        error_phase=row.error_phase,
        price=row.price,
        trace=row.trace,
        lines=build_token_lines(row, find_rates),
        waterfall=build_waterfall(row),
        skipped=split_words(row.skipped),
        losses=[LossMeaning(code, find_words(code)) for code in split_words(row.losses)],
    )


def find_words(code: str) -> str:
    """What a code of a loss means; one of another version means something."""
    return LOSS_WORDS.get(cast("LossCode", code), "Something could not be carried over.")


def build_token_lines(row: ExchangeRow, find_rates: FindRates) -> list[TokenLine]:
    """The classes that were used. What nobody has a price for has none here either."""
    found = find_rates(row) if row.provider else None
    lines = []
    for position, name in enumerate(CLASSES):
        tokens = getattr(row, name)
        if not tokens:
            continue
        rate = found[1].femtodollars[position] if found else None
        if found is None or rate is None:
            lines.append(TokenLine(name, tokens))
            continue
        counts = [tokens if other == name else 0 for other in CLASSES]
        lines.append(TokenLine(name, tokens, show_dollars(rate), reckon_nanodollars(found[1], counts)))
    return lines


def show_dollars(femtodollars_per_token: int) -> str:
    """A rate as dollars for a million tokens, to its last digit."""
    return format((Decimal(femtodollars_per_token) / FEMTODOLLARS).normalize(), "f")


def build_waterfall(row: ExchangeRow) -> list[WaterfallSpan]:
    """Waiting, each attempt, and the stream after its first content, in the order in which they began."""
    spans: list[WaterfallSpan] = []
    reached = 0
    for attempt in row.attempts:
        if attempt.started_us > reached:
            label = "before the first attempt" if not spans else "between attempts"
            spans.append(WaterfallSpan("wait", label, reached, attempt.started_us - reached))
        spans.append(_build_attempt(attempt))
        reached = attempt.started_us + attempt.duration_us
    first = row.first_content_us
    if first is not None and row.duration_us > first:
        spans.append(WaterfallSpan("stream", "answer on its way", first, row.duration_us - first))
    elif row.duration_us > reached:
        spans.append(WaterfallSpan("wait", "until the end", reached, row.duration_us - reached))
    return spans


def _build_attempt(attempt: AttemptRow) -> WaterfallSpan:
    target = f"{attempt.provider}/{attempt.model}"
    return WaterfallSpan(
        kind="attempt",
        label=f"{attempt.number}. {target}",
        started_us=attempt.started_us,
        duration_us=attempt.duration_us,
        number=attempt.number,
        target=target,
        credential=attempt.credential,
        error=attempt.error,
        error_phase=attempt.error_phase,
        status=attempt.status,
    )


def split_words(text: str) -> list[str]:
    """What stands between commas."""
    return [word.strip() for word in text.split(",")] if text else []
