"""Parts of an answer as entries of content."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.ai_sdk_gateway.content import ContentWriter, emit_call
from dragoman.dialects.ai_sdk_gateway.wire import Version
from dragoman.model.content import (
    Audio,
    Citation,
    File,
    Image,
    InlineData,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    RemoteUrl,
    StoredFile,
    Text,
    ToolCall,
    ToolResult,
)
from dragoman.model.loss import Loss


def write(part: Part, version: Version = 4) -> tuple[list[dict[str, Any]], list[str]]:
    losses: list[Loss] = []
    entries = ContentWriter(losses, version).write(part, "p")
    return entries, [f"{loss.code}:{loss.path}" for loss in losses]


@pytest.mark.parametrize("version", [3, 4])
def test_a_cited_text_is_followed_by_its_sources(version: Version) -> None:
    entries, losses = write(
        Text("So.", [Citation("url", url="https://x/y"), Citation("url", url="https://x/z")]), version
    )
    assert [entry["type"] for entry in entries] == ["text", "source", "source"]
    assert [entry["id"] for entry in entries[1:]] == ["source-0", "source-1"]
    assert ("citations" in entries[0]) is (version == 4)
    assert losses == []


def test_a_summary_of_several_sections_is_several_entries_with_one_token() -> None:
    part = Reasoning(summary=["A", "B"], id="i", encrypted="e", extras={"openai_responses": {"minted": True}})
    metadata = {"openai": {"itemId": "i", "reasoningEncryptedContent": "e"}}
    assert write(part) == (
        [
            {"type": "reasoning", "text": "A", "providerMetadata": metadata},
            {"type": "reasoning", "text": "B", "providerMetadata": metadata},
        ],
        [],
    )


def test_thinking_that_holds_nothing_but_a_token_is_told_for_the_token() -> None:
    hidden = Reasoning(encrypted="e", extras={"openai_responses": {"minted": True}})
    assert write(hidden)[0][0]["text"] == ""
    assert write(Reasoning(""))[0] == []
    assert write(Reasoning("x", signature="s")) == ([{"type": "reasoning", "text": "x"}], ["stripped_token:p"])


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (ToolCall("c", "f", '{"a":1}'), '{"a":1}'),
        (ToolCall("c", "f", ""), "{}"),
        (ToolCall("c", "f", 'say "hi"', "custom"), '"say \\"hi\\""'),
    ],
)
def test_the_input_of_a_call_is_text_that_holds_json(call: ToolCall, expected: str) -> None:
    assert emit_call(call)["input"] == expected


@pytest.mark.parametrize(
    ("part", "version", "data"),
    [
        (Image(InlineData("image/png", "AA")), 4, {"type": "data", "data": "AA"}),
        (Image(InlineData("image/png", "AA")), 3, "AA"),
        (File(RemoteUrl("https://x/y")), 4, {"type": "url", "url": "https://x/y"}),
    ],
)
def test_files_are_told_in_each_version_s_form(part: Part, version: Version, data: Any) -> None:
    (entry,), losses = write(part, version)
    assert (entry["type"], entry["data"], losses) == ("file", data, [])
    assert entry["mediaType"]


@pytest.mark.parametrize(
    ("part", "version", "losses"),
    [
        (File(RemoteUrl("https://x/y")), 3, ["dropped:p"]),
        (File(StoredFile("f")), 4, ["dropped:p"]),
        (ToolResult("c", []), 4, ["dropped:p"]),
        (Opaque("anthropic_messages", "server_tool_use", {}), 3, ["dropped:p"]),
    ],
)
def test_what_has_no_place_is_a_loss(part: Part, version: Version, losses: list[str]) -> None:
    assert write(part, version) == ([], losses)


def test_what_is_told_differently_is_a_loss() -> None:
    assert write(Refusal("No.")) == ([{"type": "text", "text": "No."}], ["approximated:p"])
    assert write(Audio(InlineData("audio/wav", "AA"), "Hi."))[1] == ["dropped:p.transcript"]
    assert write(Text("Hi.", extras={"acme": {"x": 1, "_y": 2, "minted": True}}))[1] == ["dropped:p.extras.acme.x"]


def test_a_part_of_a_dialect_s_own_travels_as_a_custom_one() -> None:
    (entry,), losses = write(Opaque("anthropic_messages", "server_tool_use", {"id": "s"}))
    assert entry["kind"] == "anthropic_messages.server_tool_use"
    assert entry["providerMetadata"] == {"dragoman": {"opaque": {"id": "s"}}}
    assert losses == []
