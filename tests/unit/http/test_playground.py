"""The console asks models in its own name."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dragoman.http.data_plane import DataPlane
from dragoman.http.playground import Playground
from dragoman.service.principals import Principal, Principals, digest_secret
from dragoman.upstream.scripted import Script
from tests.unit.http.admin.counter import speak_asgi
from tests.unit.http.edge import make_data_plane
from tests.unit.service.desk import CHAT_ANSWER, CHAT_REQUEST

SCOPE = {"type": "http", "method": "POST", "path": "/v1/chat/completions", "query_string": b""}
HEADERS = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")]
LOCKED = {digest_secret("a-key-of-somebody"): Principal("ada")}


def ask(playground: Playground, *headers: tuple[bytes, bytes]) -> int:
    scope: dict[str, Any] = {**SCOPE, "headers": [*HEADERS, *headers]}
    return asyncio.run(speak_asgi(playground, scope, CHAT_REQUEST)).status


def make(principals: Principals | None) -> DataPlane:
    plane, _ = make_data_plane(lambda request: Script(200, [], (CHAT_ANSWER,)), principals)
    return plane


@pytest.mark.parametrize("locked", [False, True])
def test_a_session_asks_models_whether_others_need_a_key_or_not(locked: bool) -> None:
    plane = make(Principals(LOCKED) if locked else None)
    assert ask(Playground(plane)) == 200
    assert ask(Playground(plane), (b"cookie", b"c=1"), (b"authorization", b"Bearer other")) == 200


def test_others_still_need_their_key() -> None:
    plane = make(Principals(LOCKED))
    assert ask(Playground(plane)) == 200
    scope = {**SCOPE, "headers": HEADERS}
    assert asyncio.run(speak_asgi(plane, scope, CHAT_REQUEST)).status == 401


def test_a_reload_does_not_lock_the_console_out() -> None:
    principals = Principals(LOCKED)
    plane = make(principals)
    playground = Playground(plane)
    assert ask(playground) == 200
    principals.change({}, None)
    assert ask(playground) == 200
    plane.principals = Principals(LOCKED)
    assert ask(playground) == 200
    assert repr(playground) == "<Playground>"
