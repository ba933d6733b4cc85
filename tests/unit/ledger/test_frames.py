"""What was written is read back, and what was torn is not."""

from __future__ import annotations

from zlib import crc32

import msgspec
import pytest

from dragoman.ledger.frames import Mention, cut_frames, measure_whole, parse_briefly
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


def test_reading_goes_on_where_it_stopped() -> None:
    first, after = cut_frames(DATA, 0, 1)
    others, end = cut_frames(DATA, after, 100)
    assert list(map(parse_briefly, first)) == [Mention(RECORDS[0].id)]
    assert list(map(parse_briefly, others)) == RECORDS[1:]
    assert end == len(DATA)
    assert cut_frames(DATA, end, 100) == ([], end)
    assert (measure_whole(b""), cut_frames(bytearray(), 0, 1)) == (0, ([], 0))


def test_no_more_frames_are_cut_than_were_asked_for() -> None:
    assert [len(cut_frames(DATA, 0, limit)[0]) for limit in (0, 1, 3, 4, 5)] == [0, 1, 3, 4, 4]


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
        parse_briefly(other)


def test_a_row_from_before_the_newest_fields_is_still_read() -> None:
    row = make_row(1)
    older = msgspec.msgpack.decode(msgspec.msgpack.encode(row))[:15]
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(older), type=type(row)).input == 0
