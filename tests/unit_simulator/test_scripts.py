"""Which script a request gets."""

from __future__ import annotations

import pytest

from tests.simulator import Fault, Say, Simulator
from tests.simulator.scripts import MAX_QUEUED
from tests.unit_simulator.wire import CHAT, CHAT_STREAM, MESSAGES, ask


def content(simulator: Simulator, model: str = "m", key: str = "sk-test") -> str:
    answer = ask(simulator, CHAT | {"model": model}, headers={"authorization": f"Bearer {key}"})
    return str(answer.json["choices"][0]["message"]["content"])


def test_scripts_are_used_in_their_order_and_as_often_as_said(simulator: Simulator) -> None:
    simulator.script("one", times=2)
    simulator.script("two")
    assert simulator.pending_scripts == 3
    assert [content(simulator) for _ in range(4)] == ["one", "one", "two", "You said: Hello"]
    assert simulator.pending_scripts == 0


def test_a_script_waits_for_the_key_the_model_and_the_path_it_is_for(simulator: Simulator) -> None:
    simulator.script("for sk-2", key="sk-2")
    simulator.script("for large", model="large")
    simulator.script("for messages", path="*/messages")
    simulator.script("for all")
    assert content(simulator) == "for all"
    assert content(simulator, model="large") == "for large"
    assert content(simulator, key="sk-2") == "for sk-2"
    assert ask(simulator, MESSAGES, "anthropic").json["content"][0]["text"] == "for messages"


def test_a_script_without_end_and_a_default_stay(simulator: Simulator) -> None:
    simulator.set_default("by default")
    simulator.script(Say(parts=("for ever",)), times=None, model="m")
    assert [content(simulator) for _ in range(3)] == ["for ever"] * 3
    assert content(simulator, model="other") == "by default"
    assert simulator.pending_scripts == 0


def test_a_header_scripts_its_own_request(simulator: Simulator) -> None:
    simulator.script("queued")
    header = (
        '{"say": {"parts": ["Hi", {"type": "text", "text": " there"}]}, "fault": {"stop": "rst", "after_event": 2}}'
    )
    answer = ask(simulator, CHAT_STREAM, headers={"x-simulate": header})
    assert answer.ending == "rst"
    assert answer.spoken == "Hi"
    assert content(simulator) == "queued"


@pytest.mark.parametrize("header", ["{", '{"fault": {"unheard": 1}}', '{"say": {"piece_size": 0}}', "[]"])
def test_a_header_that_makes_no_sense_is_refused(simulator: Simulator, header: str) -> None:
    assert "x-simulate" in ask(simulator, CHAT, headers={"x-simulate": header}).json["error"]["message"]


def test_the_queue_is_bounded(simulator: Simulator) -> None:
    for _ in range(MAX_QUEUED):
        simulator.script("x")
    with pytest.raises(RuntimeError):
        simulator.script("x")
    with pytest.raises(ValueError, match="times"):
        simulator.script("x", times=0)


def test_a_fault_for_one_key_leaves_the_others_alone(simulator: Simulator) -> None:
    simulator.script(fault=Fault(status=401), key="dead", times=None)
    statuses = [
        ask(simulator, CHAT, headers={"authorization": f"Bearer {key}"}).status for key in ("dead", "ok", "dead")
    ]
    assert statuses == [401, 200, 401]
