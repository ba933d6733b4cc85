"""What happened, as the API tells it."""

from __future__ import annotations

import asyncio
import csv
import io
from pathlib import Path
from typing import Any

import pytest

from dragoman.http.admin import insight
from dragoman.http.admin.routes import Call, Events
from dragoman.http.caller import Caller
from dragoman.ledger.row import ExchangeRow
from dragoman.ledger.search import EVERYBODY, Only
from tests.unit.http.admin.counter import Counter
from tests.unit.ledger.rows import DAY_MS, make_row


@pytest.fixture
def counter(tmp_path: Path) -> Counter:
    made = Counter(tmp_path)
    made.store.record_exchanges(make_rows(made))
    return made


def make_rows(counter: Counter) -> list[ExchangeRow]:
    now_ms = int(counter.clock.unix() * 1000)
    return [
        make_row(1, started_ms=now_ms - 1000, cost_nanodollars=5_000_000, team="red", tags="a"),
        make_row(2, started_ms=now_ms - 2000, outcome="failed", error="timeout", status=504, user="=2+2"),
        make_row(3, started_ms=now_ms - 3 * DAY_MS, provider="b", model="big", cost_nanodollars=1_000_000_000),
    ]


def see(counter: Counter, path: str) -> Any:
    reply = counter.ask("GET", path, key="viewer-key")
    assert reply.status == 200, reply.body
    return reply.json


def test_the_overview_tells_the_last_minutes_and_those_before(counter: Counter) -> None:
    told = see(counter, "/overview?minutes=60")
    assert (told["totals"]["exchanges"], told["totals"]["failed"], told["before"]["exchanges"]) == (2, 1, 0)
    assert (told["bucket"], told["in_flight"], told["latency"]["sample"]) == ("minute", 3, 2)
    assert sum(point["totals"]["exchanges"] for point in told["series"]) == 2
    assert [line["name"] for line in told["top"]["team"]] == ["red"]


def test_exchanges_are_listed_filtered_and_paged(counter: Counter) -> None:
    first = see(counter, "/exchanges?limit=1")
    assert (len(first["items"]), first["items"][0]["id"][-1]) == (1, "1")
    second = see(counter, f"/exchanges?limit=5&cursor={first['next']}")
    assert ([one["id"][-1] for one in second["items"]], second["next"]) == (["2", "3"], None)
    assert [one["id"][-1] for one in see(counter, "/exchanges?error=any")["items"]] == ["2"]
    assert [one["id"][-1] for one in see(counter, "/exchanges?tag=a&team=red")["items"]] == ["1"]
    assert [one["id"][-1] for one in see(counter, f"/exchanges?text={make_row(3).id}")["items"]] == ["3"]
    assert counter.ask("GET", "/exchanges?cursor=nonsense", key="viewer-key").status == 400


def test_one_exchange_has_its_lines_and_its_times(counter: Counter) -> None:
    told = see(counter, f"/exchanges/{make_row(1).id}")
    assert told["exchange"]["team"] == "red"
    assert [line["token_class"] for line in told["lines"]] == ["input", "output"]
    assert [span["kind"] for span in told["waterfall"]] == ["wait", "attempt", "stream"]
    missing = counter.ask("GET", "/exchanges/ex_0", key="viewer-key")
    assert (missing.status, missing.json["error"]["code"]) == (404, "exchange_not_found")


def test_usage_comes_by_name_through_time_and_as_a_file(counter: Counter) -> None:
    told = see(counter, "/usage?by=principal&bucket=day")
    assert (told["by"], told["lines"][0]["name"], told["totals"]["exchanges"]) == ("principal", "ada", 3)
    assert len(told["series"]) == 2
    told = see(counter, "/usage?by=model&provider=b")
    assert [line["name"] for line in told["lines"]] == ["b/big"]
    reply = counter.ask("GET", "/usage?by=user&format=csv", key="viewer-key")
    rows = list(csv.reader(io.StringIO(reply.body.decode())))
    assert rows[0][:2] == ["user", "exchanges"]
    assert ["'=2+2", "1"] in [row[:2] for row in rows]
    assert counter.ask("GET", "/usage?by=model&tag=a", key="viewer-key").status == 400
    assert counter.ask("GET", "/usage?by=model&bucket=minute", key="viewer-key").status == 400


