"""What is planned for each medium, and how requests look with other parts in their place."""

from __future__ import annotations

import base64

import pytest

from dragoman.adapt.media.plan import (
    Errand,
    Medium,
    list_media,
    needs_care,
    plan_errand,
    put_inline,
    read_bytes,
    read_media_type,
    replace_media,
    write_text,
)
from dragoman.errors import DragomanError
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
    ToolResult,
    Video,
)
from dragoman.model.profile import DEFAULT_PROFILE, FrameRule, Profile
from dragoman.model.request import Request, Turn

LOCAL = Profile(
    media=frozenset({"image"}),
    media_urls=frozenset(),
    image_types=frozenset({"image/png", "image/jpeg"}),
    video_frames=FrameRule(),
)
URL = RemoteUrl("https://a.example/b")
CACHE = CacheBreakpoint()


def inline(data: bytes, media_type: str = "") -> InlineData:
    return InlineData(media_type, base64.b64encode(data).decode())


PNG = inline(b"\x89PNG\r\n\x1a\n")
WEBP = inline(b"RIFF\0\0\0\0WEBP", "image/png")
MP4 = inline(b"\0\0\0\x18ftypmp42", "video/mp4")
PDF = inline(b"%PDF-1.7", "application/octet-stream")


@pytest.mark.parametrize(
    ("part", "errand"),
    [
        (Image(URL), "fetch"),
        (Audio(URL), None),
        (Video(URL), "fetch"),
        (File(URL), "fetch"),
        (Image(RemoteUrl("s3://bucket/key")), None),
        (Image(PNG), None),
        (Image(WEBP), "redraw"),
        (Image(StoredFile("file-1")), None),
        (Video(MP4), "frames"),
        (File(PDF), "read_pdf"),
        (File(inline(b"a,b", "text/csv")), "read_text"),
        (File(inline(b"{}", "application/json")), "read_text"),
        (File(inline(b"\0", "application/zip")), None),
        (File(PlainText("a")), None),
        (Audio(inline(b"ID3", "audio/mpeg")), None),
    ],
    ids=repr,
)
def test_a_local_model_needs_bytes_frames_and_text(part: Medium, errand: Errand | None) -> None:
    assert plan_errand(part, LOCAL) == errand
    assert plan_errand(part, DEFAULT_PROFILE) is None


def test_what_is_converted_is_fetched_even_where_the_target_fetches_urls() -> None:
    profile = Profile(media=frozenset({"image"}), video_frames=FrameRule())
    assert plan_errand(Video(URL), profile) == plan_errand(File(URL), profile) == "fetch"
    assert plan_errand(Image(URL), profile) is None


def test_nothing_is_fetched_for_a_target_that_could_not_take_it() -> None:
    blind = Profile(media=frozenset(), media_urls=frozenset())
    assert plan_errand(Image(URL), blind) is plan_errand(Video(URL), blind) is None


def test_an_image_is_described_to_who_sees_nothing_where_somebody_can() -> None:
    blind = Profile(media=frozenset({"file"}))
    assert (
        plan_errand(Image(URL), blind, describes=True) == plan_errand(Image(PNG), blind, describes=True) == "describe"
    )
    assert plan_errand(File(URL), blind, describes=True) is None
    assert plan_errand(Image(URL), DEFAULT_PROFILE, describes=True) is None


@pytest.mark.parametrize(
    ("profile", "errand"),
    [
        (Profile(image_max_edge=64), None),
        (Profile(image_max_edge=63), "redraw"),
        (Profile(image_max_bytes=200), None),
        (Profile(image_max_bytes=20), "redraw"),
    ],
)
def test_an_image_that_is_too_large_is_drawn_anew(profile: Profile, errand: Errand | None) -> None:
    source = inline(b"\x89PNG\r\n\x1a\n" + bytes(8) + (64).to_bytes(4, "big") + (48).to_bytes(4, "big") + bytes(50))
    assert plan_errand(Image(source), profile) == errand
    assert needs_care(profile)


def test_only_targets_with_bounds_need_care() -> None:
    assert not needs_care(DEFAULT_PROFILE)
    assert needs_care(Profile(media_urls=frozenset({"image"})))
    assert needs_care(Profile(image_types=frozenset({"image/png"})))
    assert needs_care(Profile(video_frames=FrameRule()))


def build_request() -> Request:
    nested: list[Part] = [Text("a"), Image(URL)]
    document = File(PartList([Image(PNG)]))
    return Request("m", [Turn("system", [Text("b")]), Turn("tool", [ToolResult("1", nested), document, Video(MP4)])])


def test_media_are_found_wherever_they_stand() -> None:
    assert dict(list_media(build_request())) == {
        "turns[1].parts[0].parts[1]": Image(URL),
        "turns[1].parts[1].source.parts[0]": Image(PNG),
        "turns[1].parts[2]": Video(MP4),
    }


def test_media_are_replaced_where_they_stood_and_nothing_else_changes() -> None:
    request = build_request()
    assert replace_media(request, {}) == request
    found: dict[str, list[Part]] = {
        "turns[1].parts[0].parts[1]": [Text("c")],
        "turns[1].parts[1].source.parts[0]": [],
        "turns[1].parts[2]": [Text("d"), Image(PNG)],
    }
    result, document, *frames = replace_media(request, found).turns[1].parts
    assert result == ToolResult("1", [Text("a"), Text("c")])
    assert document == File(PartList([]))
    assert frames == [Text("d"), Image(PNG)]


def test_a_fetched_file_becomes_what_it_is() -> None:
    data = b"\x89PNG\r\n\x1a\n"
    assert put_inline(Image(URL, detail="low"), "image/png", data) == Image(InlineData("image/png", PNG.data), "low")
    assert put_inline(File(URL, "a", cache=CACHE), "image/png", data) == Image(
        InlineData("image/png", PNG.data), cache=CACHE
    )
    assert put_inline(File(URL, "a"), "application/pdf", data) == File(InlineData("application/pdf", PNG.data), "a")


@pytest.mark.parametrize(
    ("source", "media_type"),
    [(PNG, "image/png"), (WEBP, "image/webp"), (inline(b"?", "Image/X"), "image/x"), (InlineData("a/b", "!"), "a/b")],
)
def test_the_bytes_have_the_last_word_on_the_type(source: InlineData, media_type: str) -> None:
    assert read_media_type(source) == media_type


def test_what_is_no_base64_is_refused() -> None:
    with pytest.raises(DragomanError, match="base64"):
        read_bytes(InlineData("image/png", "a"))


def test_a_document_of_text_becomes_text() -> None:
    source = inline("a\xe9".encode(), "text/plain")
    assert write_text(File(source)) == [Text("a\xe9")]
    assert write_text(File(source, "b.txt", cache=CACHE)) == [Text("b.txt\n\na\xe9", cache=CACHE)]
    assert write_text(File(URL)) == [File(URL)]
