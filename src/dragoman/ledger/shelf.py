"""Uploads beside the traffic: whoever hands one in waits until it is written, since its name is a promise."""

from __future__ import annotations

from dragoman.clock import Clock
from dragoman.config.sections.uploads import UploadsSettings
from dragoman.ledger.side_thread import SideThread
from dragoman.ledger.uploads import Room, Upload, UploadKind, UploadStore

DAY_MS = 86_400_000
MIB = 1024 * 1024
FOR_EVER_MS = 1 << 62


class Shelf:
    """`keeps` says whether anything new is taken; what is there can be read and removed anyhow."""

    def __init__(self, store: UploadStore, clock: Clock, settings: UploadsSettings) -> None:
        self._store = store
        self._clock = clock
        self._thread = SideThread("uploads", "uploads")
        self.change_settings(settings)

    def __repr__(self) -> str:
        return f"<Shelf {'on' if self.keeps else 'off'}>"

    @property
    def now_ms(self) -> int:
        """The time that ends are compared with."""
        return int(self._clock.unix() * 1000)

    def change_settings(self, settings: UploadsSettings) -> None:
        """Other settings, from now on. `is_used` is false where there can be nothing to be found."""
        self.keeps = settings.keep
        self.is_used = settings.keep or self._store.exists
        self._days = settings.days
        self._store.room = Room(settings.max_mib * MIB, settings.max_mib_each * MIB)

    def find_end(self, wanted_ms: int | None) -> int:
        """When an upload of now ends, if its owner wants this; nobody gets more than the operator grants."""
        granted = self.now_ms + self._days * DAY_MS if self._days else FOR_EVER_MS
        return granted if wanted_ms is None else min(wanted_ms, granted)

    async def record(self, upload: Upload) -> None:
        """Keep one; raises where there is no room."""
        now_ms = self.now_ms
        await self._thread.ask(lambda: self._store.record(upload, now_ms))

    async def read(self, upload_id: str, principal: str) -> Upload | None:
        """One of a principal's own."""
        now_ms = self.now_ms
        return await self._thread.ask(lambda: self._store.read(upload_id, principal, now_ms))

    async def list_all(self, kind: UploadKind, principal: str) -> list[Upload]:
        """All of a principal's own, the newest first."""
        now_ms = self.now_ms
        return await self._thread.ask(lambda: self._store.list_all(kind, principal, now_ms))

    async def change(self, upload: Upload) -> None:
        """Another end for one."""
        await self._thread.ask(lambda: self._store.change(upload))

    async def remove(self, upload_id: str, principal: str) -> bool:
        """Remove one; whether it was there."""
        return await self._thread.ask(lambda: self._store.remove(upload_id, principal))

    async def run(self) -> None:
        """Forget what has come to its end, again and again, until cancelled."""
        await self._thread.tend(lambda: self._store.forget(self.now_ms))

    async def aclose(self) -> None:
        """Let go of the file."""
        await self._thread.aclose(self._store.close)
