"""The provider of streams: which stream a path means, and what goes out in which packet."""

from __future__ import annotations

import asyncio
import json

import pytest

from bench.traffic import TRAFFIC
from bench.upstream import PATTERNS, Counters, Player, build_packets, split_path


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("/single/v1/chat/completions", ("single", "openai_chat")),
        ("/bundled/v1/messages?beta=true", ("bundled", "anthropic_messages")),
        ("/slow/v1/responses", ("slow", "openai_responses")),
        ("/single/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", ("single", "gemini_generate")),
        ("/v1/chat/completions", None),
        ("/other/v1/chat/completions", None),
        ("/single/v1/embeddings", None),
        ("/counters", None),
        ("/", None),
    ],
)
def test_a_path_names_its_pattern_and_its_dialect(target: str, found: tuple[str, str] | None) -> None:
    assert split_path(target) == found


@pytest.mark.parametrize("dialect", TRAFFIC)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_packets_hold_every_event_once_and_end_the_body_once(pattern: str, dialect: str) -> None:
    packets = build_packets(pattern, dialect)
    assert sum(packet.event_count for packet in packets) == PATTERNS[pattern].event_count
    assert max(packet.event_count for packet in packets) == PATTERNS[pattern].events_per_packet
    data = b"".join(packet.data for packet in packets)
    assert data.count(b"\n\n") == PATTERNS[pattern].event_count
    assert [packet.data.endswith(b"\r\n0\r\n\r\n") for packet in packets] == [False] * (len(packets) - 1) + [True]


def test_a_chunk_says_how_long_it_is() -> None:
    head, _, rest = build_packets("bundled", "openai_chat")[0].data.partition(b"\r\n")
    assert int(head, 16) == len(rest) - 2


async def play() -> tuple[bytes, bytes]:
    """A stream whose request comes in two pieces, then what was counted."""
    counters = Counters()
    server = await asyncio.get_running_loop().create_server(lambda: Player(counters), "127.0.0.1", 0)
    async with asyncio.timeout(60), server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname(), limit=1 << 20)
        writer.write(b"POST /bundled/v1/messages HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n")
        await writer.drain()
        writer.write(b"{}")
        stream = await reader.readuntil(b"\r\n0\r\n\r\n")
        writer.write(b"GET /counters HTTP/1.1\r\nhost: a\r\n\r\n")
        counted = await reader.readuntil(b"}")
        writer.close()
        await writer.wait_closed()
    return stream, counted


def test_a_stream_is_played_whole_and_counted() -> None:
    stream, counted = asyncio.run(play())
    assert stream.count(b"event: content_block_delta\n") == 995
    assert TRAFFIC["anthropic_messages"].end_mark in stream
    counters = json.loads(counted.partition(b"\r\n\r\n")[2])
    assert counters == {"streams": 1, "open": 0, "events": 1000, "packets": 40}
