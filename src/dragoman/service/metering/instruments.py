"""What `/metrics` shows: the counts of the tally, and dials that are read at the moment somebody looks.

Reading costs the event loop what there is to show, so nothing is read before it is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import get_args

import msgspec

from dragoman import __version__
from dragoman.clock import Clock
from dragoman.ledger.writer import LedgerWriter
from dragoman.routing.key_state import Reason
from dragoman.routing.pool import CredentialPool
from dragoman.service.metering.tally import Tally
from dragoman.service.switchboard import Switchboard
from dragoman.telemetry.metrics import (
    BACKLOG,
    BUILD,
    CREDENTIAL_USE,
    CREDENTIALS,
    DRAINING,
    IN_FLIGHT,
    LOST,
    UNWRITTEN,
    WAITING,
    Labels,
    Reading,
)

STATES = ("ready", *(reason for reason in get_args(Reason) if reason not in {"other_models", "excluded"}))
"""What a credential as a whole may be; each is shown, also where no credential is in it."""


class Instruments(msgspec.Struct, frozen=True):
    """Where the readings come from. There is no writer where no ledger is kept."""

    tally: Tally
    clock: Clock
    writer: LedgerWriter | None = None

    def read(self, board: Switchboard, in_flight: int, *, is_draining: bool) -> list[Reading]:
        """Everything, in the order in which it is shown."""
        pools, now = board.pools, self.clock.monotonic()
        readings: list[Reading] = [
            *self.tally.read(),
            (IN_FLIGHT, [((), in_flight)]),
            (WAITING, [((), board.room.count)]),
            (DRAINING, [((), int(is_draining))]),
            (CREDENTIALS, [one for name, pool in pools.items() for one in _count_states(name, pool, now)]),
            (CREDENTIAL_USE, [((name,), sum(key.in_flight for key in pool.keys)) for name, pool in pools.items()]),
        ]
        if self.writer is not None:
            backlog = self.writer.read_backlog()
            readings += [
                (BACKLOG, [((), backlog.bytes)]),
                (UNWRITTEN, [((), backlog.waiting)]),
                (LOST, [((), backlog.lost)]),
            ]
        return [*readings, (BUILD, [((__version__,), 1)])]


def _count_states(provider: str, pool: CredentialPool, now: float) -> Iterator[tuple[Labels, int]]:
    states = Counter(key.find_state(now) for key in pool.keys)
    return (((provider, state), states[state]) for state in STATES)
