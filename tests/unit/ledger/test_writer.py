"""The ledger beside the traffic: what fails is told once, tried again, and stops nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from dragoman.clock import FixedClock
from dragoman.ledger import writer as writer_module
from dragoman.ledger.journal import Journal
from dragoman.ledger.memory import MemoryStore
from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.store import store_unavailable
from dragoman.ledger.writer import KEEP_ALL, RECOVER_SECONDS, LedgerWriter, Retention
from tests.unit.ledger.rows import DAY_MS, make_row


class MoodyStore(MemoryStore):
    """Fails with whatever it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.failure: Exception | None = None
        self.asked = 0
        self.is_closed = False

    def record_exchanges(self, rows: Sequence[ExchangeRow], packed: Sequence[bytearray] = ()) -> int:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return super().record_exchanges(rows, packed)

    def close(self) -> None:
        self.is_closed = True


class Office:
    """A writer, what it writes from and what it writes to."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, retention: Retention = KEEP_ALL) -> None:
        monkeypatch.setattr(writer_module, "MOVE_SECONDS", 0.001)
        self.clock = FixedClock()
        self.journal = Journal(folder, "run", self.clock)
        self.store = MoodyStore()
        self.writer = LedgerWriter(self.journal, self.store, self.clock, retention)

    async def wait_for(self, condition: Callable[[], object]) -> None:
        """Let the writer play rounds until a condition comes true; the clock goes on meanwhile."""
        async with asyncio.timeout(60):
            while not condition():
                self.clock.advance(1.0)
                await asyncio.sleep(0)

    def run(self, story: Callable[[], Awaitable[None]]) -> None:
        async def play() -> None:
            running = asyncio.ensure_future(self.writer.run())
            await story()
            running.cancel()
            await self.writer.aclose()

        asyncio.run(play())


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    return Office(tmp_path, monkeypatch)


def test_rows_are_moved_while_it_runs_and_at_the_end(office: Office, tmp_path: Path) -> None:
    async def story() -> None:
        office.journal.append(make_row(1))
        await office.wait_for(lambda: office.store.rows)
        office.journal.append(make_row(2))

    office.run(story)
    assert len(office.store.rows) == 2
    assert office.store.is_closed
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("failure", [store_unavailable("The disk is full."), OverflowError("too large")], ids=repr)
def test_a_store_that_fails_is_told_once_and_tried_again(
    failure: Exception, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    async def story() -> None:
        office.store.failure = failure
        office.journal.append(make_row(1))
        await office.wait_for(lambda: office.store.asked > 5)
        assert str(failure) in repr(office.writer)
        office.store.failure = None
        await office.wait_for(lambda: office.store.rows)
        await office.wait_for(lambda: "well" in repr(office.writer))

    office.run(story)
    assert caplog.text.count("cannot move rows") == 1
    assert caplog.text.count("can move rows to its store again") == 1
    assert ("Traceback" in caplog.text) == isinstance(failure, OverflowError)


def test_what_waits_in_memory_for_the_disk_is_moved_too(office: Office, tmp_path: Path) -> None:
    async def story() -> None:
        (tmp_path / "run").write_text("in the way")
        office.journal.append(make_row(1))
        (tmp_path / "run").unlink()
        await office.wait_for(lambda: office.store.rows)

    office.run(story)


def test_what_cannot_be_moved_at_the_end_stays_for_the_next_start(office: Office, tmp_path: Path) -> None:
    async def story() -> None:
        office.store.failure = store_unavailable("Down.")
        office.journal.append(make_row(1))

    office.run(story)
    assert [path.name for path in (tmp_path / "run").glob("*.journal")] == ["00000001.journal"]


def test_a_run_that_was_killed_meanwhile_is_recovered(
    office: Office, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    async def story() -> None:
        await office.wait_for(lambda: office.clock.monotonic() > 1_000.0 + RECOVER_SECONDS)
        other = Journal(tmp_path_factory.mktemp("elsewhere"), "other", office.clock)
        other.append(make_row(7))
        other.close()
        other.leave()
        other.folder.rename(tmp_path / "other")
        await office.wait_for(lambda: office.store.rows)

    office.run(story)
    assert list(office.store.rows.values()) == [make_row(7)]


def test_what_is_older_than_the_retention_is_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "FORGET_AT_ONCE", 2)
    office = Office(tmp_path, monkeypatch, Retention(days=30))
    now_ms = int(office.clock.unix() * 1000)
    office.store.record_exchanges([make_row(n, started_ms=now_ms - 31 * DAY_MS) for n in range(5)])
    office.store.record_exchanges([make_row(9, started_ms=now_ms - 29 * DAY_MS)])

    async def story() -> None:
        await office.wait_for(lambda: len(office.store.rows) == 1)

    office.run(story)
    assert list(office.store.rows) == [make_row(9).id]


def test_a_ledger_that_has_grown_too_large_loses_its_oldest_exchanges(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "FORGET_AT_ONCE", 2)
    monkeypatch.setattr(writer_module, "MIB", 100)
    office = Office(tmp_path, monkeypatch, Retention(max_mib=10))
    now_ms = int(office.clock.unix() * 1000)
    office.store.record_exchanges([make_row(n, started_ms=now_ms + n) for n in range(20)])

    async def story() -> None:
        await office.wait_for(lambda: office.store.read_size_bytes() <= 1_000)

    office.run(story)
    left = list(office.store.rows)
    assert 1 <= len(left) < 10
    assert make_row(19).id in left
    assert make_row(0).id not in left


def test_the_backlog_tells_what_is_on_its_way(office: Office, tmp_path: Path) -> None:
    async def story() -> None:
        (tmp_path / "run").write_text("in the way")
        office.journal.append(make_row(1))
        assert office.writer.read_backlog() == (0, 1, 0)
        (tmp_path / "run").unlink()
        await office.wait_for(lambda: office.store.rows)
        assert office.writer.read_backlog() == (0, 0, 0)
        office.journal.append(make_row(2))
        assert office.writer.read_backlog().bytes > 0

    office.run(story)


def test_what_is_to_be_read_first_is_read_before_any_row_arrives_and_with_what_was_left(
    office: Office, tmp_path: Path
) -> None:
    left = Journal(tmp_path, "earlier", office.clock)
    left.append(make_row(7))
    left.close()
    left.leave()
    seen: list[int] = []
    office.journal.append(make_row(1))
    office.writer.read_first("tell", lambda store: seen.append(len(office.store.rows)))

    async def story() -> None:
        await office.wait_for(lambda: len(seen) > 1)

    office.run(story)
    assert seen[:2] == [1, 2]


def test_no_row_arrives_before_what_is_to_be_read_first_could_be_read(office: Office) -> None:
    asked: list[int] = []

    def read(store: object) -> None:
        asked.append(len(office.store.rows))
        if len(asked) < 4:
            raise store_unavailable("not yet")

    office.journal.append(make_row(1))
    office.writer.read_first("tell what was spent", read)

    async def story() -> None:
        await office.wait_for(lambda: office.store.rows)

    office.run(story)
    assert asked == [0, 0, 0, 0]
