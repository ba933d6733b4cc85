"""Media: each format has a name, what has none stays behind, and nothing is fetched from the web."""

from __future__ import annotations

import pytest

from dragoman.model.content import (
    Audio,
    CacheBreakpoint,
    File,
    Image,
    InlineData,
    Part,
    PartList,
    PlainText,
    RemoteUrl,
    StoredFile,
    Text,
    Video,
)
from dragoman.model.loss import Loss
from tests.unit.dialects.bedrock_converse.samples import Fields, codes, emit_user

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"


@pytest.mark.parametrize(
    ("part", "block"),
    [
        (Image(InlineData("image/png", "AA==")), {"image": {"format": "png", "source": {"bytes": "AA=="}}}),
        (Image(InlineData("image/jpg", "AA==")), {"image": {"format": "jpeg", "source": {"bytes": "AA=="}}}),
        (Image(InlineData("", PNG)), {"image": {"format": "png", "source": {"bytes": PNG}}}),
        (
            Image(StoredFile("s3://b/x.webp", "image/webp")),
            {"image": {"format": "webp", "source": {"s3Location": {"uri": "s3://b/x.webp"}}}},
        ),
        (Video(InlineData("video/3gpp", "AA==")), {"video": {"format": "three_gp", "source": {"bytes": "AA=="}}}),
        (
            Video(RemoteUrl("s3://b/x.mp4", "video/mp4")),
            {"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://b/x.mp4"}}}},
        ),
        (Audio(InlineData("audio/x-wav", "AA==")), {"audio": {"format": "wav", "source": {"bytes": "AA=="}}}),
        (
            File(InlineData("application/pdf", "AA=="), name="a", context="c", cite=True),
            {
                "document": {
                    "format": "pdf",
                    "source": {"bytes": "AA=="},
                    "name": "a",
                    "context": "c",
                    "citations": {"enabled": True},
                }
            },
        ),
        (File(PlainText("hi")), {"document": {"format": "txt", "source": {"text": "hi"}, "name": "document"}}),
        (
            File(PartList([Text("a"), Text("b")])),
            {"document": {"source": {"content": [{"text": "a"}, {"text": "b"}]}, "name": "document"}},
        ),
        (File(InlineData("image/gif", "AA==")), {"image": {"format": "gif", "source": {"bytes": "AA=="}}}),
        (File(InlineData("audio/flac", "AA==")), {"audio": {"format": "flac", "source": {"bytes": "AA=="}}}),
        (File(InlineData("video/webm", "AA==")), {"video": {"format": "webm", "source": {"bytes": "AA=="}}}),
    ],
)
def test_media_have_their_formats(part: Part, block: Fields) -> None:
    losses: list[Loss] = []
    assert emit_user(part, losses=losses) == [block]
    assert losses == []


@pytest.mark.parametrize(
    "part",
    [
        Image(RemoteUrl("https://example.com/x.png")),
        Image(StoredFile("file-1")),
        Image(InlineData("image/tiff", "AA==")),
        Image(InlineData("", "AA==")),
        Video(RemoteUrl("https://example.com/x.mp4")),
        Audio(InlineData("audio/midi", "AA==")),
        File(RemoteUrl("https://example.com/x.pdf")),
    ],
)
def test_what_the_api_does_not_take_stays_behind_and_is_told(part: Part) -> None:
    losses: list[Loss] = []
    assert emit_user(Text("x"), part, losses=losses) == [{"text": "x"}]
    assert codes(losses) == [("dropped", "turns[0].parts[1]")]


def test_sound_that_has_no_place_is_sent_as_what_was_spoken() -> None:
    losses: list[Loss] = []
    parts = (Audio(StoredFile("a"), transcript="Hi."), Audio(InlineData("audio/wav", "AA=="), transcript="Hi."))
    assert emit_user(*parts, losses=losses)[0] == {"text": "Hi."}
    assert codes(losses) == [("approximated", "turns[0].parts[0]"), ("dropped", "turns[0].parts[1].transcript")]


def test_a_document_of_an_unknown_kind_is_sent_as_text() -> None:
    losses: list[Loss] = []
    (block,) = emit_user(File(InlineData("application/x-toml", "AA==")), losses=losses)
    assert block["document"]["format"] == "txt"
    assert codes(losses) == [("approximated", "turns[0].parts[0].source.media_type")]


def test_in_a_document_only_text_has_a_place() -> None:
    losses: list[Loss] = []
    (block,) = emit_user(File(PartList([Text("a"), Image(InlineData("image/png", "AA=="))])), losses=losses)
    assert block["document"]["source"] == {"content": [{"text": "a"}]}
    assert codes(losses) == [("dropped", "turns[0].parts[0].source.parts[1]")]


def test_a_detail_is_lost_and_a_cache_point_follows() -> None:
    losses: list[Loss] = []
    image = Image(InlineData("image/png", "AA=="), detail="high", cache=CacheBreakpoint())
    assert emit_user(image, losses=losses)[1] == {"cachePoint": {"type": "default"}}
    assert codes(losses) == [("dropped", "turns[0].parts[0].detail")]
