"""From settings to what is kept and counted."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from dragoman.bootstrap.edge import build_data_plane
from dragoman.bootstrap.ledger import Audience, build_archive, build_ledger, build_metrics, build_price_book, open_store
from dragoman.bootstrap.settings import read_settings
from dragoman.clock import FixedClock
from dragoman.ledger.responses import KeptResponse
from dragoman.service.exchange import Exchange
from dragoman.service.metering.instruments import Instruments
from dragoman.service.metering.pricing import PriceBook, Pricer
from dragoman.service.metering.tally import Tally
from dragoman.telemetry.metrics import REQUESTS
from dragoman.upstream.scripted import ScriptedTransport
from tests.unit.bootstrap.configured import CONFIG, KEYS, write


def test_the_ledger_is_where_the_data_is_unless_it_is_switched_off(tmp_path: Path) -> None:
    environment = {"DRAGOMAN_DATA": str(tmp_path)}
    off = read_settings(write(tmp_path, "ledger: {enabled: false}"), environment)
    assert build_ledger(off, environment, FixedClock(), Pricer(PriceBook())) == (None, None)
    meter, writer = build_ledger(read_settings(None, environment), environment, FixedClock(), Pricer(PriceBook()))
    assert meter is not None
    assert writer is not None
    meter.settle(Exchange("ex_1", "openai_chat", "p", 0.0, model="m"))
    asyncio.run(writer.aclose())
    assert (tmp_path / "ledger" / "ledger.sqlite").exists()
    assert list((tmp_path / "ledger" / "journal").iterdir()) == []


def test_rows_go_to_postgres_where_that_is_configured(tmp_path: Path) -> None:
    path = write(tmp_path, "ledger: {url: 'postgres://ann:canary@127.0.0.1:9/books'}")
    store = open_store(read_settings(path, {}), {"DRAGOMAN_DATA": str(tmp_path)}, is_reader=True)
    assert repr(store) == "<PostgresStore in <PostgresDatabase 127.0.0.1:9/books>>"
    store.close()


def test_prices_go_by_the_row_of_a_provider_and_local_ones_are_free(tmp_path: Path) -> None:
    text = """
providers:
  mine: {row: openai, api_key: a-key-of-mine}
  home: {row: vllm, base_url: "http://127.0.0.1:9/v1"}
  other: {dialect: openai_chat, base_url: "http://127.0.0.1:9/v1", api_key: a-key-of-mine}
prices:
  - {match: "other/*", input: 1, output: 2.5}
"""
    book = build_price_book(read_settings(write(tmp_path, text), {}))
    assert (book.rows["mine"], book.rows["home"]) == ("openai", "vllm")
    assert "home" in book.free
    assert not {"mine", "other"} & book.free
    assert [price.match for price in book.own] == ["other/*"]


def test_what_is_not_kept_is_counted_all_the_same(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, "ledger: {enabled: false}"), {})
    tally = Tally()
    meter, writer = build_ledger(settings, {}, FixedClock(), Pricer(PriceBook()), Audience(tally))
    assert meter is not None
    assert writer is None
    meter.settle(Exchange("ex_1", "openai_chat", "p", 0.0, model="m"))
    assert [count for name, series in tally.read() for _, count in series if name is REQUESTS] == [1]


def test_the_page_of_metrics_goes_by_the_settings_of_the_moment(tmp_path: Path) -> None:
    settings = read_settings(None, KEYS)
    data_plane, apply = build_data_plane(settings, ScriptedTransport([]), FixedClock())
    tally = Tally()
    measure = build_metrics(data_plane, Instruments(tally, FixedClock()))
    measure(settings)
    page = data_plane.pages.metrics
    assert page is not None
    assert (page.is_public, "fast" in tally.names.routes) == (False, False)
    assert b'dragoman_credentials{provider="openai",state="ready"} 2' in page.write(b"").body
    changed = read_settings(write(tmp_path, CONFIG + "metrics: {public: true}"), KEYS)
    apply(changed)
    measure(changed)
    assert (page.is_public, "fast" in tally.names.routes) == (True, True)
    assert ("anthropic", "big") in tally.names.targets


def test_kept_responses_lie_beside_the_ledger_and_only_where_that_is_wanted(tmp_path: Path) -> None:
    environment = KEYS | {"DRAGOMAN_DATA": str(tmp_path)}

    async def run(config: str) -> bool:
        archive = build_archive(read_settings(write(tmp_path, config), environment), environment, FixedClock())
        has_room = archive.has_room
        if has_room:
            archive.record(KeptResponse("a", "ann", None, b"[]", b"{}"))
        await archive.aclose()
        return has_room

    assert asyncio.run(run("")) is False
    assert not (tmp_path / "ledger").exists()
    assert asyncio.run(run("responses: {keep: true}")) is True
    assert (tmp_path / "ledger" / "responses.sqlite").exists()


def test_whoever_reads_the_metrics_is_not_counted_among_the_requests_in_flight() -> None:
    data_plane, _ = build_data_plane(read_settings(None, KEYS), ScriptedTransport([]), FixedClock())
    build_metrics(data_plane, Instruments(Tally(), FixedClock()))
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    scope = {"path": "/metrics", "query_string": b"", "headers": [(b"host", b"127.0.0.1")], "method": "GET"}
    asyncio.run(data_plane(scope, receive, send))
    assert sent[0]["status"] == 200
    assert b"\ndragoman_requests_in_flight 0\n" in sent[1]["body"]
