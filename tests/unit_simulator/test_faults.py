"""Each fault, seen by a plain socket."""

from __future__ import annotations

import gzip
import zlib
from email.utils import parsedate_to_datetime

import msgspec
import pytest

from tests.simulator import Fault, Simulator
from tests.simulator.fault import RetryForm
from tests.unit_simulator.wire import CHAT, CHAT_STREAM, MESSAGES, Wire, ask

ANTHROPIC_STREAM = MESSAGES | {"stream": True}


def test_without_a_script_the_answer_repeats_the_user(simulator: Simulator) -> None:
    assert ask(simulator, CHAT).json["choices"][0]["message"]["content"] == "You said: Hello"
    assert ask(simulator, MESSAGES, "anthropic").json["content"] == [{"type": "text", "text": "You said: Hello"}]


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 529])
def test_a_status_comes_in_the_shape_of_the_dialect(simulator: Simulator, status: int) -> None:
    simulator.script(fault=Fault(status=status, message="No luck.", headers={"X-Extra": "1"}), times=2)
    chat, anthropic = ask(simulator, CHAT), ask(simulator, MESSAGES, "anthropic")
    assert chat.status == anthropic.status == status
    assert chat.headers["x-extra"] == "1"
    assert chat.json["error"].keys() == {"message", "type", "param", "code"}
    assert chat.json["error"]["message"] == "No luck."
    assert anthropic.json["type"] == "error"
    assert anthropic.json["error"]["message"] == "No luck."
    assert anthropic.json["request_id"] == anthropic.headers["request-id"]
    assert [record.outcome for record in simulator.journal] == ["refused", "refused"]


def test_the_wait_after_429_is_told_in_each_form_that_providers_use(simulator: Simulator) -> None:
    forms: tuple[RetryForm, ...] = ("ms", "date", "x-ratelimit", "anthropic-ratelimit")
    simulator.script(fault=Fault(status=429, retry_after_seconds=7.5))
    simulator.script(fault=Fault(status=429, retry_after_seconds=67.5, retry_forms=forms))
    assert ask(simulator, CHAT).headers["retry-after"] == "7.5"
    told = ask(simulator, CHAT).headers
    assert told["retry-after-ms"] == "67500"
    assert told["x-ratelimit-reset-requests"] == "1m7.5s"
    assert told["anthropic-ratelimit-requests-reset"].endswith("Z")
    assert parsedate_to_datetime(told["retry-after"]).tzinfo is not None


