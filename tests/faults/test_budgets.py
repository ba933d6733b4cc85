"""Budgets against a running gateway: however many come at once, in whichever dialect, whatever goes wrong."""

from __future__ import annotations

import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import raw
from tests.e2e.gateway import House, running_house, wait_until
from tests.e2e.keys import PRICES, ROOT_KEY, add_key, add_team, bill, check_no_key, limited, show_key
from tests.e2e.ledger import read_rows, wait_for_rows
from tests.simulator import Fault, say

DOLLAR = 1_000_000_000
DIALECTS = tuple(raw.PATHS)
NAMES = itertools.count()
IMPATIENT = "routing: {max_wait_seconds: 0}\n"
"""Nobody waits for keys that rest after a fault: that would take longer than all the rest."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("budgets")


@pytest.fixture(scope="module")
def shared_house(folder: Path) -> Iterator[House]:
    with running_house(folder, extra=ROOT_KEY + PRICES + IMPATIENT) as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    shared_house.simulator.reset()
    shared_house.check_quiet()
    check_no_key(shared_house.gateway.log)


def open_key(house: House, folder: Path, **wish: Any) -> tuple[str, str]:
    """A new key's name and secret, once the gateway knows it."""
    name = f"key-{next(NAMES)}"
    secret = add_key(folder, name, **wish)
    assert wait_until(lambda: ask(house, secret, "chat", method="GET", path="/v1/models").status == 200)
    return name, secret


def ask(
    house: House,
    secret: str,
    dialect: str,
    *,
    stream: bool = False,
    model: str = "",
    method: str = "POST",
    path: str = "",
) -> raw.Answered:
    address, body = limited(dialect, model or f"{dialect}/sim-large", stream=stream)
    return raw.ask(house.url, path or address, body if method == "POST" else None, {"x-api-key": secret}, method)


