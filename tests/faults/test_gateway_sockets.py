"""WebSockets that go wrong: each ends or goes on as it should, alone, and the gateway is none the worse for it."""

from __future__ import annotations

import json
import random
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.sync.client import ClientConnection, connect

from tests.e2e.gateway import House, running_gateway, running_house, write_providers
from tests.e2e.ledger import wait_for_rows
from tests.faults.test_gateway_slow_readers import (
    ENDLESS_MEGABYTES,
    MEGABYTE,
    READERS,
    SLOW_READER_SECONDS,
    SMALL_BUFFER,
)
from tests.simulator import Fault, Simulator

ENDINGS = {"response.completed", "response.incomplete", "response.failed", "error"}
TEXT = "An answer of some length. " * 3
HANDSHAKE = (
    b"GET /v1/responses HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
LIMIT = 20_000
MOST_GROWTH = READERS * 3 * MEGABYTE


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("broken-sockets")


@pytest.fixture(scope="module")
def shared_house(folder: Path) -> Iterator[House]:
    with Simulator(judge=False) as simulator:
        config = write_providers(simulator.url).replace("server:\n", f"server:\n  body_limit_bytes: {LIMIT}\n")
        with running_gateway(folder, config) as gateway:
            yield House(gateway, simulator)


@pytest.fixture
def house(shared_house: House) -> Iterator[House]:
    shared_house.simulator.reset()
    yield shared_house
    shared_house.check_quiet()


def request(model: str, **fields: Any) -> bytes:
    return json.dumps({"type": "response.create", "model": model, "input": "Hi"} | fields).encode()


def read_answer(connection: ClientConnection) -> list[str]:
    """The kinds of the events of one answer."""
    kinds: list[str] = []
    while not kinds or kinds[-1] not in ENDINGS:
        kinds.append(json.loads(connection.recv(10))["type"])
    return kinds


def open_bare(house: House, receive_buffer: int | None = None) -> socket.socket:
    """A connection whose every byte is ours; its handshake is over."""
    peer = socket.socket()
    if receive_buffer is not None:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    peer.settimeout(10)
    peer.connect(("127.0.0.1", house.gateway.port))
    peer.sendall(HANDSHAKE)
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += peer.recv(1)
    assert head.startswith(b"HTTP/1.1 101 ")
    return peer


def read_all(peer: socket.socket) -> bytes:
    """Until the gateway closes."""
    received = b""
    try:
        while piece := peer.recv(65_536):
            received += piece
    except ConnectionResetError:
        pass
    return received


def read_code(peer: socket.socket) -> int:
    """The code of the good-bye, which is the first frame that comes."""
    received = b""
    while len(received) < 4:
        received += peer.recv(65_536)
    assert received[0] == 0x88, received
    return int(struct.unpack("!H", received[2:4])[0])


def text(data: bytes, *, fin: bool = True) -> bytes:
    return Frame(Opcode.TEXT, data, fin).serialize(mask=True)


@pytest.mark.parametrize("provider", ["anthropic", "chat", "gemini", "responses"])
@pytest.mark.parametrize("stop", ["rst", "fin", "eof"])
def test_a_stream_that_breaks_off_anywhere_ends_in_one_event_and_the_connection_goes_on(
    provider: str, stop: Any, house: House
) -> None:
    with connect(f"ws://127.0.0.1:{house.gateway.port}/v1/responses") as connection:
        for place in range(16):
            house.simulator.script(TEXT, fault=Fault(stop=stop, after_event=place), model="m-cut", times=None)
            connection.send(request(f"{provider}/m-cut").decode())
            kinds = read_answer(connection)
            assert len(ENDINGS & set(kinds)) == 1
            house.simulator.reset()
        connection.send(request(f"{provider}/m", generate=False).decode())
        assert read_answer(connection)[-1] == "response.completed"


def test_a_client_may_leave_at_any_event(house: House, folder: Path) -> None:
    house.simulator.script(TEXT, fault=Fault(pause_seconds=0.005), model="m-left", times=None)
    for place in range(1, 12):
        with connect(f"ws://127.0.0.1:{house.gateway.port}/v1/responses") as connection:
            connection.send(request("anthropic/m-left").decode())
            for _ in range(place):
                connection.recv(10)
    house.simulator.wait_for(lambda: not house.simulator.in_flight)
    rows = wait_for_rows(folder, 11, lambda row: row["model"] == "m-left")
    assert {row["outcome"] for row in rows} <= {"cancelled", "served"}


def test_a_client_may_break_off_at_any_byte_of_its_request(house: House) -> None:
    data = text(request("chat/m-whole"))
    for place in range(0, len(data), 3):
        with open_bare(house) as peer:
            peer.sendall(data[:place])
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
    with open_bare(house) as peer:
        for place in range(len(data)):
            peer.sendall(data[place : place + 1])
        received = b""
        while b"response.completed" not in received:
            received += peer.recv(65_536)
    house.simulator.wait_for(lambda: not house.simulator.in_flight)
    assert [record.model for record in house.simulator.journal] == ["m-whole"]


def test_a_message_may_come_in_pieces_with_other_things_between(house: House) -> None:
    data = request("chat/m")
    ping = Frame(Opcode.PING, b"?").serialize(mask=True)
    pieces = [text(data[:5], fin=False), ping, Frame(Opcode.CONT, data[5:], True).serialize(mask=True)]
    with open_bare(house) as peer:
        peer.sendall(b"".join(pieces))
        received = b""
        while b"response.completed" not in received:
            received += peer.recv(65_536)
    assert received.startswith(b"\x8a\x01?")


@pytest.mark.parametrize("seed", range(30))
def test_garbage_ends_its_own_connection_and_nothing_else(seed: int, house: House) -> None:
    garbage = random.Random(seed).randbytes(300)
    with open_bare(house) as neighbour:
        with open_bare(house) as peer:
            peer.sendall(garbage)
            peer.shutdown(socket.SHUT_WR)
            read_all(peer)
        neighbour.sendall(text(request("chat/m")))
        received = b""
        while b"response.completed" not in received:
            received += neighbour.recv(65_536)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (text(b"x" * (LIMIT + 1)), 1009),
        (text(b"x" * LIMIT, fin=False) + Frame(Opcode.CONT, b"x", True).serialize(mask=True), 1009),
        (b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff" + b"mask", 1009),
        (Frame(Opcode.TEXT, b"Hi").serialize(mask=False), 1002),
        (b"\xf1\x80mask", 1002),
    ],
    ids=["frame", "pieces", "length", "unmasked", "reserved"],
)
def test_what_is_too_large_or_against_the_rules_is_told_by_a_code(data: bytes, code: int, house: House) -> None:
    with open_bare(house) as peer:
        peer.sendall(data)
        assert read_code(peer) == code


