"""A model of one's own in a chain with others: what it cannot do now, or at all, the next target does; and where the
others fail, it answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from typing import Any

import pytest

from dragoman.engine.models import build_added, save_added
from tests.e2e.colours import QUESTION, build_png
from tests.e2e.gateway import House, running_house, wait_until
from tests.e2e.raw import Answered, ask
from tests.simulator.fault import Fault
from tests.simulator.say import say
from tests.tiny_models import THINKER, make_broken

CONFIG = """
local: {{folder: {folder}, threads: 1, slots: 1, queue_limit: 0, start_seconds: 30}}
routes:
  first-ours: {{targets: [local/thinker, chat/sim-large]}}
  first-broken: {{targets: [local/broken, chat/sim-large]}}
  first-theirs: {{targets: [chat/sim-large, local/thinker]}}
"""
LONG = {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "integer"}, "minItems": 1000}}}
FORMAT = {"type": "json_schema", "json_schema": {"name": "long", "schema": LONG}}
MANY = {**LONG, "properties": {"a": {"type": "array", "items": {"type": "integer"}, "minItems": 3000}}}
UNBOUND = {"type": "json_schema", "json_schema": {"name": "many", "schema": MANY}}
COW = "What does a cow say?"


@pytest.fixture(scope="module")
def shared_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("models")
    rows = [
        build_added("thinker", THINKER, context_tokens=16_384),
        make_broken(folder),
    ]
    save_added(folder, {row.name: row for row in rows})
    extra = CONFIG.format(folder=folder)
    with running_house(tmp_path_factory.mktemp("chain"), extra=extra, more_providers="  local:\n") as house:
        yield house


@pytest.fixture
def house(shared_house: House) -> House:
    shared_house.simulator.reset()
    shared_house.simulator.set_default(say("From afar."))
    return shared_house


def ask_chat(house: House, route: str, content: Any = COW, **more: Any) -> Answered:
    body = {"model": route, "messages": [{"role": "user", "content": content}], "max_tokens": 60, **more}
    return ask(house.url, "/v1/chat/completions", json.dumps(body).encode())


def name_target(answered: Answered) -> str:
    assert answered.status == 200, answered.body
    return answered.headers["x-dragoman-target"]


def test_what_it_can_do_it_does(house: House) -> None:
    assert name_target(ask_chat(house, "first-ours")) == "local/thinker"
    assert house.simulator.journal == []


def test_while_it_is_busy_the_next_one_answers(house: House) -> None:
    assert name_target(ask_chat(house, "first-ours")) == "local/thinker"
    body = {"model": "local/thinker", "stream": True, "max_tokens": 8000, "response_format": FORMAT}
    connection = HTTPConnection("127.0.0.1", house.gateway.port, timeout=20)
    with closing(connection):
        text = json.dumps({**body, "messages": [{"role": "user", "content": COW}]})
        connection.request("POST", "/v1/chat/completions", text, {"content-type": "application/json"})
        with connection.getresponse() as response:
            assert response.status == 200, response.read()
            assert response.read1(1000)  # a long answer has begun, and nobody reads on
            assert name_target(ask_chat(house, "first-ours")) == "chat/sim-large"
    assert wait_until(lambda: name_target(ask_chat(house, "first-ours")) == "local/thinker")


@pytest.mark.parametrize(
    ("route", "more"),
    [
        ("first-broken", {}),
        ("first-ours", {"content": COW * 9000}),
        ("first-ours", {"response_format": UNBOUND}),
        (
            "first-ours",
            {
                "content": [
                    {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{build_png('red', 32)}"}},
                    {"type": "text", "text": QUESTION},
                ]
            },
        ),
    ],
    ids=["it cannot be loaded", "the prompt is too long", "it knows no such schema", "it sees nothing"],
)
def test_what_it_cannot_do_the_next_one_does(house: House, route: str, more: dict[str, Any]) -> None:
    assert name_target(ask_chat(house, route, **more)) == "chat/sim-large"


def test_where_the_others_fail_it_answers(house: House) -> None:
    house.simulator.set_default(fault=Fault(status=503))
    assert name_target(ask_chat(house, "first-theirs")) == "local/thinker"
