"""Requests out of bytes, however the bytes are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulator.http1 import MAX_BODY, MAX_HEAD, BadRequestError, Inbox, Request

MEASURED = b"POST /a?b=c&d= HTTP/1.1\r\nHost: x\r\nX-Two: 1\r\nx-two: 2\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: t\r\n\r\n"
EMPTY = b"GET /c HTTP/1.1\r\nConnection: Close\r\n\r\n"


def read_all(pieces: list[bytes]) -> list[Request]:
    inbox, found = Inbox(), []
    for piece in pieces:
        inbox.feed(piece)
        while request := inbox.next_request():
            found.append(request)
    return found


def test_requests_are_read_one_after_the_other() -> None:
    measured, chunked, empty = read_all([MEASURED + CHUNKED + EMPTY])
    assert (measured.method, measured.path, measured.query) == ("POST", "/a", {"b": "c", "d": ""})
    assert measured.headers["x-two"] == "1, 2"
    assert measured.body == chunked.body == b"hello"
    assert (empty.method, empty.body) == ("GET", b"")
    assert [request.keeps_alive for request in (measured, chunked, empty)] == [True, True, False]


@given(st.lists(st.integers(0, len(MEASURED + CHUNKED + EMPTY)), max_size=8))
def test_where_the_bytes_are_cut_makes_no_difference(cuts: list[int]) -> None:
    data = MEASURED + CHUNKED + EMPTY
    borders = [0, *sorted(cuts), len(data)]
    pieces = [data[start:end] for start, end in pairwise(borders)]
    assert read_all(pieces) == read_all([data])
    assert read_all([bytes([byte]) for byte in data]) == read_all([data])


@pytest.mark.parametrize(
    "data",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nSpace : x\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1),
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n",
        b"GET / HTTP/1.1\r\nx: " + b"y" * MAX_HEAD,
    ],
)
def test_what_is_no_request_is_told(data: bytes) -> None:
    with pytest.raises(BadRequestError):
        read_all([data])
