"""Media of whole requests: fetched, converted, put in their place, or refused with their path."""

from __future__ import annotations

import asyncio
import base64

import msgspec
import pytest

from dragoman.engine.conversion import DocumentJob, Frames, ImageJob, Page, Pages, VideoJob
from dragoman.errors import DragomanError, Kind, invalid
from dragoman.model.content import File, Image, InlineData, Part, RemoteUrl, Text, Video
from dragoman.model.loss import Loss
from dragoman.model.profile import FrameRule, Profile
from dragoman.model.request import Request, Turn
from dragoman.routing.target import Provider, Target
from dragoman.service.reshaping.media import MediaBounds, MediaShaping
from dragoman.service.shaping import Shaped
from dragoman.upstream.fetch import Fetched

PROFILE = Profile(
    media=frozenset({"image"}),
    media_urls=frozenset(),
    image_types=frozenset({"image/png", "image/jpeg"}),
    video_frames=FrameRule(max_frames=5, max_edge=64),
)
TARGET = Target(Provider("local", (), ()), "seer", PROFILE)
PNG = b"\x89PNG\r\n\x1a\n"
WEBP = b"RIFF\0\0\0\0WEBP"
MP4 = b"\0\0\0\x18ftypmp42"


def inline(data: bytes, media_type: str = "") -> InlineData:
    return InlineData(media_type, base64.b64encode(data).decode())


class Shelf:
    """Files by their URLs."""

    def __init__(self, **files: Fetched) -> None:
        self.files = files
        self.asked: list[str] = []

    async def fetch(self, url: str) -> Fetched:
        self.asked.append(url)
        name = url.rpartition("/")[2]
        if name not in self.files:
            raise invalid("The URL is bad.")
        await asyncio.sleep(0)
        return self.files[name]


class Scissors:
    """A converter that says what it was asked for."""

    def __init__(self) -> None:
        self.jobs: list[VideoJob | ImageJob | DocumentJob] = []

    async def draw_frames(self, job: VideoJob | ImageJob) -> Frames:
        self.jobs.append(job)
        return Frames([b"one", b"two"], [0.5, 1.5], 2.0)

    async def read_document(self, job: DocumentJob) -> Pages:
        self.jobs.append(job)
        return Pages([Page("words")], 3)


def shape(
    *parts: Part, shelf: Shelf | None = None, bounds: MediaBounds | None = None, target: Target = TARGET
) -> tuple[Shaped, list[Loss], Scissors]:
    scissors = Scissors()
    losses: list[Loss] = []
    shaping = MediaShaping(shelf or Shelf(), scissors, bounds or MediaBounds())
    request = Request("seer", [Turn("user", list(parts))])
    return asyncio.run(shaping.shape(request, target, losses)), losses, scissors


def fail_to_shape(*parts: Part, shelf: Shelf | None = None, bounds: MediaBounds | None = None) -> DragomanError:
    with pytest.raises(DragomanError) as failed:
        shape(*parts, shelf=shelf, bounds=bounds)
    return failed.value


def test_a_request_that_needs_nothing_is_the_very_same() -> None:
    request = Request("seer", [Turn("user", [Text("Hi."), Image(inline(PNG))])])
    shaping = MediaShaping(Shelf(), Scissors(), MediaBounds())
    shaped = asyncio.run(shaping.shape(request, TARGET, []))
    assert shaped.request is request
    assert shaped.reshape is None


def test_a_url_becomes_its_bytes_and_that_is_no_loss() -> None:
    shelf = Shelf(a=Fetched("image/png", PNG))
    shaped, losses, _ = shape(Text("What?"), Image(RemoteUrl("https://x/a"), detail="low"), shelf=shelf)
    assert shaped.request.turns[0].parts == [Text("What?"), Image(inline(PNG, "image/png"), "low")]
    assert not losses


def test_a_video_by_its_url_becomes_frames_and_the_loss_says_so() -> None:
    shelf = Shelf(v=Fetched("video/mp4", MP4))
    shaped, losses, scissors = shape(Video(RemoteUrl("https://x/v")), Text("?"), shelf=shelf)
    assert shaped.request.turns[0].parts == [
        Image(inline(b"one", "image/jpeg")),
        Image(inline(b"two", "image/jpeg")),
        Text("?"),
    ]
    assert scissors.jobs == [VideoJob(MP4, "video/mp4", 5, 1.0, 64)]
    assert losses == [Loss("approximated", "turns[0].parts[0]", "2 frames, one every 1 s, of a video of 2 s")]


def test_an_image_in_a_format_that_the_target_does_not_read_is_drawn_anew() -> None:
    shaped, losses, scissors = shape(Image(inline(WEBP), detail="high"))
    assert shaped.request.turns[0].parts == [Image(inline(b"one", "image/jpeg"), "high")]
    assert scissors.jobs == [ImageJob(WEBP, "image/webp")]
    assert losses[0].detail == f"image/webp of {len(WEBP)} bytes is sent as image/jpeg of 3"


def test_an_image_is_made_as_small_as_the_target_wants_it() -> None:
    profile = msgspec.structs.replace(TARGET.profile, image_max_edge=500, image_max_bytes=len(PNG) - 1)
    _, losses, scissors = shape(Image(inline(PNG)), target=msgspec.structs.replace(TARGET, profile=profile))
    assert scissors.jobs == [ImageJob(PNG, "image/png", 500, len(PNG) - 1)]
    assert losses[0].code == "approximated"