def test_exchanges_come_as_a_file_too(counter: Counter) -> None:
    reply = counter.ask("GET", "/exchanges.csv?limit=2", key="viewer-key")
    rows = list(csv.DictReader(io.StringIO(reply.body.decode())))
    assert [row["id"][-1] for row in rows] == ["1", "2"]
    assert rows[1]["user"] == "'=2+2"
    assert "exchanges.csv" in reply.headers["content-disposition"]


def test_other_gateways_words_are_spoken(counter: Counter) -> None:
    generation = see(counter, f"/generation?id={make_row(1).id}")["data"]
    assert (generation["total_cost"], generation["native_tokens_prompt"]) == (0.005, 100)
    assert generation["model"] == "openai/small"
    assert see(counter, "/credits")["total_used"] == "1.005"
    results = see(counter, "/report?group_by=model")["results"]
    assert [(one["model"], one["request_count"]) for one in results] == [("b/big", 1), ("openai/small", 2)]
    assert counter.ask("GET", "/report?start_date=soon", key="viewer-key").status == 400
    assert counter.ask("GET", "/report?start_date=2030-01-02&end_date=2030-01-01", key="viewer-key").status == 400


def test_without_a_ledger_that_is_what_is_told(counter: Counter) -> None:
    counter.desk.insight = counter.desk.overview = None
    for path in ("/overview", "/exchanges", "/usage", "/credits"):
        reply = counter.ask("GET", path, key="viewer-key")
        assert (reply.status, reply.json["error"]["code"]) == (404, "no_ledger")


def test_who_watches_hears_of_what_ends(counter: Counter) -> None:
    async def watch() -> list[Any]:
        events = await insight.watch(counter.desk, Call())
        assert isinstance(events, Events)
        heard = [await anext(events.pieces)]
        await events.pieces.aclose()
        return heard

    (event,) = asyncio.run(watch())
    assert (event.in_flight, event.waiting, event.last) == (1, 2, [])


def test_a_team_sees_its_own_and_a_member_what_their_own_key_did(counter: Counter) -> None:
    past_ms = int(counter.clock.unix() * 1000) - 5000
    counter.store.record_exchanges(
        [
            make_row(7, started_ms=past_ms, principal="max", team="blue"),
            make_row(8, started_ms=past_ms, principal="tim", team="red"),
        ]
    )

    def list_ids(key: str, path: str = "/exchanges") -> list[str]:
        return [one["id"][-1] for one in counter.ask("GET", path, key=key).json["items"]]

    assert list_ids("team-key") == ["1", "8"]
    assert list_ids("team-key", "/exchanges?team=blue") == ["1", "8"]
    assert list_ids("member-key") == ["7"]
    assert list_ids("member-key", f"/exchanges?text={make_row(8).id}") == []
    assert counter.ask("GET", f"/exchanges/{make_row(8).id}", key="team-key").status == 200
    for key, path in (
        ("team-key", f"/exchanges/{make_row(7).id}"),
        ("member-key", f"/exchanges/{make_row(8).id}"),
        ("member-key", f"/generation?id={make_row(8).id}"),
    ):
        assert counter.ask("GET", path, key=key).status == 404
    usage = counter.ask("GET", "/usage?by=principal&since_ms=0", key="team-key").json
    assert {line["name"] for line in usage["lines"]} == {"ada", "tim"}
    assert counter.ask("GET", "/credits", key="team-key").json["total_used"] == "0.005"
    assert counter.ask("GET", "/usage?by=tag&since_ms=0", key="team-key").status == 400
    assert len(counter.ask("GET", "/exchanges.csv", key="member-key").body.splitlines()) == 2


def test_the_admin_of_no_team_sees_no_more_than_a_member() -> None:
    assert insight.bound(EVERYBODY, Caller("tom", "team_admin")) == Only(principal="tom")
