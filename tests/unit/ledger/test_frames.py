"""What was written is read back, and what was torn is not."""

from __future__ import annotations

from zlib import crc32

import msgspec
import pytest

from dragoman.ledger.frames import emit_frame, parse_frames
from dragoman.ledger.row import AttemptRow, Record
from tests.unit.ledger.rows import make_reservation, make_row

RECORDS: list[Record] = [
    make_reservation(1),
    make_row(1, outcome="failed", error="timeout", cost_nanodollars=5, losses="dropped", first_content_us=None),
    make_row(
        2, attempts=(AttemptRow(1, "a", "m", "k", 0, 1, "timeout", "connect", 504), AttemptRow(2, "b", "m", "k", 1, 2))
    ),
    make_row(3, route="naïve 🌊", attempts=()),
]


def test_records_are_read_back_as_they_were() -> None:
    data = b"".join(map(emit_frame, RECORDS)) + bytes(64)
    assert [record for record, _ in parse_frames(data)] == RECORDS


def test_reading_goes_on_where_it_stopped() -> None:
    data = b"".join(map(emit_frame, RECORDS))
    (_, after), *_ = parse_frames(data)
    assert [record for record, _ in parse_frames(data[after:])] == RECORDS[1:]
    assert list(parse_frames(b"")) == []


def test_a_tail_torn_anywhere_costs_only_itself() -> None:
    whole = emit_frame(RECORDS[0])
    torn = emit_frame(RECORDS[1])
    for size in range(len(torn)):
        padded = torn[:size] + bytes(len(torn) - size)
        for tail in {torn[:size], padded} - {torn}:
            assert [record for record, _ in parse_frames(whole + tail)] == RECORDS[:1], size


def test_a_flipped_bit_is_noticed() -> None:
    frame = bytearray(emit_frame(RECORDS[0]))
    frame[-1] ^= 1
    assert list(parse_frames(bytes(frame))) == []


def test_a_record_of_another_shape_is_an_error_and_not_skipped() -> None:
    other = msgspec.msgpack.encode([99, "new"])
    header = len(other).to_bytes(4, "little") + crc32(other).to_bytes(4, "little")
    with pytest.raises(msgspec.DecodeError):
        list(parse_frames(header + other))


def test_a_row_from_before_the_newest_fields_is_still_read() -> None:
    row = make_row(1)
    older = msgspec.msgpack.decode(msgspec.msgpack.encode(row))[:15]
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(older), type=type(row)).input == 0
