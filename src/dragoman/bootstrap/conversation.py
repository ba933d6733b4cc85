"""A talk with a local model that needs no gateway: its worker is started for it, and ends with it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from dragoman.clock import IdSource, SystemClock
from dragoman.config.schema import Settings
from dragoman.dialects.registry import DIALECTS
from dragoman.engine.models import LocalModel
from dragoman.engine.place import Place
from dragoman.engine.provider import ROW, TIMEOUTS
from dragoman.engine.supervisor import Engine
from dragoman.errors import DragomanError
from dragoman.model.stream import TextDelta
from dragoman.routing.target import Origin
from dragoman.service.background import Background
from dragoman.service.sending.local_transport import LocalTransport
from dragoman.upstream.http1 import Http1Transport
from dragoman.upstream.transport import OutgoingRequest, Transport
from dragoman.wire.json_document import encode_json

Turn = dict[str, str]
PATH = b"/v1/chat/completions"
MAX_REFUSAL_BYTES = 65_536


class LocalTalk:
    """Turn after turn; what was said is remembered."""

    def __init__(self, engine: Engine, transport: Transport, name: str) -> None:
        self._origin = Origin("http", "local", 80, engine.place.socket_for(name))
        self._key = engine.place.api_key
        self._transport = transport
        self._turns: list[Turn] = []

    async def ask(self, question: str) -> AsyncIterator[str]:
        """The answer to one more turn, as it is written."""
        turns = [*self._turns, {"role": "user", "content": question}]
        said = []
        async for piece in self._stream(turns):
            said.append(piece)
            yield piece
        self._turns = [*turns, {"role": "assistant", "content": "".join(said)}]

    async def _stream(self, turns: list[Turn]) -> AsyncIterator[str]:
        side = DIALECTS[ROW.dialect].provider
        if side is None:
            raise AssertionError("the engine's dialect is one of providers")
        headers = [(b"content-type", b"application/json"), (b"authorization", b"Bearer " + self._key.encode())]
        body = encode_json({"messages": turns, "stream": True})
        answer = await self._transport.send(
            OutgoingRequest(self._origin, b"POST", PATH, [*headers, (b"connection", b"close")], body, TIMEOUTS)
        )
        try:
            if answer.status != 200:
                raise _told(side.parse_error(answer.status, answer.headers, await answer.read_all(MAX_REFUSAL_BYTES)))
            parser = side.open_parser()
            while chunk := await answer.read_chunk():
                answer.mark_progress()
                for event in parser.feed(chunk):
                    if isinstance(event, TextDelta):
                        yield event.text
            parser.finish()
        finally:
            answer.close()


def _told(error: DragomanError) -> DragomanError:
    """With the words of the worker itself, which is ours."""
    if error.reply is not None and error.reply.said:
        error.quote = error.reply.said
    return error


@asynccontextmanager
async def open_talk(model: LocalModel, settings: Settings, environment: Mapping[str, str]) -> AsyncIterator[LocalTalk]:
    """A talk whose worker is gone when it is over."""
    clock, background = SystemClock(), Background()
    engine = Engine(Place(IdSource().make("")), environment, clock, background.start)
    engine.restock({model.name: model}, settings.local)
    transport = LocalTransport(Http1Transport(clock), engine)
    try:
        yield LocalTalk(engine, transport, model.name)
    finally:
        await transport.aclose()
        await background.aclose()
        await engine.aclose()
