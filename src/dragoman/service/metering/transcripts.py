"""Writes down what is said in an exchange, on its four sides, where the operator wants that of the caller's exchanges.

Whoever is not written down costs one test of a name. Writing down neither waits nor holds anything up: bytes are noted
as they pass, and handed to a thread when the exchange is over.
"""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import lru_cache

import msgspec

from dragoman.clock import Clock
from dragoman.config.sections.bodies import BodiesSettings
from dragoman.dialects.base import WireReply
from dragoman.ledger.bodies import Bodies, BodyStore
from dragoman.ledger.side_thread import SideThread
from dragoman.routing.target import HeaderPairs
from dragoman.service.answers import WrappedAnswer
from dragoman.service.exchange import Exchange, ReplySink
from dragoman.service.sinks import PassingSink
from dragoman.upstream.transport import Answer

DAY_MS = 86_400_000
MIB = 1024 * 1024
KIB = 1024
KNOWN_NAMES = 4096
MAX_LOSSES = 500
SIDES = ("client_request", "provider_request", "provider_answer", "client_answer")


class Side:
    """What passed on one side, up to a limit."""

    __slots__ = ("_left", "_pieces", "is_cut")

    def __init__(self, limit: int) -> None:
        self.is_cut = False
        self._left = limit
        self._pieces: list[bytes] = []

    def note(self, piece: bytes) -> None:
        """This passed."""
        if len(piece) > self._left:
            self.is_cut = True
            piece = piece[: self._left]
        if piece:
            self._left -= len(piece)
            self._pieces.append(piece)

    def read(self) -> bytes:
        """All that was noted."""
        return b"".join(self._pieces)


class Transcript:
    """One exchange's. A further attempt begins the provider's sides anew."""

    __slots__ = ("_limit", "client_answer", "client_request", "provider_answer", "provider_request")

    def __init__(self, limit: int, request: bytes) -> None:
        self._limit = limit
        self.client_request = Side(limit)
        self.client_answer = Side(limit)
        self.provider_request = Side(limit)
        self.provider_answer = Side(limit)
        self.client_request.note(request)

    def begin_attempt(self, request: bytes) -> None:
        """This goes to a provider."""
        self.provider_request, self.provider_answer = Side(self._limit), Side(self._limit)
        self.provider_request.note(request)

    def listen(self, answer: Answer) -> Answer:
        """The answer, which is noted as it is read."""
        return HeardAnswer(answer, self.provider_answer)

    def build(self, exchange: Exchange) -> Bodies:
        """What is kept of it."""
        sides = (self.client_request, self.provider_request, self.provider_answer, self.client_answer)
        cut = tuple(name for name, side in zip(SIDES, sides, strict=True) if side.is_cut)
        asked, sent, received, answered = [side.read() for side in sides]
        losses = tuple((loss.code, loss.path, loss.detail) for loss in dict.fromkeys(exchange.losses))
        return Bodies(exchange.id, exchange.principal, asked, sent, received, answered, cut, losses[:MAX_LOSSES])


class HeardAnswer(WrappedAnswer):
    """A provider's answer, noted as it is read."""

    def __init__(self, answer: Answer, side: Side) -> None:
        super().__init__(answer)
        self._side = side

    async def read_chunk(self) -> bytes:
        chunk = await self._answer.read_chunk()
        self._side.note(chunk)
        return chunk

    async def read_all(self, limit_bytes: int) -> bytes:
        body = await self._answer.read_all(limit_bytes)
        self._side.note(body)
        return body


class HeardSink(PassingSink):
    """Where an answer goes, noted as it is written."""

    def __init__(self, sink: ReplySink, side: Side) -> None:
        super().__init__(sink)
        self._side = side

    async def send_reply(self, reply: WireReply, headers: HeaderPairs) -> None:
        self._side.note(reply.body)
        await self._sink.send_reply(reply, headers)

    async def send_chunk(self, chunk: bytes) -> None:
        self._side.note(chunk)
        await self._sink.send_chunk(chunk)


