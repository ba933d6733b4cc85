"""Carries records from a journal to the store, and forgets what has been carried.

A mover's memory (how far it has come, which exchanges are open) changes only after the store has taken a batch, so that
a batch that failed is simply brought again. A segment goes once the store has all of it and no exchange that was
reserved there is still open. All of it is synchronous, for one thread.
"""

from __future__ import annotations

import logging
import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from dragoman.ledger.frames import HEADER_BYTES, emit_record, measure_whole, parse_record, unpack_length
from dragoman.ledger.journal import LOCK_NAME, Extent, Journal
from dragoman.ledger.lock import open_locked
from dragoman.ledger.row import ExchangeRow, Reservation, interrupt
from dragoman.ledger.segments import SEGMENT_SUFFIX
from dragoman.ledger.store import Finish, Store

_log = logging.getLogger(__name__)

BATCH_RECORDS = 8_000
UNREADABLE_SUFFIX = ".unreadable"

Tell = Callable[[Sequence[ExchangeRow]], None]
"""Who is told of rows that this run has brought to the store, finished, once each."""


def as_it_is(row: ExchangeRow) -> ExchangeRow:
    """Nothing is added."""
    return row


def tell_nobody(rows: Sequence[ExchangeRow]) -> None:
    """Nobody wants to know."""


class Batch(NamedTuple):
    """Some records: the rows, finished; the same as bytes, which most of them are already; and what was reserved and is
    not settled by one of them."""

    rows: list[ExchangeRow]
    packed: list[bytearray]
    reserved: dict[str, Reservation]


class Part:
    """The frames of a segment from a position on. They are whole: their own run wrote them, or `measure_whole` has
    looked. Records that the journal has in memory still need not be parsed."""

    def __init__(self, extent: Extent, start: int) -> None:
        self.position = start
        self._end = extent.end
        self._fresh = extent.fresh
        self._start = start
        self._data = bytearray(extent.end - start)  # of which a part is another, which SQLite takes as it is
        with extent.path.open("rb") as file:
            file.seek(start)
            file.readinto(self._data)

    def read(self, limit: int, finish: Finish) -> Batch:
        """At most so many of the next records."""
        batch = rows, packed, reserved = Batch([], [], {})
        data, start, end, fresh, position = self._data, self._start, self._end, self._fresh, self.position
        for _ in range(limit):
            if position >= end:
                break
            (size,) = unpack_length(data, position - start)
            begin = position - start + HEADER_BYTES
            record = fresh.pop(position, None)
            if record is None:
                record = parse_record(data[begin : begin + size])
            if type(record) is ExchangeRow:
                row = finish(record)
                reserved.pop(row.id, None)
                rows.append(row)
                packed.append(data[begin : begin + size] if row is record else bytearray(emit_record(row)))
            else:
                reserved[record.id] = record
            position += HEADER_BYTES + size
        self.position = position
        return batch


class Progress:
    """How far a sequence of segments has been read, and what is still open in those parts."""

    def __init__(self) -> None:
        self._positions: dict[int, int] = {}
        self._open: dict[str, tuple[int, Reservation]] = {}

    def carry(self, extent: Extent, store: Store, finish: Finish, tell: Tell = tell_nobody) -> int:
        """Bring all of a segment that has not been brought yet, batch by batch; how many rows were new."""
        start = self._positions.get(extent.number, 0)
        if start >= extent.end:
            return 0
        recorded = 0
        part = Part(extent, start)
        while part.position < extent.end:
            batch = part.read(BATCH_RECORDS, finish)
            recorded += store.record_exchanges(batch.rows, batch.packed) if batch.rows else 0
            self._positions[extent.number] = part.position
            self._note_open(extent.number, batch)
            tell(batch.rows)
        return recorded

    def _note_open(self, number: int, batch: Batch) -> None:
        """What is open now that these have arrived."""
        for reserved_id, reservation in batch.reserved.items():
            self._open[reserved_id] = number, reservation
        if self._open:
            for row in batch.rows:
                self._open.pop(row.id, None)

    def list_done(self, extents: Sequence[Extent]) -> list[int]:
        """The segments that nobody needs any more."""
        needed = Counter(number for number, _ in self._open.values())
        return [
            extent.number
            for extent in extents
            if extent.is_sealed and not needed[extent.number] and self._positions.get(extent.number, 0) >= extent.end
        ]

    def copy_positions(self) -> dict[int, int]:
        """How far each segment has been brought, as it is now."""
        return dict(self._positions)

    def forget(self, number: int) -> None:
        """A segment is gone."""
        self._positions.pop(number, None)

    def list_open(self) -> list[Reservation]:
        """What was reserved and never settled."""
        return [reservation for _, reservation in self._open.values()]


class Mover:
    """Follows the journal of this run."""

    def __init__(self, journal: Journal, store: Store, finish: Finish, tell: Tell = tell_nobody) -> None:
        self._journal = journal
        self._store = store
        self._finish = finish
        self._tell = tell
        self._progress = Progress()

    def move(self) -> int:
        """Bring everything that is written by now; how many rows were new."""
        extents = self._journal.read_extents()
        moved = sum(self._progress.carry(extent, self._store, self._finish, self._tell) for extent in extents)
        for number in self._progress.list_done(extents):
            self._journal.release(number)
            self._progress.forget(number)
        return moved

    def count_backlog(self) -> int:
        """Bytes that are written and not brought yet. May be called from any thread: positions are looked at first, so
        that a segment that goes meanwhile is not taken for one of which nothing has been brought."""
        positions = self._progress.copy_positions()
        return sum(max(extent.end - positions.get(extent.number, 0), 0) for extent in self._journal.read_extents())


def recover_runs(folder: Path, store: Store, finish: Finish) -> int:
    """Bring what runs have left behind that ended without having brought it all; how many rows were new. What they had
    not settled is recorded as interrupted. A run that lives holds its lock and is passed by."""
    if not folder.is_dir():
        return 0
    return sum(_recover_run(run, store, finish) for run in sorted(folder.iterdir()) if _is_run(run))


def _is_run(folder: Path) -> bool:
    return folder.is_dir() and folder.suffix != UNREADABLE_SUFFIX


def _recover_run(run: Path, store: Store, finish: Finish) -> int:
    lock = open_locked(run / LOCK_NAME)
    if lock is None:
        return 0
    try:
        segments = sorted(run.glob(f"*{SEGMENT_SUFFIX}"))
        recovered = _carry_all(segments, store, finish)
        for path in [*segments, run / LOCK_NAME]:
            path.unlink()
        run.rmdir()
    except msgspec.DecodeError:
        kept = run.rename(run.with_suffix(UNREADABLE_SUFFIX))
        _log.error("a journal has records that this version cannot read; it is kept as %s", kept)
        return 0
    finally:
        os.close(lock)
    return recovered


def _carry_all(segments: Sequence[Path], store: Store, finish: Finish) -> int:
    progress = Progress()
    recovered = 0
    for path in segments:
        extent = Extent(int(path.stem), path, measure_whole(path.read_bytes()), is_sealed=True)
        recovered += progress.carry(extent, store, finish)
    interrupted = [finish(interrupt(reservation)) for reservation in progress.list_open()]
    if interrupted:
        recovered += store.record_exchanges(interrupted)
    if recovered:
        _log.warning(
            "an earlier run has left %d exchanges behind; they are in the ledger now, %d of them as interrupted",
            recovered,
            len(interrupted),
        )
    return recovered
