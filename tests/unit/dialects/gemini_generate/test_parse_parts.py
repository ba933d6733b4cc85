"""Parts of a content, one kind after the other."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.gemini_generate.parse_parts import parse_part, parse_parts
from dragoman.dialects.gemini_generate.wire import MINTED, NAME
from dragoman.errors import DragomanError
from dragoman.model.content import (
    Audio,
    File,
    Image,
    InlineData,
    Opaque,
    Reasoning,
    RemoteUrl,
    StoredFile,
    Text,
    ToolCall,
    ToolResult,
    Video,
)

FILES = "https://generativelanguage.googleapis.com/v1beta/files/abc"


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        ({"text": "Hi"}, Text("Hi")),
        ({"text": "Hi", "thought": False}, Text("Hi")),
        ({"text": "Hi", "thoughtSignature": "S"}, Text("Hi", signature="S", extras=MINTED)),
        ({"text": "Hm", "thought": True}, Reasoning("Hm", extras=MINTED)),
        ({"text": "Hm", "thought": True, "thoughtSignature": "S"}, Reasoning("Hm", signature="S", extras=MINTED)),
        ({"thoughtSignature": "S"}, Text("", signature="S", extras={NAME: {"_bare": True, "minted": True}})),
        ({"inlineData": {"mimeType": "image/png", "data": "AA"}}, Image(InlineData("image/png", "AA"))),
        ({"inlineData": {"mimeType": "audio/wav", "data": "AA"}}, Audio(InlineData("audio/wav", "AA"))),
        ({"inlineData": {"mimeType": "video/mp4", "data": "AA"}}, Video(InlineData("video/mp4", "AA"))),
        ({"inlineData": {"mimeType": "application/pdf", "data": "AA"}}, File(InlineData("application/pdf", "AA"))),
        ({"fileData": {"fileUri": "https://a.example/b.png"}}, Image(RemoteUrl("https://a.example/b.png"))),
        ({"fileData": {"fileUri": FILES, "mimeType": "image/png"}}, Image(StoredFile(FILES, "image/png"))),
        ({"fileData": {"fileUri": "gs://a/b.pdf"}}, File(StoredFile("gs://a/b.pdf"))),
        ({"fileData": {"fileUri": "https://youtu.be/x"}}, Video(RemoteUrl("https://youtu.be/x"))),
        ({"functionCall": {"name": "f", "args": {"a": 1.0}}}, ToolCall("", "f", '{"a":1.0}')),
        ({"functionCall": {"name": "f"}}, ToolCall("", "f", "{}")),
    ],
)
def test_a_part_means(part: dict[str, Any], expected: object) -> None:
    assert parse_part(part) == expected


@pytest.mark.parametrize("kind", ["executableCode", "codeExecutionResult", "toolCall", "toolResponse", "somethingNew"])
def test_what_only_this_dialect_knows_is_opaque(kind: str) -> None:
    part = {"thoughtSignature": "S", kind: {"id": "1"}}
    assert parse_part(part) == Opaque(NAME, kind, part)


def test_a_draft_image_is_not_taken_for_the_answer() -> None:
    part = {"inlineData": {"mimeType": "image/png", "data": "AA"}, "thought": True}
    assert parse_part(part) == Opaque(NAME, "inlineData", part)


def test_a_signed_call_keeps_its_signature_and_unknown_fields() -> None:
    part = {"functionCall": {"name": "f", "id": "1", "newField": 2}, "thoughtSignature": "S", "partMetadata": {"a": 1}}
    extras = {NAME: {"partMetadata": {"a": 1}, "functionCall": {"newField": 2}, "minted": True}}
    assert parse_part(part) == ToolCall("1", "f", "{}", signature="S", extras=extras)


@pytest.mark.parametrize(
    ("response", "text", "is_error"),
    [
        ({"result": "Sunny"}, "Sunny", None),
        ({"output": "Sunny"}, "Sunny", None),
        ({"error": "Down"}, "Down", True),
        ({"error": {"code": 5}}, '{"error":{"code":5}}', True),
        ({"result": 5}, '{"result":5}', None),
        ({"result": '{"a":1}'}, '{"result":"{\\"a\\":1}"}', None),
        ({"sky": "blue"}, '{"sky":"blue"}', None),
    ],
)
def test_a_result_is_unwrapped_where_that_can_be_undone(response: dict[str, Any], text: str, is_error: bool) -> None:
    result = parse_part({"functionResponse": {"name": "f", "response": response}})
    assert isinstance(result, ToolResult)
    assert (result.parts, result.is_error, result.name) == ([Text(text)], is_error, "f")


def test_media_in_a_result_follow_its_text() -> None:
    media = [{"inlineData": {"mimeType": "image/png", "data": "AA"}}]
    result = parse_part({"functionResponse": {"name": "f", "response": {}, "parts": media, "scheduling": "SILENT"}})
    assert isinstance(result, ToolResult)
    assert result.parts == [Image(InlineData("image/png", "AA"))]
    assert result.extras == {NAME: {"functionResponse": {"scheduling": "SILENT"}}}


def test_a_lone_part_may_stand_without_its_list() -> None:
    assert parse_parts({"parts": {"text": "Hi"}}) == [Text("Hi")]
    assert parse_parts({}) == []


@pytest.mark.parametrize(
    ("parts", "path"),
    [
        ("text", "parts"),
        ([1], "parts[0]"),
        ([{"text": "a"}, {"text": 1}], "parts[1].text"),
        ([{"functionCall": []}], "parts[0].functionCall"),
        ([{"functionResponse": {"parts": [{"text": 1}]}}], "parts[0].functionResponse.parts[0].text"),
    ],
)
def test_a_wrong_type_is_refused_with_its_path(parts: Any, path: str) -> None:
    with pytest.raises(DragomanError) as caught:
        parse_parts({"parts": parts})
    assert caught.value.path == path
