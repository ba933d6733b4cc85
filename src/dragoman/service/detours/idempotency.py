"""`Idempotency-Key`: a request that is sent again gets the answer that the first one got, and no provider is asked twice.

Theory of operation. Whoever comes first under a name works; others with the same name and body wait for it and get a
copy, a stream too. Only an answer that came whole and well is kept: after a failure, or when its client left, the next one
works anew. Names are those of one caller, answers stay for a day, in memory, and go early where there is no more room,
those first that were not asked for longest.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict

import msgspec

from dragoman.clock import Clock
from dragoman.errors import DragomanError, Kind, invalid
from dragoman.routing.target import HeaderPairs
from dragoman.service.detours.retelling import NotingSink, Told, Underway
from dragoman.service.exchange import Generate, Inbound, ReplySink

KEEP_SECONDS = 86_400.0
WAIT_SECONDS = 60.0
MAX_NAME_LENGTH = 255
MAX_ANSWER_BYTES = 4 * 1024 * 1024
MAX_KEPT_BYTES = 64 * 1024 * 1024
ENTRY_BYTES = 1024
"""What an entry takes beside its answer."""

REPLAYED: HeaderPairs = ((b"x-dragoman-replayed", b"true"),)


class _Entry:
    """One name. `done` is set once its first request is over; `kept` stays None if nothing came of it."""

    __slots__ = ("digest", "done", "expires", "kept")

    def __init__(self, digest: bytes, expires: float) -> None:
        self.digest = digest
        self.expires = expires
        self.done = asyncio.Event()
        self.kept: Told | None = None


class Idempotency:
    """All names of all callers."""

    def __init__(self, clock: Clock, max_bytes: int = MAX_KEPT_BYTES, wait_seconds: float = WAIT_SECONDS) -> None:
        self.kept_bytes = 0
        self._clock = clock
        self._max_bytes = max_bytes
        self._wait_seconds = wait_seconds
        self._entries: OrderedDict[tuple[str, str], _Entry] = OrderedDict()
        self.underway = Underway()

    def __repr__(self) -> str:
        return f"<Idempotency: {len(self._entries)} names, {self.kept_bytes} bytes>"

    async def answer(self, name: str, work: Generate, inbound: Inbound, sink: ReplySink) -> None:
        """Answer a request that comes under a name; raises for a name that already stands for another request."""
        if not 0 < len(name) <= MAX_NAME_LENGTH or not name.isprintable():
            raise invalid(f"An Idempotency-Key has 1 to {MAX_NAME_LENGTH} printable characters.")
        key, digest = (inbound.principal, name), _digest(inbound)
        deadline = self._clock.monotonic() + self._wait_seconds
        while True:
            entry = self._find(key)
            if entry is None:
                await self._work(key, digest, work, inbound, sink)
                return
            if entry.digest != digest:
                raise DragomanError(
                    Kind.INVALID_REQUEST,
                    "This Idempotency-Key was sent with another request; a new request needs a new one.",
                    status=422,
                    code="idempotency_key_reused",
                )
            if entry.kept is not None:
                self._entries.move_to_end(key)
                await entry.kept.tell(sink, entry.kept.headers + REPLAYED)
                return
            await self._wait(entry, deadline)

    def _find(self, key: tuple[str, str]) -> _Entry | None:
        entry = self._entries.get(key)
        if entry is not None and entry.done.is_set() and self._clock.monotonic() >= entry.expires:
            self._forget(key)
            return None
        return entry

    async def _work(
        self, key: tuple[str, str], digest: bytes, work: Generate, inbound: Inbound, sink: ReplySink
    ) -> None:
        entry = self._entries[key] = _Entry(digest, self._clock.monotonic() + KEEP_SECONDS)
        noting = self.underway.open(sink, MAX_ANSWER_BYTES)
        try:
            await work(inbound, noting)
            entry.kept = _read_good(noting)
        finally:
            entry.done.set()
            self.underway.close(noting)
            if entry.kept is None:
                del self._entries[key]
            else:
                self.kept_bytes += ENTRY_BYTES + entry.kept.size
                self._make_room()

    async def _wait(self, entry: _Entry, deadline: float) -> None:
        """Until the first request of that name is over."""
        try:
            async with asyncio.timeout(max(deadline - self._clock.monotonic(), 0.0)):
                await entry.done.wait()
        except TimeoutError:
            raise DragomanError(
                Kind.CONFLICT,
                "The first request with this Idempotency-Key is still being answered.",
                code="idempotency_key_in_use",
                retry_after_seconds=1.0,
            ) from None

    def _make_room(self) -> None:
        """Forget what is too old, and what was asked for longest ago."""
        now = self._clock.monotonic()
        for key in list(self._entries):
            entry = self._entries[key]
            if entry.kept is None:
                continue
            if self.kept_bytes <= self._max_bytes and now < entry.expires:
                return
            self._forget(key)

    def _forget(self, key: tuple[str, str]) -> None:
        entry = self._entries.pop(key)
        self.kept_bytes -= ENTRY_BYTES + entry.kept.size if entry.kept is not None else 0


def _read_good(noting: NotingSink) -> Told | None:
    """The answer, if it came whole and well and is not too large."""
    told = noting.read()
    if told is None:
        return None
    is_good = noting.is_served if told.reply is None else told.reply.status < 300
    return told if is_good else None


def _digest(inbound: Inbound) -> bytes:
    """What makes it the same request: where it went, what it asked, in every byte."""
    told = (inbound.client.name, inbound.path_model, inbound.path_stream, inbound.strict, inbound.item, inbound.hints)
    return hashlib.sha256(msgspec.msgpack.encode(told) + inbound.body).digest()
