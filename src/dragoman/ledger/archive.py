"""Kept responses beside the traffic: all that touches their file is done in one thread, in the order it was asked for.

So a response that was handed in before its answer went out is found by whoever asks for it next. Handing in does not
wait; how much may lie in the queue is bounded, and beyond it nothing more is promised to be kept.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from dragoman.clock import Clock
from dragoman.config.responses import ResponsesSettings
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.responses import KeptResponse, ResponseStore
from dragoman.ledger.store import store_unavailable

_log = logging.getLogger(__name__)

T = TypeVar("T")

MAX_WAITING_BYTES = 64 * 1024 * 1024
FORGET_SECONDS = 600.0
DAY_MS = 86_400_000
MIB = 1024 * 1024


class Archive:
    """Owns the thread. `keeps` says whether anything new is taken; what is there can be read and removed anyhow."""

    def __init__(self, store: ResponseStore, clock: Clock, settings: ResponsesSettings) -> None:
        self.waiting_bytes = 0
        self._store = store
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, "responses")
        self._is_troubled = False
        self.change(settings)

    def __repr__(self) -> str:
        return f"<Archive {'on' if self.keeps else 'off'}, {self.waiting_bytes} bytes wait>"

    @property
    def has_room(self) -> bool:
        """Whether a response of now will be kept."""
        return self.keeps and self.waiting_bytes < MAX_WAITING_BYTES

    def change(self, settings: ResponsesSettings) -> None:
        """Other settings, from now on."""
        self.keeps = settings.keep
        self._days = settings.days
        self._store.max_bytes = settings.max_mib * MIB

    def record(self, response: KeptResponse) -> None:
        """Hand a response in."""
        now_ms = int(self._clock.unix() * 1000)
        self.waiting_bytes += response.size
        future = self._run(lambda: self._store.record(response, now_ms))

        def note(done: asyncio.Future[None]) -> None:
            self.waiting_bytes -= response.size
            self._note(done.exception())

        future.add_done_callback(note)

    async def read(self, response_id: str, principal: str) -> KeptResponse | None:
        """One response."""
        return await self._ask(lambda: self._store.read(response_id, principal))

    async def read_conversation(self, response_id: str, principal: str) -> list[KeptResponse] | None:
        """A response and all that it builds on, the first one first."""
        return await self._ask(lambda: self._store.read_conversation(response_id, principal))

    async def remove(self, response_id: str, principal: str) -> bool:
        """Remove one response; whether it was there."""
        return await self._ask(lambda: self._store.remove(response_id, principal))

    async def run(self) -> None:
        """Forget what is old, again and again, until cancelled."""
        while True:
            future = self._run(self._forget)
            (outcome,) = await asyncio.gather(future, return_exceptions=True)
            self._note(outcome if isinstance(outcome, BaseException) else None)
            await asyncio.sleep(FORGET_SECONDS)

    async def aclose(self) -> None:
        """Write what still waits and let go of the file."""
        await self._run(self._store.close)
        self._thread.shutdown()

    async def _ask(self, work: Callable[[], T]) -> T:
        """For a caller: what is wrong with the file is the log's business."""
        try:
            return await self._run(work)
        except DragomanError as error:
            if error.kind is not Kind.UNAVAILABLE:
                raise
            self._note(error)
            raise store_unavailable(
                "The gateway cannot get at the responses that it keeps; its log says why."
            ) from None

    def _run(self, work: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _forget(self) -> None:
        before_ms = int(self._clock.unix() * 1000) - self._days * DAY_MS
        while self._days and self._store.forget_before(before_ms):
            pass

    def _note(self, error: BaseException | None) -> None:
        """Tell the log when things turn bad or well again."""
        if error is not None and not self._is_troubled:
            _log.warning("kept responses cannot be used: %s", error)
        elif error is None and self._is_troubled:
            _log.warning("kept responses can be used again")
        self._is_troubled = error is not None
