"""What is done once an exchange is over, however it ended: it is logged, noted where its answer is to be told again,
written down where somebody wants that, and put to account.

Exchanges that end in one round of the loop are put to account together, at its end, which costs less than between two
others' work (decision 0033). Only who tells answers again wants to know at once. Invariants: an exchange is put to
account before its answer leaves, since the edge calls `flush` before it writes; and before anybody is let in by their
limits, since `Admission` calls it before it looks: a caller's next request may come from within.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Iterator, Sequence

from dragoman.service.detours.retelling import Underway
from dragoman.service.exchange import Exchange
from dragoman.service.metering.settle import Meter
from dragoman.service.metering.transcripts import Scribe

_log = logging.getLogger("dragoman")


class Settlement:
    """`retellings` are those who give answers again; more may be added until the first request comes."""

    __slots__ = ("_finished", "_meter", "_scribe", "retellings")

    def __init__(self, meter: Meter | None, scribe: Scribe | None, retellings: Sequence[Underway] = ()) -> None:
        self._meter = meter
        self._scribe = scribe
        self._finished: deque[Exchange] = deque()
        self.retellings = list(retellings)

    def settle(self, exchange: Exchange) -> None:
        """An exchange is over."""
        for underway in self.retellings:
            if underway.sinks:
                underway.note(exchange)
        if not self._finished:
            asyncio.get_running_loop().call_soon(self.flush)
        self._finished.append(exchange)

    def flush(self) -> None:
        """Nothing waits any longer."""
        finished = self._finished
        if not finished:
            return
        try:
            if self._meter is not None:
                self._meter.settle_all(self._take_out())
            else:
                deque(self._take_out(), maxlen=0)
        finally:
            if finished:  # one could not be accounted for: the others are
                asyncio.get_running_loop().call_soon(self.flush)

    def _take_out(self) -> Iterator[Exchange]:
        """All that wait, logged and written down; each is taken out before anything is done with it."""
        finished, scribe, is_talkative = self._finished, self._scribe, _log.isEnabledFor(logging.DEBUG)
        while finished:
            exchange = finished.popleft()
            if is_talkative or exchange.error is not None:
                _log_exchange(exchange)
            if exchange.transcript is not None and scribe is not None:
                scribe.record(exchange)
            yield exchange


def _log_exchange(exchange: Exchange) -> None:
    """One line."""
    level = logging.DEBUG if exchange.error is None else logging.INFO
    if not _log.isEnabledFor(level):
        return
    target = exchange.attempt.target.name if exchange.attempt else "-"
    outcome = "cancelled" if exchange.is_cancelled else str(exchange.error or "ok")
    milliseconds = (exchange.ended - exchange.started) * 1000
    _log.log(level, "%s %s → %s: %s, %.1f ms", exchange.id, exchange.model, target, outcome, milliseconds)
