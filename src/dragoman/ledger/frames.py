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

from dragoman.ledger.row import ExchangeRow, Record

_HEADER = struct.Struct("<II")
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Record)
_ROW_DECODER = msgspec.msgpack.Decoder(ExchangeRow)

_pack_header = _HEADER.pack

emit_record = _ENCODER.encode
"""A record as bytes."""

parse_row = _ROW_DECODER.decode
"""Bytes of `emit_record` as the row that they were."""


def emit_frame(record: Record) -> bytes:
    """One record as it stands in the file."""
    payload = emit_record(record)
    return _pack_header(len(payload), crc32(payload)) + payload


def parse_frames(data: bytes) -> Iterator[tuple[Record, int]]:
    """Every whole record, each with the position after it."""
    position = 0
    while position + _HEADER.size <= len(data):
        length, checksum = _HEADER.unpack_from(data, position)
        begin = position + _HEADER.size
        end = begin + length
        payload = data[begin:end]
        if length == 0 or end > len(data) or crc32(payload) != checksum:
            return
        yield _DECODER.decode(payload), end
        position = end
