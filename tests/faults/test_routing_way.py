"""From a configuration file to the key that is shown: routes, wishes and homes through the real gateway."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e import raw
from tests.e2e.gateway import CANARY, House, running_gateway
from tests.e2e.ledger import wait_for_rows
from tests.simulator import Fault, Simulator

CONFIG = """
discover_providers: false
routing: {{max_wait_seconds: 0.5}}
providers:
  chat: {{dialect: openai_chat, base_url: "{url}/v1", api_key: "{canary}-1,{canary}-2,{canary}-3,{canary}-4"}}
  claude:
    dialect: anthropic_messages
    base_url: "{url}"
    credentials: [{{secret: {canary}-claude, concurrency: 1}}]
routes:
  both: {{targets: [chat/first, claude/second], aliases: [either]}}
  nested: {{targets: [both, chat/third]}}
  "pub-*": chat/private-*
  careful: {{targets: chat/short, fallback: {{context_length: claude/long}}}}
"""
TOO_LONG = Fault(status=400, code="context_length_exceeded")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with Simulator() as simulator:
        config = CONFIG.format(url=simulator.url, canary=CANARY)
        with running_gateway(tmp_path_factory.mktemp("way"), config) as gateway:
            house = House(gateway, simulator)
            yield house
            house.check_quiet()


def ask(
    house: House, model: str, text: str = "Hi.", headers: dict[str, str] | None = None, **more: Any
) -> raw.Answered:
    body = {"model": model, "messages": [{"role": "user", "content": text}], **more}
    return raw.ask(house.url, "/v1/chat/completions", json.dumps(body).encode(), headers)


@pytest.mark.parametrize(
    ("model", "headers", "more", "asked"),
    [
        ("both", {}, {}, "first"),
        ("either", {"x-dragoman-order": "claude"}, {}, "second"),
        ("nested", {"x-dragoman-ignore": "claude,chat/first"}, {}, "third"),
        ("both", {}, {"provider": {"only": ["claude"]}}, "second"),
        ("chat/x", {"x-dragoman-only": "claude"}, {"models": ["both"]}, "second"),
        ("pub-large", {}, {}, "private-large"),
    ],
)
def test_a_name_and_a_wish_lead_to_a_target(
    model: str, headers: dict[str, str], more: dict[str, Any], asked: str, house: House
) -> None:
    house.simulator.reset()
    assert ask(house, model, headers=headers, **more).status == 200
    (record,) = house.simulator.journal
    assert record.model == asked
    assert not {"provider", "models"} & record.json.keys()
    assert not any(name.startswith("x-dragoman") for name in record.headers)


def test_a_request_that_is_too_long_goes_to_the_model_for_long_ones(house: House) -> None:
    house.simulator.reset()
    house.simulator.script(fault=TOO_LONG, model="short")
    assert ask(house, "careful").status == 200
    assert [record.model for record in house.simulator.journal] == ["short", "long"]


def test_conversations_stay_with_their_key(house: House) -> None:
    house.simulator.reset()
    for _ in range(3):
        for number in range(8):
            assert ask(house, "chat/home", f"task {number}").status == 200
            assert ask(house, "chat/home", "the same", {"session_id": f"s{number}"}).status == 200
    keys = [record.key for record in house.simulator.journal]
    assert keys[:16] == keys[16:32] == keys[32:]
    assert len(set(keys[::2])) > 1
    assert len(set(keys[1::2])) > 1


def test_when_every_key_rests_the_gateway_says_so_itself_and_asks_nobody(house: House) -> None:
    simulator = house.simulator
    simulator.reset()
    for number, wait in enumerate((50, 40, 30, 60), 1):
        fault = Fault(status=429, retry_after_seconds=wait, retry_forms=("date",))
        simulator.script(fault=fault, model="limited", key=f"{CANARY}-{number}", times=None)
    answers = [ask(house, "chat/limited", f"task {number}") for number in range(12)]
    assert {answered.status for answered in answers} == {429}
    asked = len(simulator.journal)
    assert asked <= 3 + 3 + 3
    last = ask(house, "chat/limited")
    assert (last.status, len(simulator.journal)) == (429, asked)
    assert 25 <= int(last.headers["retry-after"]) <= 31
    assert "resting" in raw.read_error("chat", last)
    assert ask(house, "chat/other").status == 200


def test_a_caller_who_leaves_gives_back_the_key_that_serves_one_at_a_time(house: House) -> None:
    simulator = house.simulator
    simulator.reset()
    simulator.script(fault=Fault(delay_head_seconds=5.0), model="slow")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raw, "TIMEOUT_SECONDS", 0.3)
        with pytest.raises(TimeoutError):
            ask(house, "claude/slow")
    simulator.wait_for(lambda: not simulator.in_flight, 2.0)
    assert ask(house, "claude/quick").status == 200


def test_a_mirror_sees_what_was_asked_and_is_metered_apart(tmp_path: Path) -> None:
    routes = "routes: {seen: {targets: chat/first, mirror: {to: claude/other}}}"
    with Simulator() as simulator:
        config = CONFIG.partition("routes:")[0].format(url=simulator.url, canary=CANARY) + routes
        with running_gateway(tmp_path, config) as gateway:
            house = House(gateway, simulator)
            for _ in range(3):
                assert ask(house, "seen", "What is the wind?").status == 200
            simulator.wait_for(lambda: len(simulator.journal) == 6)
            assert Counter(record.model for record in simulator.journal) == {"first": 3, "other": 3}
            assert all(b"What is the wind?" in record.body for record in simulator.journal)
            rows = wait_for_rows(tmp_path, 6)
            house.check_quiet()
    told = Counter((row["principal"], row["model"]) for row in rows)
    assert told == {("anonymous", "first"): 3, ("mirror", "other"): 3}


def test_a_slow_provider_is_overtaken_and_both_are_metered(tmp_path: Path) -> None:
    routes = "routes: {quick: {targets: [chat/slow, claude/fast], hedge: {after_seconds: 0.2, share: 1}}}"
    with Simulator() as simulator:
        simulator.script("Too late.", fault=Fault(delay_head_seconds=5.0), model="slow", times=None)
        config = CONFIG.partition("routes:")[0].format(url=simulator.url, canary=CANARY) + routes
        with running_gateway(tmp_path, config) as gateway:
            house = House(gateway, simulator)
            for stream in (False, True):
                answered = ask(house, "quick", stream=stream)
                assert (answered.status, answered.headers["x-dragoman-target"]) == (200, "claude/fast")
            rows = wait_for_rows(tmp_path, 4)
            house.check_quiet()
    told = Counter((row["model"], row["outcome"], row["input"] > 0) for row in rows)
    assert told == {("slow", "cancelled", True): 2, ("fast", "served", True): 2}


def test_targets_are_for_tags_headers_and_lengths(tmp_path: Path) -> None:
    routes = """
