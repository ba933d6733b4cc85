"""Nothing that was noted is lost: not over full segments, not over a disk that takes nothing for a while."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

import pytest

from dragoman.clock import FixedClock
from dragoman.ledger import journal as journal_module
from dragoman.ledger import segments as segments_module
from dragoman.ledger.journal import LOCK_NAME, RETRY_SECONDS, Journal
from dragoman.ledger.row import Record
from dragoman.ledger.segments import allocate
from tests.unit.ledger.rows import emit_frame, make_reservation, make_row, read_records


def read_all(journal: Journal) -> list[Record]:
    return [
        record for extent in journal.read_extents() for record in read_records(extent.path.read_bytes()[: extent.end])
    ]


class Disk:
    """Whether there is room."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_full = True
        monkeypatch.setattr(segments_module, "allocate", self.allocate)

    def allocate(self, descriptor: int, size: int) -> None:
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        allocate(descriptor, size)


def test_a_record_is_in_the_file_as_soon_as_it_was_noted(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "run", FixedClock())
    assert not journal.folder.exists()
    journal.append(make_reservation(1))
    (file,) = journal.folder.glob("*.journal")
    assert read_records(file.read_bytes()) == [make_reservation(1)]
    journal.append(make_row(1))
    assert read_records(file.read_bytes()) == [make_reservation(1), make_row(1)]
    assert file.read_bytes().startswith(emit_frame(make_reservation(1)) + emit_frame(make_row(1)))


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "run", FixedClock())
    journal.append(make_row(1))
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (journal.folder, *journal.folder.iterdir())]
    assert modes == [0o700, 0o600, 0o600]


def test_a_full_segment_is_followed_by_the_next(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "run", FixedClock(), segment_bytes=1024)
    rows = [make_row(number) for number in range(50)]
    for row in rows:
        journal.append(row)
    extents = journal.read_extents()
    assert [extent.number for extent in extents] == list(range(1, len(extents) + 1))
    assert [extent.is_sealed for extent in extents] == [True] * (len(extents) - 1) + [False]
    assert len(extents) > 5
    assert read_all(journal) == rows


def test_a_segment_is_gone_once_it_is_released(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "run", FixedClock(), segment_bytes=1024)
    for number in range(10):
        journal.append(make_row(number))
    first, *others = journal.read_extents()
    journal.release(first.number)
    assert journal.read_extents() == others
    journal.close()
    for extent in others:
        journal.release(extent.number)
    journal.leave()
    assert not journal.folder.exists()


def test_a_segment_that_was_released_is_used_again_and_holds_nothing_of_what_was_there(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "run", FixedClock(), segment_bytes=1024)
    files: set[int] = set()
    for number in range(60):
        journal.append(make_row(number))
        *full, last = journal.read_extents()
        files.add(last.path.stat().st_ino)
        written = last.path.read_bytes()
        assert read_records(written) == read_records(written[: last.end])
        for extent in full:
            journal.release(extent.number)
    assert len(files) == 2


def test_while_the_disk_is_full_records_wait_and_keep_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    disk, clock = Disk(monkeypatch), FixedClock()
    journal = Journal(tmp_path, "run", clock, segment_bytes=1024)
    rows = [make_row(number) for number in range(20)]
    for row in rows[:10]:
        journal.append(row)
    assert journal.read_extents() == []
    assert caplog.text.count("No space left") == 1
    disk.is_full = False
    journal.append(rows[10])
    assert journal.read_extents() == []  # it is not tried at every record
    clock.advance(RETRY_SECONDS)
    for row in rows[11:]:
        journal.append(row)
    assert read_all(journal) == rows
    assert journal.lost == 0


def test_what_waits_is_written_without_another_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, clock = Disk(monkeypatch), FixedClock()
    journal = Journal(tmp_path, "run", clock)
    journal.append(make_row(1))
    disk.is_full = False
    clock.advance(RETRY_SECONDS)
    journal.retry()
    assert read_all(journal) == [make_row(1)]


def test_a_disk_that_fills_up_later_costs_nothing_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk, clock = Disk(monkeypatch), FixedClock()
    disk.is_full = False
    journal = Journal(tmp_path, "run", clock, segment_bytes=1024)
    rows = [make_row(number) for number in range(12)]
    journal.append(rows[0])
    disk.is_full = True
    for row in rows[1:]:
        journal.append(row)
    disk.is_full = False
    journal.close()
    assert read_all(journal) == rows


def test_what_still_waits_at_the_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Disk(monkeypatch)
    journal = Journal(tmp_path, "run", FixedClock())
    journal.append(make_row(1))
    journal.close()
    assert "1 rows of the ledger are lost" in caplog.text


def test_there_is_a_bound_to_what_waits_and_what_is_lost_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Disk(monkeypatch)
    monkeypatch.setattr(journal_module, "MAX_WAITING", 3)
    journal = Journal(tmp_path, "run", FixedClock())
    for number in range(5):
        journal.append(make_row(number))
    assert journal.lost == 2
    assert caplog.text.count("loses rows") == 1


def test_a_record_larger_than_a_segment_does_not_stop_those_after_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "run", FixedClock(), segment_bytes=1024)
    journal.append(make_row(1, route="x" * 2000))
    journal.append(make_row(2))
    assert read_all(journal) == [make_row(2)]
    assert journal.lost == 1


def test_an_empty_folder_is_not_left_behind_and_a_full_one_is(tmp_path: Path) -> None:
    done, kept = (Journal(tmp_path, name, FixedClock()) for name in ("done", "kept"))
    for journal in (done, kept):
        journal.append(make_row(1))
        journal.close()
    done.release(1)
    done.leave()
    kept.leave()
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert len(emit_frame(make_row(1))) == kept.read_extents()[0].end


def test_what_comes_after_the_close_is_there_for_the_next_start(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "run", FixedClock())
    journal.append(make_row(1))
    journal.close()
    journal.release(1)
    journal.append(make_row(2))
    journal.leave()
    (file,) = (tmp_path / "run").glob("*.journal")
    assert read_records(file.read_bytes()) == [make_row(2)]


def test_a_folder_that_somebody_else_has_is_not_written_to(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    first, second = (Journal(tmp_path, "run", FixedClock()) for _ in range(2))
    first.append(make_row(1))
    second.append(make_row(2))
    assert "its folder is taken" in caplog.text
    assert (read_all(first), read_all(second)) == ([make_row(1)], [])
    assert (tmp_path / "run" / LOCK_NAME).exists()
