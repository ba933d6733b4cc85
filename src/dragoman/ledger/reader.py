"""Asks the store for whoever wants to look: in a thread of its own, so that neither traffic nor the writer waits.

Before anything was recorded there is no file, or one whose layout is just being made; then an empty store answers.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from dragoman.errors import DragomanError, Kind
from dragoman.ledger.memory import MemoryStore
from dragoman.ledger.store import Store

_log = logging.getLogger(__name__)

T = TypeVar("T")

RETRY_SECONDS = 5


def always() -> bool:
    """Of a store that needs no making."""
    return True


class LedgerReader:
    """Owns the thread that a store is read in. `is_made` says whether there is anything to read in it."""

    def __init__(self, store: Store, is_made: Callable[[], bool] = always) -> None:
        self._store = store
        self._is_made = is_made
        self._empty = MemoryStore()
        self._thread = ThreadPoolExecutor(1, "ledger-reads")

    def __repr__(self) -> str:
        return f"<LedgerReader of {self._store!r}>"

    async def ask(self, question: Callable[[Store], T]) -> T:
        """Put a question. What is wrong with the file is told without saying where it is."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._answer, question)
        except DragomanError as error:
            if error.kind is not Kind.UNAVAILABLE:
                raise
            _log.warning("a question to the ledger was not answered: %s", error)
            message = "The ledger cannot be read now; the gateway's log says why."
            raise DragomanError(
                Kind.UNAVAILABLE, message, blame="gateway", status=503, retry_after_seconds=RETRY_SECONDS
            ) from error

    async def aclose(self) -> None:
        """Let go of the file and the thread."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._store.close)
        self._thread.shutdown()

    def _answer(self, question: Callable[[Store], T]) -> T:
        return question(self._store if self._is_made() else self._empty)
