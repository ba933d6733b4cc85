"""Estimates grow with what is said and never miss a part."""

from __future__ import annotations

from typing import get_args

import pytest

from dragoman.model import content
from dragoman.model.request import CustomTool, FunctionTool, ProviderTool, Request, Turn
from dragoman.service.estimate import MEDIA_TOKENS, estimate_input_tokens

TEXT = "The quick brown fox jumps over the lazy dog. " * 20

PARTS: dict[type, content.Part] = {
    content.Text: content.Text(TEXT),
    content.Refusal: content.Refusal(TEXT),
    content.Reasoning: content.Reasoning(TEXT),
    content.Image: content.Image(content.InlineData("image/png", "AA==")),
    content.Audio: content.Audio(content.InlineData("audio/wav", "AA==")),
    content.Video: content.Video(content.RemoteUrl("https://example.org/v.mp4")),
    content.File: content.File(content.PlainText(TEXT)),
    content.ToolCall: content.ToolCall("c", "f", '{"text":"' + TEXT + '"}'),
    content.ToolResult: content.ToolResult("c", [content.Text(TEXT)]),
    content.Opaque: content.Opaque("d", "k", {"text": TEXT}),
}


def count(*parts: content.Part) -> int:
    return estimate_input_tokens(Request("m", [Turn("user", list(parts))]))


@pytest.mark.parametrize("kind", get_args(content.Part))
def test_every_kind_of_part_counts(kind: type) -> None:
    assert count(PARTS[kind]) > count() + 100


def test_english_text_is_about_four_bytes_a_token() -> None:
    assert 180 <= count(content.Text(TEXT)) - count() <= 260
    assert count(PARTS[content.Image]) - count() == MEDIA_TOKENS


def test_tools_count_with_their_schemas() -> None:
    schema = {"type": "object", "properties": {f"field_{number}": {"type": "string"} for number in range(30)}}
    with_tools = Request(
        "m",
        [],
        tools=[
            FunctionTool("f", "what it does", schema),
            CustomTool("c", "free text"),
            ProviderTool("d", "web_search", "web_search", {"type": "web_search"}),
        ],
    )
    assert estimate_input_tokens(with_tools) > estimate_input_tokens(Request("m", [])) + 200
