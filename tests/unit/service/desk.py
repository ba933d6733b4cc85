"""A service over a scripted transport: chat and Anthropic providers, one sink that remembers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, TypeVar

from dragoman.clock import FixedClock
from dragoman.dialects.base import ClientSide, WireReply
from dragoman.dialects.registry import DIALECTS
from dragoman.routing.pool import CredentialPool
from dragoman.routing.resolve import Resolver
from dragoman.routing.target import Credential, Face, HeaderPairs, Origin, Provider, Route, Shown, Target
from dragoman.service.exchange import Exchange, Inbound
from dragoman.service.generate import GenerateService
from dragoman.service.switchboard import Switchboard
from dragoman.service.waiting import WaitingRoom
from dragoman.upstream.scripted import Script, ScriptedTransport, Scripts

T = TypeVar("T")

CHAT_ANSWER = json.dumps(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello!"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }
).encode()
CHAT_STREAM = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}\n\n',
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hello!"},"finish_reason":null}]}\n\n',
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
    b'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n',
    b"data: [DONE]\n\n",
)
CHAT_REQUEST = b'{ "model":"r", "messages":[{"role":"user","content":"Hi"}] }'
CHAT_STREAM_REQUEST = (
    b'{"model":"r","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hi"}]}'
)
ANTHROPIC_REQUEST = b'{"model":"r","max_tokens":9,"messages":[{"role":"user","content":"Hi"}]}'


def make_provider(name: str, dialect: str = "openai_chat", keys: int = 1) -> Provider:
    """A provider at a name of its own, with keys `<name>-1`, …"""
    faces = (Face(dialect, Origin("https", f"{name}.example", 443), "/v1"),)
    credentials = tuple(
        Credential(f"{name}-{number}", {dialect: Shown(((b"authorization", b"Bearer %d" % number),))})
        for number in range(1, keys + 1)
    )
    return Provider(name, faces, credentials)


def make_switchboard(*providers: Provider, **route: Any) -> Switchboard:
    """One route `r` over the model `m` of each provider."""
    routes = [Route("r", tuple(Target(provider, "m") for provider in providers), **route)]
    pools = {provider.name: CredentialPool(provider.name, provider.credentials) for provider in providers}
    return Switchboard(Resolver(routes, providers, Target), pools, DIALECTS, room=WaitingRoom(sleep=skip))


async def skip(seconds: float) -> None:
    """A pause that takes no time; others have their turn."""
    await asyncio.sleep(0)


def client_side(dialect: str) -> ClientSide:
    client = DIALECTS[dialect].client
    assert client is not None
    return client


class RecordingSink:
    """Remembers everything that was sent."""

    def __init__(self) -> None:
        self.is_started = False
        self.reply: WireReply | None = None
        self.headers: dict[bytes, bytes] = {}
        self.chunks: list[bytes] = []
        self.is_ended = False
        self.announced: tuple[bool, bool] | None = None

    def announce(self, *, is_stream: bool, survives_disconnect: bool) -> None:
        self.announced = (is_stream, survives_disconnect)

    async def send_reply(self, reply: WireReply, headers: HeaderPairs) -> None:
        assert not self.is_started
        self.is_started = self.is_ended = True
        self.reply = reply
        self.headers = dict(headers)

    async def start_stream(self, content_type: bytes, headers: HeaderPairs) -> None:
        assert not self.is_started
        self.is_started = True
        self.headers = dict(headers)

    async def send_chunk(self, chunk: bytes) -> None:
        assert self.is_started
        assert not self.is_ended
        self.chunks.append(chunk)

    def find_outlet(self) -> None:
        """There is no way around `send_chunk`."""

    async def end_stream(self) -> None:
        self.is_ended = True

    @property
    def json(self) -> Any:
        assert self.reply is not None
        return json.loads(self.reply.body)


class Desk:
    """A generate service whose transport is scripted."""

    def __init__(self, scripts: Scripts, *providers: Provider, **route: Any) -> None:
        self.transport = ScriptedTransport(scripts)
        self.board = make_switchboard(*(providers or (make_provider("a"),)), **route)
        self.settled: list[Exchange] = []
        self.clock = FixedClock()
        self.service = GenerateService(self.transport, lambda: self.board, self.clock, self.settled.append)

    async def serve(self, body: bytes, dialect: str = "openai_chat", **inbound: Any) -> RecordingSink:
        """Answer one request."""
        sink = RecordingSink()
        await self.service.generate(Inbound(client_side(dialect), body, **inbound), sink)
        return sink

    def ask(self, body: bytes = CHAT_REQUEST, dialect: str = "openai_chat", **inbound: Any) -> RecordingSink:
        """The same, from a test without a loop."""
        return run(self.serve(body, dialect, **inbound))


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def error_script(
    status: int, body: bytes = b'{"error":{"message":"no","type":"x","code":null}}', **headers: str
) -> Script:
    """A provider's refusal."""
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Script(status=status, headers=pairs, chunks=(body,))


def whole(body: bytes = CHAT_ANSWER) -> Script:
    return Script(headers=[(b"content-type", b"application/json"), (b"x-request-id", b"req-1")], chunks=(body,))


def streamed(*chunks: Any) -> Script:
    return Script(headers=[(b"content-type", b"text/event-stream")], chunks=chunks or CHAT_STREAM)
