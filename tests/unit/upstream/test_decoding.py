"""Content codings undone step by step, however the bytes are cut; bombs, stumps and unknown codings refused."""

from __future__ import annotations

import gzip
import random
import zlib

import pytest

from dragoman.errors import DragomanError
from dragoman.upstream.decoding import STEP_BYTES, Decoder, drop_coding_headers, select_decoder
from dragoman.upstream.transport import Headers

TEXT = b"To be, or not to be, that is the question. " * 50


def deflate(data: bytes, window: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, window)
    return packer.compress(data) + packer.flush()


CODINGS = [
    pytest.param(b"gzip", gzip.compress(TEXT), id="gzip"),
    pytest.param(b"X-GZIP", gzip.compress(TEXT[:99]) + gzip.compress(TEXT[99:]), id="two-members"),
    pytest.param(b" deflate ", deflate(TEXT, 15), id="zlib"),
    pytest.param(b"deflate", deflate(TEXT, -15), id="bare-deflate"),
]


def make_decoder(coding: bytes) -> Decoder:
    decoder = select_decoder([(b"content-encoding", coding)])
    assert decoder is not None
    return decoder


def decode(decoder: Decoder, *pieces: bytes) -> bytes:
    plain = b""
    for piece in pieces:
        decoder.feed(piece)
        while step := decoder.step():
            plain += step
    decoder.finish()
    return plain


@pytest.mark.parametrize(("coding", "packed"), CODINGS)
def test_a_coding_is_undone_wherever_the_bytes_are_cut(coding: bytes, packed: bytes) -> None:
    assert decode(make_decoder(coding), packed) == TEXT
    assert decode(make_decoder(coding), *(packed[i : i + 1] for i in range(len(packed)))) == TEXT
    for cut in range(1, len(packed)):
        assert decode(make_decoder(coding), packed[:cut], packed[cut:]) == TEXT


@pytest.mark.parametrize(("coding", "packed"), CODINGS)
def test_a_stump_is_an_error_wherever_it_ends(coding: bytes, packed: bytes) -> None:
    whole_member = len(gzip.compress(TEXT[:99])) if coding == b"X-GZIP" else 0
    for cut in range(1, len(packed)):
        if cut != whole_member:
            with pytest.raises(DragomanError, match="ends in the middle"):
                decode(make_decoder(coding), packed[:cut])


@pytest.mark.parametrize("packed", [b"\x1f\x8bnonsense", b"plain text", gzip.compress(b"", mtime=0) + b"trailing"])
def test_what_is_not_compressed_is_an_error(packed: bytes) -> None:
    with pytest.raises(DragomanError, match="not validly compressed"):
        decode(make_decoder(b"gzip"), packed)


def test_an_empty_body_needs_no_coding() -> None:
    assert decode(make_decoder(b"gzip")) == b""


@pytest.mark.parametrize("window", [31, 15, -15])
@pytest.mark.parametrize("size", [STEP_BYTES - 1, STEP_BYTES, STEP_BYTES + 1, STEP_BYTES + 8, 3 * STEP_BYTES])
def test_no_step_is_longer_than_its_bound(size: int, window: int) -> None:
    noise = random.Random(1).randbytes(16384) * (size // 16384 + 1)  # its ratio stays below the bound
    decoder = make_decoder(b"gzip" if window == 31 else b"deflate")
    decoder.feed(deflate(noise[:size], window))
    steps = []
    while step := decoder.step():
        steps.append(step)
    decoder.finish()
    assert b"".join(steps) == noise[:size]
    assert max(map(len, steps)) <= STEP_BYTES


def test_a_bomb_goes_no_further_than_its_second_step() -> None:
    decoder = make_decoder(b"gzip")
    decoder.feed(gzip.compress(bytes(50 * STEP_BYTES)))
    assert len(decoder.step()) == STEP_BYTES
    with pytest.raises(DragomanError, match="compressed more than 100 times"):
        decoder.step()


def test_a_small_answer_may_be_compressed_as_well_as_it_can() -> None:
    assert len(decode(make_decoder(b"gzip"), gzip.compress(bytes(STEP_BYTES)))) == STEP_BYTES


def test_the_total_is_bounded() -> None:
    decoder = Decoder(31, total_bytes=1000)
    decoder.feed(gzip.compress(TEXT))
    with pytest.raises(DragomanError, match="longer than 1000 bytes"):
        decoder.step()


@pytest.mark.parametrize(
    "headers",
    [
        [(b"content-type", b"text/plain")],
        [(b"content-encoding", b"identity")],
        [(b"content-encoding", b"")],
        [(b"transfer-encoding", b"Chunked")],
    ],
)
def test_a_plain_body_has_no_decoder(headers: Headers) -> None:
    assert select_decoder(headers) is None


@pytest.mark.parametrize(
    "headers",
    [
        [(b"content-encoding", b"br")],
        [(b"content-encoding", b"zstd")],
        [(b"content-encoding", b"gzip, gzip")],
        [(b"content-encoding", b"gzip"), (b"content-encoding", b"gzip")],
        [(b"transfer-encoding", b"gzip, chunked")],
        [(b"transfer-encoding", b"identity")],
    ],
)
def test_a_coding_that_was_not_asked_for_is_an_error(headers: Headers) -> None:
    with pytest.raises(DragomanError) as caught:
        select_decoder(headers)
    assert caught.value.blame == "upstream"


def test_headers_that_spoke_of_the_packed_body_are_dropped() -> None:
    headers = [(b"content-encoding", b"gzip"), (b"content-length", b"9"), (b"content-type", b"text/plain")]
    assert drop_coding_headers(headers) == [(b"content-type", b"text/plain")]
