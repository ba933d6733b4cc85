"""Parts of other dialects → content parts, with a loss for all that has no place."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.openai_responses.emit_parts import Place, data_uri, emit_annotations, emit_content, emit_part
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
    PlainText,
    Reasoning,
    Refusal,
    RemoteUrl,
    StoredFile,
    Text,
    Video,
)
from dragoman.model.loss import Loss

PDF = InlineData("application/pdf", "AA==")

CARRIED: list[tuple[Part, dict[str, Any]]] = [
    (Text("Hi."), {"type": "input_text", "text": "Hi."}),
    (Refusal("No."), {"type": "refusal", "refusal": "No."}),
    (Image(InlineData("image/png", "AA==")), {"type": "input_image", "image_url": "data:image/png;base64,AA=="}),
    (Image(RemoteUrl("https://a"), "low"), {"type": "input_image", "image_url": "https://a", "detail": "low"}),
    (Image(StoredFile("file-1")), {"type": "input_image", "file_id": "file-1"}),
    (File(PDF), {"type": "input_file", "file_data": "data:application/pdf;base64,AA==", "filename": "document.pdf"}),
    (File(PDF, "a.pdf"), {"type": "input_file", "file_data": "data:application/pdf;base64,AA==", "filename": "a.pdf"}),
    (File(PlainText("Hi.")), {"type": "input_file", "file_data": "data:text/plain;base64,SGku", "filename": "document.txt"}),
    (File(RemoteUrl("https://a")), {"type": "input_file", "file_url": "https://a"}),
    (File(StoredFile("file-1")), {"type": "input_file", "file_id": "file-1"}),
    (Audio(InlineData("audio/x-wav", "AA==")), {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}),
]  # fmt: skip

LOST: list[tuple[Part, bool, list[tuple[str, str]]]] = [
    (Text("Hi.", cache=CacheBreakpoint()), True, [("dropped", "turns[1].parts[2].cache")]),
    (Text("Hi.", signature="Ci=="), True, [("stripped_token", "turns[1].parts[2].signature")]),
    (Text("Hi.", extras={"other": {"a": 1, "_b": 2}}), True, [("dropped", "turns[1].parts[2].extras.other.a")]),
    (File(PDF, context="c", cite=True), True, [("dropped", "turns[1].parts[2].context"), ("dropped", "turns[1].parts[2].cite")]),
    (File(PartList([Text("A"), Text("B")])), True, [("approximated", "turns[1].parts[2]")]),
    (Image(PlainText("Hi.")), False, [("dropped", "turns[1].parts[2].source")]),
    (Audio(RemoteUrl("https://a")), False, [("dropped", "turns[1].parts[2].source")]),
    (Video(RemoteUrl("https://a")), False, [("dropped", "turns[1].parts[2]")]),
    (Opaque("other", "hologram", {}), False, [("dropped", "turns[1].parts[2]")]),
    (Reasoning("Hm."), False, [("dropped", "turns[1].parts[2]")]),
]  # fmt: skip


def place() -> Place:
    here = Place([], is_ours=False)
    here.turn, here.part = 1, 2
    return here


@pytest.mark.parametrize(("part", "value"), CARRIED)
def test_each_part_has_its_content(part: Part, value: dict[str, Any]) -> None:
    here = place()
    assert emit_part(part, "input_text", here) == value
    assert here.losses == []


@pytest.mark.parametrize(("part", "is_carried", "losses"), LOST)
def test_what_has_no_place_is_a_loss(part: Part, is_carried: bool, losses: list[tuple[str, str]]) -> None:
    here = place()
    assert (emit_part(part, "input_text", here) is not None) == is_carried
    assert [(loss.code, loss.path) for loss in here.losses] == losses


def test_a_document_of_parts_becomes_text() -> None:
    part = File(PartList([Text("A"), Image(PDF), Text("B")]), "a.txt")
    assert emit_part(part, "input_text", place()) == {"type": "input_text", "text": "A\n\nB"}


def test_a_part_of_a_result_is_named_inside_its_result() -> None:
    here = place()
    here.inner = 3
    here.lose("dropped", ".cache")
    assert here.losses == [Loss("dropped", "turns[1].parts[2].parts[3].cache")]


def test_citations_with_an_address_are_carried_and_passages_are_not() -> None:
    here = place()
    citations = [
        Citation("url", url="https://a", title="A", start=2, end=4),
        Citation("search_result", url="https://b", cited_text="words"),
        Citation("document_char", document_index=0, start=0, end=4),
    ]
    assert emit_annotations(citations, 9, here) == [
        {"type": "url_citation", "url": "https://a", "title": "A", "start_index": 2, "end_index": 4},
        {"type": "url_citation", "url": "https://b", "title": "", "start_index": 0, "end_index": 9},
    ]
    assert [loss.path.removeprefix("turns[1].parts[2]") for loss in here.losses] == [
        ".citations[1].cited_text",
        ".citations[1]",
        ".citations[2]",
    ]
    assert [loss.code for loss in here.losses] == ["dropped", "approximated", "dropped"]


def test_content_without_a_place_leaves_the_rest_standing() -> None:
    here = place()
    assert emit_content([Video(RemoteUrl("v")), Text("Hi.")], "input_text", here) == [
        {"type": "input_text", "text": "Hi."}
    ]
    assert [loss.path for loss in here.losses] == ["turns[1].parts[0]"]


def test_data_without_a_media_type_goes_as_it_came() -> None:
    assert data_uri(InlineData("", "AA==")) == "AA=="
