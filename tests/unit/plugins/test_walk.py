"""Every text of a request is found, and nothing that is not text changes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from dragoman.model.content import (
    Citation,
    File,
    Image,
    InlineData,
    Opaque,
    Part,
    PartList,
    PlainText,
    Reasoning,
    RemoteUrl,
    StoredFile,
    Text,
    ToolCall,
    ToolResult,
)
from dragoman.model.request import CustomTool, FunctionTool, ProviderTool, Request, ToolChoice, Turn
from dragoman.plugins.walk import list_texts, map_texts, unescape

CANARY = "ann@example.com"


def build_request(word: str) -> Request:
    """Texts are `word`, and everything else that is a string is an X."""
    text64 = base64.b64encode(word.encode()).decode()
    parts: list[Part] = [
        Text(word, [Citation("url", "X", word, word)], "X", extras={"a": {"b": [word], "id": "X"}}),
        Image(RemoteUrl("X", "X"), word),
        Image(InlineData("X", "X")),
        File(InlineData("text/plain", text64), word, word),
        File(PlainText(word, "X")),
        File(PartList([Text(word)])),
        File(StoredFile("X", "X")),
        ToolCall("X", "X", json.dumps({"to": word, "n": 1, "l": [word]}, separators=(",", ":")), signature="X"),
        ToolCall("X", "X", word, kind="custom"),
        Reasoning(word, [word], "X", "X", "X", "X"),
        Opaque("X", "X", {"type": "X", "query": word, "data": "X", "inner": {"url": "X", "q": word}}),
    ]
    return Request(
        "X",
        [Turn("user", parts, word), Turn("tool", [ToolResult("X", [Text(word)], "X")])],
        tools=[
            FunctionTool("X", word, {"properties": {"a": {"type": "X", "description": word}}, "required": ["X"]}),
            CustomTool("X", word),
            ProviderTool("X", "X", "X", {"type": "X", "hint": word}),
        ],
        tool_choice=ToolChoice("auto", ["X"]),
        stop=["X"],
        user=word,
        metadata={"who": word, "id": "X"},
        prompt_cache_key="X",
    )


def test_every_text_is_changed_and_nothing_else() -> None:
    changed = map_texts(build_request("old"), lambda text: text.replace("old", "new").replace("X", "!"))
    assert changed == build_request("new")


def test_all_texts_are_listed() -> None:
    texts = list_texts(build_request(CANARY))
    assert texts.count(CANARY) == 25
    assert set(texts) <= {CANARY, "X"}


def test_where_nothing_changes_the_very_same_object_comes_back() -> None:
    request = build_request("a")
    assert map_texts(request, lambda text: text) is request


def test_what_did_not_change_is_kept_as_it_is() -> None:
    request = Request("m", [Turn("user", [Text("a")]), Turn("user", [Text("b")])])
    changed = map_texts(request, lambda text: "c" if text == "b" else text)
    assert changed.turns[0] is request.turns[0]
    assert changed.turns[1].parts == [Text("c")]


@pytest.mark.parametrize("arguments", ["", "{", "[" * 2000, "null"])
def test_arguments_that_are_no_json_are_text(arguments: str) -> None:
    call = ToolCall("1", "f", arguments + CANARY)
    changed: Any = map_texts(call, lambda text: text.replace(CANARY, "gone"))
    assert changed.arguments == arguments + "gone"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (r"K\u00f6ln", "Köln"),
        (r"a\u0022b\u005cc\u000a", r"a\u0022b\u005cc\u000a"),
        (r"\ud83d\ude00 \u12", r"\ud83d\ude00 \u12"),
    ],
)
def test_escapes_are_read_as_far_as_json_stays_json(text: str, plain: str) -> None:
    assert unescape(text) == plain


def test_a_document_that_is_no_text_after_all_is_left_alone() -> None:
    source = InlineData("text/plain", base64.b64encode(b"\xff").decode())
    assert map_texts(source, str.upper) is source