Mask = Callable[[bytes], bytes]


def keep_as_it_is(body: bytes) -> bytes:
    """Nothing is masked."""
    return body


class Scribe:
    """Decides whose exchanges are written down, and keeps what was. `draw` gives a number from 0 to 1. Providers repeat
    keys in what they say of them; `mask` makes such a secret unreadable."""

    def __init__(
        self,
        store: BodyStore,
        clock: Clock,
        settings: BodiesSettings,
        draw: Callable[[], float],
        mask: Mask = keep_as_it_is,
    ) -> None:
        self.mask = mask
        self._store = store
        self._clock = clock
        self._draw = draw
        self._thread = SideThread("bodies", "kept bodies")
        self.change(settings)

    def __repr__(self) -> str:
        return f"<Scribe of {', '.join(self._settings.keys) or 'nobody'}>"

    def change(self, settings: BodiesSettings) -> None:
        """Other settings, from now on."""
        self._settings = settings
        self._store.max_bytes = settings.max_mib * MIB
        patterns = tuple(settings.keys)

        @lru_cache(KNOWN_NAMES)
        def attends(principal: str) -> bool:
            return any(fnmatchcase(principal, pattern) for pattern in patterns)

        self._attends = attends

    def attend(self, exchange: Exchange, request: bytes, sink: ReplySink) -> ReplySink:
        """Where the answer is to go: the same place, or the same by way of a transcript."""
        if not self._settings.keys or not self._attends(exchange.principal) or self._draw() >= self._settings.sample:
            return sink
        if not self._thread.has_room:
            return sink
        exchange.transcript = transcript = Transcript(self._settings.max_body_kib * KIB, request)
        return HeardSink(sink, transcript.client_answer)

    def record(self, exchange: Exchange) -> None:
        """The exchange is over."""
        if exchange.transcript is None:
            return
        bodies = exchange.transcript.build(exchange)
        exchange.transcript = None
        now_ms = int(self._clock.unix() * 1000)
        size = len(bodies.client_request) + len(bodies.provider_request)
        size += len(bodies.provider_answer) + len(bodies.client_answer)
        mask = self.mask

        def work() -> None:
            self._store.record(mask_bodies(bodies, mask), now_ms)

        self._thread.hand_in(work, size)

    async def read(self, exchange_id: str) -> Bodies | None:
        """What was said in an exchange, if it was kept."""
        return await self._thread.ask(lambda: self._store.read(exchange_id))

    async def remove(self, principal: str = "", before_ms: int | None = None) -> int:
        """Remove what one principal's exchanges said, or what was kept before then; how many there were."""
        return await self._thread.ask(lambda: remove_bodies(self._store, principal, before_ms))

    async def run(self) -> None:
        """Forget what is old, again and again, until cancelled."""
        await self._thread.tend(self._forget)

    async def aclose(self) -> None:
        """Write what still waits and let go of the file."""
        await self._thread.aclose(self._store.close)

    def _forget(self) -> None:
        if self._settings.days:
            remove_bodies(self._store, "", int(self._clock.unix() * 1000) - self._settings.days * DAY_MS)


def mask_bodies(bodies: Bodies, mask: Mask) -> Bodies:
    """Without secrets, on each side and in what is told of losses."""
    sides = {name: mask(getattr(bodies, name)) for name in SIDES}
    losses = tuple(
        (code, path, mask(detail.encode()).decode("utf-8", "replace")) for code, path, detail in bodies.losses
    )
    return msgspec.structs.replace(bodies, **sides, losses=losses)


def remove_bodies(store: BodyStore, principal: str = "", before_ms: int | None = None) -> int:
    """Remove a principal's, or all that were kept before then; how many there were."""
    removed = 0

    def remove_some() -> int:
        return store.remove_of(principal) if principal else store.remove_before(before_ms or 0)

    while some := remove_some():
        removed += some
    return removed
