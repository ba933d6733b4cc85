"""From settings to something that runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from dragoman.bootstrap import (
    build_archive,
    build_data_plane,
    build_guard,
    build_ledger,
    build_metrics,
    build_price_book,
    build_principals,
    build_switchboard,
    log_exchange,
    read_settings,
)
from dragoman.clock import FixedClock
from dragoman.config.schema import Settings
from dragoman.engine.models import STARTER
from dragoman.engine.place import Place
from dragoman.engine.provider import load_offer
from dragoman.engine.supervisor import Engine
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.responses import KeptResponse
from dragoman.ledger.row import Record
from dragoman.service.exchange import Exchange
from dragoman.service.instruments import Instruments
from dragoman.service.pricing import PriceBook, Pricer
from dragoman.service.reload import Reloader, watch_configuration
from dragoman.service.settle import Meter
from dragoman.service.tally import Tally
from dragoman.upstream.scripted import ScriptedTransport

KEYS = {"OPENAI_API_KEY": "sk-one-0123456789,sk-two-0123456789", "ANTHROPIC_API_KEY": "sk-ant-0123456789"}
CONFIG = """
providers:
  mine: {dialect: openai_chat, base_url: "http://127.0.0.1:9/v1", api_key: a-key-of-mine, headers: {X-Team: red}}
routes:
  fast: {targets: [mine/small, anthropic/big], aliases: [quick], strict: true}
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "dragoman.yaml"
    path.write_text(text)
    return path


def test_keys_in_the_environment_make_providers_with_pools() -> None:
    board = build_switchboard(read_settings(None, KEYS))
    assert [provider.name for provider in board.resolver.providers] == ["openai", "anthropic"]
    openai, anthropic = board.resolver.providers
    assert len(openai.credentials) == 2
    assert {face.dialect for face in openai.faces} == {"openai_chat", "openai_responses"}
    assert dict(anthropic.credentials[0].shown["anthropic_messages"].headers) == {b"x-api-key": b"sk-ant-0123456789"}


def test_a_file_adds_providers_routes_and_aliases(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, CONFIG), KEYS)
    board = build_switchboard(settings)
    route = board.resolver.resolve("quick")
    assert [target.name for target in route.targets] == ["mine/small", "anthropic/big"]
    assert route.strict
    assert route.targets[0].provider.headers == ((b"x-team", b"red"),)


ROUTING = """
discover_providers: false
routing: {max_attempts: 2, max_wait_seconds: 1.5, queue_limit: 7, affinity: false}
providers:
  mine:
    dialect: openai_chat
    base_url: "http://127.0.0.1:9/v1"
    credentials: [{secret: a-key-of-mine, rpm: 60, tpm: 9000, concurrency: 3}]
  blind: {dialect: openai_chat, base_url: "http://127.0.0.1:9/v1", api_key: another-key, profile: {media: []}}
  openrouter: {api_key: a-key-of-theirs}
routes:
  r: {targets: [mine/gpt-4o, blind/m], policy: cheapest, fallback: {unavailable: openrouter/x}}
  one: mine/small
"""


def test_what_a_file_says_of_routing_reaches_those_who_route(tmp_path: Path) -> None:
    board = build_switchboard(read_settings(write(tmp_path, ROUTING), {}))
    route = board.resolver.resolve("r")
    (key,) = route.targets[0].provider.credentials
    assert (key.rpm, key.tpm, key.concurrency) == (60, 9000, 3)
    assert (board.patience.max_attempts, board.patience.max_wait_seconds, board.patience.affinity) == (2, 1.5, False)
    assert (board.room.queue_limit, route.policy, route.differs) == (7, "cheapest", True)
    down = {Kind.UNAVAILABLE, Kind.OVERLOADED, Kind.INTERNAL}
    assert {kind: targets[0].name for kind, targets in route.fallback.items()} == dict.fromkeys(down, "openrouter/x")
    assert [provider.steers for provider in board.resolver.providers] == [False, False, True]
    assert not board.resolver.resolve("one").differs


def test_a_reload_keeps_the_queues_and_the_budget(tmp_path: Path) -> None:
    first = build_switchboard(read_settings(write(tmp_path, ROUTING), {}))
    again = build_switchboard(
        read_settings(write(tmp_path, ROUTING.replace("queue_limit: 7", "queue_limit: 9")), {}), first
    )
    assert again.room is first.room
    assert again.budget is first.budget
    assert again.room.queue_limit == 9
    assert again.pools["mine"] is first.pools["mine"]


def test_pools_that_did_not_change_keep_what_they_learnt_over_a_reload() -> None:
    first = build_switchboard(read_settings(None, KEYS))
    limited = DragomanError(Kind.RATE_LIMIT, "no", blame="upstream", retry_after_seconds=60.0)
    pool = first.pools["anthropic"]
    pool.lease(pool.credentials[0], "m", 0, 0.0).fail(limited, 0.0)
    second = build_switchboard(read_settings(None, KEYS | {"OPENAI_API_KEY": "sk-new-0123456789"}), first)
    assert second.pools["anthropic"].pick("m", 1.0) is None
    assert second.pools["openai"] is not first.pools["openai"]


