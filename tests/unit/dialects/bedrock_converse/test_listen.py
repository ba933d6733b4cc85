"""A stream that is passed on: whole messages, nothing of what is wrong, and what the meter hears."""

from __future__ import annotations

import pytest

from dragoman.dialects.bedrock_converse.listen import ConverseStreamListener
from dragoman.errors import DragomanError, Kind
from tests.unit.dialects.bedrock_converse.samples import find, frame

START = frame(("messageStart", {"role": "assistant"}))
TEXT = frame(("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "x"}}))
FAILURE = frame(("throttlingException", {"message": "slow down"}))


def test_a_beginning_means_nothing_and_text_does() -> None:
    listener = ConverseStreamListener()
    assert listener.feed(START) == START
    assert not listener.is_meaningful
    assert listener.feed(TEXT[:-1]) == b""
    assert listener.feed(TEXT[-1:]) == TEXT
    assert listener.is_meaningful


def test_what_stands_before_an_exception_is_passed_on_first_and_the_exception_never() -> None:
    listener = ConverseStreamListener()
    assert listener.feed(START + TEXT + FAILURE) == START + TEXT
    for _ in range(2):
        with pytest.raises(DragomanError) as caught:
            listener.feed(TEXT)
        assert caught.value.kind is Kind.RATE_LIMIT


def test_a_cut_stream_is_noticed() -> None:
    listener = ConverseStreamListener()
    listener.feed(START + TEXT)
    with pytest.raises(DragomanError, match="cut off"):
        listener.finish()


def test_usage_and_finish_are_heard() -> None:
    listener = ConverseStreamListener()
    listener.feed(find("cached-usage").stream or b"")
    assert listener.finish() == b""
    assert listener.usage is not None
    assert (listener.usage.cache_read, listener.usage.cache_write_1h) == (1800, 200)
    assert listener.end is not None
    assert listener.end.reason == "stop"
