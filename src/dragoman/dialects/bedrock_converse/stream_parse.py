"""A provider's stream to events: one short method a wire event, found through `HANDLERS`.

Wire grammar: messageStart (contentBlockStart? contentBlockDelta* contentBlockStop)* messageStop metadata?; an exception
ends it badly. A proper end is messageStop; what comes behind it, usage, is told before the end of the events. What stands
before an error in the same chunk is returned first; the error then comes with the next call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from dragoman.dialects.bedrock_converse import wire
from dragoman.dialects.bedrock_converse.errors import malformed_stream, parse_exception, truncated_stream
from dragoman.dialects.bedrock_converse.parse_response import own_extras, parse_finish, parse_tier, parse_usage
from dragoman.dialects.bedrock_converse.stream_blocks import Events, OpenBlock, select_block
from dragoman.errors import DragomanError
from dragoman.model import stream as s
from dragoman.model.content import Opaque
from dragoman.model.usage import note_tier
from dragoman.wire.aws_eventstream import EventMessage, EventStreamDecoder
from dragoman.wire.json_document import check_utf8
from dragoman.wire.json_read import Fields, read_optional, read_required, rest_of

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class ConverseStreamParser:
    """Feed it bytes, get events; see `StreamParser`. `complete` holds the bytes that the last call has understood."""

    __slots__ = (
        "_blocks",
        "_decoder",
        "_error",
        "_has_ended",
        "_has_finished",
        "_has_started",
        "_next_part",
        "complete",
    )

    def __init__(self) -> None:
        self._decoder = EventStreamDecoder()
        self._error: DragomanError | None = None
        self._blocks: dict[int, OpenBlock] = {}
        self._next_part = 0
        self._has_started = False
        self._has_finished = False  # messageStop has come
        self._has_ended = False
        self.complete = b""

    def feed(self, chunk: bytes) -> Events:
        """The events that `chunk` completes."""
        if self._error is not None:
            raise self._error
        events: Events = []
        size = 0
        try:
            for message in self._decoder.feed(chunk):
                self._read(message, events)
                size += message.size
        except DragomanError as error:
            self._error = _as_upstream(error)
            if not events:
                raise self._error from None
        self.complete = self._decoder.complete[:size]
        return events

    def finish(self) -> Events:
        """The last event, where usage never came."""
        if self._error is not None:
            raise self._error
        try:
            self._decoder.finish()
        except DragomanError as error:
            raise _as_upstream(error) from None
        if not self._has_finished:
            raise truncated_stream()
        return [] if self._has_ended else [s.StreamEnd()]

    def _read(self, message: EventMessage, events: Events) -> None:
        """The events of one message of the framing; raises for an exception."""
        kind = message.headers.get(":message-type")
        if kind == "exception":
            raise parse_exception(message.headers.get(":exception-type", ""), message.payload)
        if kind == "error":
            raise parse_exception(message.headers.get(":error-code", ""), message.payload)
        handler = self.HANDLERS.get(message.headers.get(":event-type", ""))
        if self._has_ended:
            return
        try:
            check_utf8(message.payload)
            fields = _decode(message.payload)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise malformed_stream("not JSON") from None
        if handler is not None:
            handler(self, fields, events)
        else:
            word = message.headers.get(":event-type", "")
            events.append(s.OpaqueEvent(Opaque(wire.NAME, word, fields)))

    # -- the message -------------------------------------------------------------------------------------------------

    def _read_start(self, fields: Fields, events: Events) -> None:
        if self._has_started:
            raise malformed_stream("a second messageStart")
        self._has_started = True
        events.append(s.StreamStart("", ""))

    def _read_stop(self, fields: Fields, events: Events) -> None:
        self._require_open()
        for index in sorted(self._blocks):
            self._close(index, events)
        more = read_optional(fields, "additionalModelResponseFields", dict)
        events.append(s.CandidateEnd(parse_finish(read_required(fields, "stopReason", str), more)))
        self._has_finished = True

    def _read_metadata(self, fields: Fields, events: Events) -> None:
        reported = read_optional(fields, "usage", dict)
        if reported is not None and self._has_started:
            events.append(s.UsageReport(note_tier(parse_usage(reported), parse_tier(fields))))
        if self._has_finished:
            rest = rest_of(fields, wire.METADATA_FIELDS) or {}
            tier = parse_tier(fields)
            if tier is not None and tier != "default":
                rest["serviceTier"] = tier
            events.append(s.StreamEnd(own_extras(rest)))
            self._has_ended = True

    # -- blocks ------------------------------------------------------------------------------------------------------

    def _read_block_start(self, fields: Fields, events: Events) -> None:
        self._require_open()
        start = read_optional(fields, "start", dict) or {}
        if start:
            self._open(read_required(fields, "contentBlockIndex", int), start, {}, events)

    def _read_block_delta(self, fields: Fields, events: Events) -> None:
        self._require_open()
        index = read_required(fields, "contentBlockIndex", int)
        delta = read_required(fields, "delta", dict)
        block = self._blocks.get(index)
        if block is None:
            block = self._open(index, {}, delta, events)
        block.absorb(delta, events)

    def _read_block_stop(self, fields: Fields, events: Events) -> None:
        self._require_open()
        self._close(read_required(fields, "contentBlockIndex", int), events)

    def _open(self, index: int, start: Fields, delta: Fields, events: Events) -> OpenBlock:
        if index in self._blocks:
            raise malformed_stream("a block that begins twice")
        kind = select_block(start, delta)
        block = self._blocks[index] = kind(-1 if kind.is_late else self._take_part(), start)
        block.open(events)
        return block

    def _take_part(self) -> int:
        self._next_part += 1
        return self._next_part - 1

    def _close(self, index: int, events: Events) -> None:
        """A block that said nothing at all has never begun."""
        block = self._blocks.pop(index, None)
        if block is not None:
            if block.is_late:
                block.part = self._take_part()
            block.close(events)

    def _require_open(self) -> None:
        if not self._has_started or self._has_finished:
            raise malformed_stream("content outside of the message")

    HANDLERS: ClassVar[dict[str, Callable[[Any, Fields, Events], None]]] = {
        "contentBlockDelta": _read_block_delta,
        "contentBlockStart": _read_block_start,
        "contentBlockStop": _read_block_stop,
        "messageStart": _read_start,
        "messageStop": _read_stop,
        "metadata": _read_metadata,
    }


def _as_upstream(error: DragomanError) -> DragomanError:
    """What is wrong in a provider's stream is not the caller's fault."""
    if error.phase == "stream":
        return error
    return malformed_stream(error.message if error.blame == "upstream" else "not as documented")
