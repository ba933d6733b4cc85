"""Pages of other origins: who may ask, and what a browser must hear to let them read."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest

import dragoman
from dragoman.http.application import Application
from dragoman.http.cors import EXPOSED, MAX_ASKED_BYTES, build_page_headers, build_preflight
from dragoman.http.hosts import HostGuard
from dragoman.upstream.scripted import Scripts
from tests.unit.http.edge import make_data_plane, running_server, speak
from tests.unit.service.desk import CHAT_REQUEST, CHAT_STREAM, CHAT_STREAM_REQUEST, streamed, whole

PAGE = b"https://chat.example.org"
ASKS = (b"access-control-request-method", b"POST")
ASKED_HEADERS = b"authorization,content-type,x-stainless-os"


def browse(
    origin: bytes | None,
    *headers: tuple[bytes, bytes],
    method: str = "POST",
    path: str = "/v1/chat/completions",
    body: bytes = CHAT_REQUEST,
    scripts: Scripts = (),
) -> tuple[int, dict[bytes, bytes], bytes]:
    """What a page of this origin gets for its request: status, headers and body."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def run() -> None:
        plane, _ = make_data_plane(scripts)
        plane.guard = HostGuard([], [PAGE.decode()], any_host=False)
        pairs = [(b"host", b"localhost"), *headers, *([(b"origin", origin)] if origin else [])]
        scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": pairs}
        await plane(scope, receive, send)
        assert plane.sinks == set()

    asyncio.run(run())
    names = [name for name, _ in sent[0]["headers"]]
    assert len(names) == len(set(names))
    return sent[0]["status"], dict(sent[0]["headers"]), b"".join(one.get("body", b"") for one in sent[1:])


def test_a_preflight_of_a_listed_origin_is_granted_what_it_asks() -> None:
    asked = (b"access-control-request-headers", ASKED_HEADERS)
    status, headers, body = browse(PAGE, ASKS, asked, method="OPTIONS")
    assert (status, body) == (204, b"")
    assert headers[b"access-control-allow-origin"] == PAGE
    assert headers[b"access-control-allow-headers"] == ASKED_HEADERS
    assert b"POST" in headers[b"access-control-allow-methods"]
    assert int(headers[b"access-control-max-age"]) > 0
    assert b"content-length" not in headers


@pytest.mark.parametrize(
    "origin", [b"https://evil.example", b"null", b"http://localhost:3000", PAGE + b".evil.example"]
)
def test_a_preflight_of_any_other_origin_is_refused_without_a_word_to_the_browser(origin: bytes) -> None:
    status, headers, body = browse(origin, ASKS, method="OPTIONS")
    assert status == 403
    assert "server.allowed_origins" in json.loads(body)["error"]["message"]
    assert not [name for name in headers if name.startswith(b"access-control-")]


def test_a_page_may_read_answers_streams_and_errors() -> None:
    answer = browse(PAGE, scripts=[whole()])
    stream = browse(PAGE, body=CHAT_STREAM_REQUEST, scripts=[streamed(*CHAT_STREAM)])
    error = browse(PAGE, body=b"{")
    nowhere = browse(PAGE, path="/nowhere", method="GET")
    models = browse(PAGE, path="/v1/models", method="GET")
    assert [one[0] for one in (answer, stream, error, nowhere, models)] == [200, 200, 400, 404, 200]
    for _, headers, _ in (answer, stream, error, nowhere, models):
        assert headers.items() >= dict(build_page_headers(PAGE)).items()


def test_a_preflight_over_the_wire_is_all_head() -> None:
    async def run() -> bytes:
        plane, transport = make_data_plane()
        plane.guard = HostGuard([], [PAGE.decode()], any_host=False)
        lines = [b"OPTIONS /v1/messages HTTP/1.1", b"host: localhost", b"origin: " + PAGE, b"connection: close"]
        asks = b"\r\n".join([*lines, b": ".join(ASKS), b"", b""])
        async with running_server(Application(plane, (), transport.aclose), plane) as (_, port):
            return await speak(port, asks)

    head, end, rest = asyncio.run(run()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert b"access-control-allow-origin: " + PAGE in head.split(b"\r\n")
    assert b"content-length" not in head
    assert b"transfer-encoding" not in head
    assert (end, rest) == (b"\r\n\r\n", b"")


def test_the_origin_is_compared_without_regard_to_case_and_told_as_it_came() -> None:
    _, headers, _ = browse(PAGE.upper(), scripts=[whole()])
    assert headers[b"access-control-allow-origin"] == PAGE.upper()


@pytest.mark.parametrize("origin", [None, b"http://localhost:3000", b"https://evil.example"])
def test_nobody_else_gets_such_headers(origin: bytes | None) -> None:
    _, headers, _ = browse(origin, scripts=[whole()])
    assert not [name for name in headers if name.startswith(b"access-control-") or name == b"vary"]


def test_without_an_origin_options_is_a_method_like_any_other() -> None:
    assert browse(None, method="OPTIONS")[0] == 405


def test_no_answer_allows_everybody_or_cookies() -> None:
    said = (*build_page_headers(PAGE), *build_preflight([ASKS, (b"access-control-request-headers", ASKED_HEADERS)]))
    assert not [pair for pair in said if pair[1] == b"*" or pair[0] == b"access-control-allow-credentials"]


@pytest.mark.parametrize("names", [b"", b"x: y", b"a\x00b", b"a" * (MAX_ASKED_BYTES + 1), "ä".encode()])
def test_what_is_no_list_of_header_names_is_not_said_again(names: bytes) -> None:
    assert b"access-control-allow-headers" not in dict(build_preflight([(b"access-control-request-headers", names)]))


def test_a_page_of_the_public_web_may_reach_into_the_local_network_if_it_is_listed() -> None:
    asked = (b"access-control-request-private-network", b"true")
    assert browse(PAGE, ASKS, asked, method="OPTIONS")[1][b"access-control-allow-private-network"] == b"true"
    assert b"access-control-allow-private-network" not in dict(build_preflight([ASKS]))


def test_every_header_of_our_own_can_be_read_by_a_page() -> None:
    source = Path(dragoman.__file__).parent
    emitted = {
        name
        for folder in ("http", "service")
        for file in (source / folder).glob("*.py")
        for name in re.findall(r'\(b"(x-dragoman-[a-z-]+)", ', file.read_text())
    }
    assert emitted
    assert emitted <= {name.decode() for name in EXPOSED.split(b", ")}
