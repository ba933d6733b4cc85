"""Content of messages, in all its forms."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_chat.parse_content import parse_content, parse_part, read_marks
from dragoman.errors import DragomanError
from dragoman.model.content import (
    Audio,
    CacheBreakpoint,
    File,
    Image,
    InlineData,
    Opaque,
    Part,
    Reasoning,
    RemoteUrl,
    StoredFile,
    Text,
    Video,
)

PARTS: list[tuple[dict[str, Any], Part]] = [
    ({"type": "text", "text": "a"}, Text("a")),
    (
        {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}, "x": 1},
        Text(
            "a",
            cache=CacheBreakpoint(),
            extras={"openai_chat": {"x": 1, "_form": {"cache_control": {"type": "ephemeral"}}}},
        ),
    ),
    (
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA", "detail": "low"}},
        Image(InlineData("image/png", "AA"), "low"),
    ),
    (
        {"type": "image_url", "image_url": "https://example.com/a.png"},
        Image(RemoteUrl("https://example.com/a.png"), extras={"openai_chat": {"_form": {"string": True}}}),
    ),
    (
        {"type": "image_url", "image_url": {"url": "https://a", "format": "png"}},
        Image(RemoteUrl("https://a"), extras={"openai_chat": {"image_url": {"format": "png"}}}),
    ),
    ({"type": "input_audio", "input_audio": {"data": "AA", "format": "mp3"}}, Audio(InlineData("audio/mpeg", "AA"))),
    ({"type": "video_url", "video_url": {"url": "https://a"}}, Video(RemoteUrl("https://a"))),
    (
        {"type": "file", "file": {"file_id": "file-1"}},
        File(StoredFile("file-1"), extras={"openai_chat": {"_form": {"shape": "file"}}}),
    ),
    (
        {"type": "document_url", "document_url": "https://a", "document_name": "a.pdf"},
        File(RemoteUrl("https://a"), "a.pdf", extras={"openai_chat": {"_form": {"shape": "document_url"}}}),
    ),
    ({"type": "hologram", "id": 1}, Opaque("openai_chat", "hologram", {"type": "hologram", "id": 1})),
]


@pytest.mark.parametrize(
    ("wire", "part"), PARTS, ids=[type(part).__name__ + str(i) for i, (_, part) in enumerate(PARTS)]
)
def test_a_part_is_read(wire: dict[str, Any], part: Part) -> None:
    assert parse_part(wire) == part


def test_content_is_a_string_or_a_list_or_nothing() -> None:
    assert parse_content("a") == [Text("a")]
    assert parse_content([]) == []
    assert parse_content(None) == []


def test_thinking_is_one_text_and_its_token_is_its_makers() -> None:
    wire = {"type": "thinking", "thinking": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}
    part = parse_part(wire)
    assert isinstance(part, Reasoning)
    assert part.text == "ab"
    assert part.extras == {"openai_chat": {"_form": {"part": wire}, "minted": True}}


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (3, "content"),
        ([3], "content[0]"),
        ([{"text": "a"}], "content[0].type"),
        ([{"type": "text", "text": "a"}, {"type": "text"}], "content[1].text"),
        ([{"type": "image_url"}], "content[0].image_url"),
        ([{"type": "image_url", "image_url": {"url": 3}}], "content[0].image_url.url"),
        ([{"type": "file", "file": {}}], "content[0].file"),
        ([{"type": "file", "file": {"file_id": "a", "file_data": "b"}}], "content[0].file"),
        ([{"type": "thinking", "thinking": 3}], "content[0].thinking"),
    ],
)
def test_an_error_names_its_place(content: Any, path: str) -> None:
    with pytest.raises(DragomanError) as caught:
        parse_content(content)
    assert (caught.value.path, caught.value.status, caught.value.blame) == (path, 400, "client")


def test_marks_are_read_only_where_there_are_any() -> None:
    assert read_marks({"a": 1}, frozenset({"a"})) == (None, None)
    assert read_marks({"a": 1}, frozenset()) == (None, {"openai_chat": {"a": 1}})
