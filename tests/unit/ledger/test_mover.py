"""Every record arrives once, whatever fails on the way and whoever dies."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import msgspec
import pytest

from dragoman.clock import FixedClock
from dragoman.errors import DragomanError
from dragoman.ledger import mover as mover_module
from dragoman.ledger.frames import HEADER_BYTES, emit_record, pack_header, parse_record, parse_row, unpack_length
from dragoman.ledger.journal import Extent, Journal
from dragoman.ledger.memory import MemoryStore
from dragoman.ledger.mover import UNREADABLE_SUFFIX, Mover, Part, as_it_is, recover_runs
from dragoman.ledger.row import ExchangeRow, Record
from dragoman.ledger.store import store_unavailable
from tests.unit.ledger.rows import DAY_MS, NOON_MS, make_reservation, make_row


class FailingStore(MemoryStore):
    """Takes nothing while `is_down`, and counts what it is brought."""

    def __init__(self) -> None:
        super().__init__()
        self.is_down = False
        self.brought = 0

    def record_exchanges(self, rows: Sequence[ExchangeRow], packed: Sequence[bytearray] = ()) -> int:
        if self.is_down:
            raise store_unavailable("It is down.")
        self.brought += len(rows)
        return super().record_exchanges(rows, packed)


def make_journal(folder: Path, run: str = "run") -> Journal:
    return Journal(folder, run, FixedClock(), segment_bytes=1024)


def fill(journal: Journal, numbers: Sequence[int]) -> None:
    for number in numbers:
        journal.append(make_reservation(number))
        journal.append(make_row(number))


def test_rows_arrive_once_each(tmp_path: Path) -> None:
    journal, store = make_journal(tmp_path), FailingStore()
    mover = Mover(journal, store, as_it_is)
    fill(journal, range(10))
    assert mover.move() == 10
    assert mover.move() == 0
    fill(journal, range(10, 15))
    assert mover.move() == 5
    assert sorted(store.rows.values(), key=lambda row: row.id) == [make_row(number) for number in range(15)]
    assert store.brought == 15


def test_batches_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mover_module, "BATCH_RECORDS", 3)
    journal, store = make_journal(tmp_path), FailingStore()
    fill(journal, range(20))
    assert Mover(journal, store, as_it_is).move() == 20
    assert store.brought == 20


def test_a_row_is_finished_on_its_way(tmp_path: Path) -> None:
    journal, store = make_journal(tmp_path), MemoryStore()
    fill(journal, [1])
    Mover(journal, store, lambda row: msgspec.structs.replace(row, cost_nanodollars=9)).move()
    assert [row.cost_nanodollars for row in store.rows.values()] == [9]


def write_segment(path: Path, payloads: Sequence[bytes]) -> Extent:
    """What a run that ended has left behind, of which nothing is in memory."""
    data = b"".join(pack_header(len(payload), crc32(payload)) + payload for payload in payloads)
    path.write_bytes(data + bytes(100))
    return Extent(1, path, len(data), is_sealed=True)


def test_what_is_reserved_and_settled_in_one_batch_is_open_to_nobody(tmp_path: Path) -> None:
    records: list[Record] = [make_reservation(1), make_reservation(2), make_row(1), make_row(3)]
    extent = write_segment(tmp_path / "segment", [emit_record(record) for record in records])
    rows, _, reserved = Part(extent, 0).read(100, lambda row: msgspec.structs.replace(row, price="p"))
    assert rows == [make_row(1, price="p"), make_row(3, price="p")]
    assert reserved == {make_row(2).id: make_reservation(2)}


def test_what_came_complete_goes_to_the_store_as_the_bytes_that_it_came_as(tmp_path: Path) -> None:
    complete, other = make_row(1, cost_nanodollars=7), make_row(2)
    older = msgspec.msgpack.encode(msgspec.msgpack.decode(emit_record(complete))[:40])  # of an older version
    extent = write_segment(tmp_path / "segment", [older, emit_record(other)])
    rows, packed, _ = Part(extent, 0).read(
        100, lambda row: row if row.cost_nanodollars else msgspec.structs.replace(row, cost_nanodollars=9)
    )
    assert rows == [complete, make_row(2, cost_nanodollars=9)]
    assert packed[0] == older
    assert [parse_row(one) for one in packed] == rows


def test_reading_goes_on_where_it_stopped_and_ends_with_the_last_frame(tmp_path: Path) -> None:
    payloads = [emit_record(make_row(number)) for number in range(5)]
    extent = write_segment(tmp_path / "segment", payloads)
    part = Part(extent, HEADER_BYTES + len(payloads[0]))
    read = [[row.id for row in part.read(limit, as_it_is).rows] for limit in (0, 1, 2, 100, 100)]
    assert read == [[], [make_row(1).id], [make_row(2).id, make_row(3).id], [make_row(4).id], []]
    assert part.position == extent.end


def test_what_the_journal_has_in_memory_is_not_parsed_again(tmp_path: Path) -> None:
    journal, store = Journal(tmp_path, "run", FixedClock()), MemoryStore()
    mover = Mover(journal, store, as_it_is)
    fill(journal, [1])
    for numbers in (range(2, 5), range(5, 9)):
        rows = [make_row(number) for number in numbers]
        for row in rows:
            journal.append(row)
        mover.move()
        assert all(store.rows[row.id] is row for row in rows)
    assert all(extent.fresh == {} for extent in journal.read_extents())


def test_what_the_journal_has_in_memory_is_what_it_has_written(tmp_path: Path) -> None:
    journal = make_journal(tmp_path)
    fill(journal, range(40))
    extents = journal.read_extents()
    assert [extent.number for extent in extents if extent.fresh] == [extent.number for extent in extents[-2:]]
    for extent in extents:
        data = extent.path.read_bytes()
        for position, record in extent.fresh.items():
            (size,) = unpack_length(data, position)
            begin = position + HEADER_BYTES
            assert parse_record(data[begin : begin + size]) == record


def test_while_the_store_is_down_rows_stay_in_the_journal(tmp_path: Path) -> None:
    journal, store = make_journal(tmp_path), FailingStore()
    mover = Mover(journal, store, as_it_is)
    fill(journal, range(5))
    mover.move()
    store.is_down = True
    fill(journal, range(5, 30))
    for _ in range(3):
        with pytest.raises(DragomanError):
            mover.move()
    store.is_down = False
    assert mover.move() == 25
    assert len(store.rows) == store.brought == 30


def test_a_segment_stays_until_what_was_reserved_there_is_settled(tmp_path: Path) -> None:
    journal = make_journal(tmp_path)
    mover = Mover(journal, MemoryStore(), as_it_is)
    journal.append(make_reservation(99))
    fill(journal, range(10))
    mover.move()
    kept = [extent.number for extent in journal.read_extents()]
    assert kept[0] == 1
    assert len(kept) == 2  # and the one that is being written
    journal.append(make_row(99))
    mover.move()
    assert 1 not in [extent.number for extent in journal.read_extents()]


def test_a_killed_run_is_recovered_with_what_it_had_not_settled(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal, store = make_journal(tmp_path), MemoryStore()
    fill(journal, range(8))
    journal.append(make_reservation(50))
    journal.append(make_reservation(50, provider="second"))
    kill(journal)
    assert recover_runs(tmp_path, store, as_it_is) == 9
    assert store.rows[make_row(50).id].outcome == "interrupted"
    assert store.rows[make_row(50).id].provider == "second"
    assert [row.outcome for row in store.rows.values()].count("served") == 8
    assert list(tmp_path.iterdir()) == []
    assert "9 exchanges" in caplog.text
    assert "1 of them as interrupted" in caplog.text


def test_what_was_moved_before_the_kill_is_not_counted_again(tmp_path: Path) -> None:
    journal, store = make_journal(tmp_path), MemoryStore()
    fill(journal, range(2))
    Mover(journal, store, as_it_is).move()
    journal.append(make_reservation(5))
    kill(journal)
    assert recover_runs(tmp_path, store, as_it_is) == 1
    (line,) = store.read_usage(NOON_MS - DAY_MS, NOON_MS + DAY_MS, "key")
    assert (line.totals.exchanges, line.totals.interrupted) == (3, 1)


def test_a_run_that_lives_is_left_alone(tmp_path: Path) -> None:
    journal, store = make_journal(tmp_path), MemoryStore()
    fill(journal, [1])
    assert recover_runs(tmp_path, store, as_it_is) == 0
    assert Mover(journal, store, as_it_is).move() == 1


def test_a_run_stays_until_the_store_has_taken_all_of_it(tmp_path: Path) -> None:
    journal, store = make_journal(tmp_path), FailingStore()
    fill(journal, range(4))
    kill(journal)
    store.is_down = True
    with pytest.raises(DragomanError):
        recover_runs(tmp_path, store, as_it_is)
    store.is_down = False
    assert recover_runs(tmp_path, store, as_it_is) == 4


def test_a_tail_that_the_kill_has_torn_costs_only_itself(tmp_path: Path) -> None:
    journal, store = make_journal(tmp_path), MemoryStore()
    fill(journal, [1])
    (extent,) = journal.read_extents()
    kill(journal)
    with extent.path.open("r+b") as file:
        file.seek(extent.end - 5)
        file.write(bytes(5))
    assert recover_runs(tmp_path, store, as_it_is) == 1
    assert [row.outcome for row in store.rows.values()] == ["interrupted"]


def test_a_journal_that_cannot_be_read_is_kept_and_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    run = tmp_path / "run"
    run.mkdir()
    newer = msgspec.msgpack.encode([99, "new"])
    header = len(newer).to_bytes(4, "little") + crc32(newer).to_bytes(4, "little")
    (run / "00000001.journal").write_bytes(header + newer)
    for _ in range(2):
        assert recover_runs(tmp_path, MemoryStore(), as_it_is) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["run" + UNREADABLE_SUFFIX]
    assert caplog.text.count("cannot read") == 1


def test_without_any_journal_there_is_nothing_to_recover(tmp_path: Path) -> None:
    assert recover_runs(tmp_path / "none", MemoryStore(), as_it_is) == 0


def kill(journal: Journal) -> None:
    """What the end of its process does to a journal: the lock goes, everything else stays as it is."""
    assert journal._lock is not None
    os.close(journal._lock)


def test_whoever_wants_to_know_is_told_of_each_row_once_it_is_there(tmp_path: Path) -> None:
    journal, store = make_journal(tmp_path), FailingStore()
    told: list[ExchangeRow] = []
    mover = Mover(journal, store, lambda row: msgspec.structs.replace(row, cost_nanodollars=9), told.extend)
    fill(journal, range(3))
    store.is_down = True
    for _ in range(2):
        with pytest.raises(DragomanError):
            mover.move()
    assert told == []
    store.is_down = False
    mover.move()
    fill(journal, range(3, 5))
    mover.move()
    mover.move()
    assert [(row.id, row.cost_nanodollars) for row in told] == [(make_row(n).id, 9) for n in range(5)]


def test_the_backlog_is_what_is_not_there_yet(tmp_path: Path) -> None:
    journal = make_journal(tmp_path)
    mover = Mover(journal, MemoryStore(), as_it_is)
    assert mover.count_backlog() == 0
    fill(journal, range(30))
    assert mover.count_backlog() == sum(extent.end for extent in journal.read_extents()) > 1024
    mover.move()
    assert mover.count_backlog() == 0
    journal.append(make_reservation(31))
    assert 0 < mover.count_backlog() < 300
