"""An answer as a head and pieces of body, before anything goes wrong with it.

A piece is what one event, or one whole JSON body, becomes on the wire. Framing an event (the server-sent events format
of the HTML standard, section 9.2) happens here, with the legal variations that a fault may ask for.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from tests.simulator.dialect import Event
from tests.simulator.fault import Fault
from tests.simulator.journal import Outcome
from tests.simulator.say import JSON

COMMENT = ": keep-alive"

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


class Piece(NamedTuple):
    """`label` is the event that is complete with it; `content` says whether output is billed by it."""

    data: bytes
    label: str
    content: bool = False


class Reply(NamedTuple):
    """An answer. `is_stream` ones are chunked by default, the others have a length."""

    status: int
    headers: dict[str, str]
    pieces: list[Piece]
    is_stream: bool = False
    ping: bytes = b""
    outcome: Outcome = "complete"

    @property
    def head(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Status')}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


def encode(data: JSON | str, indent: int = 0) -> bytes:
    """JSON in the layout of the provider; a string goes out as it is."""
    if isinstance(data, str):
        return data.encode()
    text = msgspec.json.encode(data)
    return msgspec.json.format(text, indent=indent) + b"\n" if indent else text


def frame_event(event: Event, line_end: str, fault: Fault) -> bytes:
    """One event in the format of server-sent events."""
    end = (fault.line_end or line_end).encode()
    space = b" " if fault.space else b""
    name = b"event:" + space + event.name.encode() + end if event.name else b""
    return name + b"data:" + space + encode(event.data) + end + end


def frame_stream(events: Iterable[Event], line_end: str, ping: Event | None, fault: Fault) -> list[Piece]:
    """All events, each with what comes before it."""
    before = b"\xef\xbb\xbf" if fault.bom else b""
    pieces = []
    for event in events:
        if fault.hide_done and event.data == "[DONE]":
            continue
        if fault.comments:
            before += frame_comment(line_end, fault)
        if fault.pings:
            before += frame_ping(ping, line_end, fault)
        pieces.append(Piece(before + frame_event(event, line_end, fault), event.label, event.content))
        before = b""
    return pieces


def frame_comment(line_end: str, fault: Fault) -> bytes:
    end = fault.line_end or line_end
    return (COMMENT + end + end).encode()


def frame_ping(ping: Event | None, line_end: str, fault: Fault) -> bytes:
    """The dialect's own sign of life, or a comment where it has none."""
    return frame_event(ping, line_end, fault) if ping else frame_comment(line_end, fault)


def frame_amazon(events: Iterable[Event]) -> list[Piece]:
    """Amazon's binary framing: lengths, their checksum, headers, payload, checksum of all."""
    return [Piece(_frame_message(event), event.label, event.content) for event in events]


def _frame_message(event: Event) -> bytes:
    name = event.name or ""
    kind = "exception" if name.endswith("Exception") else "event"
    named = {f":{kind}-type": name, ":content-type": "application/json", ":message-type": kind}
    headers = b"".join(_frame_header(word.encode(), value.encode()) for word, value in named.items())
    payload = encode(event.data)
    lengths = struct.pack(">II", 16 + len(headers) + len(payload), len(headers))
    message = lengths + struct.pack(">I", zlib.crc32(lengths)) + headers + payload
    return message + struct.pack(">I", zlib.crc32(message))


def _frame_header(name: bytes, value: bytes) -> bytes:
    return struct.pack(">B", len(name)) + name + struct.pack(">BH", 7, len(value)) + value


def frame_array(events: Iterable[Event]) -> list[Piece]:
    """A JSON array written element by element: Gemini's stream when nobody asks for events."""
    pieces = [
        Piece((b",\r\n" if index else b"[") + encode(event.data, 2).rstrip(), event.label, event.content)
        for index, event in enumerate(events)
    ]
    return [*pieces, Piece(b"\n]\n" if pieces else b"[]\n", "]")]
