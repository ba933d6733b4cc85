"""Content blocks to parts; what is unknown stays whole."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.anthropic_messages.parse_blocks import parse_block, parse_cache, parse_citation, parse_extras
from dragoman.errors import DragomanError
from dragoman.model.content import (
    CacheBreakpoint,
    Citation,
    File,
    Image,
    InlineData,
    Opaque,
    PartList,
    PlainText,
    Reasoning,
    RemoteUrl,
    StoredFile,
    Text,
    ToolCall,
    ToolResult,
)

OWN = "anthropic_messages"


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "text", "text": "a"}, Text("a")),
        (
            {"type": "text", "text": "a", "citations": None, "cache_control": {"type": "ephemeral"}, "new": 1},
            Text("a", cache=CacheBreakpoint(), extras={OWN: {"new": 1}}),
        ),
        ({"type": "image", "source": {"type": "url", "url": "u"}}, Image(RemoteUrl("u"))),
        (
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "d", "new": 1}},
            Image(InlineData("image/png", "d"), extras={OWN: {"source": {"new": 1}}}),
        ),
        (
            {
                "type": "document",
                "source": {"type": "file", "file_id": "f"},
                "title": "t",
                "citations": {"enabled": True},
            },
            File(StoredFile("f"), name="t", cite=True),
        ),
        (
            {"type": "document", "source": {"type": "text", "data": "d"}, "context": "c", "citations": {"enabled": 1}},
            File(PlainText("d"), context="c", extras={OWN: {"citations": {"enabled": 1}}}),
        ),
        ({"type": "document", "source": {"type": "content", "content": "a"}}, File(PartList([Text("a")]))),
        (
            {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "a"}]},
            File(PartList([Text("a")]), name="t", extras={OWN: {"type": "search_result", "source": "s"}}),
        ),
        ({"type": "tool_use", "id": "i", "name": "n", "input": {"a": 1}}, ToolCall("i", "n", '{"a":1}')),
        ({"type": "tool_use", "id": "i", "name": "n", "input": None}, ToolCall("i", "n", "{}")),
        (
            {"type": "tool_result", "tool_use_id": "i", "content": "c"},
            ToolResult("i", [Text("c")], shorthand=True),
        ),
        (
            {"type": "tool_result", "tool_use_id": "i", "content": [{"type": "text", "text": "c"}], "is_error": True},
            ToolResult("i", [Text("c")], is_error=True),
        ),
        ({"type": "tool_result", "tool_use_id": "i"}, ToolResult("i", [])),
    ],
)
def test_a_block_becomes_its_part(block: dict[str, Any], part: object) -> None:
    assert parse_block(block) == part


def test_only_a_signature_marks_thinking_as_anthropics() -> None:
    signed = parse_block({"type": "thinking", "thinking": "t", "signature": "s", "new": 1})
    assert signed == Reasoning("t", signature="s", extras={OWN: {"new": 1, "minted": True}})
    unsigned = parse_block({"type": "thinking", "thinking": "t", "signature": "", "minted": True})
    assert unsigned == Reasoning("t", signature="")
    assert parse_block({"type": "thinking", "thinking": "t"}) == Reasoning("t")
    assert parse_block({"type": "redacted_thinking", "data": "d"}) == Reasoning(
        redacted="d", extras={OWN: {"minted": True}}
    )


@pytest.mark.parametrize(
    "block",
    [
        {"type": "server_tool_use", "id": "i", "name": "n", "input": {}},
        {"type": "something_new"},
        {"type": "image", "source": {"type": "hologram"}},
        {"type": "document", "source": {}},
    ],
)
def test_what_is_unknown_is_kept_whole(block: dict[str, Any]) -> None:
    assert parse_block(block) == Opaque(OWN, block["type"], block)


@pytest.mark.parametrize(
    ("block", "path"),
    [
        ({}, "type"),
        ({"type": 1}, "type"),
        ({"type": "text"}, "text"),
        ({"type": "image", "source": {"type": "base64", "media_type": "image/png"}}, "data"),
        ({"type": "image"}, "source"),
        ({"type": "tool_result", "tool_use_id": "i", "content": 1}, "content"),
        ({"type": "tool_result", "tool_use_id": "i", "content": [{"type": "text"}]}, "content[0].text"),
        ({"type": "text", "text": "a", "citations": [{}]}, "citations[0].type"),
        ({"type": "text", "text": "a", "cache_control": "5m"}, "cache_control"),
    ],
)
def test_a_wrong_field_is_named(block: dict[str, Any], path: str) -> None:
    with pytest.raises(DragomanError) as caught:
        parse_block(block)
    assert caught.value.path == path


@pytest.mark.parametrize(
    ("control", "cache", "rest"),
    [
        ({"type": "ephemeral"}, CacheBreakpoint(), None),
        ({"type": "ephemeral", "ttl": "1h"}, CacheBreakpoint("1h"), None),
        ({"type": "ephemeral", "ttl": "1h", "scope": "global"}, CacheBreakpoint("1h"), {"scope": "global"}),
        ({"type": "ephemeral", "ttl": "9d", "scope": "x"}, CacheBreakpoint(), {"ttl": "9d", "scope": "x"}),
        ({"type": "persistent"}, CacheBreakpoint(), {"type": "persistent"}),
    ],
)
def test_a_breakpoint_keeps_what_we_have_no_word_for(control: Any, cache: CacheBreakpoint, rest: Any) -> None:
    block = {"type": "text", "cache_control": control}
    assert parse_cache(block) == cache
    extras = parse_extras(block, frozenset({"type", "cache_control"}))
    assert extras == (None if rest is None else {OWN: {"cache_control": rest}})


def test_a_citation_says_where_it_is_from() -> None:
    page = {
        "type": "page_location",
        "cited_text": "c",
        "document_index": 2,
        "document_title": None,
        "start_page_number": 1,
        "end_page_number": 3,
        "file_id": "f",
    }
    expected = Citation(
        "document_page", cited_text="c", document_index=2, start=1, end=3, extras={OWN: {"file_id": "f"}}
    )
    assert parse_citation(page) == expected
    new = {"type": "new_location", "cited_text": "c", "place": 1}
    assert parse_citation(new) == Citation("other", cited_text="c", extras={OWN: new})
