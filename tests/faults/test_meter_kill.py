"""Killed under load, again and again: what the provider has seen and what the ledger says are the same requests.

Each request has a model's name of its own, so that the simulator's journal and the ledger can be laid side by side.
"""

from __future__ import annotations

import http.client
import itertools
import random
import signal
import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import raw
from tests.e2e.gateway import Gateway, running_gateway, wait_until, write_providers
from tests.e2e.ledger import read_rows, read_sums
from tests.simulator import Fault, Record, Simulator, say

CLIENTS = 8
MOST_BEFORE_A_KILL = 60
DIALECTS = ("chat", "anthropic", "responses")
GONE = (OSError, http.client.HTTPException)


class Load:
    """Clients that ask one thing after the other, until the gateway is gone."""

    def __init__(self, numbers: itertools.count[int]) -> None:
        self.completed: set[str] = set()
        self._numbers = numbers
        self._threads: list[threading.Thread] = []

    def start(self, gateway: Gateway) -> None:
        self._threads = [threading.Thread(target=self._ask_on, args=(gateway,)) for _ in range(CLIENTS)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(20.0)
            assert not thread.is_alive()

    def _ask_on(self, gateway: Gateway) -> None:
        while True:
            number = next(self._numbers)
            dialect = DIALECTS[number % len(DIALECTS)]
            provider = DIALECTS[number // len(DIALECTS) % len(DIALECTS)]
            body = raw.small_request(dialect, model=f"{provider}/m-{number}", stream=number % 2 == 0)
            try:
                answered = raw.ask(gateway.url, raw.PATHS[dialect], body)
            except GONE:
                return
            assert answered.status == 200, answered
            self.completed.add(f"m-{number}")


def kill_under_load(folder: Path, simulator: Simulator, kills: int, seed: int) -> set[str]:
    """Start, load, kill, as often as asked, and at last start and stop properly; the requests that were answered."""
    chance = random.Random(seed)
    config = write_providers(simulator.url)
    numbers = itertools.count()
    completed: set[str] = set()
    for _ in range(kills):
        with running_gateway(folder, config, log_level="warning") as gateway:
            load = Load(numbers)
            load.start(gateway)
            enough = chance.randrange(MOST_BEFORE_A_KILL)
            assert wait_until(lambda load=load, enough=enough: len(load.completed) >= enough, 60.0)
            gateway.stop(signal.SIGKILL)
            load.join()
            completed |= load.completed
    with running_gateway(folder, config, log_level="warning") as gateway:
        wait_until(lambda: len(list((folder / "ledger" / "journal").iterdir())) == 0)
    return completed


def check_books(rows: list[dict[str, Any]], seen: list[Record], completed: set[str]) -> None:
    """The provider's journal against the ledger."""
    in_ledger = Counter(row["model"] for row in rows)
    assert [model for model, count in in_ledger.items() if count > 1] == []
    assert {record.model for record in seen} - set(in_ledger) == set()
    assert completed - set(in_ledger) == set()
    billed = {record.model: record.billed for record in seen}
    for row in rows:
        if row["outcome"] == "served":
            tokens = billed[row["model"]]
            assert (row["input"], row["output"]) == (tokens.input, tokens.output), row
        else:
            assert (row["outcome"], row["is_estimate"]) == ("interrupted", 1), row
            assert row["input"] > 0, row


@pytest.mark.parametrize(
    ("kills", "seed"), [(10, 1), pytest.param(100, 2, marks=[pytest.mark.soak, pytest.mark.timeout(900)])]
)
def test_no_kill_loses_or_doubles_an_exchange(kills: int, seed: int, tmp_path: Path) -> None:
    with Simulator() as simulator:
        simulator.set_default(say("Hello there, wide world"), fault=Fault(pause_seconds=0.002))
        completed = kill_under_load(tmp_path, simulator, kills, seed)
        seen = simulator.journal
    rows = read_rows(tmp_path)
    check_books(rows, seen, completed)
    outcomes = Counter(row["outcome"] for row in rows)
    assert outcomes["interrupted"] > kills  # else nothing was in flight, and nothing was tried
    for period in ("minute", "hour", "day"):
        sums = read_sums(tmp_path, period)
        assert sums["exchanges"] == len(rows)
        assert sums["interrupted"] == outcomes["interrupted"]
        assert sums["output"] == sum(row["output"] for row in rows)
    assert list((tmp_path / "ledger" / "journal").iterdir()) == []
