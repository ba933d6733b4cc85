"""What was written is read back, and what was torn is not."""

from __future__ import annotations

from zlib import crc32

import msgspec
import pytest

from dragoman.ledger.frames import HEADER_BYTES, measure_whole, parse_record, unpack_length
from dragoman.ledger.row import AttemptRow, Record
from tests.unit.ledger.rows import emit_frame, make_reservation, make_row, read_records

RECORDS: list[Record] = [
    make_reservation(1),
    make_row(1, outcome="failed", error="timeout", cost_nanodollars=5, losses="dropped", first_content_us=None),
    make_row(
        2, attempts=(AttemptRow(1, "a", "m", "k", 0, 1, "timeout", "connect", 504), AttemptRow(2, "b", "m", "k", 1, 2))
    ),
    make_row(3, route="naïve 🌊", attempts=()),
]


DATA = bytearray(b"".join(map(emit_frame, RECORDS)))


def test_records_are_read_back_as_they_were() -> None:
    assert read_records(DATA + bytes(64)) == RECORDS
    assert measure_whole(DATA + bytes(64)) == len(DATA)


def test_a_frame_tells_how_long_its_payload_is() -> None:
    frames = [emit_frame(record) for record in RECORDS]
    position = 0
    for frame in frames:
        assert unpack_length(DATA, position) == (len(frame) - HEADER_BYTES,)
        position += len(frame)
    assert measure_whole(b"") == 0


def test_a_tail_torn_anywhere_costs_only_itself() -> None:
    whole = emit_frame(RECORDS[0])
    torn = emit_frame(RECORDS[1])
    for size in range(len(torn)):
        padded = torn[:size] + bytes(len(torn) - size)
        for tail in {torn[:size], padded} - {torn}:
            assert measure_whole(whole + tail) == len(whole), size


def test_a_flipped_bit_is_noticed() -> None:
    for position in range(len(emit_frame(RECORDS[0]))):
        frame = bytearray(emit_frame(RECORDS[0]))
        frame[position] ^= 1
        assert measure_whole(bytes(frame)) == 0, position


def test_a_record_of_another_shape_is_an_error_and_not_skipped() -> None:
    other = msgspec.msgpack.encode([99, "new"])
    header = len(other).to_bytes(4, "little") + crc32(other).to_bytes(4, "little")
    assert measure_whole(header + other) == len(header + other)
    with pytest.raises(msgspec.DecodeError):
        parse_record(other)


def test_a_row_from_before_the_newest_fields_is_still_read() -> None:
    row = make_row(1)
    older = msgspec.msgpack.decode(msgspec.msgpack.encode(row))[:15]
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(older), type=type(row)).input == 0