routes:
  sorted:
    - {target: chat/batch, when: {tags: [batch]}}
    - {target: chat/team, when: {headers: {x-dragoman-team: "re*"}}}
    - {target: claude/long, when: {min_tokens: 500}}
    - chat/rest
"""
    with Simulator() as simulator:
        config = CONFIG.partition("routes:")[0].format(url=simulator.url, canary=CANARY) + routes
        with running_gateway(tmp_path, config) as gateway:
            house = House(gateway, simulator)
            for headers, text in (
                ({"x-dragoman-tags": "day, batch"}, "Hi."),
                ({"x-dragoman-team": "red"}, "Hi."),
                ({}, "sea " * 600),
                ({"x-dragoman-team": "blue"}, "Hi."),
            ):
                assert ask(house, "sorted", text, headers).status == 200
            assert [record.model for record in simulator.journal] == ["batch", "team", "long", "rest"]


def test_a_conversation_that_carries_signatures_goes_back_to_whoever_minted_them(tmp_path: Path) -> None:
    routes = "routes: {spread: {targets: [chat/one, claude/two], policy: ordered}}"
    signed = [
        {"role": "user", "content": "Begin."},
        {"role": "assistant", "content": "Done.", "reasoning_details": [{"signature": "Eq=="}]},
        {"role": "user", "content": "Go on."},
    ]
    with Simulator(judge=False) as simulator:
        config = CONFIG.partition("routes:")[0].format(url=simulator.url, canary=CANARY) + routes
        with running_gateway(tmp_path, config) as gateway:
            house = House(gateway, simulator)
            simulator.script(fault=Fault(status=503), model="one")
            assert ask(house, "spread", "Begin.").headers["x-dragoman-target"] == "claude/two"
            assert ask(house, "spread", messages=signed).headers["x-dragoman-target"] == "claude/two"
            assert ask(house, "spread", "Begin.").headers["x-dragoman-target"] == "chat/one"


@pytest.mark.parametrize(
    "fault",
    [Fault(status=401), Fault(status=402), Fault(status=429, code="insufficient_quota")],
    ids=["401", "402", "spend-cap"],
)
def test_a_request_that_meets_nothing_but_refused_keys_asks_three_of_them(fault: Fault, tmp_path: Path) -> None:
    keys = ",".join(f"{CANARY}-{number}" for number in range(9))
    with Simulator(judge=False) as simulator:
        provider = f'{{dialect: openai_chat, base_url: "{simulator.url}/v1", api_key: "{keys}"}}'
        config = f"discover_providers: false\nproviders: {{chat: {provider}}}\n"
        simulator.set_default(fault=fault)
        with running_gateway(tmp_path, config) as gateway:
            house = House(gateway, simulator)
            assert ask(house, "chat/any").status == 503
            asked = [record.key for record in simulator.journal]
            assert len(asked) == len(set(asked)) == 3
            simulator.set_default("Ahoy.")
            assert ask(house, "chat/any").status == 200
            assert len(simulator.journal) == 4
