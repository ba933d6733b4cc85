"""Frames of both kinds, however they are cut."""

from __future__ import annotations

import json

import pytest

from dragoman.dialects.gemini_generate.framing import ArrayWriter, FrameReader, ObjectScanner
from dragoman.errors import DragomanError, Kind
from tests.grammars.gemini_generate import check_array

OBJECTS = ['{"a": "}]\\" [{", "b": {"c": [1, {}]}}', "{}", '{"d":\n "\\\\"}']
ARRAY = ("[" + ",\r\n".join(OBJECTS) + "]").encode()


def read_all(data: bytes, *cuts: int) -> tuple[list[bytes], bytes]:
    reader = FrameReader()
    frames: list[bytes] = []
    complete = b""
    for start, end in zip((0, *cuts), (*cuts, len(data)), strict=True):
        frames += reader.feed(data[start:end])
        complete += reader.complete
    frames += reader.finish()
    return frames, complete + reader.complete


def test_every_cut_of_an_array_gives_the_same_objects() -> None:
    expected = [text.encode() for text in OBJECTS]
    assert read_all(ARRAY)[0] == expected
    for cut in range(len(ARRAY)):
        assert read_all(ARRAY, cut)[0] == expected, cut
    assert read_all(ARRAY, *range(1, len(ARRAY)))[0] == expected


def test_objects_without_an_array_are_read_as_well() -> None:
    assert read_all(b' {"error": {}}')[0] == [b'{"error": {}}']


def test_an_array_is_passed_on_as_events() -> None:
    _, complete = read_all(ARRAY)
    lines = [line for line in complete.split(b"\n") if line]
    assert [json.loads(line.removeprefix(b"data: ")) for line in lines] == [json.loads(text) for text in OBJECTS]


def test_an_object_that_never_ends_is_an_error() -> None:
    with pytest.raises(DragomanError) as caught:
        read_all(b'[{"a": 1')
    assert caught.value.phase == "stream"


def test_an_object_without_bounds_is_refused() -> None:
    scanner = ObjectScanner()
    scanner.feed(b'[{"a":"')
    with pytest.raises(DragomanError):
        for _ in range(10):
            scanner.feed(b"x" * 1_000_000)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_events_keep_every_byte_wherever_they_are_cut(end: bytes) -> None:
    data = b"".join(b"data: " + text.replace("\n", " ").encode() + end + end for text in OBJECTS)
    data += b"data: [DONE]" + end + end
    expected = [text.replace("\n", " ").encode() for text in OBJECTS]
    for cut in range(len(data)):
        assert read_all(data, cut) == (expected, data), cut
    assert read_all(data, *range(1, len(data))) == (expected, data)


@pytest.mark.parametrize(
    "data",
    [
        b"data: {}\r\n\r\ndata: []\r\n\r\n",
        b"data: {}\n\ndata: []\n\n",
        b"data: {}\r\n\r\n: ping\r\n\r\ndata: []\r\n\r\n",
        b"data: {\ndata: }\n\ndata: []\n\n",
        b"data: {}\n\ndata: []\r\n\r\n",
        b"data:{}\r\n\r\nevent: x\r\ndata: []\r\n\r\n",
        b"data: {}\r\rdata: []\r\r",
        b"data: \r\n\r\ndata: {}\r\n\r\ndata: [DONE]\r\n\r\ndata: []\r\n\r\n",
        b"\xef\xbb\xbfdata: {}\n\ndata: []\n\n",
    ],
)
def test_the_short_way_and_the_decoder_read_the_same(data: bytes) -> None:
    whole = read_all(data)[0]
    assert [frame.replace(b"\n", b"") for frame in whole] == [b"{}", b"[]"]
    for cut in range(len(data)):
        assert read_all(data, cut)[0] == whole, cut


def test_an_event_without_bounds_is_refused_as_part_of_the_stream() -> None:
    reader = FrameReader()
    with pytest.raises(DragomanError) as caught:
        for _ in range(10):
            reader.feed(b"data: " + b"x" * 1_000_000)
    assert caught.value.phase == "stream"


def test_events_become_the_elements_of_one_array() -> None:
    writer = ArrayWriter()
    chunk = (
        b'data: {"candidates":[{"content":{"parts":[{"text":"x"}],"role":"model"},"finishReason":"STOP","index":0}]}'
    )
    data = writer.add(chunk[:20]) + writer.add(chunk[20:] + b"\r\n\r\n") + writer.end()
    check_array(data)
    assert ArrayWriter().end() == b"[]"


def test_a_failed_array_ends_with_the_error() -> None:
    error = DragomanError(Kind.UNAVAILABLE, "Cut.", blame="upstream")
    writer = ArrayWriter()
    begun = writer.add(b'data: {"candidates":[]}\n\n')
    check_array(begun + writer.fail(error))
    assert json.loads(ArrayWriter().fail(error))[0]["error"]["code"] == 502
