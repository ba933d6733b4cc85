"""New settings for a running gateway: taken whole or not at all.

Whoever notices a change (a signal, a look at the file) calls `reload`. A bad file keeps the old settings and says so;
exchanges under way keep what they began with.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from dragoman.config.watch import is_changed, look_at
from dragoman.errors import DragomanError

WATCH_SECONDS = 1.0

_log = logging.getLogger(__name__)

S = TypeVar("S")


def keep_as_they_are(settings: object) -> None:
    """Nobody goes by them yet."""


class Reloader(Generic[S]):
    """Applies settings that `read` gives; keeps the last ones that worked. What applies them may be given later, since
    it is made of parts that want to know the current ones."""

    def __init__(self, current: S, read: Callable[[], S], apply: Callable[[S], None] = keep_as_they_are) -> None:
        self.current = current
        self.apply = apply
        self._read = read

    def reload(self) -> bool:
        """Read and apply. Whether anything changed; never raises for what somebody wrote into a file."""
        try:
            settings = self._read()
            if settings == self.current:
                return False
            self.apply(settings)
        except DragomanError as error:
            _log.error("the new configuration is not taken, the old one stays: %s", error)
            return False
        self.current = settings
        _log.info("the new configuration is in force")
        return True


async def watch_configuration(path: Path | None, reloader: Reloader[S]) -> None:
    """Reload at SIGHUP, and when the file's content has changed."""
    asked = asyncio.Event()
    with contextlib.suppress(NotImplementedError, ValueError, RuntimeError, AttributeError):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, asked.set)
    seen = look_at(path, None) if path else None
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(WATCH_SECONDS):
                await asked.wait()
        now = look_at(path, seen) if path else None
        if asked.is_set() or is_changed(seen, now):
            asked.clear()
            reloader.reload()
        seen = now or seen
