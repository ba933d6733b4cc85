"""A provider's stream on its way to the client: passed on as it is, or translated. Both look the same from outside.

`made_progress` is set by `feed` when something that means something came; whoever reads it resets it.
"""

from __future__ import annotations

from typing import Protocol

from dragoman.dialects.base import ClientSide, StreamEmitter, StreamListener, StreamParser
from dragoman.errors import DragomanError
from dragoman.model.response import Finish
from dragoman.model.stream import (
    CandidateEnd,
    OpaqueEvent,
    ReasoningStart,
    RefusalStart,
    StreamEnd,
    StreamEvent,
    StreamStart,
    TextStart,
    UsageReport,
)
from dragoman.model.usage import Usage
from dragoman.service.identity import Identity, identify

_SILENT = frozenset({StreamStart, TextStart, ReasoningStart, RefusalStart, UsageReport, OpaqueEvent, StreamEnd})
"""That somebody is about to speak says nothing yet; the start of a tool call names the tool."""


class Relay(Protocol):
    """One stream, provider's bytes in, client's bytes out."""

    made_progress: bool

    @property
    def usage(self) -> Usage | None: ...

    @property
    def finish_reason(self) -> Finish | None: ...

    @property
    def response_id(self) -> str | None: ...

    def feed(self, chunk: bytes) -> bytes: ...

    def finish(self) -> bytes: ...

    def fail(self, error: DragomanError) -> bytes: ...


class PassingRelay:
    """Same dialect on both sides: the bytes go through and the listener takes notes."""

    __slots__ = ("_client", "_listener", "made_progress")

    def __init__(self, listener: StreamListener, client: ClientSide) -> None:
        self._listener = listener
        self._client = client
        self.made_progress = False

    @property
    def usage(self) -> Usage | None:
        return self._listener.usage

    @property
    def finish_reason(self) -> Finish | None:
        return self._listener.end

    @property
    def response_id(self) -> str | None:
        return self._listener.response_id

    def feed(self, chunk: bytes) -> bytes:
        listener = self._listener
        listener.is_meaningful = False
        passed = listener.feed(chunk)
        if listener.is_meaningful:
            self.made_progress = True
        return passed

    def finish(self) -> bytes:
        return self._listener.finish()

    def fail(self, error: DragomanError) -> bytes:
        return self._client.emit_stream_error(error)


class TranslatingRelay:
    """Two dialects: events in between, which the meter sees."""

    __slots__ = ("_emitter", "_identity", "_parser", "finish_reason", "made_progress", "usage")

    response_id = None  # the client gets an answer of ours

    def __init__(self, parser: StreamParser, emitter: StreamEmitter, identity: Identity) -> None:
        self._parser = parser
        self._emitter = emitter
        self._identity = identity
        self.made_progress = False
        self.usage: Usage | None = None
        self.finish_reason: Finish | None = None

    def feed(self, chunk: bytes) -> bytes:
        events = self._parser.feed(chunk)
        return self._relay(events) if events else b""

    def finish(self) -> bytes:
        return self._relay(self._parser.finish())

    def fail(self, error: DragomanError) -> bytes:
        return self._emitter.fail(error)

    def _relay(self, events: list[StreamEvent]) -> bytes:
        for position, event in enumerate(events):
            kind = type(event)
            if kind not in _SILENT:
                self.made_progress = True
                if kind is CandidateEnd:
                    self.finish_reason = self.finish_reason or event.finish  # type: ignore[union-attr]
            elif kind is UsageReport:
                self.usage = event.usage  # type: ignore[union-attr]
            elif type(event) is StreamStart:
                self.usage = event.usage
                events[position] = identify(event, self._identity)
        return self._emitter.emit(events)
