"""Where a file's data lies, and what its media type makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.dialects.ai_sdk_gateway.parse_files import parse_file
from dragoman.errors import DragomanError
from dragoman.model.content import Audio, File, Image, InlineData, PlainText, RemoteUrl, StoredFile, Video

PNG = "iVBORw0KGgoAAAANSUhEUg=="


def file(data: Any, media_type: str, **more: Any) -> Any:
    return parse_file({"type": "file", "data": data, "mediaType": media_type, **more})


@pytest.mark.parametrize(
    ("data", "media_type", "expected"),
    [
        ({"type": "data", "data": PNG}, "image/png", Image(InlineData("image/png", PNG))),
        ({"type": "data", "data": PNG}, "image/*", Image(InlineData("image/png", PNG))),
        (PNG, "image", Image(InlineData("image/png", PNG))),
        ("data:image/webp;base64,AAAA", "image/*", Image(InlineData("image/webp", "AAAA"))),
        ("AAAA", "image/*", Image(InlineData("image/*", "AAAA"))),
        ({"type": "url", "url": "https://x/y"}, "image/*", Image(RemoteUrl("https://x/y"))),
        ("https://x/y", "image/png", Image(RemoteUrl("https://x/y", "image/png"))),
        ("AAAA", "audio/wav", Audio(InlineData("audio/wav", "AAAA"))),
        ("AAAA", "video/mp4", Video(InlineData("video/mp4", "AAAA"))),
        ({"type": "text", "text": "Hi."}, "text/markdown", File(PlainText("Hi.", "text/markdown"))),
        (
            {"type": "reference", "reference": {"openai": "f1"}},
            "application/pdf",
            File(StoredFile("f1", "application/pdf")),
        ),
    ],
)
def test_both_versions_forms_of_data_are_read(data: Any, media_type: str, expected: Any) -> None:
    assert file(data, media_type) == expected


def test_options_of_a_file_are_read() -> None:
    options = {"openai": {"imageDetail": "low"}, "anthropic": {"title": "T", "citations": {"enabled": True}, "x": 1}}
    image = file(PNG, "image/png", providerOptions=options)
    assert image.detail == "low"
    document = file("AAAA", "application/pdf", providerOptions=options)
    assert (document.name, document.cite) == ("T", True)
    assert document.extras == {"ai_sdk_gateway": {"providerOptions.anthropic.x": 1}}


@pytest.mark.parametrize(
    "data",
    [
        None,
        7,
        {"type": "blob"},
        {"type": "url"},
        "data:text/plain,hi",
        {"type": "reference", "reference": {"a": "1", "b": "2"}},
    ],
)
def test_data_that_cannot_be_read_is_refused(data: Any) -> None:
    with pytest.raises(DragomanError) as caught:
        file(data, "image/png")
    assert caught.value.path
