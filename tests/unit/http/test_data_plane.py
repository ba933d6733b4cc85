"""The edge as a client meets it: who is let in, what is refused, in whose words."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from dragoman.clock import FixedClock
from dragoman.http.data_plane import CONNECTION_KEY, Limits
from dragoman.http.hosts import HostGuard, refuse_origin
from dragoman.routing.target import HeaderPairs
from dragoman.service.principals import Principal, Principals, digest_secret
from dragoman.upstream.scripted import Scripts
from tests.unit.http.edge import make_data_plane
from tests.unit.service.desk import ANTHROPIC_REQUEST, CHAT_REQUEST, whole

KEY = "a-gateway-key-of-some-length"
KEYS = Principals({digest_secret(KEY): Principal("alice")})


def call(
    path: str = "/v1/chat/completions",
    body: bytes = CHAT_REQUEST,
    headers: tuple[tuple[bytes, bytes], ...] = (),
    *,
    method: str = "POST",
    scripts: Scripts = (),
    **plane: Any,
) -> tuple[int, Any]:
    """One request straight into the ASGI callable; status and decoded answer."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def run() -> None:
        data_plane, _ = make_data_plane(scripts, **plane)
        pairs = [(b"host", b"localhost"), *headers]
        scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": pairs}
        await data_plane(scope, receive, send)
        assert data_plane.sinks == set()

    asyncio.run(run())
    return sent[0]["status"], json.loads(b"".join(message.get("body", b"") for message in sent))


def test_a_request_is_answered() -> None:
    status, answer = call(scripts=[whole()])
    assert status == 200
    assert answer["choices"][0]["message"]["content"] == "Hello!"


@pytest.mark.parametrize(
    ("status", "case"),
    [
        (401, {"principals": KEYS}),
        (401, {"principals": KEYS, "headers": ((b"x-api-key", b"wrong"),)}),
        (400, {"headers": ((b"x-api-key", b"one"), (b"authorization", b"Bearer two"))}),
        (403, {"headers": ((b"host", b"evil.example"),)}),
        (403, {"headers": ((b"origin", b"https://evil.example"),)}),
        (400, {"headers": ((b"content-encoding", b"gzip"),)}),
        (405, {"method": "GET"}),
        (413, {"limits": Limits(body_bytes=10)}),
        (400, {"body": b""}),
        (400, {"body": b"[]"}),
        (400, {"body": b'{"model":"r","model":"q"}'}),
        (404, {"body": CHAT_REQUEST.replace(b'"r"', b'"nobody"')}),
    ],
)
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/messages"])
def test_what_is_wrong_is_refused_in_the_callers_words(status: int, case: dict[str, Any], path: str) -> None:
    got, answer = call(path, **{"body": ANTHROPIC_REQUEST if path == "/v1/messages" else CHAT_REQUEST, **case})
    assert got == status
    assert answer["error"]["message"]
    assert (answer.get("type") == "error") == (path == "/v1/messages")


def test_what_is_too_much_is_shed_with_a_wait() -> None:
    for path, status in (("/v1/chat/completions", 503), ("/v1/messages", 529)):
        assert call(path, limits=Limits(in_flight=0))[0] == status


def test_an_unknown_path_is_a_404_and_a_page_is_read_with_get() -> None:
    assert call("/v1/nothing")[0] == 404
    assert call("/healthz", method="GET")[0] == 200
    assert call("/healthz")[0] == 405


def test_models_want_a_key_where_there_are_keys() -> None:
    assert call("/v1/models", method="GET", principals=KEYS)[0] == 401
    assert call("/v1/models", method="GET", principals=KEYS, headers=((b"x-api-key", KEY.encode()),))[0] == 200


def test_a_bug_of_ours_is_a_500_that_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def explode(request: object) -> Any:
        raise ZeroDivisionError("secret detail")

    status, answer = call(scripts=explode)
    assert status == 500
    assert "secret detail" not in json.dumps(answer)
    assert "secret detail" in caplog.text


def test_a_websocket_is_refused_with_the_status_that_sends_its_client_to_post() -> None:
    for path in ("/v1/responses", "/v1/chat/completions"):
        assert call(path, b"", method="GET")[0] == 405
        assert call(path, b"", ((b"upgrade", b"websocket"),), method="GET")[0] == 426


class Sockets:
    """Stands for what has connections become WebSockets; says how many requests are in flight meanwhile."""

    path = "/v1/responses"

    def __init__(self) -> None:
        self.served: list[tuple[str, bool, int]] = []

    async def serve(self, scope: Any, head: Any, *, is_listed: bool) -> None:
        self.served.append((scope["path"], is_listed, len(self.plane.sinks)))

    plane: Any = None


class Connection:
    """Stands for the server's protocol."""

    current = None
    on_disconnect = None
    task = None

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()


