"""Keeps the ledger going beside the traffic: moves rows, recovers what killed runs have left, forgets what is old.

All work is done in one thread, one round after the other. A round that fails is told once and tried again: until then
the journal keeps what is to be moved, and no request notices.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from dragoman.clock import Clock
from dragoman.errors import DragomanError
from dragoman.ledger.journal import Journal
from dragoman.ledger.mover import Mover, Tell, as_it_is, recover_runs, tell_nobody
from dragoman.ledger.store import Finish, Store

_log = logging.getLogger(__name__)

MOVE_SECONDS = 0.5
RECOVER_SECONDS = 30.0
FORGET_SECONDS = 600.0
FORGET_AT_ONCE = 2_000
DAY_MS = 86_400_000
MIB = 1024 * 1024


class Retention(NamedTuple):
    """How long single exchanges stay; 0 is no limit."""

    days: int = 0
    max_mib: int = 0


KEEP_ALL = Retention()


class Duty:
    """Something that is done again and again, and what was wrong with it the last time."""

    def __init__(self, name: str, work: Callable[[], object], every_seconds: float) -> None:
        self.name = name
        self.work = work
        self.every_seconds = every_seconds
        self.due = 0.0
        self.trouble = ""
        self.is_done_once = False

    def note(self, error: BaseException | None) -> None:
        """Tell the log when things turn bad or well again. An error of ours explains itself; another is a bug."""
        trouble = str(error or "")
        self.is_done_once = self.is_done_once or error is None
        if error is not None and not self.trouble:
            unforeseen = None if isinstance(error, DragomanError) else error
            _log.warning("the ledger cannot %s: %s It is tried again.", self.name, trouble, exc_info=unforeseen)
        elif self.trouble and error is None:
            _log.warning("the ledger can %s again", self.name)
        self.trouble = trouble or ("" if error is None else type(error).__name__)


class Backlog(NamedTuple):
    """Bytes of the journal that the store does not have yet, rows that the journal does not have yet, rows lost."""

    bytes: int
    waiting: int
    lost: int


class LedgerWriter:
    """Owns the thread that the store is used in."""

    def __init__(
        self,
        journal: Journal,
        store: Store,
        clock: Clock,
        retention: Retention = KEEP_ALL,
        finish: Finish = as_it_is,
        *,
        tell: Tell = tell_nobody,
    ) -> None:
        self._journal = journal
        self._store = store
        self._clock = clock
        self.retention = retention
        self._thread = ThreadPoolExecutor(1, "ledger")
        runs = journal.folder.parent
        self._mover = Mover(journal, store, finish, tell)
        self._moving = Duty("move rows to its store", self._mover.move, MOVE_SECONDS)
        self._recovering = Duty("recover killed runs", lambda: recover_runs(runs, store, finish), RECOVER_SECONDS)
        self._duties = [self._moving, self._recovering, Duty("forget old rows", self._forget, FORGET_SECONDS)]
        self._reading: Duty | None = None

    def __repr__(self) -> str:
        return f"<LedgerWriter {', '.join(duty.trouble for duty in self._duties if duty.trouble) or 'well'}>"

    def read_first(self, name: str, work: Callable[[Store], object]) -> None:
        """Have something read from the store: before the first row of this run gets there, with all that earlier runs
        have left, and from then on again and again."""
        self._reading = Duty(name, lambda: work(self._store), RECOVER_SECONDS)
        others = [duty for duty in self._duties if duty is not self._recovering]
        self._duties = [self._recovering, self._reading, *others]

    def read_backlog(self) -> Backlog:
        """What is on its way to the store now."""
        return Backlog(self._mover.count_backlog(), self._journal.waiting, self._journal.lost)

    async def run(self) -> None:
        """Round after round, until cancelled."""
        while True:
            self._journal.retry()
            for duty in self._duties:
                if self._clock.monotonic() >= duty.due and not self._must_wait(duty):
                    await self._see_to(duty)
            await asyncio.sleep(MOVE_SECONDS)

    async def aclose(self) -> None:
        """Bring the rest and let go of everything. What cannot be brought now is there at the next start."""
        self._journal.close()
        await self._see_to(self._moving)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._leave)
        self._thread.shutdown()

    async def _see_to(self, duty: Duty) -> None:
        """Do it once, in the thread. It may fail in any way: the journal still has what was to be moved."""
        future = asyncio.get_running_loop().run_in_executor(self._thread, duty.work)
        (outcome,) = await asyncio.gather(future, return_exceptions=True)
        error = outcome if isinstance(outcome, BaseException) else None
        duty.due = self._clock.monotonic() + (duty.every_seconds if error is None else MOVE_SECONDS)
        duty.note(error)

    def _must_wait(self, duty: Duty) -> bool:
        """Whether something has to be read first that could not be read yet."""
        return duty is self._moving and self._reading is not None and not self._reading.is_done_once

    def _forget(self) -> None:
        """By age, then by size. A store that has become smaller than it may be is left alone."""
        days, max_mib = self.retention
        if days:
            before_ms = int(self._clock.unix() * 1000) - days * DAY_MS
            while self._store.remove_before(before_ms, FORGET_AT_ONCE):
                pass
        if max_mib:
            while self._store.read_size_bytes() > max_mib * MIB and self._store.remove_oldest(FORGET_AT_ONCE):
                pass

    def _leave(self) -> None:
        self._store.close()
        self._journal.leave()
