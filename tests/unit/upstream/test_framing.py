"""The parser without a socket: every framing, every split, and nothing of what follows an answer gets into it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.errors import DragomanError
from dragoman.upstream.framing import MAX_BARREN_BYTES, MAX_HEAD_BYTES, MAX_HEADERS, AnswerParser
from tests.trials import trials

OK = b"HTTP/1.1 200 OK\r\n"
CLOSE = b"connection: close\r\n"
LENGTH = b"content-length: 5\r\n"
CHUNKS = b"transfer-encoding: chunked\r\n"

# name: (bytes, status, body, may be used again)
WHOLE: dict[str, tuple[bytes, int, bytes, bool]] = {
    "length": (OK + LENGTH + b"\r\nhello", 200, b"hello", True),
    "length-close": (OK + LENGTH + CLOSE + b"\r\nhello", 200, b"hello", False),
    "length-zero": (OK + b"content-length: 0\r\n\r\n", 200, b"", True),
    "chunks": (OK + CHUNKS + b"\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", 200, b"hello", True),
    "chunks-extended": (OK + CHUNKS + b"\r\n5;a=b\r\nhello\r\n0\r\n\r\n", 200, b"hello", True),
    "chunks-trailed": (OK + CHUNKS + b"\r\n5\r\nhello\r\n0\r\nx-sum: 1\r\n\r\n", 200, b"hello", True),
    "no-content": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
    "not-modified": (b"HTTP/1.1 304 Not Modified\r\n" + LENGTH + b"\r\n", 304, b"", True),
    "no-reason": (b"HTTP/1.1 404\r\n" + LENGTH + b"\r\nhello", 404, b"hello", True),
    "http-1.0": (b"HTTP/1.0 200 OK\r\n" + LENGTH + b"\r\nhello", 200, b"hello", False),
    "continue": (b"HTTP/1.1 100 Continue\r\n\r\n" + OK + LENGTH + b"\r\nhello", 200, b"hello", True),
    "early-hints": (b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + OK + LENGTH + b"\r\nhello", 200, b"hello", True),
}

REFUSED: dict[str, bytes] = {
    "no-http": b"GET / HTTP/1.1\r\n\r\n",
    "status-too-long": b"HTTP/1.1 2000 OK\r\n\r\n",
    "status-too-low": b"HTTP/1.1 099 OK\r\n\r\n",
    "bare-line-feeds": b"HTTP/1.1 200 OK\ncontent-length: 0\n\n",
    "folded-header": OK + b"a: b\r\n c\r\n\r\n",
    "space-before-colon": OK + b"a : b\r\n\r\n",
    "negative-length": OK + b"content-length: -1\r\n\r\n",
    "two-lengths": OK + LENGTH + LENGTH + b"\r\nhello",
    "length-and-chunks": OK + LENGTH + CHUNKS + b"\r\n0\r\n\r\n",
    "bad-chunk-size": OK + CHUNKS + b"\r\nx\r\n",
    "chunk-too-long": OK + CHUNKS + b"\r\n2\r\nhello\r\n0\r\n\r\n",
    "upgrade": b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
    "upgrade-unnamed": b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    "interim-with-body": b"HTTP/1.1 104 What\r\n" + LENGTH + b"\r\nhello",
    "too-many-headers": OK + b"a: b\r\n" * (MAX_HEADERS + 1) + b"\r\n",
    "endless-header": OK + b"a: " + b"b" * (MAX_HEAD_BYTES + 1),
    "endless-trailers": OK + CHUNKS + b"\r\n0\r\n" + b"a: b\r\n" * MAX_BARREN_BYTES,
}


def parse(*pieces: bytes, method: bytes = b"POST") -> AnswerParser:
    parser = AnswerParser()
    parser.expect(method)
    for piece in pieces:
        parser.feed(piece)
    return parser


@pytest.mark.parametrize("name", WHOLE)
def test_every_framing_reads_the_same_however_it_is_split(name: str) -> None:
    data, status, body, is_reusable = WHOLE[name]
    splits = [[data], [data[i : i + 1] for i in range(len(data))]]
    splits += [[data[:cut], data[cut:]] for cut in range(1, len(data))]
    for pieces in splits:
        parser = parse(*pieces)
        assert (parser.stage, parser.status, b"".join(parser.chunks)) == ("complete", status, body)
        assert parser.is_reusable is is_reusable
        assert not any(name in {b"link", b"x-sum"} for name, _ in parser.headers)


@pytest.mark.parametrize("name", WHOLE)
def test_no_end_of_input_before_the_last_byte_is_clean(name: str) -> None:
    data, *_ = WHOLE[name]
    for cut in range(len(data)):
        parser = parse(data[:cut])
        assert not parser.end()
        assert parser.stage != "complete"


@pytest.mark.parametrize("name", WHOLE)
def test_what_follows_an_answer_spoils_the_connection_but_not_the_answer(name: str) -> None:
    data, status, body, _ = WHOLE[name]
    for stray in (OK + LENGTH + b"\r\nother", b"HTTP/1.1 20", b"\0"):
        for pieces in ([data + stray], [data, stray]):
            parser = parse(*pieces)
            assert (parser.stage, parser.status, b"".join(parser.chunks)) == ("complete", status, body)
            assert not parser.is_reusable


@pytest.mark.parametrize("name", REFUSED)
def test_what_breaks_the_rules_is_refused_however_it_is_split(name: str) -> None:
    data = REFUSED[name]
    size = max(1, len(data) // 50)
    for pieces in ([data], [data[i : i + size] for i in range(0, len(data), size)]):
        with pytest.raises(DragomanError) as caught:
            parse(*pieces)
        assert (caught.value.blame, caught.value.phase) == ("upstream", "body")


def test_a_body_without_length_ends_with_the_connection() -> None:
    parser = parse(OK + b"\r\nhel", b"lo")
    assert parser.stage == "body"
    assert parser.end()
    assert (parser.stage, parser.chunks, parser.is_reusable) == ("complete", [b"hel", b"lo"], False)


def test_an_answer_to_head_ends_with_its_head_and_spoils_the_connection() -> None:
    parser = parse(OK + LENGTH + b"\r\nhello", method=b"HEAD")
    assert (parser.stage, parser.chunks, parser.is_reusable) == ("complete", [], False)


def test_silence_is_told_from_a_beginning() -> None:
    assert not AnswerParser().is_silent
    assert parse().is_silent
    assert not parse(b"H").is_silent
    assert not parse(OK + b"\r\n").is_silent


def test_one_parser_reads_answer_after_answer() -> None:
    parser = AnswerParser()
    for name in ("length", "chunks", "chunks-trailed", "no-content", "continue"):
        data, status, body, _ = WHOLE[name]
        parser.expect(b"POST")
        parser.feed(data)
        assert (parser.stage, parser.status, b"".join(parser.chunks)) == ("complete", status, body)
        parser.stage = "idle"
        parser.chunks.clear()


def test_header_names_are_lower_case_and_values_untouched() -> None:
    assert parse(OK + b"X-A: B c\r\nX-Empty:\r\n\r\n").headers == [(b"x-a", b"B c"), (b"x-empty", b"")]


@trials(300)
@given(st.lists(st.binary(max_size=40) | st.sampled_from([data for data, *_ in WHOLE.values()]), max_size=6))
def test_any_bytes_raise_nothing_but_our_error(pieces: list[bytes]) -> None:
    with suppress(DragomanError):
        parse(*pieces)
