"""What every store promises: memory, SQLite in a file, and Postgres."""

from __future__ import annotations

from dragoman.ledger.rollup import TOKEN_CLASSES, sum_rows
from dragoman.ledger.row import AttemptRow
from dragoman.ledger.store import Grouping, Store
from tests.unit.ledger.rows import DAY_MS, HOUR_MS, MINUTE_MS, NOON_MS, make_row


def read_names(store: Store, by: Grouping, since_ms: int = 0, until_ms: int = NOON_MS + DAY_MS) -> dict[str, int]:
    return {line.name: line.totals.exchanges for line in store.read_usage(since_ms, until_ms, by)}


def test_a_row_is_read_back_as_it_was(store: Store) -> None:
    failed = AttemptRow(1, "first", "m", "key-2", 10, 20, "timeout", "connect", 504)
    rows = [
        make_row(1, cost_nanodollars=123, price="p-1", losses="dropped,moved", session="s", is_stream=True),
        make_row(2, outcome="failed", error="timeout", error_phase="connect", blame="upstream", first_content_us=None),
        make_row(3, attempts=(failed, AttemptRow(2, "openai", "small", "key-1", 30, 40)), is_estimate=True),
        make_row(4, attempts=(), provider="", model="", route="naïve 🌊 '\"; --"),
        make_row(5, input=2**40, cache_write_1h=2**40, duration_us=2**50),
    ]
    assert store.record_exchanges(rows) == 5
    assert [store.read_exchange(row.id) for row in rows] == rows
    assert store.read_exchange("ex_unknown") is None


def test_an_exchange_counts_once_however_often_it_is_brought(store: Store) -> None:
    rows = [make_row(number) for number in range(10)]
    assert store.record_exchanges(rows[:6]) == 6
    assert store.record_exchanges(rows) == 4
    assert store.record_exchanges([*rows, make_row(10), make_row(10)]) == 1
    assert store.record_exchanges([]) == 0
    (line,) = store.read_usage(0, NOON_MS + DAY_MS, "key")
    assert (line.totals.exchanges, line.totals.input_tokens) == (11, 1100)


def test_an_exchange_counts_once_also_where_those_before_it_are_gone(store: Store) -> None:
    rows = [make_row(number) for number in range(4)]
    store.record_exchanges(rows)
    assert store.remove_oldest(100) == 4
    assert store.record_exchanges([make_row(5), make_row(6), make_row(5)]) == 2
    assert store.remove_oldest(1) == 1
    assert store.record_exchanges([make_row(6), make_row(7), make_row(6)]) == 1


def test_of_two_rows_for_one_exchange_the_first_stays(store: Store) -> None:
    store.record_exchanges([make_row(1), make_row(1, outcome="interrupted")])
    store.record_exchanges([make_row(1, outcome="failed")])
    assert store.read_exchange(make_row(1).id) == make_row(1)


def test_usage_is_grouped_as_asked(store: Store) -> None:
    store.record_exchanges(
        [
            make_row(1, principal="ada", route="fast", provider="openai", model="small"),
            make_row(2, principal="ada", route="slow", provider="anthropic", model="small"),
            make_row(3, principal="bob", route="slow", provider="anthropic", model="big", started_ms=NOON_MS - DAY_MS),
            make_row(4, principal="bob", route="what", provider="", model=""),
        ]
    )
    assert read_names(store, "key") == {"ada": 2, "bob": 2}
    assert read_names(store, "route") == {"fast": 1, "slow": 2, "what": 1}
    assert read_names(store, "provider") == {"openai": 1, "anthropic": 2, "": 1}
    assert read_names(store, "model") == {"openai/small": 1, "anthropic/small": 1, "anthropic/big": 1, "": 1}
    assert read_names(store, "day") == {"2025-06-15": 1, "2025-06-16": 3}


def test_the_dearest_comes_first_and_days_come_in_their_order(store: Store) -> None:
    store.record_exchanges(
        [
            make_row(1, principal="a", cost_nanodollars=5, started_ms=NOON_MS),
            make_row(2, principal="b", cost_nanodollars=9, started_ms=NOON_MS - DAY_MS),
            make_row(3, principal="c", cost_nanodollars=None),
        ]
    )
    lines = store.read_usage(0, NOON_MS + DAY_MS, "key")
    assert [(line.name, line.totals.cost_nanodollars, line.totals.unpriced) for line in lines] == [
        ("b", 9, 0),
        ("a", 5, 0),
        ("c", 0, 1),
    ]
    assert list(read_names(store, "day")) == ["2025-06-15", "2025-06-16"]


def test_only_what_began_within_the_time_is_counted(store: Store) -> None:
    moments = {1: 0, 2: MINUTE_MS, 3: HOUR_MS, 4: DAY_MS, 5: 3 * DAY_MS + HOUR_MS + MINUTE_MS}
    store.record_exchanges([make_row(n, started_ms=NOON_MS - ago, route=str(n)) for n, ago in moments.items()])
    for last, ago in moments.items():
        expected = {str(n): 1 for n in moments if n <= last}
        assert read_names(store, "route", NOON_MS - ago, NOON_MS + MINUTE_MS) == expected
    assert read_names(store, "route", NOON_MS - DAY_MS, NOON_MS) == {"2": 1, "3": 1, "4": 1}
    assert read_names(store, "route", NOON_MS + MINUTE_MS, NOON_MS) == {}


def test_old_rows_go_and_their_sums_stay(store: Store) -> None:
    store.record_exchanges([make_row(n, started_ms=NOON_MS - n * DAY_MS) for n in range(10)])
    assert store.remove_before(NOON_MS - 4 * DAY_MS, limit=3) == 3
    assert store.read_exchange(make_row(9).id) is None
    assert store.read_exchange(make_row(6).id) is not None
    assert store.remove_before(NOON_MS - 4 * DAY_MS, limit=3) == 2
    assert store.remove_before(NOON_MS - 4 * DAY_MS, limit=3) == 0
    assert store.read_exchange(make_row(4).id) is not None
    assert read_names(store, "key") == {"ada": 10}


def test_an_empty_store_has_nothing_to_tell(store: Store) -> None:
    assert store.read_usage(0, NOON_MS, "model") == []
    assert store.remove_before(NOON_MS, 10) == 0


def test_every_sum_is_that_of_the_rows_however_they_were_brought(store: Store) -> None:
    rows = [
        make_row(
            number,
            **{name: number + place * 100 for place, name in enumerate(TOKEN_CLASSES)},
            cost_nanodollars=None if number == 3 else number * 7,
            duration_us=number * 11,
            first_content_us=number * 13 if number % 2 else None,
            is_estimate=number == 4,
            is_hit=number > 4,
            saved_nanodollars=number * 17,
            outcome=("served", "failed", "cancelled", "interrupted")[number % 4],
        )
        for number in range(1, 9)
    ]
    for row in rows:
        store.record_exchanges([row])
    groupings: tuple[Grouping, ...] = ("key", "model", "route", "credential", "day", "hour")
    for by in groupings:
        (line,) = store.read_usage(0, NOON_MS + DAY_MS, by)
        assert line.totals == sum_rows(rows)
