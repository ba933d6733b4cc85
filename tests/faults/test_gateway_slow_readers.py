"""Clients that do not read: the provider is made to wait, little is kept for them, and in the end they are cut off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.e2e import raw
from tests.e2e.gateway import House, running_house
from tests.simulator import Fault

MEGABYTE = 1024 * 1024
READERS = 6
ENDLESS_MEGABYTES = 40  # more than the kernel takes in between two sockets
SMALL_BUFFER = 4096
SLOW_READER_SECONDS = 2.0
MOST_GROWTH = READERS * 2 * MEGABYTE


def emit_stream(megabytes: int) -> str:
    """A long stream of a chat provider."""
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    spoken = chunk | {"choices": [{"index": 0, "delta": {"content": "x" * 4000}, "finish_reason": None}]}
    ended = chunk | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
    event = f"data: {json.dumps(spoken)}\n\n"
    return event * (megabytes * MEGABYTE // len(event)) + f"data: {json.dumps(ended)}\n\ndata: [DONE]\n\n"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(
        tmp_path_factory.mktemp("slow"), judge=False, slow_reader_seconds=SLOW_READER_SECONDS
    ) as running:
        yield running
        running.check_quiet()


def test_a_client_that_reads_slowly_but_reads_gets_everything(house: House) -> None:
    house.simulator.reset()
    body = emit_stream(4)
    house.simulator.script(fault=Fault(body=body, split=(65_536,)))
    request = raw.small_request("chat", stream=True, stream_options={"include_usage": True})
    with raw.begin(house.gateway.port, raw.PATHS["chat"], request, SMALL_BUFFER) as peer:
        received = bytearray()
        while not received.endswith(b"\r\n0\r\n\r\n"):
            piece = peer.recv(8192)
            assert piece
            received += piece
    assert received.count(b"x" * 4000) == body.count("x" * 4000)
    assert b"data: [DONE]" in received


@pytest.mark.parametrize("client", ["chat", "anthropic"])
def test_clients_that_never_read_are_bounded_and_cut_off(client: str, house: House) -> None:
    simulator = house.simulator
    simulator.reset()
    body = emit_stream(ENDLESS_MEGABYTES)
    simulator.script(fault=Fault(body=body, split=(65_536,)), model="endless", times=None)
    before = house.gateway.resident_bytes
    with ExitStack() as stack:
        path, request = raw.address(client, "chat/endless", stream=True)
        for _ in range(READERS):
            stack.enter_context(raw.begin(house.gateway.port, path, request, SMALL_BUFFER))
        simulator.wait_for(lambda: len(simulator.in_flight) == READERS)
        others = raw.ask(house.url, raw.PATHS["chat"], raw.small_request("chat"))
        assert others.status == 200
        simulator.wait_for(lambda: not simulator.in_flight)
    cut = [record for record in simulator.journal if record.model == "endless"]
    assert [record.outcome for record in cut] == ["peer_closed"] * READERS
    assert house.gateway.resident_bytes - before < MOST_GROWTH
