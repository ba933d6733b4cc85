"""Server-sent events as the specification has them: https://html.spec.whatwg.org/multipage/server-sent-events.html"""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.errors import DragomanError, Kind
from dragoman.wire.sse import SseDecoder, SseFrame, emit_comment, emit_sse, split_frames


def frame(data: str | None, event: str = "") -> SseFrame:
    return SseFrame(event.encode(), data if data is None else data.encode())


def read(*chunks: bytes) -> list[SseFrame]:
    """All frames of some chunks."""
    decoder = SseDecoder()
    frames = [found for chunk in chunks for found in decoder.feed(chunk)]
    return frames + decoder.finish()


CASES: list[tuple[str, str, list[SseFrame]]] = [
    ("nothing", "", []),
    ("blank lines alone", "\n\n\n", []),
    ("one line", "data: a\n\n", [frame("a")]),
    ("no space after the colon", "data:a\n\n", [frame("a")]),
    ("only the first space goes", "data:  a\n\n", [frame(" a")]),
    ("several lines join with a newline", "data: a\ndata: b\ndata\n\n", [frame("a\nb\n")]),
    ("empty data is data", "data:\n\n", [frame("")]),
    ("a field without a colon", "data\n\n", [frame("")]),
    ("a name", "event: ping\ndata: a\n\n", [frame("a", "ping")]),
    ("a name after the data", "data: a\nevent: ping\n\n", [frame("a", "ping")]),
    ("the last name counts", "event: a\nevent: b\ndata: c\n\n", [frame("c", "b")]),
    ("a name holds for one event", "event: a\ndata: b\n\ndata: c\n\n", [frame("b", "a"), frame("c")]),
    ("a name without data", "event: a\n\n", [frame(None, "a")]),
    ("comments", ": hi\n:\ndata: a\n: there\n\n", [frame("a")]),
    ("a comment alone", ": hi\n\n", [frame(None)]),
    ("ids, retries and the unknown", "id: 7\nretry: 10\nfoo: bar\ndata: a\n\n", [frame("a")]),
    ("fields are told by case", "Data: a\ndata: b\n\n", [frame("b")]),
    ("fields are told by their whole name", "datax: a\n data: b\ndata: c\n\n", [frame("c")]),
    ("colons in data", "data: a: b:c\n\n", [frame("a: b:c")]),
    ("blank lines between events", "data: a\n\n\n\ndata: b\n\n", [frame("a"), frame("b")]),
    ("blank lines before the first", "\n\ndata: a\n\n", [frame("a")]),
    ("a byte order mark", "\ufeffdata: a\n\n", [frame("a")]),
    ("only one byte order mark", "\ufeff\ufeffdata: a\n\n", [frame(None)]),
    ("a byte order mark within", "data: a\n\n\ufeffdata: b\n\n", [frame("a"), frame(None)]),
    (
        "separators that only look like line ends",
        "data: a\u2028b\u2029c\x85d\x0be\x0cf\n\n",
        [frame("a\u2028b\u2029c\x85d\x0be\x0cf")],
    ),
    ("letters of many bytes", "data: é漢👩‍👩‍👧‍👦\n\n", [frame("é漢👩‍👩‍👧‍👦")]),
    ("a zero byte", "data: a\0b\n\n", [frame("a\0b")]),
    ("the last blank line is missing", "data: a\n\ndata: b\n", [frame("a"), frame("b")]),
    ("the last line end is missing", "data: a\n\nevent: x\ndata: b", [frame("a"), frame("b", "x")]),
]
LINE_ENDS = ["\n", "\r\n", "\r"]


