"""Images, documents and audio, from any source."""

from __future__ import annotations

import base64

import pytest

from dragoman.dialects.anthropic_messages.emission import Emission
from dragoman.dialects.anthropic_messages.emit_media import emit_audio, emit_file, emit_image
from dragoman.model.content import (
    Audio,
    File,
    Image,
    InlineData,
    PartList,
    PlainText,
    RemoteUrl,
    Source,
    StoredFile,
    Text,
)
from dragoman.model.loss import Loss


@pytest.mark.parametrize(
    ("data", "media_type"),
    [("iVBORw0KGgoAAAA", "image/png"), ("/9j/4AAQ", "image/jpeg"), ("R0lGODlh", "image/gif"), ("UklGRg", "image/webp")],
)
def test_what_the_dialect_did_not_say_is_seen_from_the_data(data: str, media_type: str) -> None:
    emission = Emission([])
    block = emit_image(Image(InlineData("", data)), emission)
    assert block == {"type": "image", "source": {"type": "base64", "media_type": media_type, "data": data}}
    assert emission.losses == []


def test_what_cannot_be_seen_either_is_a_loss() -> None:
    emission = Emission([])
    emit_image(Image(InlineData("", "????")), emission)
    assert [loss.code for loss in emission.losses] == ["defaulted"]


def test_the_detail_of_an_image_has_no_place() -> None:
    emission = Emission([])
    assert emit_image(Image(RemoteUrl("https://example.com/a.png"), detail="low"), emission)
    assert emission.losses == [Loss("dropped", "detail")]


def test_an_image_of_text_is_no_image() -> None:
    emission = Emission([])
    assert emit_image(Image(PlainText("a")), emission) is None
    assert [loss.code for loss in emission.losses] == ["dropped"]


def test_a_file_that_is_an_image_becomes_one() -> None:
    block = emit_file(File(InlineData("image/png", "iVBORw0KGgo"), name="a.png"), Emission([]))
    assert block is not None
    assert block["type"] == "image"


@pytest.mark.parametrize("media_type", ["audio/wav", "video/mp4"])
def test_a_file_that_is_sound_or_film_has_no_place(media_type: str) -> None:
    emission = Emission([])
    assert emit_file(File(InlineData(media_type, "AAAA")), emission) is None
    assert [loss.code for loss in emission.losses] == ["dropped"]


def test_a_text_file_in_base64_is_said_as_text() -> None:
    emission = Emission([])
    data = base64.b64encode("# Grüße".encode()).decode()
    block = emit_file(File(InlineData("text/markdown", data), name="a.md"), emission)
    assert block == {
        "type": "document",
        "source": {"type": "text", "media_type": "text/plain", "data": "# Grüße"},
        "title": "a.md",
    }
    assert [loss.path for loss in emission.losses] == ["source.media_type"]


@pytest.mark.parametrize("data", ["/w==", "not base64!"])
def test_a_text_file_that_is_not_utf_8_is_dropped(data: str) -> None:
    emission = Emission([])
    assert emit_file(File(InlineData("text/plain", data)), emission) is None
    assert [loss.code for loss in emission.losses] == ["dropped"]


@pytest.mark.parametrize(
    ("source", "wire"),
    [
        (
            InlineData("application/pdf", "JVBERi0="),
            {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="},
        ),
        (RemoteUrl("https://example.com/a.pdf"), {"type": "url", "url": "https://example.com/a.pdf"}),
        (StoredFile("file_1"), {"type": "file", "file_id": "file_1"}),
        (PlainText("a"), {"type": "text", "media_type": "text/plain", "data": "a"}),
        (PartList([Text("a")]), {"type": "content", "content": [{"type": "text", "text": "a"}]}),
    ],
)
def test_a_document_takes_any_source(source: Source, wire: dict[str, object]) -> None:
    emission = Emission([])
    block = emit_file(File(source, context="c", cite=True), emission)
    assert block == {"type": "document", "source": wire, "context": "c", "citations": {"enabled": True}}
    assert emission.losses == []


def test_audio_is_sent_as_what_was_spoken_or_not_at_all() -> None:
    emission = Emission([])
    sound = InlineData("audio/wav", "AAAA")
    assert emit_audio(Audio(sound, transcript="Hello."), emission) == {"type": "text", "text": "Hello."}
    assert emit_audio(Audio(sound), emission) is None
    assert [loss.code for loss in emission.losses] == ["approximated", "dropped"]
