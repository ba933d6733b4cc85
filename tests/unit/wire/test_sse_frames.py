"""The quick way through usual events reads the same as the slow one; the bytes of the first few frames."""

from __future__ import annotations

import pytest

from dragoman.wire.sse import SseDecoder, SseFrame, first_frames

A = SseFrame(b"a", b"1")
B = SseFrame(b"", b"2")


@pytest.mark.parametrize(
    ("data", "frames"),
    [
        (b"event: a\ndata: 1\n\ndata: 2\n\n", [A, B]),
        (b"event: a\ndata: 1\n\n\ndata: 2\n\n", [A, B]),
        (b"\n\n\n\nevent: a\ndata: 1\n\n", [A]),
        (b"data: 1\nevent: a\n\ndata:2\n\n", [A, B]),
        (b"data: 2\n\nevent: a\nid: 7\ndata: 1\n\n", [B, A]),
        (b"data: 2\n\ndata: 1\ndata: 2\n\n", [B, SseFrame(b"", b"1\n2")]),
        (b": hello\n\ndata: 2\n\n", [SseFrame(b"", None), B]),
        (b"data: 2\n\nxdata: 2\n\n", [B, SseFrame(b"", None)]),
        (b"event: a\n\ndata: 2\n\n", [SseFrame(b"a", None), B]),
        (b"data: \n\ndata:\n\n", [SseFrame(b"", b""), SseFrame(b"", b"")]),
        (b"data:  2\n\n", [SseFrame(b"", b" 2")]),
        ("data: \u2028\x85\x0b\n\n".encode(), [SseFrame(b"", "\u2028\x85\x0b".encode())]),
    ],
)
def test_events_of_any_shape_are_the_same_frames_with_any_line_end(data: bytes, frames: list[SseFrame]) -> None:
    decoder = SseDecoder()
    assert decoder.feed(data) == frames
    assert decoder.complete == data
    assert [frame for byte in data for frame in decoder.feed(bytes([byte]))] == frames
    assert SseDecoder().feed(data.replace(b"\n", b"\r\n")) == frames


def test_what_is_not_complete_waits() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b"event: a\ndata: 1\n\nevent: b\n") == [A]
    assert decoder.complete == b"event: a\ndata: 1\n\n"
    assert decoder.feed(b"data: 2\n\n") == [SseFrame(b"b", b"2")]


@pytest.mark.parametrize(
    ("complete", "count", "first"),
    [
        (b"data: 1\n\ndata: 2\n\n", 1, b"data: 1\n\n"),
        (b"data: 1\n\ndata: 2\n\n", 2, b"data: 1\n\ndata: 2\n\n"),
        (b"\n\ndata: 1\n\n\n\ndata: 2\n\n", 1, b"\n\ndata: 1\n\n"),
        (b"data: 1\r\n\r\ndata: 2\r\n\r\n", 1, b"data: 1\r\n\r\n"),
        (b"data: 1\r\rdata: 2\n\n", 1, b"data: 1\r\r"),
        (b"data: 1\n\n", 9, b"data: 1\n\n"),
    ],
)
def test_the_bytes_of_the_first_frames_end_with_their_blank_line(complete: bytes, count: int, first: bytes) -> None:
    assert first_frames(complete, count) == first
