"""What a tool gave back, in each of the forms that the AI SDK has for it."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.ai_sdk_gateway.parse_results import DENIED, parse_result
from dragoman.errors import DragomanError
from dragoman.model.content import CacheBreakpoint, File, Image, InlineData, Opaque, RemoteUrl, StoredFile, Text


def result(output: Any, more: Any = None, custom: frozenset[str] = frozenset()) -> Any:
    return parse_result({"toolCallId": "c", "toolName": "t", "output": output, **(more or {})}, custom)


@pytest.mark.parametrize(
    ("output", "text", "is_error"),
    [
        ({"type": "text", "value": "Sunny"}, "Sunny", None),
        ({"type": "json", "value": {"a": [1]}}, '{"a":[1]}', None),
        ({"type": "json", "value": None}, "null", None),
        ({"type": "error-text", "value": "Down"}, "Down", True),
        ({"type": "error-json", "value": {"code": 1}}, '{"code":1}', True),
        ({"type": "execution-denied", "reason": "No."}, "No.", True),
        ({"type": "execution-denied"}, DENIED, True),
    ],
)
def test_every_kind_of_output_is_a_text(output: Any, text: str, is_error: bool | None) -> None:
    parsed = result(output)
    assert (parsed.parts, parsed.is_error, parsed.name) == ([Text(text)], is_error, "t")


def test_content_of_both_versions_is_read() -> None:
    items = [
        {"type": "text", "text": "Look:"},
        {"type": "image-data", "data": "AAAA", "mediaType": "image/png"},
        {"type": "image-url", "url": "https://x/y.png"},
        {"type": "file-id", "fileId": {"openai": "f1"}},
        {"type": "file", "mediaType": "image/gif", "data": {"type": "data", "data": "BBBB"}},
        {"type": "media", "data": "CCCC", "mediaType": "application/pdf"},
        {"type": "custom"},
    ]
    assert result({"type": "content", "value": items}).parts == [
        Text("Look:"),
        Image(InlineData("image/png", "AAAA")),
        Image(RemoteUrl("https://x/y.png")),
        File(StoredFile("f1")),
        Image(InlineData("image/gif", "BBBB")),
        File(InlineData("application/pdf", "CCCC")),
        Opaque("ai_sdk_gateway", "custom", {"type": "custom"}),
    ]


def test_results_of_free_text_tools_are_of_their_kind() -> None:
    assert result({"type": "text", "value": "ok"}, custom=frozenset({"t"})).kind == "custom"
    assert result({"type": "text", "value": "ok"}).kind == "function"


def test_a_breakpoint_may_stand_on_the_result_or_inside_it() -> None:
    options = {"providerOptions": {"anthropic": {"cacheControl": {"type": "ephemeral"}}}}
    assert result({"type": "text", "value": "ok"}, options).cache == CacheBreakpoint()
    assert result({"type": "text", "value": "ok", **options}).cache == CacheBreakpoint()


@pytest.mark.parametrize(
    ("output", "path"),
    [
        (None, "output"),
        ({"type": "poem"}, "output.type"),
        ({"type": "text"}, "output.value"),
        ({"type": "content", "value": [{"type": "smell"}]}, "output.value[0].type"),
        ({"type": "content", "value": [{"type": "image-data"}]}, "output.value[0].data"),
    ],
)
def test_what_is_wrong_is_named(output: Any, path: str) -> None:
    with pytest.raises(DragomanError) as caught:
        result(output)
    assert caught.value.path == path