def release(count: int, work: Callable[[int], None]) -> None:
    """Do it so many times at once."""
    barrier = threading.Barrier(count)

    def wait_and_work(number: int) -> None:
        barrier.wait(30.0)
        work(number)

    threads = [threading.Thread(target=wait_and_work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60.0)
        assert not thread.is_alive()


@pytest.mark.parametrize("whose", ["key", "team"])
def test_two_hundred_at_once_do_not_overrun_a_budget(whose: str, house: House, folder: Path) -> None:
    budget = {"total": 2 * DOLLAR}
    team = f"team-{next(NAMES)}"
    add_team(folder, team, **({"budgets": budget} if whose == "team" else {}))
    keys = [open_key(house, folder, team=team, **({"budgets": budget} if whose == "key" else {}))]
    if whose == "team":
        keys.append(open_key(house, folder, team=team))
    house.simulator.set_default(say("Hello there, wide world"), fault=Fault(delay_head_seconds=0.2))
    statuses: list[int] = []

    def work(number: int) -> None:
        _, secret = keys[number % len(keys)]
        answered = ask(house, secret, DIALECTS[number % 4], stream=number % 8 >= 4)
        statuses.append(answered.status)

    release(200, work)
    served = Counter(statuses)[200]
    assert set(statuses) <= {200, 402, 429}  # Responses' own words for an empty account come with 429
    assert 0 < served < 200
    rows = wait_for_rows(folder, 200, lambda row: row["team"] == team)
    spent = sum(row["cost_nanodollars"] for row in rows)
    billed = sum(bill(record.billed) for record in house.simulator.journal)
    assert spent == billed <= budget["total"]
    shown = [show_key(house.url, name) for name, _ in keys]
    assert sum(one["spent"]["total"] for one in shown) == spent
    assert {(one["reserved_nanodollars"], one["in_flight"]) for one in shown} == {(0, 0)}
    assert len(house.simulator.journal) == served


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("stream", [False, True])
def test_over_budget_is_told_in_the_dialects_words_with_the_numbers(
    dialect: str, stream: bool, house: House, folder: Path
) -> None:
    _, secret = open_key(house, folder, budgets={"day": DOLLAR // 20})
    answered = ask(house, secret, dialect, stream=stream)
    assert answered.status == 402
    message = raw.read_error(dialect, answered)
    assert "$0.05 for a day" in message
    assert "$0.00 is spent" in message
    assert "could cost $0.10" in message
    assert house.simulator.journal == []


def test_a_refused_request_takes_nothing_of_any_limit(house: House, folder: Path) -> None:
    name, secret = open_key(house, folder, rpm=1, concurrency=1, budgets={"day": DOLLAR})
    for model in ("nowhere/at-all", "nothing"):
        assert ask(house, secret, "chat", model=model).status == 404
    assert ask(house, secret, "chat").status == 200
    refused = ask(house, secret, "chat")
    assert refused.status == 429
    assert int(refused.headers["retry-after"]) > 1
    assert show_key(house.url, name)["in_flight"] == 0


def test_a_failed_attempt_costs_nothing_and_gives_everything_back(house: House, folder: Path) -> None:
    name, secret = open_key(house, folder, concurrency=1, budgets={"day": DOLLAR})
    for fault in (Fault(status=400), Fault(status=529), Fault(body="<html>"), Fault(stop="rst", at_byte=3)):
        house.simulator.set_default("Hello.", fault=fault)
        assert ask(house, secret, "anthropic").status >= 400
    shown = show_key(house.url, name)
    assert (shown["spent"]["day"], shown["reserved_nanodollars"], shown["in_flight"]) == (0, 0, 0)


def test_what_has_no_price_is_not_free_for_who_has_a_budget(tmp_path: Path) -> None:
    with running_house(tmp_path, extra=ROOT_KEY) as house:
        _, careful = open_key(house, tmp_path, budgets={"day": DOLLAR})
        _, trusted = open_key(house, tmp_path, budgets={"day": DOLLAR}, allow_unpriced=True)
        _, free = open_key(house, tmp_path)
        refused = ask(house, careful, "chat")
        assert (refused.status, refused.json["error"]["code"]) == (402, "model_unpriced")
        assert house.simulator.journal == []
        assert [ask(house, secret, "chat").status for secret in (trusted, free)] == [200, 200]


def test_an_answer_without_usage_is_charged_as_a_guess(house: House, folder: Path) -> None:
    name, secret = open_key(house, folder, budgets={"day": DOLLAR})
    house.simulator.set_default("Hello.", fault=Fault(hide_usage=True))
    assert ask(house, secret, "chat").status == 200
    (row,) = wait_for_rows(folder, 1, lambda row: row["principal"] == name)
    assert row["is_estimate"]
    assert 0 < row["cost_nanodollars"] == show_key(house.url, name)["spent"]["day"]


FAULTS = (
    Fault(),
    Fault(status=500),
    Fault(status=429),
    Fault(stop="rst", at_byte=20),
    Fault(stop="eof", after_event=1),
    Fault(status=529, error_after_event=2),
    Fault(hide_usage=True),
    Fault(body="{}"),
    Fault(pause_seconds=0.002),
)


def wreck(house: House, secret: str, requests: int, seed: int) -> None:
    """Requests with random faults from clients that sometimes leave in the midst."""
    chance = random.Random(seed)
    for number in range(requests):
        fault = chance.choice(FAULTS)
        house.simulator.set_default(say("Hello there, wide world"), fault=fault)
        path, body = limited(DIALECTS[number % 4], f"{chance.choice(DIALECTS)}/sim-large", stream=chance.random() < 0.5)
        if chance.random() < 0.2:
            peer = raw.begin(house.gateway.port, path, body, key=secret)
            peer.close()
        else:
            raw.ask(house.url, path, body, {"x-api-key": secret})


@pytest.mark.parametrize(
    ("requests", "seed"), [(300, 1), pytest.param(10_000, 2, marks=[pytest.mark.soak, pytest.mark.timeout(900)])]
)
def test_no_slot_leaks_and_no_nanodollar_whatever_goes_wrong(
    requests: int, seed: int, house: House, folder: Path
) -> None:
    name, secret = open_key(house, folder, concurrency=64, budgets={"total": 10_000 * DOLLAR})
    threads = [threading.Thread(target=wreck, args=(house, secret, requests // 4, seed * 10 + one)) for one in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(800.0)
        assert not thread.is_alive()
    assert wait_until(lambda: show_key(house.url, name)["in_flight"] == 0)

    def read_costs() -> int:
        return sum(row["cost_nanodollars"] for row in read_rows(folder) if row["principal"] == name)

    shown = show_key(house.url, name)
    assert shown["reserved_nanodollars"] == 0
    assert wait_until(lambda: read_costs() == shown["spent"]["total"]), (read_costs(), shown)
