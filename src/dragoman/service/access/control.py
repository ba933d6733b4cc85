"""The control store beside the traffic: one thread uses it, one second is the longest that a change goes unnoticed.

What this process changes counts when the change returns; what the command line changes is noticed by looking at the
file's version again and again. While the file cannot be read, what was read last goes on to count.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from dragoman.errors import DragomanError
from dragoman.ledger.control.records import Holdings
from dragoman.ledger.control.store import ControlStore

_log = logging.getLogger(__name__)

T = TypeVar("T")

LOOK_SECONDS = 1.0

Apply = Callable[[Holdings | None], None]
"""Who is told what is kept, whenever that has changed; None as long as it never could be read."""


class Control:
    """Owns the thread."""

    def __init__(self, store: ControlStore, apply: Apply) -> None:
        self._store = store
        self._apply = apply
        self._thread = ThreadPoolExecutor(1, "control")
        self._version: object = None
        self._is_known = False
        self._is_troubled = False

    def __repr__(self) -> str:
        return f"<Control {'in trouble' if self._is_troubled else 'well'}>"

    def load(self) -> None:
        """Read everything, before anything is served."""
        try:
            self._take(self._thread.submit(self._read).result())
        except DragomanError as error:
            self._note(error)

    async def change(self, work: Callable[[ControlStore], T]) -> T:
        """Change something; afterwards it counts."""
        result = await self.ask(work)
        self._take(await self._run(self._read))
        return result

    async def ask(self, work: Callable[[ControlStore], T]) -> T:
        """Ask the store something."""
        return await self._run(lambda: work(self._store))

    async def watch(self) -> None:
        """Look for changes, again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """See whether anything has changed, and take it over."""
        try:
            read = await self._run(self._read_if_changed)
        except DragomanError as error:
            self._note(error)
            return
        self._note(None)
        if read is not None:
            self._take(read)

    async def aclose(self) -> None:
        """Let go of the file."""
        await self._run(self._store.close)
        self._thread.shutdown()

    def _run(self, work: Callable[[], T]) -> asyncio.Future[T]:
        return asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _read(self) -> tuple[object, Holdings]:
        """The version comes first: what changes in between is read twice, and not never."""
        return self._store.read_version(), self._store.read_holdings()

    def _read_if_changed(self) -> tuple[object, Holdings] | None:
        return self._read() if not self._is_known or self._store.read_version() != self._version else None

    def _take(self, read: tuple[object, Holdings]) -> None:
        self._version, holdings = read
        self._is_known = True
        self._apply(holdings)

    def _note(self, error: DragomanError | None) -> None:
        """Tell the log when things turn bad or well again."""
        if error is not None and not self._is_known:
            self._apply(None)
        if error is not None and not self._is_troubled:
            _log.error("keys and teams cannot be read: %s Those that are known go on to count.", error)
        elif error is None and self._is_troubled:
            _log.warning("keys and teams can be read again")
        self._is_troubled = error is not None
