"""The page that Prometheus reads, in whichever of its two texts the reader prefers."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dragoman.dialects.base import WireReply
from dragoman.telemetry.exposition import OPENMETRICS_TYPE, TEXT_TYPE, emit_exposition, prefers_openmetrics
from dragoman.telemetry.metrics import Reading


class MetricsPage:
    """Reads everything anew each time. `is_public` is swapped at a reload."""

    def __init__(self, read: Callable[[], Iterable[Reading]], *, is_public: bool = False) -> None:
        self._read = read
        self.is_public = is_public

    def write(self, accept: bytes) -> WireReply:
        """The page for a reader with that Accept header."""
        is_openmetrics = prefers_openmetrics(accept.decode("latin-1"))
        body = emit_exposition(self._read(), is_openmetrics=is_openmetrics)
        return WireReply(200, body, OPENMETRICS_TYPE if is_openmetrics else TEXT_TYPE)
