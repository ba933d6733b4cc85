"""Every way in which an exchange ends becomes the row that tells it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dragoman.clock import FixedClock
from dragoman.ledger.frames import emit_record
from dragoman.ledger.row import ExchangeRow, Record, Reservation
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from dragoman.routing.attempts import Skip
from dragoman.routing.key_state import Rest
from dragoman.routing.target import Attempt, HeaderPairs, Target
from dragoman.service.exchange import AttemptOutcome, CacheHit, Exchange, Inbound
from dragoman.service.generate import GenerateService
from dragoman.service.metering.offers import Bill, PriceKey, Tokens
from dragoman.service.metering.settle import MAX_NAME, MAX_SKIPPED, MAX_TOKENS, Meter, build_row, describe_skips
from dragoman.upstream.scripted import ScriptedTransport, Scripts
from tests.unit.service.desk import (
    ANTHROPIC_REQUEST,
    CHAT_REQUEST,
    CHAT_STREAM,
    CHAT_STREAM_REQUEST,
    RecordingSink,
    client_side,
    error_script,
    make_provider,
    make_switchboard,
    streamed,
    whole,
)


def meter_one(
    scripts: Scripts, body: bytes = CHAT_REQUEST, dialect: str = "openai_chat", forwarded: HeaderPairs = ()
) -> list[Record]:
    """What is noted of one request to a route over two providers."""
    noted: list[Record] = []
    clock = FixedClock()
    meter = Meter(noted.append, clock)
    board = make_switchboard(make_provider("a"), make_provider("b"))
    service = GenerateService(ScriptedTransport(scripts), lambda: board, clock, meter.settle, meter.reserve)
    inbound = Inbound(client_side(dialect), body, principal="ada", forwarded=forwarded)
    asyncio.run(service.generate(inbound, RecordingSink()))
    return noted


def settle_one(scripts: Scripts, body: bytes = CHAT_REQUEST, dialect: str = "openai_chat") -> ExchangeRow:
    row = meter_one(scripts, body, dialect)[-1]
    assert isinstance(row, ExchangeRow)
    return row


def make_exchange(**given: object) -> Exchange:
    """One that was served."""
    target = Target(make_provider("a"), "m")
    attempt = Attempt(target, target.provider.credentials[0], 1)
    values: dict[str, object] = {
        "model": "r",
        "attempt": attempt,
        "outcomes": [AttemptOutcome(attempt, 10.25, 10.75)],
        "usage": Usage(input=3, output=2),
        "finish": Finish("stop"),
        "first_content": 10.5,
        "ended": 11.0,
        "bytes_in": 400,
        "bytes_out": 80,
    }
    exchange = Exchange("ex_1", "openai_chat", "ada", 10.0)
    for name, value in (values | given).items():
        setattr(exchange, name, value)
    return exchange


def make_named(route: str) -> Exchange:
    return make_exchange(model=route)


def test_a_served_exchange_is_told_wholly() -> None:
    reservation, row = meter_one([whole()], ANTHROPIC_REQUEST, "anthropic_messages")
    assert isinstance(reservation, Reservation)
    assert isinstance(row, ExchangeRow)
    for one in (reservation, row):
        assert (one.principal, one.route, one.provider, one.model, one.credential) == ("ada", "r", "a", "m", "a-1")
        assert (one.client_dialect, one.provider_dialect) == ("anthropic_messages", "openai_chat")
        assert (one.id, one.started_ms, one.is_stream) == (row.id, 1_750_000_000_000, False)
        assert one.bytes_in == len(ANTHROPIC_REQUEST)
    assert (row.outcome, row.status, row.finish, row.error, row.blame) == ("served", 200, "stop", "", "")
    assert (row.input, row.output, row.is_estimate) == (3, 2, False)
    assert row.bytes_out > 100
    assert [(one.number, one.provider, one.error, one.status) for one in row.attempts] == [(1, "a", "", 0)]


def test_a_stream_is_told_like_a_whole_answer() -> None:
    row = settle_one([streamed()], CHAT_STREAM_REQUEST)
    assert (row.outcome, row.is_stream, row.input, row.output, row.finish) == ("served", True, 3, 2, "stop")
    assert row.bytes_out == sum(map(len, CHAT_STREAM))


def test_times_are_told_to_the_microsecond_and_begin_when_the_exchange_began() -> None:
    row = build_row(make_exchange(), now_unix=1_750_000_001.0)
    assert (row.started_ms, row.duration_us, row.first_content_us) == (1_750_000_000_000, 1_000_000, 500_000)
    (attempt,) = row.attempts
    assert (attempt.started_us, attempt.duration_us) == (250_000, 500_000)


def test_every_token_class_stands_in_its_own_field() -> None:
    names = [name for name in Usage.__struct_fields__ if name not in {"is_estimate", "reported", "tier"}]
    numbers: dict[str, Any] = {name: number for number, name in enumerate(names, 1)}
    row = build_row(make_exchange(usage=Usage(**numbers)), 0.0)
    assert {name: getattr(row, name) for name in names} == numbers


def test_each_attempt_is_reserved_and_the_failed_one_is_told() -> None:
    first, second, row = meter_one([error_script(503), whole()])
    assert isinstance(first, Reservation)
    assert isinstance(second, Reservation)
    assert isinstance(row, ExchangeRow)
    assert (first.provider, second.provider, row.provider) == ("a", "b", "b")
    assert [(one.number, one.provider, one.error, one.status) for one in row.attempts] == [
        (1, "a", "overloaded", 503),
        (2, "b", "", 0),
    ]
    assert (row.outcome, row.error, row.input) == ("served", "", 3)


def test_a_refusal_costs_nothing_and_says_whose_fault_it_was() -> None:
    row = settle_one([error_script(400)])
    assert (row.outcome, row.status, row.error, row.blame) == ("failed", 400, "invalid_request", "client")
    assert (row.input, row.output, row.is_estimate, row.first_content_us) == (0, 0, False, None)


def test_a_request_that_leads_nowhere_has_a_row_without_a_target_and_no_reservation() -> None:
    (row,) = meter_one([], CHAT_REQUEST.replace(b'"r"', b'"nowhere"'))
    assert isinstance(row, ExchangeRow)
    assert (row.outcome, row.route, row.provider, row.credential, row.attempts) == ("failed", "nowhere", "", "", ())


def test_a_stream_that_was_cut_books_what_was_said_as_a_guess() -> None:
    row = settle_one([streamed(*CHAT_STREAM[:2])], CHAT_STREAM_REQUEST)
    assert (row.outcome, row.is_estimate) == ("failed", True)
    assert row.input > 0
    assert row.output > 0


def test_usage_that_the_provider_left_out_is_guessed_and_flagged() -> None:
    row = build_row(make_exchange(usage=None), 0.0)
    assert (row.outcome, row.input, row.output, row.is_estimate) == ("served", 100, 5, True)


def test_events_of_a_stream_are_not_taken_for_tokens_by_their_size() -> None:
    row = build_row(make_exchange(usage=None, stream=True, bytes_out=2_001), 0.0)
    assert (row.output, row.is_estimate) == (11, True)


def test_what_a_cancelled_stream_had_reported_is_booked_as_a_guess() -> None:
    exchange = make_exchange(is_cancelled=True, usage=Usage(input=9, output=1), outcomes=[])
    row = build_row(exchange, 0.0)
    assert (row.outcome, row.status, row.input, row.output, row.is_estimate) == ("cancelled", 499, 9, 1, True)
    assert [(one.number, one.duration_us) for one in row.attempts] == [(1, 1_000_000)]


def test_a_failure_that_nobody_foresaw_is_not_told_as_served() -> None:
    row = build_row(make_exchange(first_content=None, usage=None), 0.0)
    assert (row.outcome, row.status, row.input) == ("failed", 500, 0)


@pytest.mark.parametrize("number", [2**40, 2**63, 2**100, -1])
def test_numbers_beyond_reason_are_cut_down_and_the_others_stay(number: int) -> None:
    row = build_row(make_exchange(usage=Usage(input=number, output=7)), 0.0)
    assert row.input == (0 if number < 0 else MAX_TOKENS - 1)
    assert row.output == 7
    assert emit_record(row)


def test_a_guess_beyond_reason_is_cut_down_too() -> None:
    row = build_row(make_exchange(is_cancelled=True, usage=Usage(input=2**70, reasoning=5)), 0.0)
    assert (row.input, row.reasoning, row.is_estimate) == (MAX_TOKENS - 1, 5, True)


def test_names_beyond_reason_are_cut_off() -> None:
    row = build_row(make_exchange(model="x" * 100_000), 0.0)
    assert row.route == "x" * MAX_NAME


def test_the_session_of_an_agent_is_kept() -> None:
    headers = ((b"x-claude-code-agent-id", b"a"), (b"x-claude-code-session-id", b"s-1"))
    for record in meter_one([whole()], forwarded=headers):
        assert record.session == "s-1"


def test_losses_are_told_by_their_codes_once_each() -> None:
    body = ANTHROPIC_REQUEST.replace(b'"max_tokens"', b'"top_k":3,"max_tokens"')
    assert settle_one([whole()], body, "anthropic_messages").losses == "dropped"


def test_whoever_counts_is_told_of_each_row_that_is_noted() -> None:
    noted: list[Record] = []
    counted: list[ExchangeRow] = []
    Meter(noted.append, FixedClock(), counted.extend).settle(make_exchange())
    Meter(lambda record: None, FixedClock(), counted.extend).settle_all(map(make_named, ("other", "third")))
    assert counted[0] is noted[0]
    assert [row.route for row in counted] == ["r", "other", "third"]


def test_what_was_noted_is_counted_also_where_the_next_one_cannot_be() -> None:
    noted: list[Record] = []
    counted: list[ExchangeRow] = []

    def append(record: Record) -> None:
        if noted:
            raise OSError("the journal does not take this")
        noted.append(record)

    meter = Meter(append, FixedClock(), counted.extend)
    with pytest.raises(OSError, match="does not take this"):
        meter.settle_all([make_exchange(), make_exchange(), make_exchange()])
    assert counted == noted


def test_a_row_has_its_cost_and_price_from_whoever_reckons() -> None:
    asked: list[object] = []

    def reckon(key: PriceKey, tokens: Tokens, moment_ms: int, work_us: int) -> Bill:
        asked.append((key, tokens, moment_ms, work_us))
        return 7, "openai/m"

    noted: list[Record] = []
    meter = Meter(noted.append, FixedClock(unix=50.0), reckon=reckon)
    meter.settle(make_exchange(usage=Usage(input=3, output=2, tier="flex")))
    (row,) = noted
    assert isinstance(row, ExchangeRow)
    assert asked == [(("a", "m", "flex"), (3, 0, 0, 0, 0, 0, 2, 0, 0, 0), 49_000, 500_000)]
    assert (row.cost_nanodollars, row.price) == (7, "openai/m")


def test_what_nobody_was_asked_for_is_priced_later() -> None:
    def reckon(*_: object) -> Bill:
        raise AssertionError("nobody was asked")

    row = build_row(make_exchange(attempt=None, outcomes=[], hit=CacheHit("b", "m2")), 0.0, reckon)
    assert (row.provider, row.model, row.credential, row.attempts, row.is_hit) == ("b", "m2", "", (), True)
    assert (row.cost_nanodollars, row.input) == (None, 3)


def test_a_guess_says_so_whatever_it_is_made_from() -> None:
    for dialect in ("openai_chat", "openai_embeddings", "openai_transcriptions"):
        exchange = make_exchange(usage=None)
        exchange.client_dialect = dialect
        assert build_row(exchange, 0.0).is_estimate, dialect


def test_who_was_passed_over_is_told_with_the_reason_once_each() -> None:
    skipped = [Skip("a/m", Rest("cooling", 3.0)), Skip("a/m", Rest("cooling", 2.0)), Skip("b/m", None)]
    assert describe_skips(skipped) == "a/m cooling, b/m no key"
    assert len(describe_skips([Skip(f"{number}/" + "m" * 300, None) for number in range(50)])) == MAX_SKIPPED
