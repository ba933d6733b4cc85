"""Kept responses beside the traffic. A response that was handed in before its answer went out is found by whoever asks
for it next; where too much waits to be written, nothing more is promised to be kept."""

from __future__ import annotations

from dragoman.clock import Clock
from dragoman.config.sections.responses import ResponsesSettings
from dragoman.ledger.responses import KeptResponse, ResponseStore
from dragoman.ledger.side_thread import SideThread

DAY_MS = 86_400_000
MIB = 1024 * 1024


class Archive:
    """`keeps` says whether anything new is taken; what is there can be read and removed anyhow."""

    def __init__(self, store: ResponseStore, clock: Clock, settings: ResponsesSettings) -> None:
        self._store = store
        self._clock = clock
        self._thread = SideThread("responses", "kept responses")
        self.change(settings)

    def __repr__(self) -> str:
        return f"<Archive {'on' if self.keeps else 'off'}, {self._thread.waiting_bytes} bytes wait>"

    @property
    def has_room(self) -> bool:
        """Whether a response of now will be kept."""
        return self.keeps and self._thread.has_room

    def change(self, settings: ResponsesSettings) -> None:
        """Other settings, from now on."""
        self.keeps = settings.keep
        self._days = settings.days
        self._store.max_bytes = settings.max_mib * MIB

    def record(self, response: KeptResponse) -> None:
        """Hand a response in."""
        now_ms = int(self._clock.unix() * 1000)
        self._thread.hand_in(lambda: self._store.record(response, now_ms), response.size)

    def replace(self, response: KeptResponse) -> None:
        """Put a response in the place of the one that was kept under its name."""
        now_ms = int(self._clock.unix() * 1000)

        def work() -> None:
            self._store.remove(response.id, response.principal)
            self._store.record(response, now_ms)

        self._thread.hand_in(work, response.size)

    async def read(self, response_id: str, principal: str) -> KeptResponse | None:
        """One response."""
        return await self._thread.ask(lambda: self._store.read(response_id, principal))

    async def read_conversation(self, response_id: str, principal: str) -> list[KeptResponse] | None:
        """A response and all that it builds on, the first one first."""
        return await self._thread.ask(lambda: self._store.read_conversation(response_id, principal))

    async def remove(self, response_id: str, principal: str) -> bool:
        """Remove one response; whether it was there."""
        return await self._thread.ask(lambda: self._store.remove(response_id, principal))

    async def run(self) -> None:
        """Forget what is old, again and again, until cancelled."""
        await self._thread.tend(self._forget)

    async def aclose(self) -> None:
        """Write what still waits and let go of the file."""
        await self._thread.aclose(self._store.close)

    def _forget(self) -> None:
        before_ms = int(self._clock.unix() * 1000) - self._days * DAY_MS
        while self._days and self._store.forget_before(before_ms):
            pass
