"""A provider's stream to events: one short method a wire event, found through `HANDLERS`.

Wire grammar: message_start (content_block_start content_block_delta* content_block_stop)* message_delta* message_stop,
with pings anywhere; `error` ends it badly. Only message_stop is a proper end, and only after a stop reason. A block
that a provider forgets to stop ends with the message. Some hosts send a short answer as one `message` event.

What stands before an error in the same chunk is returned first; the error then comes with the next call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import msgspec

from dragoman.dialects.anthropic_messages import wire
from dragoman.dialects.anthropic_messages.errors import malformed_stream, read_error_event, truncated_stream
from dragoman.dialects.anthropic_messages.parse_response import parse_finish, parse_message, parse_message_extras
from dragoman.dialects.anthropic_messages.stream_blocks import BLOCKS, Events, OpaqueBlock, OpenBlock, replay
from dragoman.dialects.anthropic_messages.usage import parse_tier, parse_usage
from dragoman.errors import DragomanError
from dragoman.model import stream as s
from dragoman.model.content import Extras, Opaque
from dragoman.model.response import Finish
from dragoman.wire.json_read import Fields, read_optional, read_required
from dragoman.wire.sse import SseDecoder, SseFrame

_DELTA_FIELDS = frozenset({"stop_reason", "stop_sequence", "stop_details"})
_EVENT_FIELDS = frozenset({"type", "delta", "usage"})

_decode = msgspec.json.Decoder().decode


class AnthropicStreamParser:
    """Feed it bytes, get events; see `StreamParser`."""

    __slots__ = (
        "_blocks",
        "_data",
        "_decoder",
        "_error",
        "_extras",
        "_finish",
        "_has_ended",
        "_has_started",
        "_next_part",
        "_usage",
    )

    def __init__(self) -> None:
        self._decoder = SseDecoder()
        self._data = b""
        self._error: DragomanError | None = None
        self._blocks: dict[int, OpenBlock] = {}
        self._next_part = 0
        self._has_started = False
        self._has_ended = False
        self._usage: Fields = {}
        self._finish = Finish("other")
        self._extras: Fields = {}

    def feed(self, chunk: bytes) -> Events:
        return self._read(self._decoder.feed(chunk))

    def finish(self) -> Events:
        events = self._read(self._decoder.finish())
        if self._error is not None:
            raise self._error
        if not self._has_ended:
            raise truncated_stream()
        return events

    def _read(self, frames: list[SseFrame]) -> Events:
        events: Events = []
        if self._error is not None:
            raise self._error
        for frame in frames:
            data = frame.data
            if data is None or self._has_ended:
                continue
            try:
                self._data = data
                fields = _decode(data)
                handler = self.HANDLERS.get(fields["type"])
                if handler is None:
                    self._read_unknown(fields, events)
                else:
                    handler(self, fields, events)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, LookupError, TypeError):
                self._error = malformed_stream("not as documented")
                break
            except DragomanError as error:
                self._error = _as_upstream(error)
                break
        if self._error is not None and not events:
            raise self._error
        return events

    # -- the message

    def _read_message_start(self, fields: Fields, events: Events) -> None:
        if self._has_started:
            raise malformed_stream("a second message_start")
        message = read_required(fields, "message", dict)
        reported = read_optional(message, "usage", dict)
        self._has_started = True
        self._usage = reported or {}
        events.append(
            s.StreamStart(
                id=read_optional(message, "id", str) or "",
                model=read_optional(message, "model", str) or "",
                usage=None if reported is None else parse_usage(reported),
                service_tier=parse_tier(reported),
                extras=parse_message_extras(message),
            )
        )

    def _read_message_delta(self, fields: Fields, events: Events) -> None:
        self._require_start()
        delta = read_required(fields, "delta", dict)
        if delta.get("stop_reason") is not None:
            self._finish = parse_finish(delta)
        self._keep_rest(delta, _DELTA_FIELDS)
        self._keep_rest(fields, _EVENT_FIELDS)
        reported = read_optional(fields, "usage", dict)
        if reported:
            said = {name: value for name, value in reported.items() if value is not None}
            self._usage = {**self._usage, **said}
            events.append(s.UsageReport(parse_usage(self._usage)))

    def _keep_rest(self, fields: Fields, known: frozenset[str]) -> None:
        for name, value in fields.items():
            if name not in known and value is not None:
                self._extras[name] = value

    def _read_message_stop(self, fields: Fields, events: Events) -> None:
        self._require_start()
        for index in list(self._blocks):
            self._close(index, events)
        self._keep_rest(fields, _EVENT_FIELDS)
        self._end(events, {wire.NAME: self._extras} if self._extras else None)

    def _end(self, events: Events, extras: Extras | None) -> None:
        if self._finish.wire is None:
            raise truncated_stream()
        self._has_ended = True
        events.append(s.CandidateEnd(self._finish))
        events.append(s.StreamEnd(extras))

    def _read_whole(self, fields: Fields, events: Events) -> None:
        if self._has_started:
            raise malformed_stream("a second message")
        response = parse_message(fields)
        self._has_started = True
        candidate = response.candidates[0]
        self._finish = candidate.finish
        events.append(
            s.StreamStart(
                response.id,
                response.model,
                usage=response.usage,
                service_tier=response.service_tier,
                extras=response.extras,
            )
        )
        for part in candidate.parts:
            replay(part, self._take_part(), events)
        if response.usage is not None:
            events.append(s.UsageReport(response.usage))
        self._end(events, None)

    def _read_ping(self, fields: Fields, events: Events) -> None:
        """Means nothing."""

    def _read_error(self, fields: Fields, events: Events) -> None:
        raise read_error_event(fields, self._data)

    def _read_unknown(self, fields: Fields, events: Events) -> None:
        if self._has_started:
            events.append(s.OpaqueEvent(Opaque(wire.NAME, read_required(fields, "type", str), fields)))

    def _require_start(self) -> None:
        if not self._has_started:
            raise malformed_stream("no message_start")

    # -- blocks

    def _take_part(self) -> int:
        part = self._next_part
        self._next_part += 1
        return part

    def _read_block_start(self, fields: Fields, events: Events) -> None:
        self._require_start()
        index = read_required(fields, "index", int)
        if index in self._blocks:
            raise malformed_stream("a block that is open starts again")
        value = read_required(fields, "content_block", dict)
        kind = BLOCKS.get(read_required(value, "type", str))
        block = OpaqueBlock(-1, value) if kind is None else kind(self._take_part(), value)
        self._blocks[index] = block
        block.open(events)

    def _read_block_delta(self, fields: Fields, events: Events) -> None:
        block = self._blocks[fields["index"]]
        absorb = block.DELTAS.get(fields["delta"]["type"])
        if absorb is None:
            block.absorb_other(fields, events)
        else:
            absorb(block, fields, events)

    def _read_block_stop(self, fields: Fields, events: Events) -> None:
        self._close(read_required(fields, "index", int), events)

    def _close(self, index: int, events: Events) -> None:
        block = self._blocks.pop(index)
        if block.part < 0:
            block.part = self._take_part()
        block.close(events)

    HANDLERS: ClassVar[dict[Any, Callable[[Any, Fields, Events], None]]] = {
        "content_block_delta": _read_block_delta,
        "content_block_start": _read_block_start,
        "content_block_stop": _read_block_stop,
        "message_start": _read_message_start,
        "message_delta": _read_message_delta,
        "message_stop": _read_message_stop,
        "message": _read_whole,
        "ping": _read_ping,
        "error": _read_error,
    }


def _as_upstream(error: DragomanError) -> DragomanError:
    """What is wrong in a provider's stream is not the caller's fault."""
    return error if error.blame != "client" or error.phase == "stream" else malformed_stream("not as documented")
