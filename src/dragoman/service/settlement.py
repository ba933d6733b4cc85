"""What is done once an exchange is over, however it ended: it is logged, noted where its answer is to be told again,
written down where somebody wants that, and put to account. On every request's way: most of it is for few of them.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from dragoman.service.detours.retelling import Underway
from dragoman.service.exchange import Exchange
from dragoman.service.metering.settle import Meter
from dragoman.service.metering.transcripts import Scribe

_log = logging.getLogger("dragoman")


class Settlement:
    """`retellings` are those who give answers again; more may be added until the first request comes."""

    __slots__ = ("_meter", "_scribe", "retellings")

    def __init__(self, meter: Meter | None, scribe: Scribe | None, retellings: Sequence[Underway] = ()) -> None:
        self._meter = meter
        self._scribe = scribe
        self.retellings = list(retellings)

    def settle(self, exchange: Exchange) -> None:
        """An exchange is over."""
        level = logging.DEBUG if exchange.error is None else logging.INFO
        if _log.isEnabledFor(level):
            log_exchange(exchange, level)
        for underway in self.retellings:
            if underway.sinks:
                underway.note(exchange)
        if exchange.transcript is not None and self._scribe is not None:
            self._scribe.record(exchange)
        if self._meter is not None:
            self._meter.settle(exchange)


def log_exchange(exchange: Exchange, level: int) -> None:
    """One line."""
    target = exchange.attempt.target.name if exchange.attempt else "-"
    outcome = "cancelled" if exchange.is_cancelled else str(exchange.error or "ok")
    milliseconds = (exchange.ended - exchange.started) * 1000
    _log.log(level, "%s %s → %s: %s, %.1f ms", exchange.id, exchange.model, target, outcome, milliseconds)
