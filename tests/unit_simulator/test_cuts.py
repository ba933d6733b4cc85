"""A cut is exact: at each event of each dialect the client gets just what was there before."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator import Fault, Say, Simulator, Text, Thinking, ToolCall
from tests.simulator.fault import Stop
from tests.unit_simulator.wire import CHAT, GEMINI, MESSAGES, RESPONSES, Answer, ask

STREAMS: dict[str, dict[str, Any]] = {
    "chat": CHAT | {"stream": True, "stream_options": {"include_usage": True}},
    "anthropic": MESSAGES | {"stream": True},
    "responses": RESPONSES | {"stream": True},
    "gemini-sse": GEMINI,
}
SCRIPT = Say(parts=(Thinking("I think of it."), Text("So it is."), ToolCall("look", '{"at": "the sea"}')))


def count_events(answer: Answer) -> int:
    return answer.body.replace(b"\r\n", b"\n").count(b"\n\n")


@pytest.mark.parametrize("place", STREAMS)
@pytest.mark.parametrize("stop", ["rst", "fin", "eof"])
def test_every_event_index_of_every_dialect_can_be_the_last(simulator: Simulator, place: str, stop: Stop) -> None:
    simulator.set_default(SCRIPT)
    whole = ask(simulator, STREAMS[place], place)
    names = simulator.journal[0].events
    assert count_events(whole) == len(names)
    for kept in range(len(names)):
        simulator.script(SCRIPT, fault=Fault(stop=stop, after_event=kept))
        answer = ask(simulator, STREAMS[place], place)
        assert answer.ending == ("rst" if stop == "rst" else "fin")
        assert answer.is_terminated == (stop == "eof")
        assert count_events(answer) == kept
        record = simulator.journal[-1]
        assert (record.outcome, record.events) == ("cut", names[:kept])


@pytest.mark.parametrize("place", STREAMS)
def test_every_byte_of_the_body_can_be_the_last(simulator: Simulator, place: str) -> None:
    simulator.set_default("Hi")
    whole = ask(simulator, STREAMS[place], place).body
    for kept in range(0, len(whole), 7):
        simulator.script("Hi", fault=Fault(stop="fin", at_byte=kept, framing="length"))
        answer = ask(simulator, STREAMS[place], place)
        assert len(answer.body) == kept
        assert int(answer.headers["content-length"]) == len(whole)


@pytest.mark.parametrize("place", STREAMS)
def test_whatever_the_split_the_bytes_stay_the_same_number(simulator: Simulator, place: str) -> None:
    simulator.set_default(SCRIPT)
    lengths = set()
    for fault in (Fault(), Fault(split=(1,)), Fault(split=(2, 3)), Fault(events_per_write=0), Fault(gzip=False)):
        simulator.script(SCRIPT, fault=fault)
        lengths.add(len(ask(simulator, STREAMS[place], place).body))
    assert len(lengths) == 1
    assert len({record.events for record in simulator.journal}) == 1
