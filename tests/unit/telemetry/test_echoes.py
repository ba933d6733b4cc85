"""What a provider says again of what it was shown does not get further."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.telemetry.echoes import (
    MAX_QUOTED_LENGTH,
    MAX_SEARCHED_BYTES,
    PIECE_LENGTH,
    mask_body,
    mask_pieces,
    quote_words,
)

SECRET = "zQ7-wK2m.Xr9_vT4bN8c"


@pytest.mark.parametrize(
    ("words", "quoted"),
    [
        ("max_tokens is too large: 9000", "max_tokens is too large: 9000"),
        (f"no such key {SECRET}!", "no such key ****!"),
        (f"no such key {SECRET[:8]}…{SECRET[-8:]}", "no such key ****…****"),
        (f"no such key {SECRET[:4]}…{SECRET[-4:]}", f"no such key {SECRET[:4]}…{SECRET[-4:]}"),
        ("Bearer abcdefghijkl is odd", "Bearer **** is odd"),
        ("ask org-a1B2c3D4e5 or proj_a1B2c3D4e5", "ask **** or ****"),
        ("user_location is no tool of org_chart", "user_location is no tool of org_chart"),
        (" two\nlines\x00and\u200ba\ttab ", "two lines and a tab"),
        ("", ""),
    ],
)
def test_words_are_quoted_without_what_is_secret(words: str, quoted: str) -> None:
    assert quote_words(words, [SECRET, "x"]) == quoted


def test_a_short_secret_is_masked_where_it_stands_whole() -> None:
    assert mask_pieces("k4Yz is not k4Y", ["k4Yz"]) == "**** is not k4Y"


def test_a_long_story_is_cut() -> None:
    quoted = quote_words("word " * 10_000, [SECRET])
    assert len(quoted) <= MAX_QUOTED_LENGTH
    assert quoted.endswith("word…")


def test_a_body_keeps_its_bytes_but_for_the_secret() -> None:
    body = '{"error": "Grüße \\u2028 '.encode() + bytes(range(256))
    assert mask_body(body, [SECRET, "Gr"]) is body
    assert mask_body(body + SECRET[3:15].encode() + body, [SECRET]) == body + b"****" + body
    long = b"x" * MAX_SEARCHED_BYTES
    assert mask_body(long, ["", SECRET]) is long
    assert mask_body(long + SECRET.encode(), ["", SECRET]) == long + b"****"


@given(st.text(max_size=60), st.text(max_size=60), st.integers(0, 12), st.integers(0, 20))
def test_no_piece_of_a_secret_is_left(before: str, after: str, start: int, length: int) -> None:
    quoted = quote_words(f"{before}{SECRET[start : start + length]}{after}", [SECRET])
    pieces = [SECRET[at : at + PIECE_LENGTH] for at in range(len(SECRET) - PIECE_LENGTH + 1)]
    assert not [piece for piece in pieces if piece in quoted]
