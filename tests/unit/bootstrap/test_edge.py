"""From settings to a data plane."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dragoman.bootstrap.edge import Companions, build_answers, build_data_plane, build_guard, build_principals
from dragoman.bootstrap.routing import build_switchboard
from dragoman.bootstrap.settings import read_settings
from dragoman.clock import FixedClock
from dragoman.errors import DragomanError
from dragoman.http.data_plane import DataPlane
from dragoman.ledger.archive import Archive
from dragoman.ledger.responses import ResponseStore
from dragoman.ledger.row import Record
from dragoman.ledger.shelf import Shelf
from dragoman.ledger.uploads import UploadStore
from dragoman.service.metering.settle import Meter
from dragoman.upstream.scripted import ScriptedTransport
from tests.unit.bootstrap.configured import CONFIG, KEYS, write
from tests.unit.service.desk import CHAT_REQUEST, whole


async def ask(data_plane: DataPlane, body: bytes) -> object:
    """One request of a chat; the status of its answer."""
    sent: list[dict[str, object]] = []
    headers = [(b"host", b"127.0.0.1"), (b"content-length", b"%d" % len(body))]
    scope = {"path": "/v1/chat/completions", "query_string": b"", "headers": headers, "method": "POST"}

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body}

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    await data_plane(scope, receive, send)
    return sent[0]["status"]


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


def test_only_who_may_name_what_is_kept_is_answered_by_who_keeps_it(tmp_path: Path) -> None:
    settings, clock = read_settings(None, KEYS), FixedClock()
    archive = Archive(ResponseStore(tmp_path / "responses.sqlite"), clock, settings.responses)
    shelf = Shelf(UploadStore(tmp_path / "uploads.sqlite"), clock, settings.uploads)
    board = build_switchboard(settings, None, None)
    companions = Companions(archive=archive, shelf=shelf)
    answering = build_answers(settings, ScriptedTransport([]), clock, lambda: board, companions)
    keepers = {"openai_responses", "anthropic_messages", "gemini_generate", "gemini_generate_array"}
    assert set(answering.answers_to) == keepers
    assert answering.answers["generate"] == answering.bypass.generate
    assert all(special["generate"] != answering.answers["generate"] for special in answering.answers_to.values())
    assert {"response", "files", "cached_contents"} <= set(answering.answers)


def test_an_exchange_is_metered_through_the_data_plane() -> None:
    noted: list[Record] = []
    settings = read_settings(None, KEYS)
    companions = Companions(meter=Meter(noted.append, FixedClock()))
    data_plane, _ = build_data_plane(settings, ScriptedTransport([]), FixedClock(), companions)
    assert asyncio.run(ask(data_plane, b'{"model":"nowhere","messages":[]}')) == 404
    assert [(record.route, record.bytes_in) for record in noted] == [("nowhere", 33)]


def test_a_route_gets_its_detour_when_the_configuration_changes(tmp_path: Path) -> None:
    plain = read_settings(write(tmp_path, CONFIG), KEYS)
    cached = read_settings(write(tmp_path, CONFIG + "  kept: {targets: [mine/small], cache_seconds: 60}\n"), KEYS)
    transport = ScriptedTransport([whole(), whole()])
    data_plane, apply = build_data_plane(plain, transport, FixedClock())
    known = CHAT_REQUEST.replace(b'"r"', b'"mine/small"')
    kept = CHAT_REQUEST.replace(b'"r"', b'"kept"')

    async def work() -> list[object]:
        statuses = [await ask(data_plane, known)]
        apply(cached)
        return [*statuses, await ask(data_plane, kept), await ask(data_plane, kept)]

    assert asyncio.run(work()) == [200, 200, 200]
    assert len(transport.requests) == 2
