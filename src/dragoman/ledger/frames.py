"""A journal's bytes: records, each behind its length and checksum. Pure.

    | length, 4 bytes | CRC-32 of the payload, 4 bytes | payload: a record as MessagePack |     little-endian

A segment is created full of zeros, so a length of 0 is its end. Reading stops at the first frame that is not whole:
what a kill has torn is always the last one.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from zlib import crc32

import msgspec

from dragoman.ledger.row import ExchangeRow, Record, Reservation


class Mention(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=1):
    """As much of a reservation as is of interest while its exchange goes on: which one that is."""

    id: str


_HEADER = struct.Struct("<II")
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Record)
_BRIEF_DECODER = msgspec.msgpack.Decoder(Mention | ExchangeRow)
_ROW_DECODER = msgspec.msgpack.Decoder(ExchangeRow)

_pack_header = _HEADER.pack

emit_record = _ENCODER.encode
"""A record as bytes."""

parse_record = _DECODER.decode
"""Bytes of `emit_record` as what they were."""

parse_briefly = _BRIEF_DECODER.decode
"""The same with no more than a mention of what is only reserved."""

parse_reservation = msgspec.msgpack.Decoder(Reservation).decode

parse_row = _ROW_DECODER.decode
"""Bytes of `emit_record` as the row that they were."""


def emit_frame(record: Record) -> bytes:
    """One record as it stands in the file."""
    payload = emit_record(record)
    return _pack_header(len(payload), crc32(payload)) + payload


def split_frames(data: bytes) -> Iterator[tuple[bytes, int]]:
    """The payload of every whole frame, each with the position after it."""
    unpack, header_size, size = _HEADER.unpack_from, _HEADER.size, len(data)
    position = 0
    while (begin := position + header_size) <= size:
        length, checksum = unpack(data, position)
        position = begin + length
        payload = data[begin:position]
        if length == 0 or position > size or crc32(payload) != checksum:
            return
        yield payload, position


def parse_frames(data: bytes) -> Iterator[tuple[Record, int]]:
    """Every whole record, each with the position after it."""
    for payload, end in split_frames(data):
        yield parse_record(payload), end
