"""Dials show how things are at the moment of looking."""

from __future__ import annotations

import asyncio
from pathlib import Path

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError, Kind
from dragoman.ledger.journal import Journal
from dragoman.ledger.memory import MemoryStore
from dragoman.ledger.writer import LedgerWriter
from dragoman.service.metering.instruments import STATES, Instruments
from dragoman.service.metering.tally import Tally
from dragoman.telemetry.exposition import emit_exposition
from dragoman.telemetry.metrics import FAMILIES
from tests.grammars.exposition import Metric, parse_exposition, read_sum
from tests.unit.ledger.rows import make_row
from tests.unit.service.desk import make_provider, make_switchboard

CLOCK = FixedClock()
BOARD = make_switchboard(make_provider("a", keys=3))


def read(instruments: Instruments, in_flight: int = 0, *, is_draining: bool = False) -> dict[str, Metric]:
    return parse_exposition(emit_exposition(instruments.read(BOARD, in_flight, is_draining=is_draining)))


def test_every_family_is_shown_in_the_order_of_the_table(tmp_path: Path) -> None:
    writer = LedgerWriter(Journal(tmp_path, "run", CLOCK), MemoryStore(), CLOCK)
    instruments = Instruments(Tally(), CLOCK, writer)
    assert list(read(instruments)) == [family.name for family in FAMILIES]
    assert [family for family, _ in instruments.read(BOARD, 0, is_draining=False)] == list(FAMILIES)
    asyncio.run(writer.aclose())


def test_without_a_ledger_its_dials_are_not_there() -> None:
    shown = read(Instruments(Tally(), CLOCK), 7, is_draining=True)
    assert not [name for name in shown if "ledger" in name]
    assert read_sum(shown["dragoman_requests_in_flight"]) == 7
    assert read_sum(shown["dragoman_draining"]) == 1
    assert read_sum(shown["dragoman_requests_waiting"]) == 0
    assert read_sum(shown["dragoman_build_info"]) == 1


def test_credentials_are_shown_by_what_they_are() -> None:
    pool, now = BOARD.pools["a"], CLOCK.monotonic()
    refused, resting, busy = pool.credentials
    pool.lease(refused, "m", 0, now).fail(DragomanError(Kind.AUTHENTICATION, "no", blame="gateway"), now)
    limited = DragomanError(Kind.RATE_LIMIT, "no", blame="upstream", retry_after_seconds=9.0)
    pool.lease(resting, "m", 0, now).fail(limited, now)
    held = pool.lease(busy, "m", 0, now)
    shown = read(Instruments(Tally(), CLOCK))
    states = {dict(labels)["state"]: value for (_, labels), value in shown["dragoman_credentials"].samples.items()}
    assert list(states) == list(STATES)
    assert {state for state, value in states.items() if value} == {"ready", "quarantined", "cooling"}
    assert read_sum(shown["dragoman_credential_uses_in_flight"], provider="a") == 1
    held.succeed(now)
    assert read_sum(read(Instruments(Tally(), CLOCK))["dragoman_credential_uses_in_flight"]) == 0


def test_those_who_wait_for_a_credential_are_counted() -> None:
    ticket = BOARD.room.take_ticket("r")
    assert read_sum(read(Instruments(Tally(), CLOCK))["dragoman_requests_waiting"]) == 1
    ticket.leave()


def test_the_backlog_is_what_the_store_does_not_have_yet(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "run", CLOCK)
    writer = LedgerWriter(journal, MemoryStore(), CLOCK)
    instruments = Instruments(Tally(), CLOCK, writer)
    journal.append(make_row())
    assert read_sum(read(instruments)["dragoman_ledger_backlog_bytes"]) > 50
    asyncio.run(writer.aclose())
    assert read_sum(read(instruments)["dragoman_ledger_backlog_bytes"]) == 0
