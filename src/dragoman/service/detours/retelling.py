"""Answers that are noted as they go to a client, so that they can be told again: a whole one, and a stream as one.

Whether a stream came to a good end is known only when its exchange is over, which whoever settles it says (`Underway`).
"""

from __future__ import annotations

from typing import NamedTuple

from dragoman.dialects.base import WireReply
from dragoman.routing.target import HeaderPairs
from dragoman.service.exchange import Exchange, ReplySink
from dragoman.service.sinks import PassingSink

EXCHANGE_HEADER = b"x-dragoman-exchange"


class Told(NamedTuple):
    """An answer as it went."""

    headers: HeaderPairs
    reply: WireReply | None = None  # None: a stream
    content_type: bytes = b""
    stream: bytes = b""

    @property
    def size(self) -> int:
        return len(self.stream) if self.reply is None else len(self.reply.body)

    async def tell(self, sink: ReplySink, headers: HeaderPairs) -> None:
        """Once more, with these headers."""
        if self.reply is not None:
            await sink.send_reply(self.reply, headers)
            return
        sink.announce(is_stream=True, survives_disconnect=False)
        await sink.start_stream(self.content_type, headers)
        await sink.send_chunk(self.stream)
        await sink.end_stream()


class Underway:
    """The answers that are being noted, by their exchanges."""

    __slots__ = ("sinks",)

    def __init__(self) -> None:
        self.sinks: dict[str, NotingSink] = {}

    def open(self, sink: ReplySink, limit: int, besides: HeaderPairs = ()) -> NotingSink:
        """A way to `sink` on which an answer is noted, if it has no more bytes than that; `besides` are headers that only
        this time go with it."""
        return NotingSink(sink, limit, besides, self.sinks)

    def close(self, noting: NotingSink) -> None:
        """Nothing more comes this way."""
        self.sinks.pop(noting.exchange_id, None)

    def note(self, exchange: Exchange) -> None:
        """An exchange is over."""
        noting = self.sinks.get(exchange.id)
        if noting is not None:
            noting.exchange = exchange


class NotingSink(PassingSink):
    """Notes one answer, and has its exchange once that is over."""

    def __init__(self, sink: ReplySink, limit: int, besides: HeaderPairs, underway: dict[str, NotingSink]) -> None:
        super().__init__(sink)
        self.exchange_id = ""
        self.exchange: Exchange | None = None
        self._limit = limit
        self._besides = besides
        self._underway = underway
        self._told: Told | None = None
        self._pieces: list[bytes] = []
        self._size = 0

    async def send_reply(self, reply: WireReply, headers: HeaderPairs) -> None:
        self._begin(Told(headers, reply))
        self._size = len(reply.body)
        await self._sink.send_reply(reply, headers + self._besides)

    async def start_stream(self, content_type: bytes, headers: HeaderPairs) -> None:
        self._begin(Told(headers, None, content_type))
        await self._sink.start_stream(content_type, headers + self._besides)

    async def send_chunk(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size <= self._limit:
            self._pieces.append(chunk)
        else:
            self._pieces.clear()
        await self._sink.send_chunk(chunk)

    @property
    def is_served(self) -> bool:
        """Its exchange came to a good end."""
        exchange = self.exchange
        return exchange is not None and exchange.error is None and not exchange.is_cancelled

    def read(self) -> Told | None:
        """The answer, if there was one and it is not too long."""
        if self._told is None or self._size > self._limit:
            return None
        return self._told._replace(stream=b"".join(self._pieces))

    def _begin(self, told: Told) -> None:
        self._told = told
        self.exchange_id = dict(told.headers).get(EXCHANGE_HEADER, b"").decode()
        self._underway[self.exchange_id] = self
