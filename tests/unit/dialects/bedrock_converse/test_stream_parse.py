"""What streams may do wrong, and what is not an error though it looks like one."""

from __future__ import annotations

import pytest

from dragoman.errors import DragomanError, Kind
from dragoman.model import stream as s
from dragoman.model.content import Opaque, Reasoning
from dragoman.wire.aws_eventstream import emit_message
from tests.stream_grammar import check_events
from tests.unit.dialects.bedrock_converse.samples import BROKEN_STREAMS, PROVIDER, Fields, find, frame, read_stream
from tests.vector_files import Vector

START: tuple[str, Fields] = ("messageStart", {"role": "assistant"})
STOP: tuple[str, Fields] = ("messageStop", {"stopReason": "end_turn"})
TEXT: tuple[str, Fields] = ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hi."}})


@pytest.mark.parametrize("vector", BROKEN_STREAMS, ids=repr)
def test_what_was_said_before_an_exception_comes_first(vector: Vector) -> None:
    parser = PROVIDER.open_parser()
    if vector.name == "error-at-start":
        with pytest.raises(DragomanError) as caught:
            parser.feed(vector.stream or b"")
    else:
        events = parser.feed(vector.stream or b"")
        check_events(events, is_cut=True)
        assert any(isinstance(event, s.TextDelta) for event in events)
        with pytest.raises(DragomanError) as caught:
            parser.finish()
    assert caught.value.phase == "stream"
    assert caught.value.reply is not None
    assert caught.value.reply.said


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("error-at-start", Kind.RATE_LIMIT),
        ("error-rate-limit", Kind.RATE_LIMIT),
        ("error-server", Kind.UNAVAILABLE),
        ("error-overloaded", Kind.OVERLOADED),
        ("error-in-stream", Kind.UNAVAILABLE),
        ("error-context-length", Kind.CONTEXT_LENGTH),
    ],
)
def test_exceptions_have_their_kinds(name: str, kind: Kind) -> None:
    with pytest.raises(DragomanError) as caught:
        read_stream(find(name).stream or b"")
    assert caught.value.kind is kind


def test_an_error_of_the_framing_is_an_error() -> None:
    data = emit_message({":message-type": "error", ":error-code": "InternalFailure", ":error-message": "x"}, b"")
    with pytest.raises(DragomanError) as caught:
        read_stream(frame(START) + data)
    assert (caught.value.kind, caught.value.code) == (Kind.UNAVAILABLE, "InternalFailure")


@pytest.mark.parametrize("events", [(), (START,), (START, TEXT)])
def test_a_stream_without_its_stop_was_cut(events: tuple[tuple[str, Fields], ...]) -> None:
    with pytest.raises(DragomanError, match="cut off"):
        read_stream(frame(*events))


def test_a_cut_amid_a_message_is_told_as_one() -> None:
    with pytest.raises(DragomanError, match="cut off") as caught:
        read_stream(frame(START, TEXT, STOP)[:-3])
    assert caught.value.phase == "stream"


@pytest.mark.parametrize(
    "events",
    [
        (TEXT,),
        (START, START),
        (START, STOP, TEXT),
        (START, ("contentBlockDelta", {"contentBlockIndex": "x", "delta": {"text": "a"}})),
        (START, ("contentBlockDelta", {"contentBlockIndex": 0, "delta": "a"})),
        (START, ("contentBlockStart", {"contentBlockIndex": 0, "start": {"toolUse": {"name": "f"}}})),
        (START, TEXT, ("contentBlockStart", {"contentBlockIndex": 0, "start": {"image": {"format": "png"}}})),
        (START, ("messageStop", {})),
    ],
)
def test_what_makes_no_sense_is_the_providers_fault(events: tuple[tuple[str, Fields], ...]) -> None:
    with pytest.raises(DragomanError, match="makes no sense") as caught:
        read_stream(frame(*events))
    assert caught.value.blame == "upstream"


@pytest.mark.parametrize("payload", [b"", b"[]", b"{", b'{"a":"\xff"}'])
def test_an_event_that_is_no_json_is_the_providers_fault(payload: bytes) -> None:
    headers = {":message-type": "event", ":event-type": "messageStart"}
    with pytest.raises(DragomanError, match="not JSON"):
        PROVIDER.open_parser().feed(emit_message(headers, payload))


def test_what_comes_behind_the_end_is_not_read() -> None:
    end = ("metadata", {"usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}})
    events = read_stream(frame(START, TEXT, STOP, end, end))
    assert sum(isinstance(event, s.StreamEnd) for event in events) == 1


def test_an_event_that_nobody_knows_is_carried_along() -> None:
    events = read_stream(frame(START, ("hologram", {"a": 1}), TEXT, STOP))
    assert s.OpaqueEvent(Opaque("bedrock_converse", "hologram", {"a": 1})) in events


def test_a_block_that_ends_without_ever_saying_anything_leaves_nothing() -> None:
    events = read_stream(frame(START, ("contentBlockStop", {"contentBlockIndex": 0}), STOP))
    check_events(events)
    assert not any(isinstance(event, s.TextStart) for event in events)


def test_pieces_of_redacted_thinking_are_one() -> None:
    starts = [event for event in read_stream(find("redacted-in-pieces").stream or b"") if hasattr(event, "redacted")]
    assert [start.redacted for start in starts] == ["RW13S0FoZ0I="]
    answer = PROVIDER.parse_response(find("redacted-reasoning").response or b"")
    assert isinstance(answer.candidates[0].parts[0], Reasoning)


def test_redacted_thinking_that_is_no_base64_is_the_providers_fault() -> None:
    def piece(text: str) -> tuple[str, Fields]:
        return "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"reasoningContent": {"redactedContent": text}}}

    with pytest.raises(DragomanError, match="makes no sense"):
        read_stream(frame(START, piece("AA=="), piece("%"), STOP))
