"""Streams of completions and images: whole events only, and a cut is never an end."""

from __future__ import annotations

import pytest

from dragoman.dialects.openai_chat.operations_listen import OperationStreamListener
from dragoman.errors import DragomanError, Kind

TEXT = b'data: {"choices":[{"index":0,"text":"a","finish_reason":null}]}\n\n'
LAST = b'data: {"choices":[{"index":0,"text":"","finish_reason":"stop"}],"usage":null}\n\n'
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n'
DONE = b"data: [DONE]\n\n"
COMPLETION = TEXT + LAST + USAGE + DONE
PICTURE = (
    b'event: image_generation.partial_image\ndata: {"type":"image_generation.partial_image"}\n\n'
    b'event: image_generation.completed\ndata: {"type":"image_generation.completed",'
    b'"usage":{"input_tokens":3,"output_tokens":9}}\n\n'
)


def pass_on(stream: bytes, size: int, *, hides_usage: bool = False) -> tuple[bytes, OperationStreamListener]:
    listener = OperationStreamListener(hides_usage=hides_usage)
    passed = [listener.feed(stream[start : start + size]) for start in range(0, len(stream), size)]
    return b"".join([*passed, listener.finish()]), listener


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_completion_goes_through_as_it_is_and_is_metered(size: int) -> None:
    passed, listener = pass_on(COMPLETION, size)
    assert passed == COMPLETION
    assert listener.usage is not None
    assert listener.end is not None
    assert (listener.usage.input, listener.usage.output, listener.end.reason) == (3, 2, "stop")
    assert listener.is_meaningful


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_usage_that_nobody_asked_for_is_heard_and_held_back(size: int) -> None:
    passed, listener = pass_on(COMPLETION, size, hides_usage=True)
    assert passed == TEXT + LAST + DONE
    assert listener.usage is not None


def test_an_image_ends_with_its_own_event() -> None:
    passed, listener = pass_on(PICTURE, 5)
    assert passed == PICTURE
    assert listener.usage is not None
    assert (listener.usage.input, listener.usage.output_image) == (3, 9)


@pytest.mark.parametrize("stream", [b"", TEXT, TEXT + LAST, PICTURE[:90], COMPLETION[:-9]])
def test_a_stream_without_its_end_was_cut(stream: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        pass_on(stream, 1000)
    assert caught.value.blame == "upstream"


@pytest.mark.parametrize(
    "event",
    [
        b'data: {"error":{"message":"no","code":"rate_limit_exceeded"}}\n\n',
        b'event: error\ndata: {"message":"no","code":"rate_limit_exceeded"}\n\n',
        b'data: {"type":"error","message":"no","code":"rate_limit_exceeded"}\n\n',
    ],
)
def test_an_error_in_the_stream_is_raised_as_what_it_is(event: bytes) -> None:
    listener = OperationStreamListener(hides_usage=False)
    with pytest.raises(DragomanError) as caught:
        listener.feed(event)
    assert caught.value.kind is Kind.RATE_LIMIT
    assert not listener.is_meaningful


@pytest.mark.parametrize("event", [b"data: {\n\n", b"data: 3\n\n", b'data: "\xff"\n\n'])
def test_what_is_no_event_is_the_providers_fault(event: bytes) -> None:
    with pytest.raises(DragomanError) as caught:
        OperationStreamListener(hides_usage=False).feed(event)
    assert caught.value.blame == "upstream"


def test_comments_mean_nothing() -> None:
    listener = OperationStreamListener(hides_usage=True)
    assert listener.feed(b": hello\n\n") == b": hello\n\n"
    assert not listener.is_meaningful
