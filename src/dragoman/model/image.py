"""Pictures drawn after a text: what is asked and what is answered, for dialects that meet in it.

As with embeddings, both are a request and an answer like any other.
"""

from __future__ import annotations

import msgspec

from dragoman.model.content import Text
from dragoman.model.request import Request, Turn
from dragoman.model.response import Response


class ImageRequest(Request, frozen=True):
    """A picture to be drawn. `size` is `widthxheight`, `ratio` `width:height`."""

    prompt: str = ""
    count: int | None = None
    size: str | None = None
    ratio: str | None = None


class ImageResponse(Response, frozen=True):
    """Pictures, each in Base64."""

    images: list[str] = msgspec.field(default_factory=list)


def ask_for_images(model: str, prompt: str) -> ImageRequest:
    """The request for a picture."""
    return ImageRequest(model, [Turn("user", [Text(prompt)])], prompt=prompt)
