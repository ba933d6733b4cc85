"""What the ledger says an exchange cost is what its provider would charge, to the nanodollar, on every crossing."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import raw
from tests.e2e.gateway import House, running_house
from tests.e2e.ledger import read_rows, read_sums, wait_for_rows
from tests.simulator import Fault, say
from tests.simulator.say import Say, Tokens

DIALECTS = ("chat", "responses", "anthropic", "gemini")
CROSSINGS = [(client, provider, stream) for client in DIALECTS for provider in DIALECTS for stream in (False, True)]
PRICES = """
prices:
  - {match: "*/m-*", input: 1.1, cache_read: 0.13, cache_write_5m: 1.7, cache_write_1h: 2.3, output: 5.9}
"""


def bill(tokens: Tokens) -> int:
    """Nanodollars, by hand."""
    written = tokens.cache_write * 1_700 + tokens.cache_write_1h * 2_300
    return tokens.input * 1_100 + tokens.cached * 130 + written + tokens.all_output * 5_900


def draw_tokens(chance: random.Random, provider: str) -> Tokens:
    """Some of each class that the provider's dialect has a word for."""
    written = chance.sample(range(1, 500), 2) if provider == "anthropic" else (0, 0)
    return Tokens(
        input=chance.randrange(1, 5_000),
        cached=chance.randrange(5_000),
        cache_write=written[0],
        cache_write_1h=written[1],
        output=chance.randrange(1, 900),
        reasoning=chance.randrange(900) if provider != "anthropic" else 0,
    )


def ask(house: House, client: str, model: str, *, stream: bool) -> raw.Answered:
    """One request in a client's dialect."""
    if client == "gemini":
        method = "streamGenerateContent?alt=sse" if stream else "generateContent"
        return raw.ask(house.url, f"/v1beta/models/{model}:{method}", raw.small_request("gemini"))
    return raw.ask(house.url, raw.PATHS[client], raw.small_request(client, model=model, stream=stream))


def test_on_every_crossing_the_ledger_and_the_provider_agree_to_the_nanodollar(tmp_path: Path) -> None:
    chance = random.Random(7)
    with running_house(tmp_path, extra=PRICES) as house:
        for number, (client, provider, stream) in enumerate(CROSSINGS):
            words = Say(parts=("Hello there, wide world",), usage=draw_tokens(chance, provider))
            house.simulator.script(words, model=f"m-{number}")
            answered = ask(house, client, f"{provider}/m-{number}", stream=stream)
            assert answered.status == 200, (client, provider, answered.body)
        billed = {record.model: bill(record.billed) for record in house.simulator.journal}
        rows = wait_for_rows(tmp_path, len(CROSSINGS))
    assert {row["model"]: row["cost_nanodollars"] for row in rows} == billed
    assert {row["price"] for row in rows} == {"own */m-*"}
    assert {row["is_estimate"] for row in rows} == {0}
    assert read_sums(tmp_path, "day")["cost_nanodollars"] == sum(billed.values()) > 0


@pytest.mark.parametrize("model", ["chat/unheard-of", "anthropic/unheard-of"])
def test_what_has_no_price_is_not_free(model: str, tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        ask(house, "chat", model, stream=False)
        (row,) = wait_for_rows(tmp_path, 1)
    assert (row["cost_nanodollars"], row["price"]) == (None, "")
    assert read_sums(tmp_path, "hour")["unpriced"] == 1
    assert "no price is known" in house.gateway.log


def test_an_attempt_that_failed_is_told_beside_the_one_that_served(tmp_path: Path) -> None:
    routes = "routes:\n  r: [chat/first, anthropic/second]\n"
    with running_house(tmp_path, extra=routes) as house:
        house.simulator.script(fault=Fault(status=503), model="first", times=None)
        house.simulator.script(say("Hello"), model="second")
        assert ask(house, "responses", "r", stream=True).status == 200
        wait_for_rows(tmp_path, 1)
    (row,) = read_rows(tmp_path)
    told: dict[str, Any] = {name: row[name] for name in ("route", "provider", "model", "outcome", "client_dialect")}
    assert told == {
        "route": "r",
        "provider": "anthropic",
        "model": "second",
        "outcome": "served",
        "client_dialect": "openai_responses",
    }
    assert [(one.number, one.model, one.status) for one in row["attempts"]] == [(1, "first", 503), (2, "second", 0)]
