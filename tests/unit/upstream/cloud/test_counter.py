"""Asking where clouds lend: small requests, and errors that tell whose fault it is and nothing more."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.upstream.cloud.counter import (
    LITTLE_PATIENCE,
    MAX_FILE_BYTES,
    Surroundings,
    Told,
    ask,
    ask_machine,
    build_form,
    build_request,
    count_seconds,
    fail,
    read_text,
    read_told,
)
from dragoman.upstream.scripted import Script, ScriptedTransport


class Thing(msgspec.Struct):
    name: str


def test_an_address_is_split_as_a_request_wants_it() -> None:
    request = build_request("GET", "http://[fd00::1]:81/a/b?c=d", {"X-One": "1"}, timeouts=LITTLE_PATIENCE)
    assert (request.origin.scheme, request.origin.host, request.origin.port) == ("http", "fd00::1", 81)
    assert (request.method, request.target, request.headers) == (b"GET", b"/a/b?c=d", [(b"x-one", b"1")])
    assert request.timeouts.connect == 1.0
    assert build_request("GET", "https://a.test", {}).target == b"/"
    assert build_request("GET", "https://a.test", {}).origin.port == 443


@pytest.mark.parametrize("url", ["", "ftp://a.test/", "file:///etc/passwd", "http://", "http://a.test/\r\nx: y"])
def test_what_is_no_address_is_not_asked(url: str) -> None:
    with pytest.raises(DragomanError, match="no http or https address"):
        build_request("GET", url, {})


def test_a_form_is_quoted() -> None:
    assert build_form("https://a.test/t", {"a": "1&2", "b": "ü"}).body == b"a=1%262&b=%C3%BC"


def test_an_answer_is_read_and_closed() -> None:
    transport = ScriptedTransport([Script(418, chunks=(b"te", b"a"))])
    told = asyncio.run(ask(transport, build_request("GET", "http://a.test/", {})))
    assert (told.status, told.body, repr(told)) == (418, b"tea", "<Told 418, 3 bytes>")
    assert transport.answers[0].is_ended


def test_where_nobody_is_there_it_is_said_what_is_missing() -> None:
    gone = DragomanError(Kind.TIMEOUT, "no answer", blame="upstream", phase="connect")
    direct = ScriptedTransport([Script(418), gone])
    around = Surroundings({}, ScriptedTransport([]), direct, FixedClock())
    request = build_request("GET", "http://169.254.169.254/", {})
    assert asyncio.run(ask_machine(around, request, "Nothing here.")).status == 418
    with pytest.raises(DragomanError, match=r"^Nothing here\.$") as caught:
        asyncio.run(ask_machine(around, request, "Nothing here."))
    assert (caught.value.kind, caught.value.blame) == (Kind.AUTHENTICATION, "gateway")


def test_what_was_lent_is_read() -> None:
    assert read_told(Told(200, b'{"name": "x", "more": 1}'), "Somebody", Thing).name == "x"


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b'{"name": 3}', b'{"name": "\xff"}'])
def test_an_answer_without_what_was_wanted_is_refused(body: bytes) -> None:
    with pytest.raises(DragomanError, match=r"Somebody answered with something that is no credential\.") as caught:
        read_told(Told(200, body), "Somebody", Thing)
    assert (caught.value.kind, caught.value.blame) == (Kind.AUTHENTICATION, "gateway")


@pytest.mark.parametrize(
    ("told", "code", "kind", "message"),
    [
        (Told(503, b"busy"), "", Kind.OVERLOADED, "Somebody lends nothing at the moment (503)."),
        (Told(429, b""), "", Kind.OVERLOADED, "Somebody lends nothing at the moment (429)."),
        (Told(401, b"<html>"), "", Kind.AUTHENTICATION, "Somebody refused what the gateway showed (401)."),
        (
            Told(400, b'{"error": "bad"}'),
            "",
            Kind.AUTHENTICATION,
            "Somebody refused what the gateway showed (400, bad).",
        ),
        (Told(400, b'{"error": {}}'), "", Kind.AUTHENTICATION, "Somebody refused what the gateway showed (400)."),
        (Told(400, b"x"), "Code", Kind.AUTHENTICATION, "Somebody refused what the gateway showed (400, Code)."),
        (Told(400, b"x"), "a\nb", Kind.AUTHENTICATION, "Somebody refused what the gateway showed (400)."),
        (Told(400, b"x"), "l" * 65, Kind.AUTHENTICATION, "Somebody refused what the gateway showed (400)."),
    ],
)
def test_a_refusal_tells_whose_fault_it_is(told: Told, code: str, kind: Kind, message: str) -> None:
    error = fail(told, "Somebody", code)
    assert (error.kind, str(error), error.phase) == (kind, message, "connect")
    assert error.blame == ("upstream" if kind is Kind.OVERLOADED else "gateway")


def test_a_file_is_read_and_its_path_is_told_to_nobody(tmp_path: Path) -> None:
    good, large = tmp_path / "token", tmp_path / "large"
    good.write_text("text")
    large.write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    assert read_text(str(good), "tokens") == "text"
    with pytest.raises(DragomanError, match="too large"):
        read_text(str(large), "tokens")
    for missing in (str(tmp_path / "none"), str(tmp_path), "nul\x00"):
        with pytest.raises(DragomanError, match=r"The file of tokens cannot be read\.$") as caught:
            read_text(missing, "tokens")
        assert str(tmp_path) not in str(caught.value)


def test_an_end_is_counted_from_now() -> None:
    assert count_seconds("2026-11-21T20:00:00Z", 1_795_291_140.0) == 60.0
    assert count_seconds("2026-11-21T21:00:00.500+01:00", 1_795_291_140.0) == 60.5
    with pytest.raises(DragomanError, match="readable end"):
        count_seconds("tomorrow", 0.0)
