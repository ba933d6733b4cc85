"""A journal's bytes: records, each behind its length and checksum. Pure.

    | length, 4 bytes | CRC-32 of the payload, 4 bytes | payload: a record as MessagePack |     little-endian

A segment is created full of zeros, so a length of 0 is its end. What a run that was killed has left is read up to the
first frame that is not whole: what a kill has torn is always the last one. `Journal.append` puts frames together and
`Part.read` takes them apart, since each of their steps counts.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from zlib import crc32

import msgspec

from dragoman.ledger.row import ExchangeRow, Record

_HEADER = struct.Struct("<II")
HEADER_BYTES = _HEADER.size

pack_header = _HEADER.pack
"""Length and checksum as bytes."""

unpack_length = struct.Struct("<I").unpack_from
"""The length of the payload whose frame begins at a position, as the only one of a tuple."""

emit_record = msgspec.msgpack.Encoder().encode
"""A record as bytes."""

parse_record: Callable[[bytes | bytearray], Record] = msgspec.msgpack.Decoder(Record).decode
"""Bytes of `emit_record` as what they were."""

parse_row = msgspec.msgpack.Decoder(ExchangeRow).decode
"""Bytes of `emit_record` as the row that they were."""


def measure_whole(data: bytes | bytearray) -> int:
    """How many bytes of a segment are whole frames: what comes then was never written, or has been torn."""
    unpack, header_size = _HEADER.unpack_from, _HEADER.size
    position = 0
    while (begin := position + header_size) <= len(data):
        length, checksum = unpack(data, position)
        end = begin + length
        if length == 0 or end > len(data) or crc32(data[begin:end]) != checksum:
            break
        position = end
    return position
