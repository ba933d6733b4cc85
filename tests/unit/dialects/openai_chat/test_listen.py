"""The listener of a stream that is passed on."""

from __future__ import annotations

from dragoman.model.profile import DEFAULT_PROFILE
from tests.unit.dialects.openai_chat.samples import PROVIDER, WHOLE_STREAMS, open_body

REQUEST = {"model": "m", "stream": True, "stream_options": {"include_usage": True}, "messages": []}
SPOKEN = b'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}\n\n'
ENDED = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


def test_progress_is_noted_again_after_its_reader_has_reset_it() -> None:
    listener = PROVIDER.open_listener(open_body(REQUEST), DEFAULT_PROFILE)
    for chunk in (SPOKEN, SPOKEN, ENDED):
        listener.is_meaningful = False
        assert listener.feed(chunk) == chunk
        assert listener.is_meaningful
    assert listener.finish() == b""


def test_what_says_nothing_is_no_progress() -> None:
    listener = PROVIDER.open_listener(open_body(REQUEST), DEFAULT_PROFILE)
    for chunk in (b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}\n\n', b": ping\n\n"):
        assert listener.feed(chunk) == chunk
        assert not listener.is_meaningful


def test_every_stream_passes_unchanged_event_by_event_with_its_progress_read() -> None:
    assert WHOLE_STREAMS
    for vector in WHOLE_STREAMS:
        stream = vector.stream
        assert stream is not None
        listener = PROVIDER.open_listener(open_body(REQUEST), DEFAULT_PROFILE)
        passed = b""
        for event in stream.split(b"\n\n"):
            passed += listener.feed(event + b"\n\n") if event else b""
            listener.is_meaningful = False
        assert passed + listener.finish() == stream, vector.name
