"""A head that came before is known again byte by byte, and whatever is not the very same goes to the parser."""

from __future__ import annotations

import asyncio
import random
from types import SimpleNamespace
from typing import Any

import pytest

from dragoman.http.data_plane import ASKED_KEY
from dragoman.http.protocol import GatewayProtocol
from dragoman.http.said_head import SaidHead, note_head

HEAD = b"POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\nX-Api-Key: k\r\n\r\n"
SCOPE: dict[str, Any] = {"path": "/v1/messages"}


def said(data: bytes) -> SaidHead:
    noted = note_head(data, SCOPE)
    assert noted is not None
    return noted


def test_the_same_head_is_known_with_another_length() -> None:
    noted = said(HEAD % 3 + b"abc")
    data = HEAD % 12 + b"twelve bytes"
    assert noted.find_body(data) == (12, b"twelve bytes")
    assert noted.scope is SCOPE


@pytest.mark.parametrize("target", [b"/v1/messages", b"/a%20b%d%%", b"/%b%s%(x)d"])
def test_a_known_head_may_come_with_less_than_the_body_or_more(target: bytes) -> None:
    head = HEAD.replace(b"/v1/messages", target.replace(b"%", b"%%"))
    noted = said(head % 3 + b"abc")
    assert noted.find_body(head % 12 + b"twelve") == (12, b"twelve")
    assert noted.find_body(head % 4) == (4, b"")
    assert noted.find_body(head % 0) == (0, b"")
    assert noted.find_body(head % 2 + b"ab" + head % 3) == (2, b"ab" + head % 3)


@pytest.mark.parametrize(
    "data",
    [
        HEAD.replace(b"X-Api-Key: k", b"X-Api-Key: l") % 3,
        HEAD.replace(b"/v1/messages", b"/v1/message") % 3,
        HEAD.replace(b"%d", b"+3"),
        HEAD.replace(b"%d", b""),
        HEAD.replace(b"%d", b"3 "),
        HEAD.replace(b"%d", b"99999999999999999999"),
        HEAD.replace(b"%d", b"007"),
        (HEAD % 3)[:-1],
        (HEAD % 0)[:-4],
        (HEAD % 3)[:20],
        b"",
    ],
    ids=["credential", "path", "sign", "nothing", "space", "long", "zeros", "torn", "endless", "short", "empty"],
)
def test_another_head_is_not_known(data: bytes) -> None:
    assert said(HEAD % 3).find_body(data) is None


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        HEAD.replace(b"Host: localhost", b"content-length: 3") % 3 + b"abc",
        b"POST / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        (HEAD % 3)[:-2],
        HEAD % 3 + b"abc" + HEAD % 3,
    ],
    ids=["bodiless", "two lengths", "no length", "torn", "two requests"],
)
def test_what_is_out_of_the_ordinary_is_not_noted(data: bytes) -> None:
    assert note_head(data, SCOPE) is None


def test_a_noted_head_does_not_show_its_credential() -> None:
    assert "canary" not in repr(said(HEAD.replace(b": k", b": canary") % 3 + b"abc"))


class Line:
    """A transport that nobody listens to."""

    def __init__(self) -> None:
        self.written = b""
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.is_closed = True

    def is_closing(self) -> bool:
        return self.is_closed

    def get_extra_info(self, name: str) -> Any:
        return ("127.0.0.1", 1) if name in {"sockname", "peername"} else None

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def note_request(scope: Any, receive: Any, send: Any) -> None:
    """Answers with what was asked: path, credential and body."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message["body"]
        more = message["more_body"]
    scope.setdefault(ASKED_KEY, dict(scope["headers"]).get(b"x-api-key", b""))
    text = b"|".join([scope["path"].encode(), scope[ASKED_KEY], body])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(text))]})
    await send({"type": "http.response.body", "body": text})


async def answer_all(pieces: list[bytes]) -> bytes:
    """What a connection writes that gets these pieces, each when the one before has been dealt with."""
    config: Any = SimpleNamespace(loaded_app=note_request)
    state: Any = SimpleNamespace(connections=set(), tasks=set())
    protocol, line = GatewayProtocol(config, state, {}), Line()
    protocol.connection_made(line)  # type: ignore[arg-type]
    for piece in pieces:
        protocol.data_received(piece)
        for _ in range(8):
            await asyncio.sleep(0)
    while protocol.current is not None:
        await asyncio.sleep(0)
    protocol.connection_lost(None)
    await asyncio.gather(*state.tasks)
    assert protocol.current is None
    return line.written


def build_request(path: bytes, key: bytes, body: bytes) -> bytes:
    lines = [b"POST %b HTTP/1.1" % path, b"Host: localhost", b"X-Api-Key: " + key, b"Content-Length: %d" % len(body)]
    return b"\r\n".join([*lines, b"", body])


def cut(chance: random.Random, data: bytes) -> list[bytes]:
    """The same bytes in pieces, mostly one for each request as clients write them."""
    places = sorted(chance.randrange(1, len(data)) for _ in range(chance.randrange(3)))
    return [data[start:end] for start, end in zip([0, *places], [*places, None], strict=True)]


@pytest.mark.parametrize("seed", range(40))
def test_however_requests_come_each_gets_its_own_answer(seed: int) -> None:
    chance = random.Random(seed)
    asked = []
    for _ in range(12):
        body = bytes(chance.choices(b"abc\r\n", k=chance.choice([0, 1, 9, 10, 5000])))
        asked.append((chance.choice([b"/one", b"/two"]), chance.choice([b"k", b"other"]), body))
    pieces: list[bytes] = []
    for request in asked:
        data = build_request(*request)
        if pieces and chance.random() < 0.2:
            data = pieces.pop() + data
        pieces += cut(chance, data)
    written = asyncio.run(answer_all(pieces))
    for request in asked:
        text = b"|".join(request)
        answer = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(text), text)
        assert written.startswith(answer)
        written = written[len(answer) :]
    assert written == b""


def test_the_task_that_answered_also_answers_what_comes_next() -> None:
    seen: list[asyncio.Task[Any] | None] = []

    async def note_task(scope: Any, receive: Any, send: Any) -> None:
        seen.append(asyncio.current_task())
        await note_request(scope, receive, send)

    async def run() -> None:
        config: Any = SimpleNamespace(loaded_app=note_task)
        state: Any = SimpleNamespace(connections=set(), tasks=set())
        protocol = GatewayProtocol(config, state, {})
        protocol.connection_made(Line())  # type: ignore[arg-type]
        for _ in range(3):
            protocol.data_received(build_request(b"/one", b"k", b"abc"))
            while protocol.current is not None:
                await asyncio.sleep(0)
        protocol.connection_lost(None)
        await asyncio.gather(*state.tasks)

    asyncio.run(run())
    assert len(seen) == 3
    assert len(set(seen)) == 1
