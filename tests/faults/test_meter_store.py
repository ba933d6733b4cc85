"""A store that cannot take anything: traffic goes on as if nothing were, and nothing is missing afterwards."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.e2e import raw
from tests.e2e.gateway import House, running_house, wait_until
from tests.e2e.ledger import PATH, read_rows, wait_for_rows
from tests.simulator import Fault


def ask(house: House, dialect: str = "chat", **more: Any) -> raw.Answered:
    answered = raw.ask(house.url, raw.PATHS[dialect], raw.small_request(dialect, **more))
    assert answered.headers["x-dragoman-exchange"]
    return answered


def test_while_the_store_is_locked_traffic_goes_on_and_nothing_is_lost(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        ask(house)
        wait_for_rows(tmp_path, 1)
        with closing(sqlite3.connect(tmp_path / PATH, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            ids = [ask(house).headers["x-dragoman-exchange"] for _ in range(200)]
            assert house.gateway.status_of("/readyz") == 200
            assert wait_until(lambda: "cannot move rows" in house.gateway.log)
            other.execute("ROLLBACK")
        rows = wait_for_rows(tmp_path, 201)
        assert {row["id"] for row in rows} >= set(ids)
        house.check_quiet()


def test_a_store_that_is_no_database_stops_nobody_and_is_told_once(tmp_path: Path) -> None:
    (tmp_path / PATH).parent.mkdir()
    (tmp_path / PATH).write_text("This is a letter and not a database, and it is long enough to be looked at." * 20)
    with running_house(tmp_path) as house:
        for _ in range(5):
            assert ask(house).status == 200
        house.check_quiet()
    assert house.gateway.log.count("cannot move rows to its store") == 1
    assert (tmp_path / PATH).read_text().startswith("This is a letter")
    (tmp_path / PATH).unlink()
    with running_house(tmp_path):
        rows = wait_for_rows(tmp_path, 5)
    assert {row["outcome"] for row in rows} == {"served"}


def test_a_ledger_that_can_be_nowhere_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("a file where a folder should be")
    with running_house(tmp_path) as house:
        assert ask(house).status == 200
        house.check_quiet()
        assert "journal cannot be written" in house.gateway.log


def test_a_ledger_that_is_switched_off_leaves_nothing(tmp_path: Path) -> None:
    with running_house(tmp_path, extra="ledger: {enabled: false}\n") as house:
        assert ask(house).status == 200
    assert not (tmp_path / "ledger").exists()


def test_every_way_of_ending_has_a_row_that_tells_it(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        told = {
            ask(house).headers["x-dragoman-exchange"]: ("served", "", 0),
            ask_faulty(house, Fault(status=400)): ("failed", "invalid_request", 0),
            ask_faulty(house, Fault(stop="rst", after_event=3), stream=True): ("failed", "unavailable", 1),
            ask_faulty(house, Fault(hide_usage=True), stream=True): ("served", "", 1),
            ask(house, model="nobody/m").headers["x-dragoman-exchange"]: ("failed", "not_found", 0),
        }
        wait_for_rows(tmp_path, len(told))
    rows = {row["id"]: (row["outcome"], row["error"], row["is_estimate"]) for row in read_rows(tmp_path)}
    assert rows == told


def ask_faulty(house: House, fault: Fault, **more: Any) -> str:
    house.simulator.script("Hello there, wide world", fault=fault)
    return ask(house, **more).headers["x-dragoman-exchange"]
