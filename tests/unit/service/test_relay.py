"""Both relays look the same from outside: progress, usage, finish."""

from __future__ import annotations

from typing import Any

from dragoman.errors import DragomanError, Kind
from dragoman.model import stream as s
from dragoman.model.response import Finish
from dragoman.model.usage import Usage
from dragoman.service.identity import Identity
from dragoman.service.relay import PassingRelay, TranslatingRelay


class QuietParser:
    """Turns each chunk into the events prepared for it."""

    def __init__(self, events: dict[bytes, list[s.StreamEvent]]) -> None:
        self._events = events

    def feed(self, chunk: bytes) -> list[s.StreamEvent]:
        return self._events[chunk]

    def finish(self) -> list[s.StreamEvent]:
        return self._events[b"end"]


class NamingEmitter:
    """Says which events it was given."""

    def __init__(self) -> None:
        self.emitted: list[s.StreamEvent] = []

    def emit(self, events: list[s.StreamEvent]) -> bytes:
        self.emitted += events
        return b",".join(type(event).__name__.encode() for event in events)

    def fail(self, error: DragomanError) -> bytes:
        return b"failed " + error.kind.value.encode()


NOW = Identity("ex_1", "target", 7)

EVENTS: dict[bytes, list[s.StreamEvent]] = {
    b"nothing": [],
    b"start": [s.StreamStart("i", "m", usage=Usage(input=4))],
    b"announced": [s.ReasoningStart(0), s.RefusalStart(1), s.TextStart(2)],
    b"text": [s.TextStart(0), s.TextDelta(0, "x")],
    b"call": [s.ToolCallStart(0, "call_1", "look")],
    b"end": [
        s.TextEnd(0),
        s.UsageReport(Usage(input=4, output=1)),
        s.CandidateEnd(Finish("stop")),
        s.CandidateEnd(Finish("length"), candidate=1),
        s.StreamEnd(),
    ],
}


def test_the_empty_start_of_a_part_is_no_progress_but_the_name_of_a_tool_is() -> None:
    relay = TranslatingRelay(QuietParser(EVENTS), NamingEmitter(), NOW)
    relay.feed(b"announced")
    assert not relay.made_progress
    relay.feed(b"call")
    assert relay.made_progress


def test_a_start_is_no_progress_but_text_is() -> None:
    relay = TranslatingRelay(QuietParser(EVENTS), NamingEmitter(), NOW)
    assert relay.feed(b"nothing") == b""
    assert relay.feed(b"start") == b"StreamStart"
    assert not relay.made_progress
    assert relay.usage == Usage(input=4)
    assert relay.feed(b"text") == b"TextStart,TextDelta"
    assert relay.made_progress


def test_the_last_usage_and_the_first_finish_are_noted() -> None:
    relay = TranslatingRelay(QuietParser(EVENTS), NamingEmitter(), NOW)
    relay.finish()
    assert relay.usage == Usage(input=4, output=1)
    assert relay.finish_reason == Finish("stop")
    assert relay.fail(DragomanError(Kind.TIMEOUT, "late", blame="upstream")) == b"failed timeout"


class EchoListener:
    """Passes everything on; what begins with `:` means nothing."""

    def __init__(self) -> None:
        self.is_meaningful = False
        self.usage: Usage | None = Usage(output=2)
        self.end: Finish | None = Finish("stop")
        self.response_id: str | None = None

    def feed(self, chunk: bytes) -> bytes:
        if not chunk.startswith(b":"):
            self.is_meaningful = True
        return chunk

    def finish(self) -> bytes:
        return b"rest"


class OneError:
    """The client side's one word that a passing relay needs."""

    def emit_stream_error(self, error: DragomanError) -> bytes:
        return b"error " + error.kind.value.encode()


def has_moved(relay: PassingRelay) -> bool:
    return relay.made_progress


def test_a_passing_relay_knows_a_ping_from_progress() -> None:
    client: Any = OneError()
    relay = PassingRelay(EchoListener(), client)
    assert relay.feed(b": ping") == b": ping"
    assert not has_moved(relay)
    relay.feed(b"data")
    assert has_moved(relay)
    relay.made_progress = False
    relay.feed(b": ping")
    assert not has_moved(relay)
    assert relay.finish() == b"rest"
    assert (relay.usage, relay.finish_reason) == (Usage(output=2), Finish("stop"))
    assert relay.fail(DragomanError(Kind.TIMEOUT, "late")) == b"error timeout"


def test_an_answer_without_a_date_gets_one_and_a_dated_one_keeps_its_own() -> None:
    for dated, expected in ((None, 7), (5, 5)):
        emitter = NamingEmitter()
        TranslatingRelay(QuietParser({b"x": [s.StreamStart("i", "m", dated)]}), emitter, NOW).feed(b"x")
        assert emitter.emitted == [s.StreamStart("i", "m", expected)]
