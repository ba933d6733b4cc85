"""Media that a target cannot take as they came: fetched, converted and put in their place before the request goes out.

All media of a request are seen to at the same time. What cannot be fetched or converted fails the request with the path
of the part, since a model that does not see what it is asked about answers all the same.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple, Protocol

import msgspec

from dragoman.adapt.media.plan import (
    Errand,
    Medium,
    list_media,
    plan_errand,
    put_inline,
    read_bytes,
    read_media_type,
    replace_media,
    write_text,
)
from dragoman.adapt.media.show import show_description, show_frames, show_image, show_pages, tell_frames, tell_pages
from dragoman.engine.conversion import MEDIA_FORMATS, DocumentJob, Frames, ImageJob, Pages, VideoJob
from dragoman.errors import DragomanError, Kind, invalid
from dragoman.model.content import File, Image, InlineData, Part, RemoteUrl, Video
from dragoman.model.loss import Loss
from dragoman.model.profile import FrameRule, Profile
from dragoman.model.request import Request
from dragoman.routing.target import Target
from dragoman.service.shaping import Shaped
from dragoman.upstream.fetch import Fetched


class FetchesUrls(Protocol):
    """Brings the file behind a URL."""

    async def fetch(self, url: str) -> Fetched: ...


class ConvertsMedia(Protocol):
    """Takes files apart."""

    async def draw_frames(self, job: VideoJob | ImageJob) -> Frames: ...

    async def read_document(self, job: DocumentJob) -> Pages: ...


class DescribesImages(Protocol):
    """Tells what images show (`service/reshaping/descriptions.py`)."""

    @property
    def is_inner(self) -> bool: ...

    async def describe(self, image: Image, route: str) -> str: ...


class MediaBounds(msgspec.Struct, frozen=True):
    """How much is done for one request."""

    fetch_urls: bool = True
    max_files: int = 16
    max_bytes: int = 64 * 1024 * 1024
    max_pages: int = 50
    max_document_characters: int = 400_000
    page_edge: int = 1024
    describe_route: str = ""


class MediaShaping:
    """Sees to the media of each request. Serves all of them."""

    def __init__(
        self,
        fetcher: FetchesUrls,
        converter: ConvertsMedia,
        bounds: MediaBounds,
        describer: DescribesImages | None = None,
    ) -> None:
        self._hands = _Hands(fetcher, converter, bounds, describer)
        self._bounds = bounds

    async def shape(self, request: Request, target: Target, losses: list[Loss]) -> Shaped:
        profile, describes = target.profile, self._hands.describes
        waiting = [
            (path, part)
            for path, part in list_media(request)
            if plan_errand(part, profile, describes=describes) is not None
        ]
        if not waiting:
            return Shaped(request)
        if len(waiting) > self._bounds.max_files:
            raise invalid(
                f"{target.name} cannot take these media as they are, and the gateway sees to no more than"
                f" {self._bounds.max_files} of them in a request; there are {len(waiting)}."
            )
        desk = _Desk(self._hands, profile)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = {path: group.create_task(desk.settle(path, part)) for path, part in waiting}
        except ExceptionGroup as several:
            raise several.exceptions[0] from None
        losses += (loss for path in tasks if (loss := desk.losses.get(path)) is not None)
        return Shaped(replace_media(request, {path: task.result() for path, task in tasks.items()}))


class _Hands(NamedTuple):
    """Who does what."""

    fetcher: FetchesUrls
    converter: ConvertsMedia
    bounds: MediaBounds
    describer: DescribesImages | None

    @property
    def describes(self) -> bool:
        """Whether images are described; not for who is asked to describe one."""
        return bool(self.bounds.describe_route) and self.describer is not None and not self.describer.is_inner


class _Desk:
    """The media of one request while they are seen to."""

    __slots__ = ("_bounds", "_bytes_left", "_hands", "_profile", "losses")

    def __init__(self, hands: _Hands, profile: Profile) -> None:
        self._hands = hands
        self._bounds = hands.bounds
        self._profile = profile
        self._bytes_left = hands.bounds.max_bytes
        self.losses: dict[str, Loss] = {}

    async def settle(self, path: str, part: Medium) -> list[Part]:
        """The parts that stand for one medium in the end."""
        try:
            if isinstance(part, Image) and self._plan(part) == "describe":
                return await self._describe(path, part)
            if isinstance(source := part.source, RemoteUrl):
                part = await self._fetch(part, source.url)
            return await self._convert(path, part)
        except DragomanError as error:
            raise error.under(path) from None

    def _plan(self, part: Medium) -> Errand | None:
        return plan_errand(part, self._profile, describes=self._hands.describes)

    async def _describe(self, path: str, part: Image) -> list[Part]:
        describer = self._hands.describer
        description = await describer.describe(part, self._bounds.describe_route) if describer is not None else ""
        if not description:
            return [part]
        self.losses[path] = Loss(
            "approximated", path, f"an image is given as {self._bounds.describe_route} describes it"
        )
        return [show_description(description)]

    async def _fetch(self, part: Medium, url: str) -> Medium:
        if not self._bounds.fetch_urls:
            raise DragomanError(
                Kind.UNSUPPORTED,
                "The target cannot fetch URLs, and this gateway fetches none; send the file in base64 (a data: URI).",
                code="fetching_is_off",
            )
        fetched = await self._hands.fetcher.fetch(url)
        self._bytes_left -= len(fetched.data)
        if self._bytes_left < 0:
            raise invalid(f"The media of this request have more than {self._bounds.max_bytes} bytes together.")
        return put_inline(part, fetched.media_type, fetched.data)

    async def _convert(self, path: str, part: Medium) -> list[Part]:
        source = part.source
        errand = self._plan(part)
        if errand is None or errand == "fetch" or not isinstance(source, InlineData):
            return [part]
        if isinstance(part, Video) and self._profile.video_frames is not None:
            return await self._take_frames(path, source, self._profile.video_frames)
        if isinstance(part, Image):
            return await self._redraw(path, part, source)
        if isinstance(part, File) and errand == "read_pdf":
            return await self._read_pdf(path, part, source)
        return write_text(part) if isinstance(part, File) else [part]

    async def _take_frames(self, path: str, source: InlineData, rule: FrameRule) -> list[Part]:
        job = VideoJob(read_bytes(source), _known_type(source), rule.max_frames, rule.per_second, rule.max_edge)
        frames = await self._hands.converter.draw_frames(job)
        self.losses[path] = tell_frames(path, len(frames.images), frames.seconds, has_sound=frames.has_sound)
        return show_frames(frames.images, frames.at_seconds, frames.seconds, rule)

    async def _redraw(self, path: str, part: Image, source: InlineData) -> list[Part]:
        media_type, profile = _known_type(source), self._profile
        data = read_bytes(source)
        job = ImageJob(data, media_type, profile.image_max_edge, profile.image_max_bytes)
        frames = await self._hands.converter.draw_frames(job)
        what = f"{media_type} of {len(data)} bytes is sent as image/jpeg of {len(frames.images[0])}"
        self.losses[path] = Loss("approximated", path, what)
        drawn = show_image(frames.images[0], "image/jpeg")
        return [msgspec.structs.replace(part, source=drawn.source)]

    async def _read_pdf(self, path: str, part: File, source: InlineData) -> list[Part]:
        bounds = self._bounds
        edge = bounds.page_edge if "image" in self._profile.media else 0
        job = DocumentJob(read_bytes(source), bounds.max_pages, bounds.max_document_characters, edge)
        converted = await self._hands.converter.read_document(job)
        pages = [(page.text, page.image) for page in converted.pages]
        self.losses[path] = tell_pages(path, pages, converted.total)
        return show_pages(pages, part.name, part.cache)


def _known_type(source: InlineData) -> str:
    media_type = read_media_type(source)
    if media_type not in MEDIA_FORMATS:
        raise invalid(
            f"The target cannot take this, and the gateway cannot convert it ({media_type or 'unknown type'})."
        )
    return media_type
