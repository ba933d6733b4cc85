"""From the record of an exchange to what the journal keeps of it: a reservation before a provider is asked, a row when
the exchange is over.

This is on every request's way, so it builds one Struct and no more. Whatever a provider says, a row that can be stored
comes out: numbers beyond reason are cut down and names beyond reason are cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from dragoman.clock import Clock
from dragoman.errors import STATUS_BY_KIND, DragomanError, Kind
from dragoman.ledger.row import AttemptRow, ExchangeRow, Outcome, Record, Reservation, guess_tokens
from dragoman.model.usage import Usage
from dragoman.routing.attempts import Skip
from dragoman.service.exchange import AttemptOutcome, CacheHit, Exchange
from dragoman.service.metering.offers import Bill, PriceKey, Tokens, mark_tier

Ending = tuple[Outcome, int, str, str, str]
"""How an exchange ended: the outcome and the status that stands for it; of an error its kind, its phase and its blame."""

Reckon = Callable[[PriceKey, Tokens, int, int], Bill]
"""Tells what so many tokens cost at a moment, in milliseconds, that somebody worked on for so many microseconds."""

MAX_TOKENS = 2**40
MAX_NAME = 256
MAX_SKIPPED = 1024
OUTPUT_BYTES_PER_TOKEN: dict[str, tuple[int, int]] = {
    "openai_chat": (16, 200),
    "openai_responses": (27, 280),
    "anthropic_messages": (11, 47),
    "gemini_generate": (8, 12),
}
"""Bytes of an answer for each token of it, whole and as a stream: medians over 2 800 recorded answers."""

WITHOUT_OUTPUT = frozenset(
    {
        "openai_embeddings",
        "openai_images",
        "openai_moderations",
        "openai_rerank",
        "openai_speech",
        "gemini_embeddings",
        "gemini_batch_embeddings",
        "ai_sdk_embeddings",
        "ai_sdk_images",
    }
)
"""Operations whose answers are not made of text: their size tells of no tokens."""

WITHOUT_TOKENS = frozenset({"openai_transcriptions", "openai_translations"})
"""Operations that take files: their size tells of nothing that is billed."""

STATUS_SERVED = 200
STATUS_CLIENT_LEFT = 499

_NOTHING = Usage()
_SERVED: Ending = "served", STATUS_SERVED, "", "", ""


def reckon_later(key: PriceKey, _tokens: Tokens, _moment_ms: int, _work_us: int) -> Bill:
    """Whoever gets the row finds out what it costs."""
    return None, mark_tier(key[2])


class Meter:
    """Notes exchanges through `append`, which keeps them whatever becomes of the process. `count` is told of the rows of
    a round, `reckon` tells what one costs."""

    __slots__ = ("_append", "_clock", "_count", "_reckon")

    def __init__(
        self,
        append: Callable[[Record], None],
        clock: Clock,
        count: Callable[[Sequence[ExchangeRow]], None] | None = None,
        reckon: Reckon = reckon_later,
    ) -> None:
        self._append = append
        self._clock = clock
        self._count = count
        self._reckon = reckon

    def reserve(self, exchange: Exchange) -> None:
        """An attempt is about to be made that a provider may charge for."""
        attempt, face, caller, hold = exchange.attempt, exchange.face, exchange.caller, exchange.hold
        if attempt is None or face is None:
            raise AssertionError("a reservation belongs to an attempt")
        target, clock, append = attempt.target, self._clock, self._append
        append(
            Reservation(
                exchange.id,
                int((clock.unix() - clock.monotonic() + exchange.started) * 1000),
                exchange.principal,
                exchange.model[:MAX_NAME],
                target.provider.name,
                target.model[:MAX_NAME],
                attempt.credential.name,
                exchange.client_dialect,
                face.dialect,
                exchange.stream,
                exchange.bytes_in,
                exchange.session,
                caller.key_id,
                caller.team,
                caller.user,
                caller.tags,
                None if hold is None else hold.estimate or None,
            )
        )

    def settle(self, exchange: Exchange) -> None:
        """An exchange is over, in whichever way."""
        self.settle_all((exchange,))

    def settle_all(self, exchanges: Iterable[Exchange]) -> None:
        """These are over. One that cannot be noted raises; those before it are counted all the same."""
        append, count, reckon, now_unix = self._append, self._count, self._reckon, self._clock.unix()
        rows: list[ExchangeRow] = []
        try:
            for exchange in exchanges:
                row = build_row(exchange, now_unix, reckon)
                if exchange.hold is not None:
                    row = exchange.hold.settle(row)
                append(row)
                rows.append(row)
        finally:
            if count is not None:
                count(rows)


def build_row(exchange: Exchange, now_unix: float, reckon: Reckon = reckon_later) -> ExchangeRow:
    """The row of an exchange that ended just now. All fields come in their order, since by name they would cost twice as
    much, and as tuples, since a call with more than thirty arguments is made by way of a list that grows."""
    started, ended, first = exchange.started, exchange.ended, exchange.first_content
    usage, face, finish = exchange.usage, exchange.face, exchange.finish
    caller, hold = exchange.caller, exchange.hold
    is_whole = exchange.error is None and not exchange.is_cancelled
    outcome, status, error, phase, blame = _SERVED if is_whole and first is not None else judge(exchange)
    if usage is None or not is_whole:
        usage = select_usage(exchange)
    tokens, attempts = list_tokens(usage), build_attempts(exchange)
    last = attempts[-1] if attempts else name_hit(exchange.hit)
    provider, model = last.provider, last.model
    started_ms = int((now_unix - ended + started) * 1000)
    price = reckon if attempts else reckon_later
    cost, price_name = price((provider, model, usage.tier), tokens, started_ms, last.duration_us)
    losses = ",".join(sorted({loss.code for loss in exchange.losses})) if exchange.losses else ""
    skipped = describe_skips(exchange.skipped) if exchange.skipped else ""
    before = (
        exchange.id, started_ms, int((ended - started) * 1e6),
        None if first is None else int((first - started) * 1e6), exchange.principal, exchange.model[:MAX_NAME],
        provider, model, last.credential, exchange.client_dialect, "" if face is None else face.dialect,
        outcome, status, exchange.stream, "" if finish is None else finish.reason, error, phase, blame,
    )  # fmt: skip
    after = (
        usage.is_estimate, exchange.bytes_in, exchange.bytes_out, losses, exchange.session, cost, price_name, attempts,
        caller.key_id, caller.team, caller.user, caller.tags, skipped, hold is not None and hold.is_booked,
        exchange.trace, exchange.hit is not None,
    )  # fmt: skip
    return ExchangeRow(*(before + tokens + after))


def describe_skips(skipped: Sequence[Skip]) -> str:
    """Who was passed over, and why, each once."""
    told = [f"{skip.target[:MAX_NAME]} {skip.rest.reason if skip.rest is not None else 'no key'}" for skip in skipped]
    return ", ".join(dict.fromkeys(told))[:MAX_SKIPPED]


def name_hit(hit: CacheHit | None) -> AttemptRow:
    """Who stands in the place of the last attempt where there was none: whose answer was given again, or nobody."""
    return AttemptRow(0, *(hit or ("", "")), "", 0, 0)


def list_tokens(usage: Usage) -> Tokens:
    """How many of each class, in the order of prices, each brought to where one can believe it."""
    cached = usage.cache_read | usage.cache_write_5m | usage.cache_write_1h
    seen = usage.input | usage.input_audio | usage.input_image
    made = usage.output | usage.reasoning | usage.output_audio | usage.output_image
    tokens = (
        usage.input,
        usage.cache_read,
        usage.cache_write_5m,
        usage.cache_write_1h,
        usage.input_audio,
        usage.input_image,
        usage.output,
        usage.reasoning,
        usage.output_audio,
        usage.output_image,
    )
    # if one of many numbers is beyond reason, all of them joined by bits are
    return tokens if 0 <= cached | seen | made < MAX_TOKENS else limit_tokens(tokens)


def limit_tokens(tokens: Tokens) -> Tokens:
    """The same with every number cut down to what can be stored."""
    a, b, c, d, e, f, g, h, i, j = [min(max(count, 0), MAX_TOKENS - 1) for count in tokens]
    return a, b, c, d, e, f, g, h, i, j


def judge(exchange: Exchange) -> Ending:
    """How one ended that was not served. Without an error, nobody foresaw it; the edge answers it."""
    error = exchange.error
    kind, phase, blame = ("", "", "") if error is None else (error.kind.value, error.phase or "", error.blame)
    if exchange.is_cancelled:
        return "cancelled", STATUS_CLIENT_LEFT, kind, phase, blame
    return "failed", STATUS_BY_KIND[Kind.INTERNAL] if error is None else error.status, kind, phase, blame


def select_usage(exchange: Exchange) -> Usage:
    """What was consumed where the provider said nothing although it answered, or could not finish saying it: a guess."""
    usage = exchange.usage
    if usage is None:
        is_answered = exchange.first_content is not None or exchange.is_cancelled
        return guess_usage(exchange) if is_answered and exchange.attempt is not None else _NOTHING
    return usage if usage.is_estimate else msgspec.structs.replace(usage, is_estimate=True)


def guess_usage(exchange: Exchange) -> Usage:
    """Tokens by the size of what went in and out. It may be wrong by a factor of three, but it is never nothing
    where there are words."""
    dialect, given = exchange.client_dialect, guess_tokens(exchange.bytes_in)
    if dialect in WITHOUT_TOKENS:
        return Usage(is_estimate=True)
    if dialect in WITHOUT_OUTPUT:
        return Usage(input=given, is_estimate=True)
    per_token = OUTPUT_BYTES_PER_TOKEN.get(dialect, OUTPUT_BYTES_PER_TOKEN["openai_chat"])
    said = -(-exchange.bytes_out // per_token[1 if exchange.stream else 0])
    return Usage(input=given, output=said, is_estimate=True)


def build_attempts(exchange: Exchange) -> tuple[AttemptRow, ...]:
    """A row for each attempt, also for one that was broken off and so has no outcome."""
    outcomes, attempt = exchange.outcomes, exchange.attempt
    if attempt is not None and not (outcomes and outcomes[-1].attempt is attempt):
        begun = outcomes[-1].ended if outcomes else exchange.started
        outcomes = [*outcomes, AttemptOutcome(attempt, begun, exchange.ended, exchange.error)]
    rows: tuple[AttemptRow, ...] = ()
    for outcome in outcomes:
        attempt, started, error = outcome.attempt, outcome.started, outcome.error
        target = attempt.target
        row = AttemptRow(
            attempt.number,
            target.provider.name,
            target.model[:MAX_NAME],
            attempt.credential.name,
            int((started - exchange.started) * 1e6),
            int((outcome.ended - started) * 1e6),
        )
        rows += (row if error is None else _note_failure(row, error),)
    return rows


def _note_failure(row: AttemptRow, error: DragomanError) -> AttemptRow:
    return msgspec.structs.replace(row, error=error.kind.value, error_phase=error.phase or "", status=error.status)
