"""The request that asks for a WebSocket, and its answer."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dragoman.errors import DragomanError
from dragoman.http.handshake import open_framing

HEADERS = {
    b"host": b"localhost",
    b"upgrade": b"websocket",
    b"connection": b"Upgrade",
    b"sec-websocket-key": b"dGhlIHNhbXBsZSBub25jZQ==",
    b"sec-websocket-version": b"13",
}


def ask(**changes: bytes | None) -> bytes:
    changed = {name.replace("_", "-").encode(): value for name, value in changes.items()}
    headers = {name: value for name, value in {**HEADERS, **changed}.items() if value is not None}
    return open_framing(headers.items(), 1000)[1]


def test_a_request_is_answered_as_its_standard_says() -> None:
    greeting = ask(x_long=b"x" * 60_000)
    assert greeting.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in greeting
    assert b"Extensions" not in greeting


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"sec_websocket_key": None}, 400),
        ({"sec_websocket_key": b"short"}, 400),
        ({"sec_websocket_version": b"8"}, 400),
        ({"connection": b"keep-alive"}, 426),
        ({"sec_websocket_key": b"x" * 10_000}, 400),
    ],
)
def test_a_request_that_is_not_one_is_refused(changes: dict[str, bytes | None], status: int) -> None:
    with pytest.raises(DragomanError, match="version 13") as refused:
        ask(**changes)
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("offered", "taken"),
    [(b"openai-insecure-api-key.sk-1, realtime", b"realtime"), (b"a, b", b"a"), (b"openai-insecure-api-key.sk-1", b"")],
)
def test_a_subprotocol_is_taken_that_is_no_secret(offered: bytes, taken: bytes) -> None:
    greeting = ask(sec_websocket_protocol=offered)
    assert (b"Sec-WebSocket-Protocol: " + taken in greeting) is bool(taken)
    assert b"sk-1" not in greeting


def test_nobody_pays_for_the_library_before_somebody_asks() -> None:
    code = "import sys, dragoman.http.sockets; sys.exit('websockets' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0