def test_a_message_as_large_as_may_be_is_taken(house: House) -> None:
    frame = request("chat/m")
    padded = frame + b" " * (LIMIT - len(frame))
    with open_bare(house) as peer:
        peer.sendall(text(padded))
        received = b""
        while b"response.completed" not in received:
            received += peer.recv(65_536)


@pytest.mark.parametrize("begun", [text(b"x" * 100)[:50], text(b"x", fin=False)], ids=["frame", "piece"])
def test_a_message_that_does_not_come_to_its_end_is_not_waited_for(begun: bytes, tmp_path: Path) -> None:
    with running_house(tmp_path, slow_sender_seconds=1.0) as house:
        with open_bare(house) as peer:
            peer.sendall(begun)
            assert read_code(peer) == 1008
        house.check_quiet()


def test_bytes_before_the_handshake_is_answered_do_no_harm(house: House) -> None:
    with socket.create_connection(("127.0.0.1", house.gateway.port), timeout=10) as peer:
        peer.sendall(HANDSHAKE + text(request("chat/m-early")))
        peer.shutdown(socket.SHUT_WR)
        read_all(peer)
    house.simulator.wait_for(lambda: not house.simulator.in_flight)


def test_who_floods_and_does_not_read_is_left(house: House) -> None:
    with open_bare(house, SMALL_BUFFER) as peer:
        flood = text(b"{}") * 5000
        try:
            for _ in range(200):
                peer.sendall(flood)
        except (ConnectionError, TimeoutError):
            return
    raise AssertionError("it was taken all")


def emit_endless_stream(megabytes: int) -> str:
    """A long stream of a provider of the same dialect, which is passed on as it is."""
    begun = {"type": "response.created", "sequence_number": 0, "response": {"id": "resp_1", "output": []}}
    spoken = {"type": "response.output_text.delta", "item_id": "m", "delta": "x" * 4000, "sequence_number": 1}
    first, event = [f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in (begun, spoken)]
    return first + event * (megabytes * MEGABYTE // len(event))


def test_readers_that_never_read_are_bounded_and_cut_off(tmp_path: Path) -> None:
    with running_house(tmp_path, judge=False, slow_reader_seconds=SLOW_READER_SECONDS) as house:
        simulator = house.simulator
        body = emit_endless_stream(ENDLESS_MEGABYTES)
        simulator.script(fault=Fault(body=body, split=(65_536,)), model="endless", times=None)
        with connect(f"ws://127.0.0.1:{house.gateway.port}/v1/responses") as connection:
            connection.send(request("responses/m").decode())  # what the first of all brings with it is not counted
            assert read_answer(connection)[-1] == "response.completed"
        before = house.gateway.resident_bytes
        with ExitStack() as stack:
            for _ in range(READERS):
                peer = stack.enter_context(open_bare(house, SMALL_BUFFER))
                peer.sendall(text(request("responses/endless")))
            simulator.wait_for(lambda: len(simulator.in_flight) == READERS)
            with connect(f"ws://127.0.0.1:{house.gateway.port}/v1/responses") as connection:
                connection.send(request("anthropic/m").decode())
                assert read_answer(connection)[-1] == "response.completed"
            simulator.wait_for(lambda: not simulator.in_flight)
        cut = [record for record in simulator.journal if record.model == "endless"]
        assert [record.outcome for record in cut] == ["peer_closed"] * READERS
        assert house.gateway.resident_bytes - before < MOST_GROWTH
        house.check_quiet()


def test_a_gateway_that_is_killed_leaves_its_clients_with_a_broken_connection_and_no_end(tmp_path: Path) -> None:
    with running_house(tmp_path) as house:
        house.simulator.script(TEXT, fault=Fault(stop="stall", after_event=6))
        with connect(f"ws://127.0.0.1:{house.gateway.port}/v1/responses") as connection:
            connection.send(request("chat/m").decode())
            connection.recv(10)
            house.gateway.process.kill()
            with pytest.raises(ConnectionClosed) as ended:
                while True:
                    assert json.loads(connection.recv(10))["type"] not in ENDINGS
            assert ended.value.rcvd is None
