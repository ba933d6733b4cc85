"""A provider that only streams: `python -m bench.upstream --port PORT`.

The first part of a request's path says how the events go out (`PATTERNS`), the rest is the path of the dialect. Every
packet is one write on a socket without Nagle's delay, and the next one comes a timer's tick later, so that whoever
reads fast enough sees exactly the packets that were meant. `GET /counters` tells what has gone out so far: that is
what CPU time is divided by.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
from functools import cache
from typing import NamedTuple, cast

import uvloop

from bench.traffic import TRAFFIC, list_events


class Pattern(NamedTuple):
    """How a stream goes out: so many events in all, so many in a packet, so long between two packets."""

    event_count: int
    events_per_packet: int
    interval_seconds: float


PATTERNS = {
    "single": Pattern(200, 1, 0.004),
    "bundled": Pattern(1000, 25, 0.020),
    "slow": Pattern(120, 1, 0.5),
}

_HEAD = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n"
    b"transfer-encoding: chunked\r\n\r\n"
)
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_ENDS = {
    "/chat/completions": "openai_chat",
    "/messages": "anthropic_messages",
    "/responses": "openai_responses",
    ":streamGenerateContent": "gemini_generate",
}
_STREAM = re.compile(f"/(?P<pattern>{'|'.join(PATTERNS)})/.*(?P<end>{'|'.join(_ENDS)})")


class Packet(NamedTuple):
    """Bytes of one write, and how many events are in them."""

    data: bytes
    event_count: int


class Counters:
    """What has gone out, over all connections."""

    def __init__(self) -> None:
        self.streams = 0
        self.open = 0
        self.events = 0
        self.packets = 0


@cache
def build_packets(pattern_name: str, dialect: str) -> list[Packet]:
    """All packets of one stream, each an HTTP chunk of its own; the last one also ends the body."""
    pattern = PATTERNS[pattern_name]
    events = list_events(TRAFFIC[dialect].stream, pattern.event_count)
    size = pattern.events_per_packet
    groups = [events[start : start + size] for start in range(0, len(events), size)]
    packets = [Packet(_chunk(b"".join(group)), len(group)) for group in groups]
    last = packets[-1]
    packets[-1] = Packet(last.data + b"0\r\n\r\n", last.event_count)
    return packets


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n" % len(data) + data + b"\r\n"


def split_path(target: str) -> tuple[str, str] | None:
    """Pattern and dialect of a request's target; None if it is no stream's."""
    match = _STREAM.fullmatch(target.partition("?")[0])
    return (match["pattern"], _ENDS[match["end"]]) if match else None


class Player(asyncio.Protocol):
    """One connection: reads a request, plays its stream, waits for the next."""

    _transport: asyncio.Transport

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._loop = asyncio.get_running_loop()
        self._received = bytearray()
        self._packets: list[Packet] = []
        self._position = 0
        self._interval_seconds = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._counters.open -= 1

    def data_received(self, data: bytes) -> None:
        self._received += data
        head_end = self._received.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = bytes(self._received[:head_end])
        length = _LENGTH.search(head)
        if len(self._received) >= head_end + 4 + (int(length[1]) if length else 0):
            self._received.clear()
            self._answer(head.split(b" ", 2)[1].decode("latin-1"))

    def _answer(self, target: str) -> None:
        found = split_path(target)
        if found is None:
            self._answer_counters(target)
            return
        self._packets = build_packets(*found)
        self._position = 0
        self._interval_seconds = PATTERNS[found[0]].interval_seconds
        self._counters.streams += 1
        self._counters.open += 1
        self._transport.write(_HEAD)
        self._timer = self._loop.call_later(self._interval_seconds, self._send_packet)

    def _answer_counters(self, target: str) -> None:
        body = json.dumps(vars(self._counters)).encode()
        status = b"200 OK" if target == "/counters" else b"404 Not Found"
        self._transport.write(b"HTTP/1.1 %b\r\ncontent-length: %d\r\n\r\n" % (status, len(body)) + body)

    def _send_packet(self) -> None:
        packet = self._packets[self._position]
        self._position += 1
        self._transport.write(packet.data)
        self._counters.events += packet.event_count
        self._counters.packets += 1
        if self._position < len(self._packets):
            self._timer = self._loop.call_later(self._interval_seconds, self._send_packet)
        else:
            self._timer = None
            self._counters.open -= 1


async def serve(port: int) -> None:
    """Listen on loopback until the process is ended."""
    counters = Counters()
    server = await asyncio.get_running_loop().create_server(lambda: Player(counters), "127.0.0.1", port, backlog=4096)
    async with server:
        await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.upstream", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    uvloop.run(serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