@pytest.mark.parametrize(("media", "edge"), [({"image"}, 1024), (set(), 0)])
def test_a_pdf_becomes_text_and_pictures_only_for_who_sees(media: set[str], edge: int) -> None:
    profile = msgspec.structs.replace(PROFILE, media=frozenset(media))
    target = msgspec.structs.replace(TARGET, profile=profile)
    shaped, losses, scissors = shape(File(inline(b"%PDF-1.7"), "a.pdf"), target=target)
    assert shaped.request.turns[0].parts == [Text("[a.pdf]\n[page 1]\nwords")]
    assert scissors.jobs == [DocumentJob(b"%PDF-1.7", 50, 400_000, edge)]
    assert losses[0].detail == "a PDF is given as the text of 1 of its 3 pages"


def test_a_file_that_turns_out_to_be_an_image_is_one() -> None:
    shelf = Shelf(a=Fetched("image/png", PNG))
    shaped, _, _ = shape(File(RemoteUrl("https://x/a"), "a"), shelf=shelf)
    assert shaped.request.turns[0].parts == [Image(inline(PNG, "image/png"))]


def test_losses_stand_in_the_order_of_the_parts() -> None:
    _, losses, _ = shape(Image(inline(WEBP)), File(inline(b"%PDF-1.7")), Video(inline(MP4)))
    assert [loss.path for loss in losses] == [f"turns[0].parts[{number}]" for number in range(3)]


def test_a_bad_url_fails_with_the_path_of_its_part() -> None:
    shelf = Shelf(a=Fetched("image/png", PNG))
    error = fail_to_shape(Image(RemoteUrl("https://x/a")), Image(RemoteUrl("https://x/b")), shelf=shelf)
    assert str(error) == "turns[0].parts[1]: The URL is bad."


def test_nothing_is_fetched_where_that_is_switched_off() -> None:
    shelf = Shelf(a=Fetched("image/png", PNG))
    error = fail_to_shape(Image(RemoteUrl("https://x/a")), shelf=shelf, bounds=MediaBounds(fetch_urls=False))
    assert error.kind is Kind.UNSUPPORTED
    assert "data: URI" in error.message
    assert not shelf.asked


def test_too_many_media_are_refused_before_any_is_fetched() -> None:
    shelf = Shelf(a=Fetched("image/png", PNG))
    images = [Image(RemoteUrl("https://x/a"))] * 3
    assert "there are 3" in fail_to_shape(*images, shelf=shelf, bounds=MediaBounds(max_files=2)).message
    assert not shelf.asked


def test_media_that_are_too_large_together_are_refused() -> None:
    shelf = Shelf(a=Fetched("image/png", PNG))
    images = [Image(RemoteUrl("https://x/a"))] * 2
    assert "15 bytes together" in fail_to_shape(*images, shelf=shelf, bounds=MediaBounds(max_bytes=15)).message


@pytest.mark.parametrize("part", [Video(inline(b"#EXTM3U", "video/mp4x")), Image(inline(b"<svg", "image/svg+xml"))])
def test_what_cannot_be_converted_is_refused_by_its_type(part: Part) -> None:
    assert "cannot convert it" in fail_to_shape(part).message


def test_broken_base64_is_told_with_its_path() -> None:
    assert str(fail_to_shape(Video(InlineData("video/mp4", "a")))) == "turns[0].parts[0]: This is no valid base64."


class Teller:
    """Says what it was shown; `is_inner` while it is itself being asked."""

    def __init__(self, *, is_inner: bool = False, said: str = "A cat.") -> None:
        self.is_inner = is_inner
        self.said = said
        self.routes: list[str] = []

    async def describe(self, image: Image, route: str) -> str:
        self.routes.append(route)
        return self.said


def tell(teller: Teller, route: str = "eyes") -> tuple[Shaped, list[Loss]]:
    losses: list[Loss] = []
    shaping = MediaShaping(Shelf(), Scissors(), MediaBounds(describe_route=route), teller)
    target = msgspec.structs.replace(TARGET, profile=Profile(media=frozenset()))
    request = Request("m", [Turn("user", [Image(RemoteUrl("https://x/a")), Text("?")])])
    return asyncio.run(shaping.shape(request, target, losses)), losses


def test_an_image_is_described_to_who_sees_nothing() -> None:
    teller = Teller()
    shaped, losses = tell(teller)
    assert shaped.request.turns[0].parts == [Text("[An image. Somebody who sees it says: A cat.]"), Text("?")]
    assert losses == [Loss("approximated", "turns[0].parts[0]", "an image is given as eyes describes it")]
    assert teller.routes == ["eyes"]


@pytest.mark.parametrize(
    ("teller", "route"), [(Teller(is_inner=True), "eyes"), (Teller(), ""), (Teller(said=""), "eyes")]
)
def test_an_image_that_nobody_describes_goes_on_as_it_is(teller: Teller, route: str) -> None:
    shaped, losses = tell(teller, route)
    assert isinstance(shaped.request.turns[0].parts[0], Image)
    assert not losses
