"""The link, the files and the API behind one door."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from dragoman.http.console_files import ConsoleFiles
from dragoman.http.control_plane import ControlPlane
from tests.unit.http.admin.counter import HOST, LINK, Counter, Reply, speak_asgi


class Door:
    """A control plane before a console that was built."""

    def __init__(self, folder: Path) -> None:
        (folder / "built").mkdir()
        (folder / "built" / "index.html").write_text("<title>Console</title>")
        self.counter = Counter(folder)
        self.plane = ControlPlane(self.counter.plane, self.counter.desk, ConsoleFiles(folder / "built"))

    def ask(self, method: str, path: str, *headers: tuple[bytes, bytes]) -> Reply:
        bare, _, query = path.partition("?")
        given = headers if any(name == b"host" for name, _ in headers) else ((b"host", HOST), *headers)
        scope: dict[str, Any] = {"type": "http", "method": method, "path": bare, "query_string": query.encode()}
        return asyncio.run(speak_asgi(self.plane, scope | {"headers": list(given), "client": ("127.0.0.9", 1)}))


@pytest.fixture
def door(tmp_path: Path) -> Door:
    return Door(tmp_path)


def test_the_printed_link_leads_into_the_console_once(door: Door) -> None:
    reply = door.ask("GET", f"/console/login?token={LINK}")
    assert (reply.status, reply.headers["location"]) == (303, "/console/")
    cookie = reply.headers["set-cookie"]
    assert "HttpOnly; SameSite=Strict" in cookie
    me = door.ask("GET", "/admin/api/me", (b"cookie", cookie.partition(";")[0].encode()))
    assert (me.status, me.json["role"]) == (200, "admin")
    again = door.ask("GET", f"/console/login?token={LINK}")
    assert (again.status, "set-cookie" in again.headers) == (401, False)
    assert b"dragoman console" in again.body


def test_guessing_the_link_is_slowed_down(door: Door) -> None:
    statuses = [door.ask("GET", f"/console/login?token={n}").status for n in range(7)]
    assert statuses[:6] == [401] * 6
    assert statuses[6] == 429
    assert door.ask("GET", f"/console/login?token={LINK}").status == 429


def test_the_sign_in_page_itself_is_one_of_the_console(door: Door) -> None:
    assert door.ask("GET", "/console/login").body == b"<title>Console</title>"
    moved = door.ask("GET", "/console")
    assert (moved.status, moved.headers["location"]) == (303, "/console/")


def test_pages_are_only_read_and_only_here(door: Door) -> None:
    assert door.ask("POST", "/console/").status == 405
    assert door.ask("GET", "/console/", (b"host", b"rebound.example")).status == 403
    head = door.ask("HEAD", "/console/")
    assert (head.status, head.body) == (200, b"")


@pytest.mark.parametrize(
    ("path", "is_ours"),
    [
        ("/admin/api/me", True),
        ("/admin/api", True),
        ("/console", True),
        ("/console/x", True),
        ("/consoles", False),
        ("/admin/apis", False),
        ("/v1/models", False),
    ],
)
def test_only_what_is_ours_is_taken(door: Door, path: str, is_ours: bool) -> None:
    assert door.plane.covers(path) is is_ours
