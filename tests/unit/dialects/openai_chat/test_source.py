"""Media sources as URLs, and back."""

from __future__ import annotations

import pytest

from dragoman.dialects.openai_chat.source import parse_loose_source, parse_source, write_url
from dragoman.model.content import InlineData, PlainText, RemoteUrl, Source, StoredFile

CASES: list[tuple[str, Source]] = [
    ("data:image/png;base64,AAAA", InlineData("image/png", "AAAA")),
    ("data:text/plain;charset=utf-8;base64,AAAA", InlineData("text/plain;charset=utf-8", "AAAA")),
    ("data:text/plain,hello%20there", RemoteUrl("data:text/plain,hello%20there")),
    ("https://example.com/a;base64,b", RemoteUrl("https://example.com/a;base64,b")),
]


@pytest.mark.parametrize(("url", "source"), CASES)
def test_a_url_and_its_source_are_the_same_thing(url: str, source: Source) -> None:
    assert parse_source(url) == source
    assert write_url(source) == url


def test_what_is_neither_here_nor_at_a_url_has_none() -> None:
    assert write_url(StoredFile("f")) is None
    assert write_url(PlainText("t")) is None


def test_a_field_for_base64_may_hold_a_url() -> None:
    assert parse_loose_source("AAAA") == InlineData("", "AAAA")
    assert parse_loose_source("https://example.com/a.mp3") == RemoteUrl("https://example.com/a.mp3")
