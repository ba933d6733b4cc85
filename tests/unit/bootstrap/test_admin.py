"""The admin API over the whole application."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

from dragoman.bootstrap.application import build_application
from dragoman.bootstrap.settings import read_settings
from tests.unit.bootstrap.configured import KEYS
from tests.unit.http.admin.counter import Reply, speak_asgi

CLIENT_KEY = "Zk3-quite-unguessable-9"


def ask(folder: Path, path: str, more: Mapping[str, str] | None = None, key: str = "", text: str = "") -> Reply:
    environment = {**KEYS, "DRAGOMAN_DATA": str(folder), "XDG_CACHE_HOME": str(folder / "cache"), **(more or {})}
    file = folder / "dragoman.yaml"
    file.write_text(text)

    async def run() -> Reply:
        application = build_application(read_settings(file, environment), environment, file, "the-link")
        headers = [(b"host", b"127.0.0.1:8642")]
        headers += [(b"authorization", b"Bearer " + key.encode())] if key else []
        bare, _, query = path.partition("?")
        scope = {"type": "http", "method": "GET", "path": bare, "query_string": query.encode(), "headers": headers}
        return await speak_asgi(application, scope)

    return asyncio.run(run())


def test_a_key_of_the_configuration_is_an_admin_s(tmp_path: Path) -> None:
    reply = ask(tmp_path, "/admin/api/me", {"DRAGOMAN_API_KEY": CLIENT_KEY}, CLIENT_KEY)
    assert (reply.status, reply.json["role"], reply.json["needs_key"]) == (200, "admin", True)
    assert ask(tmp_path, "/admin/api/me", {"DRAGOMAN_API_KEY": CLIENT_KEY}, "another-key").status == 401


def test_where_no_key_is_configured_none_is_right(tmp_path: Path) -> None:
    for key in ("", "anything"):
        assert ask(tmp_path, "/admin/api/me", None, key).status == 401
    reply = ask(tmp_path, "/console/login?token=the-link")
    assert (reply.status, "dragoman_session=" in reply.headers["set-cookie"]) == (303, True)


def test_everything_can_be_seen_and_no_secret_is_in_it(tmp_path: Path) -> None:
    given = {"DRAGOMAN_API_KEY": CLIENT_KEY}
    for path in ("/overview", "/exchanges", "/usage", "/providers", "/catalogue", "/routes", "/prices", "/config"):
        reply = ask(tmp_path, f"/admin/api{path}", given, CLIENT_KEY)
        assert reply.status == 200, (path, reply.body)
        assert json.loads(reply.body)
        for secret in (CLIENT_KEY, *KEYS.values()):
            assert secret not in reply.body.decode(), path


def test_who_wants_no_console_has_none(tmp_path: Path) -> None:
    text = "console: {enabled: false}\n"
    given = {"DRAGOMAN_API_KEY": CLIENT_KEY}
    assert ask(tmp_path, "/admin/api/me", given, CLIENT_KEY, text).status == 404
    assert ask(tmp_path, "/console/", given, CLIENT_KEY, text).status == 404
