"""The database: what it refuses, what happens when it cannot be used, and that it recovers. The rest is in tests/contract."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.ledger import postgres as postgres_module
from dragoman.ledger.postgres import PostgresStore
from dragoman.ledger.queries import load_migrations, load_queries
from dragoman.ledger.search import Only
from dragoman.ledger.sqlite import WIDE
from dragoman.model.secret import Secret
from tests.postgres import PASSWORD, Postgres, running_postgres
from tests.unit.ledger.rows import NOON_MS, make_row

OWN = {"find_schema", "make_schema", "use_schema", "bound_statements", "refuse_changes", "lock_out_others"}


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with running_postgres() as running:
        yield running


@pytest.fixture
def url(server: Postgres) -> Secret:
    return server.take_database()


def count_exchanges(store: PostgresStore) -> int:
    return sum(line.totals.exchanges for line in store.read_usage(0, NOON_MS * 2, "key"))


def test_every_question_has_words_in_both_languages() -> None:
    assert set(load_queries("postgres/queries.sql")) == set(load_queries()) - {wide for wide, _ in WIDE.values()} | OWN
    assert [one.number for one in load_migrations("postgres")] == list(range(1, len(load_migrations("postgres")) + 1))


def test_long_names_and_names_with_a_zero_byte_are_taken(url: Secret) -> None:
    store = PostgresStore(url)
    letters, chance = (
        [chr(number) for number in range(0x4E00, 0x9FA5)],
        random.Random(1),
    )  # three bytes each, of all kinds
    names = {name: "".join(chance.choices(letters, k=256)) for name in ("route", "model", "user", "team")}
    rows = [make_row(1, **names), make_row(2, route="a\0b")]
    assert store.record_exchanges(rows) == 2
    assert store.read_exchange(rows[1].id) == rows[1]
    (line,) = store.read_usage(0, NOON_MS * 2, "route", Only(route="a\0b"))
    assert (line.name, line.totals.exchanges) == ("a\ufffdb", 1)
    store.close()


def test_a_batch_that_breaks_in_its_midst_leaves_nothing(url: Secret) -> None:
    store = PostgresStore(url)
    with pytest.raises(DragomanError, match="out of range"):
        store.record_exchanges([make_row(1), make_row(2, input=2**62), make_row(3, input=2**62)])
    assert store.read_exchange(make_row(1).id) is None
    assert store.record_exchanges([make_row(1)]) == 1
    store.close()


def test_a_reader_reads_beside_a_writer_and_makes_nothing(url: Secret) -> None:
    reader, writer = PostgresStore(url, is_reader=True), PostgresStore(url)
    assert not reader.is_made()
    assert not reader.is_made()
    for number in range(3):
        writer.record_exchanges([make_row(number)])
        assert reader.is_made()
        assert count_exchanges(reader) == number + 1
    with pytest.raises(DragomanError, match="read-only"):
        reader.record_exchanges([make_row(9)])
    reader.close()
    writer.close()


def test_a_database_of_a_newer_version_is_left_alone(server: Postgres, url: Secret) -> None:
    store = PostgresStore(url)
    store.record_exchanges([make_row(1)])
    store.close()
    with server.connect(url.reveal().rpartition("/")[2]) as connection:
        newest = load_migrations("postgres")[-1].number
        connection.execute("INSERT INTO dragoman.migrations VALUES (%s, 'later')", (newest + 1,))
    with pytest.raises(DragomanError, match="newer Dragoman"):
        store.record_exchanges([make_row(2)])


def test_gateways_that_write_at_the_same_time_count_everything_once(url: Secret) -> None:
    barrier = threading.Barrier(4)
    problems: list[BaseException] = []

    def write(first: int) -> None:
        store = PostgresStore(url)
        try:
            barrier.wait(10)
            for start in range(first, first + 200, 20):
                store.record_exchanges([make_row(number) for number in range(start, start + 40)])
        except BaseException as error:
            problems.append(error)
        store.close()

    threads = [threading.Thread(target=write, args=(number * 100,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    store = PostgresStore(url)
    assert not problems
    assert count_exchanges(store) == 520
    store.close()


def test_what_is_killed_is_told_without_its_password_and_recovers(server: Postgres, url: Secret) -> None:
    store = PostgresStore(url)
    store.record_exchanges([make_row(1)])
    server.kill()
    for _ in range(2):
        with pytest.raises(DragomanError) as failed:
            store.record_exchanges([make_row(1), make_row(2)])
        assert (failed.value.kind, failed.value.blame) == (Kind.UNAVAILABLE, "gateway")
        assert PASSWORD not in f"{failed.value!r} {failed.value} {store!r}"
    server.start()
    assert store.record_exchanges([make_row(1), make_row(2)]) == 1
    assert store.read_exchange(make_row(1).id) == make_row(1)
    store.close()


def test_nobody_waits_for_what_stands_still(server: Postgres, url: Secret, monkeypatch: pytest.MonkeyPatch) -> None:
    store = PostgresStore(url)
    store.record_exchanges([make_row(1)])
    monkeypatch.setattr(postgres_module, "DEADLINE_SECONDS", 0.1)
    with server.standing_still(), pytest.raises(DragomanError, match="cannot be used"):
        store.record_exchanges([make_row(2)])
    monkeypatch.setattr(postgres_module, "DEADLINE_SECONDS", 20.0)
    assert store.record_exchanges([make_row(1), make_row(2)]) <= 1
    assert count_exchanges(store) == 2
    store.close()


def test_its_size_shrinks_with_what_is_forgotten(url: Secret) -> None:
    store = PostgresStore(url)
    assert store.read_size_bytes() == 0
    store.record_exchanges([make_row(number, started_ms=NOON_MS + number) for number in range(1000)])
    full = store.read_size_bytes()
    assert 300_000 < full < 2_000_000
    store.remove_oldest(500)
    assert store.read_size_bytes() < full * 0.6
    store.close()
