"""Amazon's event streams: however they are cut they say the same, and what is damaged says nothing."""

from __future__ import annotations

import contextlib
from struct import pack
from zlib import crc32

import pytest
from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from dragoman.errors import DragomanError
from dragoman.wire.aws_eventstream import EventMessage, EventStreamDecoder, emit_message

HEADERS = {":message-type": "event", ":event-type": "contentBlockDelta", ":content-type": "application/json"}
STREAM = (
    emit_message(HEADERS, b'{"delta":{"text":"Caf\xc3\xa9"}}') + emit_message({}, b"") + emit_message(HEADERS, b"{}")
)


def frame(block: bytes, payload: bytes = b"") -> bytes:
    """A message with any block of headers, its checksums right."""
    lengths = pack(">II", 16 + len(block) + len(payload), len(block))
    message = lengths + pack(">I", crc32(lengths)) + block + payload
    return message + pack(">I", crc32(message))


def test_what_is_emitted_is_what_amazons_own_reader_reads() -> None:
    buffer = EventStreamBuffer()
    buffer.add_data(STREAM)
    read = [EventMessage(message.headers, message.payload, message.prelude.total_length) for message in buffer]
    assert read == EventStreamDecoder().feed(STREAM)
    assert read[0].headers == HEADERS


def test_every_cut_yields_the_same_messages() -> None:
    whole = EventStreamDecoder().feed(STREAM)
    for cut in range(len(STREAM) + 1):
        decoder = EventStreamDecoder()
        first = decoder.feed(STREAM[:cut])
        passed = decoder.complete
        assert first + decoder.feed(STREAM[cut:]) == whole
        assert passed + decoder.complete == STREAM
        decoder.finish()


def test_bytes_that_come_one_by_one_yield_the_same_messages() -> None:
    decoder = EventStreamDecoder()
    read = [message for index in range(len(STREAM)) for message in decoder.feed(STREAM[index : index + 1])]
    assert read == EventStreamDecoder().feed(STREAM)


def test_headers_of_every_type_are_skipped_but_for_text() -> None:
    values = [(0, b""), (1, b""), (2, b"\x01"), (3, b"ab"), (4, b"abcd"), (5, b"12345678"), (6, b"\x00\x02xy")]
    values += [(7, b"\x00\x02hi"), (8, b"12345678"), (9, b"0123456789abcdef")]
    block = b"".join(b"\x02n%d" % kind + bytes((kind,)) + value for kind, value in values)
    message = frame(block, b"p")
    assert EventStreamDecoder().feed(message) == [EventMessage({"n7": "hi"}, b"p", len(message))]


@pytest.mark.parametrize(
    "block", [b"\x05abc", b"\x01a\x0a", b"\x01a\x07\xff\xffx", b"\x01a\x07\x00", b"\x01\xff\x07\x00\x01a", b"\x01a"]
)
def test_headers_that_make_no_sense_are_the_providers_fault(block: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        EventStreamDecoder().feed(frame(block))
    assert caught.value.blame == "upstream"


def test_a_flipped_bit_anywhere_is_noticed() -> None:
    message = emit_message(HEADERS, b'{"a":1}')
    for position in range(len(message)):
        damaged = bytearray(message)
        damaged[position] ^= 1
        with pytest.raises(DragomanError):
            EventStreamDecoder().feed(bytes(damaged))


def test_a_message_that_is_too_large_is_refused_before_it_has_come() -> None:
    message = emit_message({}, b"x" * 100)
    with pytest.raises(DragomanError, match="larger than 64"):
        EventStreamDecoder(64).feed(message[:12])


def test_a_message_shorter_than_its_headers_is_refused() -> None:
    lengths = pack(">II", 16, 5)
    with pytest.raises(DragomanError, match="shorter"):
        EventStreamDecoder().feed(lengths + pack(">I", crc32(lengths)) + bytes(4))


def test_what_is_good_comes_before_what_is_wrong_behind_it() -> None:
    damaged = STREAM[:-1] + bytes((STREAM[-1] ^ 1,))
    decoder = EventStreamDecoder()
    assert len(decoder.feed(damaged + STREAM)) == 2
    assert damaged.startswith(decoder.complete)
    for call in (lambda: decoder.feed(STREAM), decoder.finish):
        with pytest.raises(DragomanError, match="damaged"):
            call()


def test_an_end_amid_a_message_is_noticed() -> None:
    decoder = EventStreamDecoder()
    assert len(decoder.feed(STREAM[:-1])) == 2
    with pytest.raises(DragomanError, match="cut off"):
        decoder.finish()


@given(st.binary(max_size=200))
def test_any_bytes_raise_nothing_but_our_own_error(data: bytes) -> None:
    with contextlib.suppress(DragomanError):
        EventStreamDecoder().feed(data)
