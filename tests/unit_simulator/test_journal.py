"""The journal tells what happened: bytes, times, tokens, in memory and in the file."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.simulator import Fault, Say, Simulator, Tokens, read_journal
from tests.unit_simulator.wire import CHAT, CHAT_STREAM, MESSAGES, Wire, ask

CHAT_PATH = "/v1/chat/completions"
USAGE = Tokens(input=100, cached=40, cache_write=7, output=80, reasoning=20)
TEN_PIECES = Say(parts=("0123456789",), piece_size=1, usage=USAGE)


def test_a_record_holds_the_request_as_it_came(simulator: Simulator) -> None:
    begun = time.monotonic()
    ask(simulator, CHAT_STREAM, headers={"X-Mine": "yes"})
    [record] = simulator.journal
    assert (record.number, record.dialect, record.operation) == (1, "openai-chat", "generate")
    assert (record.key, record.carrier, record.model, record.path) == ("sk-test", "authorization", "m", CHAT_PATH)
    assert record.headers["x-mine"] == "yes"
    assert record.json == CHAT_STREAM
    assert (record.is_stream, record.status, record.body_bytes) == (True, 200, len(record.body))
    marks = (record.first_byte_in, record.body_complete, record.first_byte_out, record.last_byte_out)
    times = [begun, *marks, time.monotonic()]
    assert times == sorted(times)
    assert record.peer_closed == 0.0


def test_bytes_and_events_are_those_that_the_client_got(simulator: Simulator) -> None:
    answer = ask(simulator, CHAT_STREAM)
    [record] = simulator.journal
    assert record.bytes_out == len(answer.data)
    assert record.events == ("role", "text", "text", "finish", "[DONE]")
    assert answer.headers["x-request-id"] == record.request_id


@pytest.mark.parametrize(
    ("fault", "billed"),
    [
        (Fault(), USAGE),
        (Fault(stop="rst", after_event=1), Tokens()),
        (Fault(stop="rst", after_event=6), Tokens(input=100, cached=40, cache_write=7, output=40, reasoning=10)),
        (Fault(status=500, error_after_event=6), Tokens(input=100, cached=40, cache_write=7, output=40, reasoning=10)),
        (Fault(status=500, error_after_event=0), Tokens()),
        (Fault(status=429), Tokens()),
        (Fault(hide_usage=True), USAGE),
        (Fault(split=(1,)), USAGE),
    ],
)
def test_what_is_billed_is_the_share_that_was_sent(simulator: Simulator, fault: Fault, billed: Tokens) -> None:
    simulator.script(TEN_PIECES, fault=fault)
    ask(simulator, CHAT_STREAM)
    assert simulator.journal[0].billed == billed


def test_an_answer_in_one_piece_is_billed_whole_or_not_at_all(simulator: Simulator) -> None:
    simulator.script(TEN_PIECES)
    simulator.script(TEN_PIECES, fault=Fault(stop="fin", at_byte=50))
    ask(simulator, CHAT)
    ask(simulator, CHAT)
    assert [record.billed for record in simulator.journal] == [USAGE, Tokens()]


def test_a_peer_that_leaves_is_noted_with_the_time_and_pays_for_what_it_got(simulator: Simulator) -> None:
    simulator.script(TEN_PIECES, fault=Fault(stop="stall", after_event=3))
    with Wire(simulator) as wire:
        wire.send(CHAT_STREAM)
        simulator.wait_for(lambda: any(len(record.events) == 3 for record in simulator.in_flight))
        left = time.monotonic()
    simulator.wait_for(lambda: simulator.journal)
    [record] = simulator.journal
    assert record.outcome == "peer_closed"
    assert left <= record.peer_closed <= time.monotonic()
    assert record.billed.output == 16
    assert simulator.in_flight == []


def test_the_file_holds_the_same_records_and_is_written_at_once(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Simulator(journal_path=path) as simulator:
        ask(simulator, CHAT)
        ask(simulator, MESSAGES, "anthropic")
        assert read_journal(path) == simulator.journal
        assert len(simulator.journal) == 2


def test_reset_forgets_records_and_scripts_but_goes_on_counting(simulator: Simulator) -> None:
    simulator.script("never said")
    simulator.reset()
    ask(simulator, CHAT)
    simulator.reset()
    assert simulator.journal == []
    assert ask(simulator, CHAT).json["choices"][0]["message"]["content"] == "You said: Hello"
    assert simulator.journal[0].number == 2


def test_memory_is_bounded_and_may_be_left_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    with Simulator(journal_path=path, keep_records=0) as simulator:
        ask(simulator, CHAT)
        assert simulator.journal == []
        assert len(read_journal(path)) == 1
    full = Simulator(keep_records=1).start()
    ask(full, CHAT)
    ask(full, CHAT)
    with pytest.raises(RuntimeError) as caught:
        full.stop()
    assert "journal is full" in str(caught.value.__cause__)


def test_wait_for_wakes_on_a_change_and_gives_up_in_time(simulator: Simulator) -> None:
    sender = threading.Timer(0.02, ask, (simulator, CHAT))
    sender.start()
    simulator.wait_for(lambda: len(simulator.journal) == 1)
    sender.join()
    with pytest.raises(TimeoutError, match="ended last"):
        simulator.wait_for(lambda: False, timeout_seconds=0.01)