@pytest.mark.parametrize("line_end", LINE_ENDS, ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize(("text", "frames"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_frames_are_the_same_with_any_line_end_and_any_cut(text: str, frames: list[SseFrame], line_end: str) -> None:
    data = text.replace("\n", line_end).encode()
    assert read(data) == frames
    assert read(*[data[place : place + 1] for place in range(len(data))]) == frames
    for place in range(1, len(data)):
        assert read(data[:place], data[place:]) == frames, f"cut at {place}"
        assert read(data[:place], b"", data[place:]) == frames


@pytest.mark.parametrize("ends", list(itertools.product(LINE_ENDS, repeat=3)))
def test_line_ends_may_be_mixed(ends: tuple[str, str, str]) -> None:
    data = f"data: a{ends[0]}data: b{ends[1]}{ends[2]}data: c\n\n".encode()
    is_one_line_end = ends[1:] == ("\r", "\n")
    expected = [frame("a\nb\nc")] if is_one_line_end else [frame("a\nb"), frame("c")]
    for place in range(len(data)):
        assert read(data[:place], data[place:]) == expected


TOKENS = st.sampled_from(
    [b"data: a", b"event: e", b":", b"\n", b"\r", b"\r\n", b"\n\n", b" ", b"\xef\xbb\xbf", b"x\xe2\x80\xa8"]
)


@given(st.lists(TOKENS, max_size=14), st.randoms(use_true_random=False))
def test_however_the_bytes_are_cut_the_frames_are_the_same(tokens: list[bytes], chance: random.Random) -> None:
    data = b"".join(tokens)
    places = sorted(chance.sample(range(len(data) + 1), min(3, len(data) + 1)))
    bounds = [0, *places, len(data)]
    chunks = [data[start:end] for start, end in itertools.pairwise(bounds)]
    assert read(*chunks) == read(data)


@given(st.lists(TOKENS, max_size=14), st.integers(1, 9))
def test_complete_bytes_are_what_was_fed_and_belong_to_the_frames(tokens: list[bytes], size: int) -> None:
    data = b"".join(tokens)
    decoder = SseDecoder()
    complete = b""
    for start in range(0, len(data), size):
        frames = decoder.feed(data[start : start + size])
        assert len(split_frames(decoder.complete)) == len(frames)
        complete += decoder.complete
    decoder.finish()
    rest = data.removeprefix(b"\xef\xbb\xbf").removeprefix(complete)
    assert complete + rest == data.removeprefix(b"\xef\xbb\xbf")
    assert decoder.complete.strip(b"\r\n") == rest.strip(b"\r\n")


def test_a_finished_event_is_never_held_back() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b"data: a\r\r") == [frame("a")]
    assert decoder.feed(b"data: b\r\n\r\n") == [frame("b")]
    assert decoder.feed(b"data: c\r\n\r") == [frame("c")]
    assert decoder.feed(b"\ndata: d\n\n") == [frame("d")]


@pytest.mark.parametrize("size", [1, 1000, 5000])
def test_an_event_that_never_ends_is_refused_when_it_grows_too_large(size: int) -> None:
    decoder = SseDecoder(max_event_bytes=10_000)
    fed = 0
    with pytest.raises(DragomanError) as caught:
        while fed < 100_000:
            decoder.feed(b"x" * size)
            fed += size
    assert (caught.value.kind, caught.value.blame) == (Kind.UNAVAILABLE, "upstream")
    assert fed <= 10_000


def test_many_events_may_be_larger_together() -> None:
    decoder = SseDecoder(max_event_bytes=100)
    data = b"data: " + b"x" * 80 + b"\n\n"
    assert len(decoder.feed(data * 1000)) == 1000
    assert sum(len(decoder.feed(data[place : place + 1])) for _ in range(10) for place in range(len(data))) == 10


class CountingBytes(bytes):
    """Bytes that count how many of them are searched or copied."""

    touched = 0

    def __add__(self, other: bytes) -> bytes:  # type: ignore[override]
        CountingBytes.touched += len(self) + len(other)
        return bytes(self) + other

    def __radd__(self, other: bytes) -> bytes:
        CountingBytes.touched += len(self) + len(other)
        return other + bytes(self)


@pytest.mark.parametrize("count", [50, 500])
def test_a_long_event_in_many_chunks_costs_each_byte_a_bounded_number_of_times(count: int) -> None:
    CountingBytes.touched = 0
    decoder = SseDecoder()
    for _ in range(count):
        decoder.feed(CountingBytes(b"x" * 100))
    assert CountingBytes.touched <= count * 110


def test_what_is_emitted_is_read_again() -> None:
    data = emit_sse(b'{"a":1}') + emit_comment(b"hi") + emit_sse(b"[]", b"done")
    assert data == b'data: {"a":1}\n\n: hi\n\nevent: done\ndata: []\n\n'
    assert read(data) == [frame('{"a":1}'), frame(None), frame("[]", "done")]


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"])
def test_complete_bytes_can_be_split_into_those_of_each_frame(line_end: bytes) -> None:
    events = [b"\n\n: hi\n\n", b"data: a\n\n", b"\n\nevent: b\ndata: c\n\n"]
    events = [event.replace(b"\n", line_end) for event in events]
    assert split_frames(b"".join(events)) == events
    assert split_frames(b"") == []
