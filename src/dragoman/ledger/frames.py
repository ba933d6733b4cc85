"""A journal's bytes: records, each behind its length and checksum. Pure.

    | length, 4 bytes | CRC-32 of the payload, 4 bytes | payload: a record as MessagePack |     little-endian

A segment is created full of zeros, so a length of 0 is its end. What a run that was killed has left is read up to the
first frame that is not whole: what a kill has torn is always the last one. `Journal.append` puts frames together, since
that is on every request's way.
"""

from __future__ import annotations

import struct
from zlib import crc32

import msgspec

from dragoman.ledger.row import ExchangeRow, Reservation


class Mention(msgspec.Struct, frozen=True, array_like=True, gc=False, tag=1):
    """As much of a reservation as is of interest while its exchange goes on: which one that is."""

    id: str


_HEADER = struct.Struct("<II")
_BRIEF_DECODER = msgspec.msgpack.Decoder(Mention | ExchangeRow)
_ROW_DECODER = msgspec.msgpack.Decoder(ExchangeRow)

pack_header = _HEADER.pack
"""Length and checksum as bytes."""

emit_record = msgspec.msgpack.Encoder().encode
"""A record as bytes."""

parse_briefly = _BRIEF_DECODER.decode
"""Bytes of `emit_record` as what they were, with no more than a mention of what is only reserved."""

parse_reservation = msgspec.msgpack.Decoder(Reservation).decode

parse_row = _ROW_DECODER.decode
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


def cut_frames(data: bytearray, position: int, limit: int) -> tuple[list[bytearray], int]:
    """The payloads of at most so many frames from a position on, and the position after them. All of them are whole:
    their own run wrote them, or `measure_whole` has looked."""
    unpack, header_size, size = _HEADER.unpack_from, _HEADER.size, len(data)
    payloads: list[bytearray] = []
    while position < size and limit:
        length, _ = unpack(data, position)
        begin = position + header_size
        position = begin + length
        payloads.append(data[begin:position])
        limit -= 1
    return payloads, position