def test_an_error_can_be_the_first_event_of_a_good_stream(simulator: Simulator) -> None:
    simulator.script(fault=Fault(status=529, error_after_event=0), times=2)
    assert ask(simulator, CHAT_STREAM).body.startswith(b'data: {"error":{"message":"Overloaded"')
    answer = ask(simulator, ANTHROPIC_STREAM, "anthropic")
    assert answer.status == 200
    assert answer.body.startswith(b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error"')
    assert answer.is_terminated
    assert [record.outcome for record in simulator.journal] == ["failed", "failed"]
    assert simulator.journal[0].billed.all_input == 0


def test_an_error_in_mid_stream_ends_it_without_a_terminal_event(simulator: Simulator) -> None:
    simulator.script(fault=Fault(status=500, error_after_event=2))
    answer = ask(simulator, CHAT_STREAM)
    assert simulator.journal[0].events == ("role", "text", "error")
    assert b"[DONE]" not in answer.body
    assert b'"finish_reason":"' not in answer.body


def test_a_delay_before_the_head_and_one_before_the_body_are_told_apart(simulator: Simulator) -> None:
    simulator.script(fault=Fault(delay_head_seconds=0.05, delay_body_seconds=0.1))
    answer = ask(simulator, CHAT)
    head, body = answer.chunks
    assert head[1].endswith(b"\r\n\r\n")
    assert body[1] == answer.body
    record = simulator.journal[0]
    assert record.first_byte_out - record.body_complete >= 0.045
    assert record.last_byte_out - record.first_byte_out >= 0.09


@pytest.mark.parametrize(
    ("place", "received"),
    [
        (Fault(stop="stall"), b""),
        (Fault(stop="stall", in_head=True), b"HTTP/1.1 200 OK\r\ncontent-type"),
        (Fault(stop="stall", after_event=1), b'"role":"assistant"'),
        (Fault(stop="stall", at_byte=3), b"3\r\ndat\r\n"),
    ],
)
def test_a_stall_lasts_until_the_peer_leaves(simulator: Simulator, place: Fault, received: bytes) -> None:
    simulator.script(fault=place)
    with Wire(simulator) as wire:
        wire.send(CHAT_STREAM)
        simulator.wait_for(lambda: simulator.in_flight)
        answer = wire.read_to_end(0.2)
        assert answer.ending == "silence"
        assert received in answer.data
        assert bool(answer.data) == bool(received)
        assert [record.outcome for record in simulator.in_flight] == ["open"]
    simulator.wait_for(lambda: simulator.journal)
    record = simulator.journal[0]
    assert record.outcome == "peer_closed"
    assert record.peer_closed > record.body_complete


def test_a_stall_can_send_pings_meanwhile(simulator: Simulator) -> None:
    simulator.script(fault=Fault(stop="stall", after_event=1, stall_ping_seconds=0.01), times=2)
    for place, ping in (("chat", b": keep-alive\n\n"), ("anthropic", b'event: ping\ndata: {"type":"ping"}\n\n')):
        with Wire(simulator) as wire:
            wire.send(CHAT_STREAM if place == "chat" else ANTHROPIC_STREAM, place)
            data = b""
            while data.count(ping) < 3:
                data += wire.socket.recv(1024)
    simulator.wait_for(lambda: len(simulator.journal) == 2)


@pytest.mark.parametrize("stop", ["rst", "fin"])
@pytest.mark.parametrize(
    ("place", "kept"),
    [
        ({}, b""),
        ({"in_head": True}, b"HTTP/1.1 200 OK\r\n"),
        ({"after_event": 2}, b"You said: He"),
        ({"at_byte": 10}, b'a\r\ndata: {"id\r\n'),
    ],
)
def test_a_cut_ends_the_connection_where_it_was_told(
    simulator: Simulator, stop: str, place: dict[str, int], kept: bytes
) -> None:
    simulator.script(fault=msgspec.convert({"stop": stop} | place, Fault))
    answer = ask(simulator, CHAT_STREAM)
    assert answer.ending == stop
    assert kept in answer.data
    assert bool(answer.data) == bool(kept)
    assert not answer.is_terminated
    assert simulator.journal[0].outcome == "cut"
    assert simulator.journal[0].bytes_out == len(answer.data)


def test_eof_ends_the_body_well_formed_and_the_stream_not_at_all(simulator: Simulator) -> None:
    simulator.script(fault=Fault(stop="eof", after_event=2), times=2)
    with Wire(simulator) as wire:
        wire.send(CHAT_STREAM, keep=True)
        answer = wire.read_one()
        assert answer.is_terminated
        assert b"You said: He" in answer.body
        assert b"[DONE]" not in answer.body
        wire.send(CHAT_STREAM, keep=True)
        assert wire.read_one().is_terminated
    assert [record.outcome for record in simulator.journal] == ["cut", "cut"]
    assert simulator.journal[0].connection == simulator.journal[1].connection


def test_a_json_answer_can_be_cut_short_in_each_way(simulator: Simulator) -> None:
    for stop in ("eof", "fin", "rst"):
        simulator.script(fault=msgspec.convert({"stop": stop, "at_byte": 20}, Fault))
    well_formed, short, reset = (ask(simulator, CHAT) for _ in range(3))
    assert well_formed.headers["content-length"] == "20"
    assert int(short.headers["content-length"]) > 20
    assert len(well_formed.body) == len(short.body) == len(reset.body) == 20
    assert [well_formed.ending, short.ending, reset.ending] == ["fin", "fin", "rst"]


def test_one_byte_of_the_body_can_be_corrupted(simulator: Simulator) -> None:
    plain = ask(simulator, CHAT).body
    simulator.script(fault=Fault(corrupt_byte=30))
    simulator.script(fault=Fault(corrupt_byte=31, corrupt_to=0xFF))
    assert ask(simulator, CHAT).body[30] == 0
    spoiled = ask(simulator, CHAT).body
    assert spoiled[31] == 0xFF
    assert len(spoiled) == len(plain)


def test_writes_can_be_split_and_joined_without_changing_a_byte(simulator: Simulator) -> None:
    faults = [Fault(), Fault(split=(1,)), Fault(split=(3, 1, 7)), Fault(pause_seconds=0.001)]
    for fault in faults:
        simulator.script(fault=fault)
    answers = [ask(simulator, CHAT_STREAM) for _ in faults]
    assert [answer.spoken for answer in answers] == ["You said: Hello"] * 4
    assert len({len(answer.data) for answer in answers}) == 1
    paced = simulator.journal[3]
    assert paced.last_byte_out - paced.first_byte_out >= 0.001 * (len(paced.events) - 1) * 0.9
    assert len({record.events for record in simulator.journal}) == 1


def test_events_can_travel_many_to_a_packet(simulator: Simulator) -> None:
    simulator.script(fault=Fault(events_per_write=0))
    simulator.script(fault=Fault(events_per_write=2))
    whole, pairs = ask(simulator, CHAT_STREAM), ask(simulator, CHAT_STREAM)
    assert len(whole.chunks) == 1
    assert whole.data.count(b"\r\ndata: ") == 1
    assert pairs.body.count(b"data: ") == 5
    assert pairs.data.count(b"\r\ndata: ") == 3


def test_usage_and_done_can_be_missing(simulator: Simulator) -> None:
    asked = CHAT_STREAM | {"stream_options": {"include_usage": True}}
    assert b'"prompt_tokens"' in ask(simulator, asked).body
    simulator.script(fault=Fault(hide_usage=True, hide_done=True), times=3)
    spoiled = ask(simulator, asked).body
    assert b"usage" not in spoiled
    assert b"[DONE]" not in spoiled
    assert "usage" not in ask(simulator, CHAT).json
    assert b"usage" not in ask(simulator, ANTHROPIC_STREAM, "anthropic").body
    assert simulator.journal[-1].billed.input > 0


def test_the_body_the_type_and_the_length_can_lie(simulator: Simulator) -> None:
    simulator.script(fault=Fault(body="<html>oops", content_type="text/html"))
    simulator.script(fault=Fault(body=""))
    simulator.script(fault=Fault(length_off=5))
    simulator.script(fault=Fault(length_off=-5))
    garbage = ask(simulator, CHAT)
    assert (garbage.body, garbage.headers["content-type"]) == (b"<html>oops", "text/html")
    assert ask(simulator, CHAT).headers["content-length"] == "0"
    shorter, longer = ask(simulator, CHAT), ask(simulator, CHAT)
    assert int(shorter.headers["content-length"]) == len(shorter.body) + 5
    assert int(longer.headers["content-length"]) == len(longer.body) - 5


def test_compressed_answers_can_be_read_event_by_event(simulator: Simulator) -> None:
    simulator.script(fault=Fault(gzip=True))
    assert msgspec.json.decode(gzip.decompress(ask(simulator, CHAT).body))["object"] == "chat.completion"
    simulator.script(fault=Fault(gzip=True, stop="fin", after_event=2))
    cut = ask(simulator, CHAT_STREAM)
    assert cut.headers["content-encoding"] == "gzip"
    assert zlib.decompressobj(wbits=31).decompress(cut.body).count(b"data: ") == 2


def test_framing_can_be_changed_for_streams_and_for_json(simulator: Simulator) -> None:
    simulator.script(fault=Fault(framing="length"))
    simulator.script(fault=Fault(framing="close"))
    simulator.script(fault=Fault(framing="chunked"))
    measured, unmeasured, chunked = ask(simulator, CHAT_STREAM), ask(simulator, CHAT_STREAM), ask(simulator, CHAT)
    assert int(measured.headers["content-length"]) == len(measured.body)
    assert not {"content-length", "transfer-encoding"} & unmeasured.headers.keys()
    assert unmeasured.body.endswith(b"[DONE]\n\n")
    assert chunked.is_terminated
    assert {record.outcome for record in simulator.journal} == {"complete"}


@pytest.mark.parametrize(("kind", "told"), [("announced", "close"), ("silent", None)])
def test_a_kept_connection_can_be_closed_after_the_answer(simulator: Simulator, kind: str, told: str | None) -> None:
    simulator.script(fault=msgspec.convert({"close": kind}, Fault))
    with Wire(simulator) as wire:
        wire.send(CHAT, keep=True)
        answer = wire.read_to_end()
    assert answer.ending == "fin"
    assert answer.headers.get("connection") == told
    assert simulator.journal[0].outcome == "complete"


def test_legal_variations_of_a_stream_come_as_asked(simulator: Simulator) -> None:
    simulator.script(fault=Fault(line_end="\r\n", space=False, comments=True, bom=True))
    simulator.script(fault=Fault(pings=True))
    varied = ask(simulator, CHAT_STREAM).body
    assert varied.startswith(b"\xef\xbb\xbf: keep-alive\r\n\r\ndata:{")
    assert varied.count(b": keep-alive\r\n\r\n") == varied.count(b"data:{") + 1
    assert b"\n\n" not in varied
    pinged = ask(simulator, ANTHROPIC_STREAM, "anthropic").body
    assert pinged.count(b"event: ping") == len(simulator.journal[1].events) + 1


@pytest.mark.parametrize(
    "nonsense",
    [
        {"after_event": 1},
        {"stop": "rst", "after_event": 1, "at_byte": 1},
        {"stop": "rst", "after_event": -1},
        {"delay_head_seconds": 1e9},
        {"split": [0]},
        {"stop": "eof", "framing": "close"},
        {"unheard": 1},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused(nonsense: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(nonsense, Fault)
