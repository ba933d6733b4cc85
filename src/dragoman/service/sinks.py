"""Where answers go when they do not go straight to a client: the two kinds that all others are made from."""

from __future__ import annotations

from dragoman.dialects.base import WireReply
from dragoman.routing.target import HeaderPairs
from dragoman.service.exchange import ReplySink


class PassingSink:
    """Passes everything on to another sink. Whoever wants to see what goes by overrides where it goes by."""

    def __init__(self, sink: ReplySink) -> None:
        self._sink = sink

    @property
    def is_started(self) -> bool:
        return self._sink.is_started

    def announce(self, *, is_stream: bool, survives_disconnect: bool) -> None:
        self._sink.announce(is_stream=is_stream, survives_disconnect=survives_disconnect)

    async def send_reply(self, reply: WireReply, headers: HeaderPairs) -> None:
        await self._sink.send_reply(reply, headers)

    async def start_stream(self, content_type: bytes, headers: HeaderPairs) -> None:
        await self._sink.start_stream(content_type, headers)

    async def send_chunk(self, chunk: bytes) -> None:
        await self._sink.send_chunk(chunk)

    def find_outlet(self) -> None:
        """Nothing goes by unseen."""

    async def end_stream(self) -> None:
        await self._sink.end_stream()


class GatheringSink:
    """Takes an answer for which no client waits, and keeps it if it is a whole one. A stream is read to its end all the
    same, so that it is metered whole."""

    def __init__(self) -> None:
        self.is_started = False
        self.reply: WireReply | None = None

    def announce(self, *, is_stream: bool, survives_disconnect: bool) -> None:
        """Nobody is there who could leave."""

    async def send_reply(self, reply: WireReply, headers: HeaderPairs) -> None:
        self.is_started = True
        self.reply = reply

    async def start_stream(self, content_type: bytes, headers: HeaderPairs) -> None:
        self.is_started = True

    async def send_chunk(self, chunk: bytes) -> None:
        """Nobody wants it."""

    def find_outlet(self) -> None:
        """There is nobody to write to."""

    async def end_stream(self) -> None:
        """That was it."""
