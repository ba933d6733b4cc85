"""What every store finds, sums up over time, prices anew and forgets: memory, SQLite in a file, and Postgres."""

from __future__ import annotations

import msgspec
import pytest

from dragoman.errors import DragomanError
from dragoman.ledger.repricing import price_anew
from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.search import Only, Search
from dragoman.ledger.store import Asked, Grouping, Store
from tests.unit.ledger.rows import DAY_MS, HOUR_MS, MINUTE_MS, NOON_MS, make_row

END_MS = NOON_MS + DAY_MS


def find(store: Store, **given: object) -> list[int]:
    """The numbers of what is found, over all pages."""
    only = {name: given.pop(name) for name in Only.__struct_fields__ if name in given}
    search = msgspec.convert({**given, "only": only}, Search)
    found: list[int] = []
    position = None
    for _ in range(100):
        page = store.search(search, position)
        found += [int(row.id[3:], 16) for row in page.rows]
        position = page.position
        if position is None:
            break
    return found


def test_the_newest_come_first_page_by_page_each_once(store: Store) -> None:
    store.record_exchanges([make_row(n, started_ms=NOON_MS + n // 3) for n in range(1, 26)])
    expected = sorted(range(1, 26), key=lambda n: (n // 3, n), reverse=True)
    assert find(store, limit=4) == expected
    assert find(store, limit=25) == expected
    assert find(store, limit=100) == expected


def test_what_is_recorded_while_somebody_pages_shifts_nothing(store: Store) -> None:
    store.record_exchanges([make_row(n, started_ms=NOON_MS + n) for n in range(1, 5)])
    first = store.search(Search(limit=2), None)
    store.record_exchanges([make_row(n, started_ms=NOON_MS + n) for n in range(5, 9)])
    second = store.search(Search(limit=2), first.position)
    assert [row.id[-1] for row in [*first.rows, *second.rows]] == ["4", "3", "2", "1"]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"principal": "bob"}, [3]),
        ({"team": "red"}, [3]),
        ({"user": "b@x"}, [3]),
        ({"tag": "beta"}, [5, 3]),
        ({"tag": "bet"}, []),
        ({"model": "big"}, [4]),
        ({"model": "anthropic/big"}, [4]),
        ({"model": "openai/big"}, []),
        ({"provider": "anthropic"}, [4]),
        ({"credential": "key-2"}, [2]),
        ({"credential": "openai/key-2"}, [2]),
        ({"route": "slow"}, [2]),
        ({"outcome": "failed"}, [5]),
        ({"outcome": "cancelled"}, [1]),
        ({"error": "timeout"}, [5]),
        ({"error": "any"}, [5]),
        ({"session": "s-9"}, [4]),
        ({"dialect": "openai_chat"}, [1]),
        ({"text": "NAÏVE"}, [1]),
        ({"text": "s-9"}, [4]),
        ({"text": "nothing of it"}, []),
        ({"principal": "bob", "tag": "beta"}, [3]),
        ({"principal": "ada", "tag": "beta"}, [5]),
        ({"since_ms": NOON_MS + 3}, [5, 4, 3]),
        ({"until_ms": NOON_MS + 3}, [2, 1]),
        ({"principal": "ada", "since_ms": NOON_MS + 2, "until_ms": NOON_MS + 5}, [4, 2]),
    ],
)
def test_each_filter_finds_what_it_says(store: Store, given: dict[str, object], expected: list[int]) -> None:
    store.record_exchanges(
        [
            make_row(1, started_ms=NOON_MS + 1, outcome="cancelled", losses="naïve", client_dialect="openai_chat"),
            make_row(2, started_ms=NOON_MS + 2, route="slow", credential="key-2"),
            make_row(3, started_ms=NOON_MS + 3, principal="bob", team="red", user="b@x", tags="alpha,beta"),
            make_row(4, started_ms=NOON_MS + 4, provider="anthropic", model="big", session="s-9"),
            make_row(5, started_ms=NOON_MS + 5, outcome="failed", error="timeout", tags="beta"),
        ]
    )
    assert find(store, **given, limit=2) == expected


def test_what_is_rare_is_found_across_years(store: Store) -> None:
    rows = [make_row(n, started_ms=NOON_MS - n * HOUR_MS) for n in range(1, 200)]
    rare = [make_row(1000 + n, started_ms=NOON_MS - n * 100 * DAY_MS, principal="rare") for n in range(4)]
    store.record_exchanges([*rows, *rare])
    assert find(store, principal="rare", limit=3) == [1000, 1001, 1002, 1003]


def test_usage_is_grouped_by_people_keys_and_tags(store: Store) -> None:
    store.record_exchanges(
        [
            make_row(1, team="red", user="ann", tags="a,b", credential="key-1"),
            make_row(2, team="red", user="bob", tags="b", credential="key-2"),
            make_row(3, team="blue", user="ann", provider="", model="", credential=""),
        ]
    )

    def read(by: Grouping, only: Only | None = None) -> dict[str, int]:
        lines = store.read_usage(0, END_MS, by, only or Only())
        return {line.name: line.totals.exchanges for line in lines}

    assert read("team") == {"red": 2, "blue": 1}
    assert read("user") == {"ann": 2, "bob": 1}
    assert read("tag") == {"a": 1, "b": 2}
    assert read("credential") == {"openai/key-1": 1, "openai/key-2": 1, "": 1}
    assert read("hour") == {"2025-06-16T12:00Z": 3}
    assert read("day", Only(tag="b")) == {"2025-06-16": 2}
    assert read("team", Only(user="ann")) == {"red": 1, "blue": 1}
    assert read("user", Only(model="openai/small")) == {"ann": 1, "bob": 1}
    assert read("model", Only(team="nobody")) == {}


def test_what_sums_cannot_tell_is_refused(store: Store) -> None:
    with pytest.raises(DragomanError, match="tag can be grouped"):
        store.read_usage(0, END_MS, "model", Only(tag="a"))
    with pytest.raises(DragomanError, match="tag can be grouped"):
        store.read_usage(0, END_MS, "tag", Only(team="red"))


def test_a_series_has_a_point_for_each_period_and_name(store: Store) -> None:
    moments = {1: 0, 2: 30_000, 3: MINUTE_MS, 4: HOUR_MS, 5: DAY_MS}
    store.record_exchanges([make_row(n, started_ms=NOON_MS - ago, route=f"r{n % 2}") for n, ago in moments.items()])
    asked = Asked(NOON_MS - 2 * DAY_MS, NOON_MS + MINUTE_MS, "route")

    def read(bucket: str) -> list[tuple[int, str, int]]:
        points = store.read_series(asked, bucket)  # type: ignore[arg-type]
        return [((point.start_ms - NOON_MS) // MINUTE_MS, point.name, point.totals.exchanges) for point in points]

    minutes = [(-1440, "r1", 1), (-60, "r0", 1), (-1, "r0", 1), (-1, "r1", 1), (0, "r1", 1)]
    assert read("minute") == minutes
    assert read("hour") == [(-1440, "r1", 1), (-60, "r0", 2), (-60, "r1", 1), (0, "r1", 1)]
    assert read("day") == [(-2160, "r1", 1), (-720, "r0", 2), (-720, "r1", 2)]


def test_the_time_to_the_first_content_is_summed_where_there_was_any(store: Store) -> None:
    store.record_exchanges([make_row(1, first_content_us=300), make_row(2, first_content_us=None)])
    (line,) = store.read_usage(0, END_MS, "key")
    assert (line.totals.first_contents, line.totals.first_content_us) == (1, 300)


def test_a_sample_is_spread_over_the_time_that_is_asked_for(store: Store) -> None:
    store.record_exchanges([make_row(n, started_ms=NOON_MS + n * MINUTE_MS) for n in range(100)])
    sample = store.read_sample(NOON_MS + 10 * MINUTE_MS, NOON_MS + 90 * MINUTE_MS, 10)
    assert 8 <= len(sample) <= 12
    numbers = [(row.started_ms - NOON_MS) // MINUTE_MS for row in sample]
    assert min(numbers) >= 10
    assert max(numbers) < 90
    assert max(numbers) - min(numbers) > 60
    assert store.read_sample(NOON_MS + DAY_MS, END_MS, 10) == []


def test_rows_are_priced_anew_with_their_sums(store: Store) -> None:
    store.record_exchanges(
        [make_row(n, started_ms=NOON_MS - n * HOUR_MS, cost_nanodollars=100 * n, price="old") for n in range(1, 6)]
    )
    store.record_exchanges([make_row(6, cost_nanodollars=None, tags="t")])

    def price(row: ExchangeRow) -> ExchangeRow:
        assert row.cost_nanodollars is None
        return row if row.started_ms < NOON_MS - 4 * HOUR_MS else msgspec.structs.replace(row, cost_nanodollars=7)

    steps = [store.reprice(price_anew(price), NOON_MS - 5 * HOUR_MS, 0, 4)]
    while steps[-1].last is not None:
        steps.append(store.reprice(price_anew(price), NOON_MS - 5 * HOUR_MS, steps[-1].last, 4))
    assert [(step.seen, step.changed) for step in steps] == [(4, 4), (2, 2)]
    assert sum(step.difference_nanodollars for step in steps) == 5 * 7 - 1500
    for by in ("key", "day", "hour"):
        lines = store.read_usage(0, END_MS, by)
        assert sum(line.totals.cost_nanodollars for line in lines) == 35
        assert sum(line.totals.unpriced for line in lines) == 1
        assert sum(line.totals.exchanges for line in lines) == 6
    (tagged,) = store.read_usage(0, END_MS, "tag")
    assert (tagged.totals.cost_nanodollars, tagged.totals.unpriced) == (7, 0)
    assert store.reprice(price_anew(price), 0, 0, 100).changed == 0


def test_the_oldest_go_first_and_the_rest_stays_findable(store: Store) -> None:
    store.record_exchanges([make_row(n, started_ms=NOON_MS - n * HOUR_MS) for n in range(1, 11)])
    assert store.read_size_bytes() > 0
    assert store.remove_oldest(3) == 3
    assert find(store, principal="ada", limit=4) == list(range(1, 8))
    (line,) = store.read_usage(0, END_MS, "key")
    assert line.totals.exchanges == 10
    assert store.remove_oldest(100) == 7
    assert store.remove_oldest(100) == 0


def test_answers_given_again_are_summed_with_what_they_saved(store: Store) -> None:
    hit = {"is_hit": True, "cost_nanodollars": 0, "input": 0, "output": 0}
    store.record_exchanges([make_row(1), make_row(2, **hit, saved_nanodollars=7), make_row(3, **hit)])
    for by in ("key", "model", "day"):
        (line,) = store.read_usage(0, END_MS, by)
        assert (line.totals.exchanges, line.totals.hits, line.totals.saved_nanodollars) == (3, 2, 7)
