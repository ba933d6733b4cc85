"""From settings to a data plane."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.bootstrap.edge import Companions, build_data_plane, build_guard, build_principals
from dragoman.bootstrap.settings import read_settings
from dragoman.clock import FixedClock
from dragoman.errors import DragomanError
from dragoman.ledger.row import Record
from dragoman.service.metering.settle import Meter
from dragoman.upstream.scripted import ScriptedTransport
from tests.unit.bootstrap.configured import KEYS


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


def test_an_exchange_is_metered_through_the_data_plane() -> None:
    noted: list[Record] = []
    settings = read_settings(None, KEYS)
    companions = Companions(meter=Meter(noted.append, FixedClock()))
    data_plane, _ = build_data_plane(settings, ScriptedTransport([]), FixedClock(), companions)
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
