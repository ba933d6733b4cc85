"""Who is let in, and what is taken for it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from dragoman.config.sections.budgets import BudgetSettings
from dragoman.config.sections.prices import PriceSettings
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.row import ExchangeRow, Record, Reservation
from dragoman.routing.target import Route, Target
from dragoman.service.access.admission import Admission
from dragoman.service.exchange import Exchange, Inbound
from dragoman.service.generate import GenerateService
from dragoman.service.metering.own_prices import build_own_prices
from dragoman.service.metering.pricing import PriceBook, Pricer
from dragoman.service.metering.settle import Meter
from dragoman.upstream.scripted import Script, ScriptedTransport
from tests.unit.service.desk import (
    CHAT_REQUEST,
    RecordingSink,
    client_side,
    error_script,
    make_provider,
    make_switchboard,
    whole,
)
from tests.unit.service.registry import CONFIGURED, Registry

ESTIMATE = 16_415_000_000
"""For the smallest request, which sets no limit: 31 tokens in and 16 384 out, at a thousand dollars a million."""

ROUTE = Route("r", (Target(make_provider("a"), "m"),))
PRICER = Pricer(PriceBook(own=build_own_prices([PriceSettings(match="a/*", input=1000, output=1000)])))


def admit(registry: Registry, secret: str, **body: Any) -> Exchange:
    client = client_side("openai_chat")
    text = json.dumps({"model": "r", "messages": [{"role": "user", "content": "Hi"}], **body}).encode()
    exchange = Exchange("ex_1", "openai_chat", "ada", 0.0)
    exchange.caller = registry.find(secret)
    admission = Admission(registry.book, PRICER, registry.clock, BudgetSettings(wait_seconds=0))
    envelope = client.open_envelope(text, None, None)

    async def run() -> None:
        waiting = admission.admit(exchange, envelope, ROUTE, client.parse_request)
        if waiting is not None:
            await waiting

    asyncio.run(run())
    return exchange


def test_a_budget_is_reserved_for_all_that_the_request_allows() -> None:
    registry = Registry(CONFIGURED)
    _, secret = registry.add_key(budgets={"day": 10**9})
    exchange = admit(registry, secret, max_tokens=500)
    assert exchange.hold is not None
    assert 500 * 10**6 < exchange.hold.estimate < 560 * 10**6
    with pytest.raises(DragomanError) as caught:
        admit(registry, secret, max_tokens=500)
    assert caught.value.kind is Kind.PAYMENT_REQUIRED


def test_who_has_rates_but_no_budget_needs_no_price() -> None:
    registry = Registry(CONFIGURED)
    _, secret = registry.add_key(rpm=1)
    registry.book.is_loaded = False
    exchange = admit(registry, secret)
    assert exchange.hold is not None
    assert exchange.hold.estimate == 0
    with pytest.raises(DragomanError) as caught:
        admit(registry, secret)
    assert caught.value.kind is Kind.RATE_LIMIT


def test_tokens_by_the_minute_are_those_of_the_question_until_there_is_an_answer() -> None:
    registry = Registry(CONFIGURED)
    _, secret = registry.add_key(tpm=100)
    for _ in range(5):  # without a limit of its own each could be answered with thousands
        row, _ = serve(registry, secret, whole())
        assert row.outcome == "served"
    (account,) = registry.find(secret).accounts
    assert repr(account._minute) == "<MinuteWindow: 5 of inf, 25 of 100 tokens>"


def test_nobody_spends_before_it_is_known_what_was_spent() -> None:
    registry = Registry(CONFIGURED)
    _, secret = registry.add_key(budgets={"day": 10**12})
    registry.book.is_loaded = False
    with pytest.raises(DragomanError) as caught:
        admit(registry, secret)
    assert caught.value.status == 503


def serve(
    registry: Registry, secret: str, *scripts: Script, body: bytes = CHAT_REQUEST
) -> tuple[ExchangeRow, RecordingSink]:
    """A request through the service, and the row that is noted of it."""
    noted: list[Record] = []
    meter = Meter(noted.append, registry.clock)
    board = make_switchboard(make_provider("a"))
    service = GenerateService(
        ScriptedTransport(list(scripts)), lambda: board, registry.clock, meter.settle, meter.reserve
    )
    service.admit = Admission(registry.book, PRICER, registry.clock, BudgetSettings()).admit
    caller, sink = registry.find(secret), RecordingSink()
    inbound = Inbound(client_side("openai_chat"), body, principal=caller.name, caller=caller)
    asyncio.run(service.generate(inbound, sink))
    row = noted[-1]
    assert isinstance(row, ExchangeRow)
    for reservation in noted[:-1]:
        assert isinstance(reservation, Reservation)
        estimate = ESTIMATE if any(account.limits.budgets for account in caller.accounts) else None
        assert (reservation.key_id, reservation.estimate_nanodollars) == (caller.key_id, estimate)
    return row, sink


def test_a_served_request_is_charged_and_everything_given_back() -> None:
    registry = Registry(CONFIGURED)
    registry.add_team(budgets={"month": 10**12})
    record, secret = registry.add_key(budgets={"day": 10**11}, concurrency=1, team="red", user="u", tags=("a", "b"))
    row, sink = serve(registry, secret, whole())
    assert (row.cost_nanodollars, row.is_booked) == (2, True)
    assert (row.key_id, row.team, row.user, row.tags) == (record.id, "red", "u", "a,b")
    for account in registry.find(secret).accounts:
        assert (account.in_flight, account.reserved, account.spending.spent["day"]) == (0, 0, 2)
    assert sink.reply is not None
    assert sink.reply.status == 200


@pytest.mark.parametrize("status", [400, 500, 503])
def test_a_refused_request_costs_nothing_and_gives_everything_back(status: int) -> None:
    registry = Registry(CONFIGURED)
    _, secret = registry.add_key(budgets={"day": 10**11}, concurrency=1)
    row, _ = serve(registry, secret, *[error_script(status)] * 5)
    assert row.cost_nanodollars == 0
    (account,) = registry.find(secret).accounts
    assert (account.in_flight, account.reserved, account.spending.spent["day"]) == (0, 0, 0)


def test_over_the_budget_nobody_is_asked() -> None:
    registry = Registry(CONFIGURED)
    _, secret = registry.add_key(budgets={"day": 10**9})
    row, sink = serve(registry, secret)
    assert (row.error, row.status, row.attempts) == ("payment_required", 402, ())
    assert sink.reply is not None
    assert sink.json["error"]["code"] == "budget_exceeded"


def test_what_a_key_may_not_use_is_not_asked_for() -> None:
    registry = Registry(CONFIGURED)
    _, secret = registry.add_key(models=("other",))
    row, _ = serve(registry, secret)
    assert (row.error, row.status) == ("permission", 403)
