"""Killed under load, again and again, with a budget: what is spent after the restart is what the ledger says and no
less than what the provider has seen."""

from __future__ import annotations

import itertools
import random
import signal
from pathlib import Path

import pytest

from tests.e2e import raw
from tests.e2e.gateway import Gateway, running_gateway, wait_until, write_providers
from tests.e2e.keys import PRICES, ROOT_KEY, add_key, bill, limited, show_key
from tests.e2e.ledger import read_rows
from tests.faults.test_meter_kill import DIALECTS, GONE, MOST_BEFORE_A_KILL, Load
from tests.simulator import Fault, Simulator, say

BUDGET = 1_000 * 10**9
LOAD_SECONDS = 60.0


class BudgetedLoad(Load):
    """Clients with a key that has a budget."""

    def __init__(self, numbers: itertools.count[int], secret: str) -> None:
        super().__init__(numbers)
        self._secret = secret

    def _ask_on(self, gateway: Gateway) -> None:
        while True:
            number = next(self._numbers)
            dialect = DIALECTS[number % len(DIALECTS)]
            path, body = limited(dialect, f"{DIALECTS[number // 3 % 3]}/m-{number}", stream=number % 2 == 0)
            try:
                answered = raw.ask(gateway.url, path, body, {"x-api-key": self._secret})
            except GONE:
                return
            assert answered.status == 200, answered
            self.completed.add(f"m-{number}")


@pytest.mark.parametrize(
    ("kills", "seed"), [(5, 1), pytest.param(100, 2, marks=[pytest.mark.soak, pytest.mark.timeout(900)])]
)
def test_no_kill_gives_anything_of_a_budget_back(kills: int, seed: int, tmp_path: Path) -> None:
    chance, numbers = random.Random(seed), itertools.count()
    secret = add_key(tmp_path, "ada", budgets={"total": BUDGET})
    shown = 0
    with Simulator() as simulator:
        simulator.set_default(say("Hello there, wide world"), fault=Fault(pause_seconds=0.002))
        config = write_providers(simulator.url, extra=ROOT_KEY + PRICES)
        for _ in range(kills):
            with running_gateway(tmp_path, config, log_level="warning") as gateway:
                before, shown = shown, read_spent(gateway, at_least=shown)
                assert shown >= before
                load = BudgetedLoad(numbers, secret)
                load.start(gateway)
                enough = chance.randrange(MOST_BEFORE_A_KILL)
                assert wait_until(lambda load=load, enough=enough: len(load.completed) >= enough, LOAD_SECONDS)
                gateway.stop(signal.SIGKILL)
                load.join()
        with running_gateway(tmp_path, config, log_level="warning") as gateway:
            assert wait_until(lambda: show_key(gateway.url, "ada")["spent"]["total"] == sum_costs(tmp_path))
        seen = simulator.journal
    rows = {row["model"]: row for row in read_rows(tmp_path)}
    for record in seen:
        row = rows[record.model]
        cost = bill(record.billed)
        if row["outcome"] == "served":
            assert row["cost_nanodollars"] == cost
        else:
            assert (row["outcome"], row["price"]) == ("interrupted", "estimate")
            assert row["cost_nanodollars"] >= cost
    assert any(row["outcome"] == "interrupted" for row in rows.values())


def read_spent(gateway: Gateway, at_least: int) -> int:
    """What the key is told to have spent, once the ledger has been read, which the start does not wait for."""
    spent = [0]

    def is_read() -> bool:
        spent[0] = show_key(gateway.url, "ada")["spent"]["total"]
        return spent[0] >= at_least

    wait_until(is_read)
    return spent[0]


def sum_costs(folder: Path) -> int:
    """What the ledger says that everything has cost."""
    return sum(row["cost_nanodollars"] for row in read_rows(folder))