async def upgrade(path: str = "/v1/responses", *, has_connection: bool = True, **changes: Any) -> tuple[Any, list[int]]:
    """A request for a WebSocket; who was served, and the status of a refusal."""
    data_plane, _ = make_data_plane(principals=KEYS)
    sockets = data_plane.sockets = Sockets()
    sockets.plane = data_plane
    data_plane.is_draining = changes.pop("is_draining", False)
    statuses: list[int] = []

    async def send(message: dict[str, Any]) -> None:
        if "status" in message:
            statuses.append(message["status"])

    async def receive() -> dict[str, Any]:
        raise AssertionError("nobody reads a body")

    key = changes.pop("key", KEY)
    pairs = [(b"host", b"localhost"), (b"upgrade", b"websocket"), (b"x-api-key", key.encode())]
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": pairs}
    if has_connection:
        scope[CONNECTION_KEY] = Connection()
    await data_plane(scope, receive, send)
    return sockets.served, statuses


def test_a_connection_becomes_a_websocket_where_there_is_one_and_is_no_request_in_flight() -> None:
    assert asyncio.run(upgrade()) == ([("/v1/responses", False, 0)], [])


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"path": "/v1/chat/completions"}, 426),
        ({"path": "/v1/responses/input_tokens"}, 426),
        ({"has_connection": False}, 426),
        ({"key": "wrong-0123456789abcdefghij"}, 401),
        ({"is_draining": True}, 503),
    ],
)
def test_no_connection_becomes_a_websocket_that_may_not(changes: dict[str, Any], status: int) -> None:
    assert asyncio.run(upgrade(**changes)) == ([], [status])


def test_a_model_is_named_in_a_header_where_the_dialect_has_it_there() -> None:
    body = b'{"prompt":[{"role":"user","content":[{"type":"text","text":"Hi."}]}]}'
    headers = ((b"ai-language-model-id", b"r"), (b"ai-language-model-streaming", b"false"))
    status, answer = call("/v4/ai/language-model", body, headers, scripts=[whole()])
    assert (status, answer["content"]) == (200, [{"type": "text", "text": "Hello!"}])
    status, answer = call("/v4/ai/language-model", body)
    assert (status, answer["error"]["type"]) == (400, "invalid_request_error")
    assert "ai-language-model-id" in answer["error"]["message"]
    assert call("/v1/chat/completions", b'{"messages":[]}', headers)[0] == 400


class Cycle:
    """The server's own side of a request that has come whole."""

    is_free = True
    is_whole = True

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.statuses: list[int] = []

    def take(self) -> bytes:
        return self.body

    def send_whole(self, status: int, content_type: bytes, headers: Any, body: bytes) -> bool:
        self.statuses.append(status)
        return True


class ClosedGuard(HostGuard):
    """Lets nobody in."""

    def check(self, host: bytes, origin: bytes) -> None:
        raise refuse_origin()


async def ask_again(*changes: Any, principals: Principals = KEYS, more: HeaderPairs = ()) -> list[int]:
    """Requests with one and the same scope, as a connection has them that says its head again; the plane is changed
    after each."""
    plane, transport = make_data_plane([whole()] * (len(changes) + 1), principals=principals)
    connection, cycle = Connection(), Cycle(CHAT_REQUEST)
    connection.current = cycle  # type: ignore[assignment]
    pairs = [(b"host", b"localhost"), (b"x-api-key", KEY.encode()), *more]
    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/v1/chat/completions", "query_string": b""}
    scope |= {"headers": pairs, CONNECTION_KEY: connection}

    async def nothing(message: Any = None) -> Any:
        raise AssertionError("all of it goes at once")

    for change in (lambda plane, cycle: None, *changes):
        change(plane, cycle)
        await plane(scope, nothing, nothing)
        assert plane.sinks == set()
    await transport.aclose()
    return cycle.statuses


def test_what_is_known_of_a_head_does_not_outlive_what_it_was_known_by() -> None:
    def shut_out(plane: Any, cycle: Cycle) -> None:
        plane.guard = ClosedGuard([], [], any_host=False)

    def forget_keys(plane: Any, cycle: Cycle) -> None:
        plane.principals = Principals({digest_secret("another"): Principal("bob")})

    def drain(plane: Any, cycle: Cycle) -> None:
        plane.is_draining = True

    def grow(plane: Any, cycle: Cycle) -> None:
        cycle.body = b" " * (Limits().body_bytes + 1)

    assert asyncio.run(ask_again(lambda plane, cycle: None)) == [200, 200]
    assert asyncio.run(ask_again(shut_out)) == [200, 403]
    assert asyncio.run(ask_again(forget_keys)) == [200, 401]
    assert asyncio.run(ask_again(drain)) == [200, 503]
    assert asyncio.run(ask_again(grow)) == [200, 413]


def test_a_key_that_was_taken_away_or_has_expired_is_good_for_no_head_that_was_known() -> None:
    clock = FixedClock(unix=1_000.0)

    def make(expires_ms: int | None) -> Principals:
        return Principals({digest_secret(KEY): Principal("alice", expires_ms=expires_ms)}, clock)

    taken = make(None)
    assert asyncio.run(ask_again(lambda *_: taken.change({}, None), principals=taken)) == [200, 401]
    assert asyncio.run(ask_again(lambda *_: clock.advance(1.0), principals=make(1_001_000))) == [200, 401]


def test_pages_of_other_sites_are_looked_at_each_time() -> None:
    statuses = asyncio.run(ask_again(*[lambda *_: None] * 2, more=((b"origin", b"http://localhost:5173"),)))
    assert statuses == [200, 200, 200]
