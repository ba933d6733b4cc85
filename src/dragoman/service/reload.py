"""New settings for a running gateway: taken whole or not at all.

Whoever notices a change (a signal, a look at the file) calls `reload`. A bad file keeps the old settings and says so;
exchanges under way keep what they began with.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, TypeVar

from dragoman.errors import DragomanError

_log = logging.getLogger(__name__)

S = TypeVar("S")


class Reloader(Generic[S]):
    """Applies settings that `read` gives; keeps the last ones that worked."""

    def __init__(self, current: S, read: Callable[[], S], apply: Callable[[S], None]) -> None:
        self.current = current
        self._read = read
        self._apply = apply

    def reload(self) -> bool:
        """Read and apply. Whether anything changed; never raises for what somebody wrote into a file."""
        try:
            settings = self._read()
            if settings == self.current:
                return False
            self._apply(settings)
        except DragomanError as error:
            _log.error("the new configuration is not taken, the old one stays: %s", error)
            return False
        self.current = settings
        _log.info("the new configuration is in force")
        return True
