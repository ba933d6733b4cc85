"""Connections: kept alive, pipelined, abandoned, shut down; and nothing left behind."""

from __future__ import annotations

import ssl
import subprocess
import sys
import threading
from pathlib import Path

import httpx2
import msgspec
import pytest
import trustme

from tests.simulator import Fault, Say, Simulator, read_journal
from tests.unit_simulator.wire import CHAT, CHAT_STREAM, Wire, ask

LONG = Say(parts=("x" * 16_000_000,), piece_size=100_000)


def count_descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_one_connection_serves_many_requests(simulator: Simulator) -> None:
    with Wire(simulator) as wire:
        for _ in range(3):
            wire.send(CHAT, keep=True)
            assert wire.read_one().status == 200
            assert simulator.open_sockets == 1
    assert {record.connection for record in simulator.journal} == {1}


def test_requests_sent_ahead_are_answered_in_turn(simulator: Simulator) -> None:
    simulator.script("first")
    simulator.script("second")
    with Wire(simulator) as wire:
        wire.send(CHAT, keep=True)
        wire.send(CHAT)
        data = wire.read_to_end().data
    assert data.count(b"HTTP/1.1 200 OK") == 2
    assert data.index(b"first") < data.index(b"second")


def test_a_chunked_request_and_one_that_asks_first_are_read(simulator: Simulator) -> None:
    body = msgspec.json.encode(CHAT)
    head = b"POST /v1/chat/completions HTTP/1.1\r\nauthorization: Bearer k\r\n"
    with Wire(simulator) as wire:
        wire.socket.sendall(head + b"transfer-encoding: chunked\r\n\r\n")
        wire.socket.sendall(b"5\r\n" + body[:5] + b"\r\n" + b"%x\r\n" % len(body[5:]) + body[5:] + b"\r\n0\r\n\r\n")
        assert wire.read_one().status == 200
        wire.socket.sendall(head + b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n" % len(body))
        assert wire.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        wire.socket.sendall(body)
        assert wire.read_one().status == 200
    assert [record.body for record in simulator.journal] == [body, body]


def test_unknown_paths_and_bytes_that_are_no_http_are_answered(simulator: Simulator) -> None:
    for line, status in ((b"GET /v1/nothing", 404), (b"GET /v1/messages", 405), (b"\x16\x03\x01", 400)):
        with Wire(simulator) as wire:
            wire.socket.sendall(line + b" HTTP/1.1\r\nconnection: close\r\n\r\n")
            assert wire.read_to_end().status == status
    assert [record.status for record in simulator.journal] == [404, 405]


@pytest.mark.parametrize("sent", [0, 10, 100, -1])
def test_a_client_that_vanishes_before_its_request_is_whole_leaves_no_record(simulator: Simulator, sent: int) -> None:
    body = msgspec.json.encode(CHAT)
    data = b"POST /v1/chat/completions HTTP/1.1\r\ncontent-length: %d\r\n\r\n" % len(body) + body
    with Wire(simulator) as wire:
        wire.socket.sendall(data[:sent])
        simulator.wait_for(lambda: simulator.open_sockets == 1)
    simulator.wait_for(lambda: simulator.open_sockets == 0)
    assert simulator.journal == []


def test_a_client_that_does_not_read_holds_the_answer_back(simulator: Simulator) -> None:
    simulator.script(LONG)
    with Wire(simulator) as wire:
        wire.send(CHAT_STREAM)
        simulator.wait_for(lambda: simulator.in_flight and simulator.in_flight[0].bytes_out > 0)
        with pytest.raises(TimeoutError):
            simulator.wait_for(lambda: simulator.journal, timeout_seconds=0.2)
    simulator.wait_for(lambda: simulator.journal)
    [record] = simulator.journal
    assert record.outcome == "peer_closed"
    assert 0 < record.bytes_out < 16_000_000
    assert 0 < record.billed.output < 160


def test_many_clients_at_once_that_leave_at_any_moment_do_no_harm(simulator: Simulator) -> None:
    def run(number: int) -> None:
        for stop in range(5):
            with Wire(simulator) as wire:
                wire.send(CHAT_STREAM)
                wire.socket.recv(1 + 40 * ((number + stop) % 5))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    simulator.wait_for(lambda: len(simulator.journal) == 40 and simulator.open_sockets == 0)
    assert {record.outcome for record in simulator.journal} <= {"complete", "peer_closed"}
    assert ask(simulator, CHAT).status == 200


def test_stopping_resets_what_is_open_and_leaves_no_socket_and_no_thread() -> None:
    before = count_descriptors()
    with Simulator() as simulator:
        simulator.script(fault=Fault(stop="stall", after_event=1))
        busy, idle = Wire(simulator), Wire(simulator)
        busy.send(CHAT_STREAM)
        simulator.wait_for(lambda: simulator.open_sockets == 2 and simulator.in_flight)
    assert busy.read_to_end().ending == "rst"
    assert [record.outcome for record in simulator.journal] == ["stopped"]
    busy.socket.close()
    idle.socket.close()
    assert count_descriptors() == before
    assert "simulator" not in {thread.name for thread in threading.enumerate()}


def test_a_script_that_cannot_be_put_on_the_wire_is_told_when_the_simulator_stops() -> None:
    simulator = Simulator().start()
    simulator.script(fault=Fault(headers={"x-price": "1 \N{EURO SIGN}"}))
    assert ask(simulator, CHAT).ending == "rst"
    assert ask(simulator, CHAT).status == 200
    with pytest.raises(RuntimeError, match="has a bug"):
        simulator.stop()


def test_a_port_that_is_taken_is_told_at_once(simulator: Simulator) -> None:
    with pytest.raises(RuntimeError, match="did not start"):
        Simulator(port=simulator.port).start()


def test_it_can_speak_tls() -> None:
    authority = trustme.CA()
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(server)
    client = ssl.create_default_context()
    authority.configure_trust(client)
    with Simulator(tls=server) as simulator, httpx2.Client(verify=client, trust_env=False) as http:
        url = f"{simulator.url}/v1/chat/completions"
        answer = http.post(url, json=CHAT, headers={"authorization": "Bearer k"})
        assert answer.json()["object"] == "chat.completion"
        simulator.script(fault=Fault(stop="rst", after_event=1))
        with pytest.raises(httpx2.TransportError):
            http.post(url, json=CHAT_STREAM, headers={"authorization": "Bearer k"})


def test_as_a_process_it_prints_its_url_and_writes_its_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    command = [sys.executable, "-m", "tests.simulator", "--port", "0", "--journal", str(path), "--until-eof"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        script = '{"say": {"parts": ["From afar"]}}'
        with httpx2.Client(trust_env=False) as http:
            headers = {"authorization": "Bearer k", "x-simulate": script}
            answer = http.post(f"{url}/v1/chat/completions", json=CHAT, headers=headers)
        assert answer.json()["choices"][0]["message"]["content"] == "From afar"
        assert process.stdin
        process.stdin.close()
        assert process.wait(10) == 0
    assert [record.outcome for record in read_journal(path)] == ["complete"]
