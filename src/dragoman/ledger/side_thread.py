"""One thread beside the traffic that all work on a file is done in, in the order in which it was asked for.

Handing in does not wait; how much may lie in the queue is bounded, and what is wrong with the file is told to the log
once, and once again when it is well.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from dragoman.errors import DragomanError, Kind
from dragoman.ledger.store import store_unavailable

_log = logging.getLogger(__name__)

T = TypeVar("T")

MAX_WAITING_BYTES = 64 * 1024 * 1024
TEND_SECONDS = 600.0


class SideThread:
    """`name` is the thread's, `subject` what messages call what lies in the file."""

    def __init__(self, name: str, subject: str) -> None:
        self.waiting_bytes = 0
        self._subject = subject
        self._thread = ThreadPoolExecutor(1, name)
        self._is_troubled = False

    def __repr__(self) -> str:
        return f"<SideThread for {self._subject}: {self.waiting_bytes} bytes wait>"

    @property
    def has_room(self) -> bool:
        """Whether more may be handed in."""
        return self.waiting_bytes < MAX_WAITING_BYTES

    def hand_in(self, work: Callable[[], None], size_bytes: int) -> None:
        """Have something done that nobody waits for."""
        self.waiting_bytes += size_bytes
        future = self._start(work)

        def note(done: asyncio.Future[None]) -> None:
            self.waiting_bytes -= size_bytes
            self._note(done.exception())

        future.add_done_callback(note)

    async def ask(self, work: Callable[[], T]) -> T:
        """For a caller: what is wrong with the file is the log's business."""
        try:
            return await self._start(work)
        except DragomanError as error:
            if error.kind is not Kind.UNAVAILABLE:
                raise
            self._note(error)
            raise store_unavailable(f"The gateway cannot get at the {self._subject}; its log says why.") from None

    async def see_to(self, work: Callable[[], object]) -> None:
        """Have something done whose failure only the log is told of."""
        (outcome,) = await asyncio.gather(self._start(work), return_exceptions=True)
        self._note(outcome if isinstance(outcome, BaseException) else None)

    async def tend(self, work: Callable[[], object]) -> None:
        """The same again and again, until cancelled."""
        while True:
            await self.see_to(work)
            await asyncio.sleep(TEND_SECONDS)

    async def aclose(self, leave: Callable[[], None]) -> None:
        """Do what still waits, let go of the file, and end."""
        await self._start(leave)
        self._thread.shutdown()

    def _start(self, work: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _note(self, error: BaseException | None) -> None:
        """Tell the log when things turn bad or well again."""
        if error is not None and not self._is_troubled:
            _log.warning("%s cannot be used: %s", self._subject, error)
        elif error is None and self._is_troubled:
            _log.warning("%s can be used again", self._subject)
        self._is_troubled = error is not None
