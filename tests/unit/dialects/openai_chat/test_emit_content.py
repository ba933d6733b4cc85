"""Parts of content on their way out."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_chat.emit_content import emit_part, emit_parts
from dragoman.dialects.openai_chat.outlet import Outlet
from dragoman.dialects.openai_chat.parse_content import parse_part
from dragoman.model.content import (
    Audio,
    CacheBreakpoint,
    Citation,
    File,
    Image,
    InlineData,
    Opaque,
    Part,
    PartList,
    Reasoning,
    Refusal,
    RemoteUrl,
    StoredFile,
    Text,
    Video,
)
from dragoman.model.loss import Loss

WIRES: list[dict[str, Any]] = [
    {"type": "text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit"}},
    {"type": "image_url", "image_url": "https://example.com/a.png"},
    {"type": "image_url", "image_url": {"url": "https://a", "detail": "high", "format": "png"}},
    {"type": "input_audio", "input_audio": "AAAA"},
    {"type": "input_audio", "input_audio": "https://example.com/a.mp3"},
    {"type": "input_audio", "input_audio": {"data": "AAAA"}},
    {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "flac"}},
    {"type": "video_url", "video_url": "https://a"},
    {"type": "file", "file": {"file_data": "AAAA"}},
    {"type": "file", "file": {"file_data": "data:application/pdf;base64,AA"}},
    {"type": "file", "file": {"file_data": "https://example.com/a.pdf", "filename": "a.pdf"}},
    {"type": "file_url", "file_url": {"url": "data:application/pdf;base64,AA"}},
    {"type": "document_url", "document_url": "https://a"},
    {"type": "refusal", "refusal": "No."},
    {"type": "hologram", "hologram": 1},
]


@pytest.mark.parametrize("wire", WIRES)
def test_what_came_in_this_dialect_goes_out_as_it_came(wire: dict[str, Any]) -> None:
    losses: list[Loss] = []
    assert emit_part(parse_part(wire), Outlet(losses), "x") == wire
    assert losses == []


@pytest.mark.parametrize(
    ("part", "wire"),
    [
        (Image(InlineData("image/png", "AA")), {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}),
        (
            Audio(InlineData("audio/mpeg", "AA")),
            {"type": "input_audio", "input_audio": {"data": "AA", "format": "mp3"}},
        ),
        (Audio(InlineData("audio/x-wav", "A")), {"type": "input_audio", "input_audio": {"data": "A", "format": "wav"}}),
        (Video(InlineData("video/mp4", "AA")), {"type": "video_url", "video_url": {"url": "data:video/mp4;base64,AA"}}),
        (Refusal("No."), {"type": "refusal", "refusal": "No."}),
    ],
)
def test_what_came_in_another_dialect_goes_out_in_openais_words(part: Part, wire: dict[str, Any]) -> None:
    losses: list[Loss] = []
    assert emit_part(part, Outlet(losses), "x") == wire
    assert losses == []


@pytest.mark.parametrize(
    ("part", "loss"),
    [
        (Image(StoredFile("f")), Loss("dropped", "x", "Media go inline or by URL, not as StoredFile.")),
        (Video(StoredFile("f")), Loss("dropped", "x", "Media go inline or by URL, not as StoredFile.")),
        (Audio(RemoteUrl("https://a")), Loss("dropped", "x", "Audio goes inline only.")),
        (Reasoning("hm"), Loss("dropped", "x", "Content has no place for Reasoning.")),
        (
            Opaque("gemini_generate", "executable_code", {}),
            Loss("dropped", "x", "Only gemini_generate knows executable_code."),
        ),
    ],
)
def test_what_has_no_place_is_a_loss(part: Part, loss: Loss) -> None:
    losses: list[Loss] = []
    assert emit_part(part, Outlet(losses), "x") is None
    assert losses == [loss]


def test_a_text_loses_what_a_request_has_no_place_for() -> None:
    losses: list[Loss] = []
    part = Text("a", [Citation("url")], "sig", CacheBreakpoint(), {"anthropic_messages": {"y": 1}})
    assert emit_part(part, Outlet(losses), "x") == {"type": "text", "text": "a"}
    assert [(loss.code, loss.path) for loss in losses] == [
        ("dropped", "x.citations"),
        ("stripped_token", "x.signature"),
        ("dropped", "x.extras.anthropic_messages.y"),
        ("dropped", "x.cache"),
    ]


def test_a_document_made_of_parts_is_given_as_those_parts() -> None:
    losses: list[Loss] = []
    document = File(PartList([Text("a"), Image(StoredFile("f")), Text("b")]), "doc")
    assert [wire["text"] for wire in emit_parts([document, Text("c")], Outlet(losses), "p")] == ["a", "b", "c"]
    assert [(loss.code, loss.path) for loss in losses] == [
        ("approximated", "p[0]"),
        ("dropped", "p[0].source.parts[1]"),
    ]
