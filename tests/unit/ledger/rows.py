"""Rows to test with: an ordinary one, with whatever is given in place of its own."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from dragoman.ledger.frames import HEADER_BYTES, emit_record, measure_whole, parse_record, unpack_length
from dragoman.ledger.row import AttemptRow, ExchangeRow, Record, Reservation

NOON_MS = 1_750_075_200_000  # 2025-06-16 12:00 UTC
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000


def make_row(number: int = 1, **given: Any) -> ExchangeRow:
    """A served exchange with one attempt."""
    values: dict[str, Any] = {
        "id": f"ex_{number:024x}",
        "started_ms": NOON_MS,
        "duration_us": 2_000,
        "first_content_us": 1_000,
        "principal": "ada",
        "route": "fast",
        "provider": "openai",
        "model": "small",
        "credential": "key-1",
        "client_dialect": "anthropic_messages",
        "provider_dialect": "openai_chat",
        "outcome": "served",
        "status": 200,
        "is_stream": False,
        "finish": "stop",
        "input": 100,
        "output": 20,
        "bytes_in": 400,
        "bytes_out": 700,
        "attempts": (AttemptRow(1, "openai", "small", "key-1", 100, 1_900),),
    }
    return ExchangeRow(**values | given)


def make_reservation(number: int = 1, **given: Any) -> Reservation:
    """The reservation of the same exchange."""
    values: dict[str, Any] = {
        "id": f"ex_{number:024x}",
        "started_ms": NOON_MS,
        "principal": "ada",
        "route": "fast",
        "provider": "openai",
        "model": "small",
        "credential": "key-1",
        "client_dialect": "anthropic_messages",
        "provider_dialect": "openai_chat",
        "is_stream": False,
        "bytes_in": 400,
    }
    return Reservation(**values | given)


def emit_frame(record: Record) -> bytes:
    """One record as the format says that it stands in a journal."""
    payload = emit_record(record)
    return len(payload).to_bytes(4, "little") + crc32(payload).to_bytes(4, "little") + payload


def read_records(data: bytes | bytearray) -> list[Record]:
    """All records that are whole."""
    records: list[Record] = []
    position, end = 0, measure_whole(data)
    while position < end:
        (size,) = unpack_length(data, position)
        position += HEADER_BYTES + size
        records.append(parse_record(data[position - size : position]))
    return records
