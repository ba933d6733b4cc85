"""What is kept of an exchange. The Structs are also the journal's format: fields are never reordered or removed, and a
new one goes to the end with a default, so that a journal of an older version can still be read.

Token classes are those of `model.usage` and never overlap. Times are unix milliseconds, durations microseconds, money
nano-dollars; a cost of None is one that nobody knows, which is not the same as 0.
"""

from __future__ import annotations

from typing import Literal, final

import msgspec

Outcome = Literal["served", "failed", "cancelled", "interrupted"]
"""interrupted: the gateway itself ended before the exchange did, so its tokens are a guess."""


class AttemptRow(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One try at one target. `started_us` counts from the start of the exchange; `error` is empty if it served."""

    number: int
    provider: str
    model: str
    credential: str
    started_us: int
    duration_us: int
    error: str = ""
    error_phase: str = ""
    status: int = 0  # what an error's answer would be to the client; 0 if it served


class Reservation(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=1):
    """Noted before a provider is asked. The last one of an exchange without a settlement tells what was cut off."""

    id: str
    started_ms: int
    principal: str
    route: str
    provider: str
    model: str
    credential: str
    client_dialect: str
    provider_dialect: str
    is_stream: bool
    bytes_in: int
    session: str = ""
    key_id: str = ""
    team: str = ""
    user: str = ""
    tags: str = ""
    estimate_nanodollars: int | None = None  # what was reserved of a budget for it; None where there is none


@final
class ExchangeRow(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=2):
    """One client request, settled. `route` is the name that the client asked for; target and credential are those of
    the last attempt, empty if there was none."""

    id: str
    started_ms: int
    duration_us: int
    first_content_us: int | None
    principal: str
    route: str
    provider: str
    model: str
    credential: str
    client_dialect: str
    provider_dialect: str
    outcome: Outcome
    status: int
    is_stream: bool
    finish: str = ""
    error: str = ""
    error_phase: str = ""
    blame: str = ""
    input: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    input_audio: int = 0
    input_image: int = 0
    output: int = 0
    reasoning: int = 0
    output_audio: int = 0
    output_image: int = 0
    is_estimate: bool = False
    bytes_in: int = 0
    bytes_out: int = 0
    losses: str = ""  # the codes that occurred, each once, with commas between them
    session: str = ""
    cost_nanodollars: int | None = None
    price: str = ""  # which price the cost was reckoned with
    attempts: tuple[AttemptRow, ...] = ()
    key_id: str = ""  # of a virtual key; empty for one of the configuration
    team: str = ""
    user: str = ""
    tags: str = ""  # each once, with commas between them
    skipped: str = ""  # targets that were passed over before the first attempt: `openai/small cooling, …`
    is_booked: bool = False  # its cost was counted against budgets when it was settled
    trace: str = ""  # the client's `traceparent`, as it came
    is_hit: bool = False  # an earlier answer was given again; tokens are none, and this is what they would have cost:
    saved_nanodollars: int | None = None


Record = Reservation | ExchangeRow

BYTES_PER_TOKEN = 4
ESTIMATE = "estimate"
"""The price of what costs what was reserved for it."""


def guess_tokens(size_bytes: int) -> int:
    """Tokens in a body of which nothing but its size is known."""
    return max(1, size_bytes // BYTES_PER_TOKEN)


def interrupt(reservation: Reservation) -> ExchangeRow:
    """The row of an exchange that was never settled, because the gateway was killed in its midst."""
    return ExchangeRow(
        id=reservation.id,
        started_ms=reservation.started_ms,
        duration_us=0,
        first_content_us=None,
        principal=reservation.principal,
        route=reservation.route,
        provider=reservation.provider,
        model=reservation.model,
        credential=reservation.credential,
        client_dialect=reservation.client_dialect,
        provider_dialect=reservation.provider_dialect,
        outcome="interrupted",
        status=0,
        is_stream=reservation.is_stream,
        input=guess_tokens(reservation.bytes_in),
        is_estimate=True,
        bytes_in=reservation.bytes_in,
        session=reservation.session,
        key_id=reservation.key_id,
        team=reservation.team,
        user=reservation.user,
        tags=reservation.tags,
        cost_nanodollars=reservation.estimate_nanodollars,
        price=ESTIMATE if reservation.estimate_nanodollars is not None else "",
    )
