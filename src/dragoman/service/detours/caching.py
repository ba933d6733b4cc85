"""Gives an answer again to who asks the very same once more, where the operator or the request wants that.

An answer belongs to its caller: whose it is is part of what it is found by, so that nobody ever gets another's; and once
that caller may more or less than before, it is forgotten. Only whole, good answers are kept, in memory, bounded in age
and size. A stream is given again as one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from dragoman.clock import Clock, IdSource
from dragoman.config.sections.cache import CacheSettings
from dragoman.errors import DragomanError, invalid
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from dragoman.service.detours.retelling import EXCHANGE_HEADER, NotingSink, Told, Underway
from dragoman.service.exchange import CacheHit, Exchange, Generate, Inbound, ReplySink
from dragoman.service.principals import Principal
from dragoman.service.switchboard import Switchboards

HEADER = b"x-dragoman-cache"
GIVEN_AGAIN = (b"x-dragoman-target", b"x-dragoman-losses")
MIB = 1024 * 1024
KIB = 1024

Note = Callable[[Exchange], None]


class Kept(NamedTuple):
    """An answer, and what it took when it was first given."""

    told: Told
    expires: float
    caller: Principal
    usage: Usage | None
    finish: Finish | None
    source: CacheHit
    asked: str


class Caching:
    """Stands before the service that answers. `settle` is told of what it answers itself."""

    def __init__(
        self, generate: Generate, boards: Switchboards, clock: Clock, settle: Note, settings: CacheSettings
    ) -> None:
        self._generate = generate
        self._boards = boards
        self._clock = clock
        self._settle = settle
        self._ids = IdSource()
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()
        self.underway = Underway()
        self._bytes = 0
        self.change(settings)

    def __repr__(self) -> str:
        return f"<Caching: {len(self._kept)} answers, {self._bytes} bytes>"

    def change(self, settings: CacheSettings) -> None:
        """Other settings from now on; what was kept may not be what is wanted any more."""
        self._settings = settings
        self._kept.clear()
        self._bytes = 0

    def generate(self, inbound: Inbound, sink: ReplySink) -> Awaitable[None]:
        """Answer one request into `sink`; those that want nothing of this do not even notice."""
        if inbound.hints or self._boards().caches:
            return self._look(inbound, sink)
        return self._generate(inbound, sink)

    async def _look(self, inbound: Inbound, sink: ReplySink) -> None:
        seconds = self._read_seconds(inbound)
        if not seconds:
            await self._generate(inbound, sink)
            return
        key, now = digest_request(inbound), self._clock.monotonic()
        found = self._kept.get(key)
        if found is not None and found.expires > now and found.caller is inbound.caller:
            self._kept.move_to_end(key)
            await self._give_again(found, inbound, sink)
            return
        settings = self._settings
        noting = self.underway.open(sink, settings.max_answer_kib * KIB, ((HEADER, b"miss"),))
        try:
            await self._generate(inbound, noting)
        finally:
            self.underway.close(noting)
        kept = _build_kept(noting, now + seconds, inbound.caller)
        if kept is not None and settings is self._settings:
            self._keep(key, kept)

    def _read_seconds(self, inbound: Inbound) -> int:
        """How long the answer may be given again; 0: not at all."""
        asked = next((value for name, value in inbound.hints if name == HEADER), None)
        if asked is not None and self._settings.by_header:
            text = asked.decode("latin-1").strip().lower()
            if text in {"no-store", "off"}:
                return 0
            if not text.isdecimal() or not 0 < int(text[:9]) <= self._settings.max_seconds:
                most = self._settings.max_seconds
                raise invalid(f"x-dragoman-cache takes seconds from 1 to {most}, or no-store.", "x-dragoman-cache")
            return int(text)
        caches = self._boards().caches
        if not caches:
            return 0
        envelope = inbound.client.open_envelope(inbound.body, inbound.path_model, inbound.path_stream)
        return caches.get(envelope.model, 0)

    def _keep(self, key: bytes, kept: Kept) -> None:
        if (old := self._kept.pop(key, None)) is not None:
            self._bytes -= old.told.size
        self._kept[key] = kept
        self._bytes += kept.told.size
        while self._bytes > self._settings.max_mib * MIB:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.told.size

    async def _give_again(self, kept: Kept, inbound: Inbound, sink: ReplySink) -> None:
        now = self._clock.monotonic()
        exchange = Exchange(self._ids.make("ex_"), inbound.client.name, inbound.principal, now)
        exchange.caller, exchange.model, exchange.stream = inbound.caller, kept.asked, kept.told.reply is None
        exchange.bytes_in, exchange.bytes_out = len(inbound.body), kept.told.size
        exchange.usage, exchange.finish, exchange.trace = kept.usage, kept.finish, inbound.trace
        exchange.hit = kept.source
        exchange.first_content = now
        again = tuple(pair for pair in kept.told.headers if pair[0] in GIVEN_AGAIN)
        headers = ((EXCHANGE_HEADER, exchange.id.encode()), *again, (HEADER, b"hit"))
        try:
            await kept.told.tell(sink, headers)
        except DragomanError as error:
            exchange.error = error
            raise
        finally:
            exchange.ended = self._clock.monotonic()
            self._settle(exchange)


def _build_kept(noting: NotingSink, expires: float, caller: Principal) -> Kept | None:
    """What is kept of an answer; None where it is not a whole, good one."""
    told, exchange = noting.read(), noting.exchange
    if told is None or exchange is None or exchange.attempt is None or not noting.is_served:
        return None
    if told.reply is not None and told.reply.status != 200:
        return None
    source = CacheHit(exchange.attempt.target.provider.name, exchange.attempt.target.model)
    return Kept(told, expires, caller, exchange.usage, exchange.finish, source, exchange.model)


def digest_request(inbound: Inbound) -> bytes:
    """What an answer is found by: who asked, and everything that was asked."""
    digest = blake2b(digest_size=32)
    hints = tuple(pair for pair in inbound.hints if pair[0] != HEADER)
    asked = (inbound.principal, inbound.client.name, inbound.path_model, inbound.path_stream, inbound.strict)
    for part in (msgspec.msgpack.encode((*asked, hints, inbound.forwarded)), inbound.body):
        digest.update(len(part).to_bytes(8))
        digest.update(part)
    return digest.digest()