def test_beyond_loopback_any_name_is_served_but_only_with_a_key() -> None:
    settings = read_settings(None, {"DRAGOMAN_HOST": "0.0.0.0", "DRAGOMAN_API_KEY": "q8ZrT2vLw0xYpKd4Nn7Ju3Hs"})
    build_guard(settings).check(b"gateway.example", b"")
    with pytest.raises(DragomanError):
        build_principals(settings).identify(None)
    with pytest.raises(DragomanError):
        build_guard(read_settings(None, {})).check(b"gateway.example", b"")


def test_applying_new_settings_changes_who_may_call_and_what_is_served() -> None:
    data_plane, apply = build_data_plane(read_settings(None, {}), ScriptedTransport([]), FixedClock())
    data_plane.principals.identify(None)
    apply(read_settings(None, KEYS | {"DRAGOMAN_API_KEY": "q8ZrT2vLw0xYpKd4Nn7Ju3Hs"}))
    with pytest.raises(DragomanError):
        data_plane.principals.identify(None)


def make_engine() -> Engine:
    return Engine(Place("worker-key"), {}, FixedClock(), lambda work, name: work.close())


def test_where_nobody_else_is_there_the_default_route_leads_to_the_starters_worker(tmp_path: Path) -> None:
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    settings = read_settings(None, environment)
    engine = make_engine()
    engine.restock(load_offer(settings, environment), settings.local)
    board = build_switchboard(settings, None, engine)
    (target,) = board.resolver.resolve("default").targets
    assert target.name == f"local/{STARTER}"
    assert (target.profile.tools, target.profile.media) == (False, frozenset())
    credential = board.pools["local"].pick(STARTER, 0.0)
    assert credential is not None
    assert credential.face is not None
    assert engine.name_at(credential.face.origin.unix_path or "") == STARTER
    with pytest.raises(DragomanError, match="no local model"):
        board.resolver.resolve("local/other")
    engine.place.remove()


def test_a_route_to_a_local_model_that_is_not_there_is_refused_when_it_is_built(tmp_path: Path) -> None:
    environment = {"XDG_CACHE_HOME": str(tmp_path)}
    settings = read_settings(write(tmp_path, "routes: {r: local/nobody}"), environment)
    engine = make_engine()
    engine.restock(load_offer(settings, environment), settings.local)
    with pytest.raises(DragomanError, match="nobody"):
        build_switchboard(settings, None, engine)
    engine.place.remove()


def test_a_changed_file_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dragoman.service.reload.WATCH_SECONDS", 0.01)
    path = write(tmp_path, CONFIG)

    async def run() -> Settings:
        applied = asyncio.Event()
        reloader = Reloader(
            read_settings(path, KEYS), lambda: read_settings(path, KEYS), lambda settings: applied.set()
        )
        task = asyncio.ensure_future(watch_configuration(path, reloader))
        await asyncio.sleep(0)  # it looks at the file as it is now
        path.write_text(CONFIG.replace("quick", "swift"))
        async with asyncio.timeout(5.0):
            await applied.wait()
        task.cancel()
        return reloader.current

    assert asyncio.run(run()).routes["fast"].aliases == ["swift"]


def test_only_what_went_wrong_is_logged_at_level_info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    log_exchange(Exchange("ex_1", "openai_chat", "p", 0.0, model="m"))
    log_exchange(Exchange("ex_2", "openai_chat", "p", 0.0, model="m", error=DragomanError(Kind.TIMEOUT, "late")))
    assert "ex_1" not in caplog.text
    assert "ex_2 m" in caplog.text
    assert "late" in caplog.text


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


def test_an_exchange_is_metered_through_the_data_plane() -> None:
    noted: list[Record] = []
    settings = read_settings(None, KEYS)
    data_plane, _ = build_data_plane(
        settings, ScriptedTransport([]), FixedClock(), meter=Meter(noted.append, FixedClock())
    )
    sent: list[dict[str, object]] = []

    async def ask() -> None:
        body = b'{"model":"nowhere","messages":[]}'
        headers = [(b"host", b"127.0.0.1"), (b"content-length", b"%d" % len(body))]
        scope = {"path": "/v1/chat/completions", "query_string": b"", "headers": headers, "method": "POST"}

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": body}

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        await data_plane(scope, receive, send)

    asyncio.run(ask())
    assert sent[0]["status"] == 404
    assert [(record.route, record.bytes_in) for record in noted] == [("nowhere", 33)]


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
    assert [tariff.id for tariff in book.own] == ["other/*"]


def test_what_is_not_kept_is_counted_all_the_same(tmp_path: Path) -> None:
    settings = read_settings(write(tmp_path, "ledger: {enabled: false}"), {})
    tally = Tally()
    meter, writer = build_ledger(settings, {}, FixedClock(), Pricer(PriceBook()), tally)
    assert meter is not None
    assert writer is None
    meter.settle(Exchange("ex_1", "openai_chat", "p", 0.0, model="m"))
    assert "1 series" in repr(tally)


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
