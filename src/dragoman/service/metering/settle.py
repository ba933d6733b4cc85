"""From the record of an exchange to what the journal keeps of it: a reservation before a provider is asked, a row when
the exchange is over.

This is on every request's way, so it builds one Struct and no more. Whatever a provider says, a row that can be stored
comes out: numbers beyond reason are cut down and names beyond reason are cut off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from dragoman.clock import Clock
from dragoman.errors import STATUS_BY_KIND, Kind
from dragoman.ledger.row import AttemptRow, ExchangeRow, Outcome, Record, Reservation, guess_tokens
from dragoman.model.usage import Usage
from dragoman.routing.attempts import Skip
from dragoman.service.exchange import AttemptOutcome, Exchange
from dragoman.service.metering.offers import mark_tier

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
_NO_ERROR = ("", "", "")


class Meter:
    """Notes exchanges through `append`, which keeps them whatever becomes of the process. `count` is told of each row."""

    __slots__ = ("_append", "_clock", "_count")

    def __init__(
        self, append: Callable[[Record], None], clock: Clock, count: Callable[[ExchangeRow], None] | None = None
    ) -> None:
        self._append = append
        self._clock = clock
        self._count = count

    def reserve(self, exchange: Exchange) -> None:
        """An attempt is about to be made that a provider may charge for."""
        attempt, face, caller, clock = exchange.attempt, exchange.face, exchange.caller, self._clock
        if attempt is None or face is None:
            raise AssertionError("a reservation belongs to an attempt")
        target = attempt.target
        self._append(
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
                (exchange.hold.estimate or None) if exchange.hold is not None else None,
            )
        )

    def settle(self, exchange: Exchange) -> None:
        """An exchange is over, in whichever way."""
        row = build_row(exchange, self._clock.unix())
        if exchange.hold is not None:
            row = exchange.hold.settle(row)
        self._append(row)
        if self._count is not None:
            self._count(row)


def build_row(exchange: Exchange, now_unix: float) -> ExchangeRow:
    """The row of an exchange that ended just now. All fields come in their order: by name they would cost twice as much."""
    started, ended, error, caller = exchange.started, exchange.ended, exchange.error, exchange.caller
    usage, is_estimate = select_usage(exchange)
    provider, model, credential, dialect = name_target(exchange)
    outcome, status = judge(exchange)
    return ExchangeRow(
        exchange.id,
        int((now_unix - ended + started) * 1000),
        int((ended - started) * 1e6),
        None if exchange.first_content is None else int((exchange.first_content - started) * 1e6),
        exchange.principal,
        exchange.model[:MAX_NAME],
        provider,
        model,
        credential,
        exchange.client_dialect,
        dialect,
        outcome,
        status,
        exchange.stream,
        exchange.finish.reason if exchange.finish is not None else "",
        *(_NO_ERROR if error is None else (error.kind.value, error.phase or "", error.blame)),
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
        is_estimate,
        exchange.bytes_in,
        exchange.bytes_out,
        ",".join(sorted({loss.code for loss in exchange.losses})) if exchange.losses else "",
        exchange.session,
        None,  # the cost: whoever prices it tells
        mark_tier(usage.tier) if usage.tier else "",
        build_attempts(exchange),
        caller.key_id,
        caller.team,
        caller.user,
        caller.tags,
        describe_skips(exchange.skipped) if exchange.skipped else "",
        exchange.hold is not None and exchange.hold.is_booked,
        exchange.trace,
        exchange.hit is not None,
    )


def name_target(exchange: Exchange) -> tuple[str, str, str, str]:
    """Provider, model, credential and dialect of the last attempt, or of the answer that was given again."""
    attempt, face = exchange.attempt, exchange.face
    if attempt is not None and face is not None:
        target = attempt.target
        return target.provider.name, target.model[:MAX_NAME], attempt.credential.name, face.dialect
    return (*exchange.hit, "", "") if exchange.hit is not None else ("", "", "", "")


def describe_skips(skipped: Sequence[Skip]) -> str:
    """Who was passed over, and why, each once."""
    told = [f"{skip.target[:MAX_NAME]} {skip.rest.reason if skip.rest is not None else 'no key'}" for skip in skipped]
    return ", ".join(dict.fromkeys(told))[:MAX_SKIPPED]


def judge(exchange: Exchange) -> tuple[Outcome, int]:
    """How it ended, and the status that stands for that."""
    if exchange.is_cancelled:
        return "cancelled", STATUS_CLIENT_LEFT
    if exchange.error is not None:
        return "failed", exchange.error.status
    if exchange.first_content is None:  # a failure that nobody foresaw; the edge answers it
        return "failed", STATUS_BY_KIND[Kind.INTERNAL]
    return "served", STATUS_SERVED


def select_usage(exchange: Exchange) -> tuple[Usage, bool]:
    """What was consumed, and whether that is a guess: it is one where the provider said nothing although it answered,
    and where it could not finish saying it."""
    usage = exchange.usage
    if usage is None:
        if exchange.first_content is None and not exchange.is_cancelled:
            return _NOTHING, False
        if exchange.attempt is None:
            return _NOTHING, False
        return guess_usage(exchange), True
    cached = usage.cache_read | usage.cache_write_5m | usage.cache_write_1h
    seen = usage.input | usage.input_audio | usage.input_image
    made = usage.output | usage.reasoning | usage.output_audio | usage.output_image
    if not 0 <= cached | seen | made < MAX_TOKENS:  # if one of many numbers is, all of them joined by bits are
        usage = limit_usage(usage)
    is_whole = exchange.error is None and not exchange.is_cancelled
    return usage, usage.is_estimate or not is_whole


def guess_usage(exchange: Exchange) -> Usage:
    """Tokens by the size of what went in and out. It may be wrong by a factor of three, but it is never nothing
    where there are words."""
    if exchange.client_dialect in WITHOUT_TOKENS:
        return Usage()
    if exchange.client_dialect in WITHOUT_OUTPUT:
        return Usage(input=guess_tokens(exchange.bytes_in))
    per_token = OUTPUT_BYTES_PER_TOKEN.get(exchange.client_dialect, OUTPUT_BYTES_PER_TOKEN["openai_chat"])
    return Usage(
        input=guess_tokens(exchange.bytes_in), output=-(-exchange.bytes_out // per_token[1 if exchange.stream else 0])
    )


def limit_usage(usage: Usage) -> Usage:
    """The same with every number brought to where one can believe it."""
    numbers = {name: value for name, value in msgspec.structs.asdict(usage).items() if type(value) is int}
    bounded = {name: min(max(value, 0), MAX_TOKENS - 1) for name, value in numbers.items()}
    return msgspec.structs.replace(usage, **bounded)


def build_attempts(exchange: Exchange) -> tuple[AttemptRow, ...]:
    """A row for each attempt, also for one that was broken off and so has no outcome."""
    outcomes, attempt = exchange.outcomes, exchange.attempt
    rows: tuple[AttemptRow, ...] = ()
    for outcome in outcomes:
        rows += (_build_attempt(outcome, exchange.started),)
    if attempt is None or (outcomes and outcomes[-1].attempt is attempt):
        return rows
    begun = outcomes[-1].ended if outcomes else exchange.started
    return (*rows, _build_attempt(AttemptOutcome(attempt, begun, exchange.ended, exchange.error), exchange.started))


def _build_attempt(outcome: AttemptOutcome, exchange_started: float) -> AttemptRow:
    attempt, error, started = outcome.attempt, outcome.error, outcome.started
    target = attempt.target
    row = AttemptRow(
        attempt.number,
        target.provider.name,
        target.model[:MAX_NAME],
        attempt.credential.name,
        int((started - exchange_started) * 1e6),
        int((outcome.ended - started) * 1e6),
    )
    if error is None:
        return row
    return msgspec.structs.replace(row, error=error.kind.value, error_phase=error.phase or "", status=error.status)
