"""Content parts of requests and answers → the model's parts."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_responses.parse_parts import parse_content, parse_part, read_source
from dragoman.dialects.openai_responses.wire import NAME
from dragoman.errors import DragomanError
from dragoman.model.content import (
    Audio,
    CacheBreakpoint,
    File,
    Image,
    InlineData,
    Opaque,
    Part,
    Refusal,
    RemoteUrl,
    StoredFile,
    Text,
)

CASES: list[tuple[dict[str, Any], Part]] = [
    ({"type": "input_text", "text": "Hi."}, Text("Hi.")),
    ({"type": "output_text", "text": "Hi."}, Text("Hi.", extras={NAME: {"_type": "output_text"}})),
    ({"type": "output_text", "text": "Hi.", "annotations": []}, Text("Hi.", [], extras={NAME: {"_type": "output_text"}})),
    ({"type": "refusal", "refusal": "No."}, Refusal("No.")),
    ({"type": "input_image", "image_url": "https://a/b.png", "detail": "low"}, Image(RemoteUrl("https://a/b.png"), "low")),
    ({"type": "input_image", "image_url": "data:image/png;base64,AA=="}, Image(InlineData("image/png", "AA=="))),
    ({"type": "input_image", "file_id": "file-1"}, Image(StoredFile("file-1"))),
    ({"type": "input_file", "file_data": "data:text/plain;charset=x;base64,AA=="}, File(InlineData("text/plain;charset=x", "AA=="))),
    ({"type": "input_file", "file_data": "AA==", "filename": "a"}, File(InlineData("", "AA=="), "a")),
    ({"type": "input_file", "file_url": "https://a/b.pdf"}, File(RemoteUrl("https://a/b.pdf"))),
    ({"type": "input_file", "file_id": "file-1"}, File(StoredFile("file-1"))),
    ({"type": "input_audio", "input_audio": {"data": "AA==", "format": "mp3"}}, Audio(InlineData("audio/mpeg", "AA=="))),
]  # fmt: skip


@pytest.mark.parametrize(("value", "part"), CASES)
def test_each_kind_of_content_has_its_part(value: dict[str, Any], part: Part) -> None:
    assert parse_part(value, "input_text") == part


@pytest.mark.parametrize(
    "value",
    [
        {"type": "input_hologram", "beam": 7},
        {"type": "input_image"},
        {"type": "input_file", "filename": "a"},
        {"type": "input_audio", "input_audio": {"data": "", "format": "wav", "rate": 8000}},
    ],
)
def test_content_that_has_no_part_is_kept_whole(value: dict[str, Any]) -> None:
    assert parse_part(value, "input_text") == Opaque(NAME, value["type"], value)


def test_a_cache_breakpoint_is_understood_and_its_own_words_are_kept() -> None:
    part = parse_part(
        {"type": "input_text", "text": "Hi.", "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"}},
        "input_text",
    )
    assert isinstance(part, Text)
    assert part.cache == CacheBreakpoint()
    assert part.extras == {NAME: {"_cache": {"mode": "explicit", "ttl": "12h"}}}


def test_citations_keep_the_wires_own_object() -> None:
    annotation = {"type": "url_citation", "url": "https://a", "title": "A", "start_index": 1, "end_index": 4}
    part = parse_part({"type": "output_text", "text": "Text", "annotations": [annotation]}, "output_text")
    assert isinstance(part, Text)
    assert part.citations
    citation = part.citations[0]
    assert (citation.kind, citation.url, citation.title, citation.start, citation.end) == (
        "url",
        "https://a",
        "A",
        1,
        4,
    )
    assert citation.extras == {NAME: {"_annotation": annotation}}


def test_a_data_uri_of_an_unusual_form_stays_a_url() -> None:
    assert read_source("data:text/plain,hello") == RemoteUrl("data:text/plain,hello")
    assert read_source("data:;base64,AA==") == RemoteUrl("data:;base64,AA==")


@pytest.mark.parametrize(
    ("content", "path"),
    [
        (["Hi."], "[0]"),
        ([{"text": "Hi."}], "[0].type"),
        ([{"type": "input_text", "text": "a"}, {"type": "input_text", "text": 7}], "[1].text"),
        ([{"type": "input_image", "image_url": {"url": "x"}}], "[0].image_url"),
        ([{"type": "input_audio", "input_audio": {"data": ""}}], "[0].input_audio.format"),
        ([{"type": "output_text", "text": "", "annotations": [7]}], "[0].annotations[0]"),
    ],
)
def test_malformed_content_is_refused_with_its_path(content: list[Any], path: str) -> None:
    with pytest.raises(DragomanError) as raised:
        parse_content(content, "input_text")
    assert raised.value.path == path
