"""The steps that put a reply, with its fault, on the wire.

Theory of operation: the reply's pieces are first spoiled (another body, corrupt bytes, compression), then cut where the
fault stops them, then framed for HTTP, and at last divided into writes. All of that is pure; `server.py` only walks
through the steps, and knows after each write which events the peer has been given.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Literal, NamedTuple

from tests.simulator.fault import Fault, Stop
from tests.simulator.journal import Outcome
from tests.simulator.reply import Piece, Reply


class Write(NamedTuple):
    """Bytes in one write. `finished` are the pieces that are complete with it."""

    data: bytes
    finished: tuple[Piece, ...] = ()


class Wait(NamedTuple):
    seconds: float


class Stall(NamedTuple):
    """Silence until the peer closes, or nothing but pings."""

    ping: bytes
    every_seconds: float | None


class HangUp(NamedTuple):
    kind: Literal["rst", "fin"]


Step = Write | Wait | Stall | HangUp


class Plan(NamedTuple):
    """`outcome` is what the journal says when every step has been taken."""

    steps: list[Step]
    outcome: Outcome


_WIRE_STOP: dict[Stop, Literal["rst", "fin"]] = {"rst": "rst", "fin": "fin", "eof": "fin"}


def plan_delivery(reply: Reply, fault: Fault) -> Plan:
    """Everything that happens on the connection for one answer."""
    pieces = _spoil(reply.pieces, fault)
    kept = _keep(pieces, fault)
    framing = fault.framing or ("chunked" if reply.is_stream else "length")
    head = _head(reply, fault, framing, _length(kept if fault.stop == "eof" else pieces, fault))
    steps: list[Step] = [Wait(fault.delay_head_seconds)] if fault.delay_head_seconds else []
    if fault.stop and fault.after_event is None and fault.at_byte is None:
        begun = [Write(head[: len(head) // 2])] if fault.in_head else []
        return Plan([*steps, *begun, _stop_step(reply, fault, framing)], "cut")
    body = _body_writes(kept, fault, framing)
    if framing == "chunked" and fault.stop in {None, "eof"}:
        body = _terminate(body)
    steps += [*_pace(Write(head), body, fault), *_ending(reply, fault, framing)]
    is_cut = fault.length_off > 0 or (fault.stop is not None and (fault.stop != "eof" or kept != pieces))
    return Plan(steps, "cut" if is_cut else reply.outcome)


def _spoil(pieces: list[Piece], fault: Fault) -> list[Piece]:
    if fault.body is not None:
        pieces = [Piece(fault.body.encode(), "body")]
    if fault.gzip:
        pieces = _compress(pieces)
    return pieces if fault.corrupt_byte is None else _corrupt(pieces, fault.corrupt_byte, fault.corrupt_to)


def _compress(pieces: list[Piece]) -> list[Piece]:
    """Each piece can be decompressed as soon as it has come."""
    packer = zlib.compressobj(wbits=31)
    packed = [p._replace(data=packer.compress(p.data) + packer.flush(zlib.Z_SYNC_FLUSH)) for p in pieces]
    return [*packed, Piece(packer.flush(), "")]


def _corrupt(pieces: list[Piece], position: int, value: int) -> list[Piece]:
    spoiled = []
    for piece in pieces:
        if 0 <= position < len(piece.data):
            data = piece.data[:position] + bytes([value]) + piece.data[position + 1 :]
            piece = piece._replace(data=data)  # noqa: PLW2901
        position -= len(piece.data)
        spoiled.append(piece)
    return spoiled


def _keep(pieces: list[Piece], fault: Fault) -> list[Piece]:
    """What is sent before the answer stops. A piece that is only partly sent has no label: nobody got that event."""
    if fault.after_event is not None:
        return pieces[: fault.after_event]
    if fault.at_byte is None:
        return pieces
    kept: list[Piece] = []
    left = fault.at_byte
    for piece in pieces:
        if len(piece.data) > left:
            return [*kept, Piece(piece.data[:left], "")] if left else kept
        kept.append(piece)
        left -= len(piece.data)
    return kept


def _length(pieces: list[Piece], fault: Fault) -> int:
    return max(0, sum(len(piece.data) for piece in pieces) + fault.length_off)


def _head(reply: Reply, fault: Fault, framing: str, length: int) -> bytes:
    headers = reply.headers | {name.lower(): value for name, value in fault.headers.items()}
    if fault.content_type is not None:
        headers["content-type"] = fault.content_type
    if fault.gzip:
        headers["content-encoding"] = "gzip"
    if framing == "chunked":
        headers["transfer-encoding"] = "chunked"
    elif framing == "length":
        headers["content-length"] = str(length)
    if framing == "close" or fault.close == "announced":
        headers["connection"] = "close"
    return reply._replace(headers=headers).head


def _body_writes(pieces: list[Piece], fault: Fault, framing: str) -> list[Write]:
    size = fault.events_per_write or len(pieces) or 1
    writes = []
    for start in range(0, len(pieces), size):
        group = pieces[start : start + size]
        data = b"".join(piece.data for piece in group)
        if framing == "chunked":
            data = b"%x\r\n%b\r\n" % (len(data), data) if data else b""
        writes.append(Write(data, tuple(piece for piece in group if piece.label)))
    return writes


def _terminate(body: list[Write]) -> list[Write]:
    """The last chunk travels with the last event, so that whoever has seen the one has also been sent the other."""
    *before, last = body or [Write(b"")]
    return [*before, Write(last.data + b"0\r\n\r\n", last.finished)]


def _pace(head: Write, body: list[Write], fault: Fault) -> Iterator[Step]:
    """The writes, with the pauses between them. Without any, the head travels together with the first of the body."""
    if body and not (fault.delay_body_seconds or fault.pause_seconds or fault.split):
        head, body = Write(head.data + body[0].data, body[0].finished), body[1:]
    yield from _split([head], fault.split)
    if fault.delay_body_seconds:
        yield Wait(fault.delay_body_seconds)
    for index, write in enumerate(_split(body, fault.split)):
        if index and fault.pause_seconds:
            yield Wait(fault.pause_seconds)
        yield write


def _split(writes: list[Write], sizes: tuple[int, ...]) -> Iterator[Write]:
    """The same bytes in writes of the given sizes, over and over; no write spans two events."""
    if not sizes:
        yield from writes
        return
    turn = 0
    for write in writes:
        start = 0
        while start < len(write.data):
            end = start + sizes[turn % len(sizes)]
            turn += 1
            yield Write(write.data[start:end], write.finished if end >= len(write.data) else ())
            start = end


def _ending(reply: Reply, fault: Fault, framing: str) -> list[Step]:
    if fault.stop:
        return [] if fault.stop == "eof" else [_stop_step(reply, fault, framing)]
    if fault.length_off > 0 and framing == "length":
        return [HangUp("fin")]
    return [HangUp("fin")] if framing == "close" or fault.close else []


def _stop_step(reply: Reply, fault: Fault, framing: str) -> Step:
    assert fault.stop is not None
    if fault.stop == "stall":
        ping = reply.ping
        if framing == "chunked":
            ping = b"%x\r\n%b\r\n" % (len(ping), ping)
        return Stall(ping, fault.stall_ping_seconds)
    return HangUp(_WIRE_STOP[fault.stop])
