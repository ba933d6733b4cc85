"""Pieces that mean something only together."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from dragoman.dialects.openai_chat.fragments import join_audio, merge_detail
from dragoman.errors import DragomanError
from dragoman.model.content import InlineData


def test_pieces_of_a_detail_grow_together_until_another_begins() -> None:
    details: list[dict[str, Any]] = []
    for piece in (
        {"type": "reasoning.text", "text": "a", "index": 0, "signature": None},
        {"type": "reasoning.text", "text": "b", "index": 0},
        {"type": "reasoning.text", "signature": "sig", "index": 0, "format": None},
        {"type": "reasoning.text", "text": "c", "index": 1},
        {"type": "reasoning.encrypted", "data": "d", "index": 1},
    ):
        merge_detail(details, piece)
    assert details == [
        {"type": "reasoning.text", "text": "ab", "index": 0, "signature": "sig"},
        {"type": "reasoning.text", "text": "c", "index": 1},
        {"type": "reasoning.encrypted", "data": "d", "index": 1},
    ]


def test_a_piece_is_not_changed_by_those_that_follow() -> None:
    first = {"type": "t", "text": "a"}
    details: list[dict[str, Any]] = []
    merge_detail(details, first)
    merge_detail(details, {"type": "t", "text": "b"})
    assert first == {"type": "t", "text": "a"}


def test_sound_is_joined_with_its_transcript() -> None:
    audio = join_audio([{"id": "a"}, {"transcript": "Hel"}, {"data": "QUJD"}, {"data": "REVG", "transcript": "lo"}])
    assert audio.source == InlineData("", "QUJDREVG")
    assert audio.transcript == "Hello"
    assert audio.extras == {"openai_chat": {"audio": {"id": "a", "data": "QUJDREVG", "transcript": "Hello"}}}


def test_padding_within_sound_is_taken_out() -> None:
    audio = join_audio([{"data": base64.b64encode(piece).decode()} for piece in (b"a", b"bc", b"d")])
    assert isinstance(audio.source, InlineData)
    assert base64.b64decode(audio.source.data) == b"abcd"


def test_padding_within_what_is_no_base64_is_the_providers_fault() -> None:
    with pytest.raises(DragomanError):
        join_audio([{"data": "A="}, {"data": "AAAA"}])
