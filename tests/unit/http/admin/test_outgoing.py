"""Answers as bytes, and what every one of them carries."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

from dragoman.http.admin.outgoing import build_cookie, send_answer
from dragoman.http.admin.plane import AdminPlane
from dragoman.http.admin.routes import Call, Download, Events, Route, Tagged
from dragoman.http.admin.table import RouteTable
from tests.unit.http.admin.counter import Counter, Reply


def answer_with(folder: Path, content: Any, **given: Any) -> Reply:
    async def answer(_desk: object, _call: Call) -> Any:
        return content

    counter = Counter(folder)
    route = Route("GET", "/x", "anyone", answer, "", response=dict, **given)
    counter.plane = AdminPlane(RouteTable([route]), counter.desk)
    return counter.ask("GET", "/x")


def test_no_answer_may_be_kept_framed_or_guessed_at(tmp_path: Path) -> None:
    reply = answer_with(tmp_path, {"a": 1}, status=202)
    assert (reply.status, reply.json) == (202, {"a": 1})
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
    assert reply.headers["content-length"] == str(len(reply.body))
    assert "access-control-allow-origin" not in reply.headers


def test_a_file_has_its_name_and_its_type(tmp_path: Path) -> None:
    reply = answer_with(tmp_path, Download(b"a,b\n", "text/csv", "x.csv"))
    assert (reply.body, reply.headers["content-type"]) == (b"a,b\n", "text/csv")
    assert reply.headers["content-disposition"] == 'attachment; filename="x.csv"'


def test_a_version_comes_as_a_tag(tmp_path: Path) -> None:
    assert answer_with(tmp_path, Tagged({"a": 1}, "v7")).headers["etag"] == '"v7"'


def test_nothing_to_say_is_status_204(tmp_path: Path) -> None:
    reply = answer_with(tmp_path, None)
    assert (reply.status, reply.body) == (204, b"")
    assert "content-length" not in reply.headers


def test_events_are_sent_one_by_one() -> None:
    async def count() -> AsyncGenerator[dict[str, int], None]:
        for number in range(2):
            yield {"n": number}

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def answer(_desk: object, _call: Call) -> None: ...

    asyncio.run(send_answer(send, Route("GET", "/x", "anyone", answer, ""), Events(count())))
    assert (b"content-type", b"text/event-stream") in sent[0]["headers"]
    assert [message["body"] for message in sent[1:]] == [b'data: {"n":0}\n\n', b'data: {"n":1}\n\n', b""]
    assert [message.get("more_body", False) for message in sent[1:]] == [True, True, False]
    assert json.loads(sent[1]["body"][6:]) == {"n": 0}


def test_events_end_when_the_client_has_gone() -> None:
    closed: list[bool] = []

    async def count() -> AsyncGenerator[int, None]:
        try:
            for number in range(1000):
                yield number
        finally:
            closed.append(True)

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def answer(_desk: object, _call: Call) -> None: ...

    route = Route("GET", "/x", "anyone", answer, "")
    asyncio.run(send_answer(send, route, Events(count()), lambda: len(sent) > 3))
    assert len(sent) == 5
    assert closed == [True]


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites() -> None:
    name, value = build_cookie("s")
    assert (name, value) == (b"set-cookie", b"dragoman_session=s; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800")
    assert build_cookie("")[1].endswith(b"Max-Age=0")
