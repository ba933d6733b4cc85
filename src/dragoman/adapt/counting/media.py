"""Tokens of images, documents, sound and films: by the rules that makers publish for their families, where they do.

An image costs by its size, which its first bytes tell; one that is only named by a URL is taken for a picture of usual
size. Documents cost by the page, sound and films by the second, which is guessed from how many bytes there are.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable
from math import ceil
from typing import NamedTuple

from dragoman.adapt.counting.image_size import Size, read_base64_size
from dragoman.model import content

UNKNOWN_SIZE: Size = (800, 600)
BYTES_PER_PAGE = 60_000
SOUND_BYTES_PER_SECOND = 16_000
FILM_BYTES_PER_SECOND = 250_000
UNKNOWN_SECONDS = 30.0
MAX_SCANNED_CHARACTERS = 4 * 1024 * 1024

_PAGE = re.compile(rb"/Type\s?/Page[^s]")


class MediaPrices(NamedTuple):
    """What media cost in a family: an image by its size, a page of a document, a second of sound and of film."""

    image: Callable[[Size], float]
    page: float = 800.0
    sound_second: float = 12.5
    film_second: float = 100.0


def count_media(parts: Iterable[content.Part], family: str) -> float:
    """Tokens of all media among the parts; those inside results of tools too."""
    prices = PRICES.get(family, OTHER_PRICES)
    tokens = 0.0
    for part in parts:
        if isinstance(part, content.ToolResult):
            tokens += count_media(part.parts, family)
        elif isinstance(part, content.Image):
            tokens += prices.image(_find_size(part.source))
        elif isinstance(part, content.File):
            tokens += _count_pages(part.source) * prices.page
        elif isinstance(part, content.Audio):
            tokens += _count_seconds(part.source, SOUND_BYTES_PER_SECOND) * prices.sound_second
        elif isinstance(part, content.Video):
            tokens += _count_seconds(part.source, FILM_BYTES_PER_SECOND) * prices.film_second
    return tokens


def _find_size(source: content.Source) -> Size:
    size = read_base64_size(source.data) if isinstance(source, content.InlineData) else None
    return size or UNKNOWN_SIZE


def _count_pages(source: content.Source) -> int:
    """Text in a document is counted as text; of others the pages are sought, and guessed where they are packed away."""
    if isinstance(source, (content.PlainText, content.PartList)):
        return 0
    if not isinstance(source, content.InlineData):
        return 1
    text = source.data[:MAX_SCANNED_CHARACTERS]
    try:
        found = len(_PAGE.findall(b64decode(text[: len(text) // 4 * 4])))
    except (Base64Error, ValueError):
        found = 0
    return found or 1 + len(source.data) * 3 // 4 // BYTES_PER_PAGE


def _count_seconds(source: content.Source, bytes_per_second: int) -> float:
    if not isinstance(source, content.InlineData):
        return UNKNOWN_SECONDS
    return max(1.0, len(source.data) * 3 / 4 / bytes_per_second)


# -- images by their size --------------------------------------------------------------------------------------------


def _by_area(size: Size) -> float:
    """Anthropic: a token for 750 pixels, after no side is longer than 1 568."""
    width, height = _shrink(size, 1568)
    return min(width * height / 750, 1600.0)


def _by_number(tokens: float) -> Callable[[Size], float]:
    def count(_: Size) -> float:
        return tokens

    return count


def _by_gemini_tiles(size: Size) -> float:
    """Gemini before 2.5: small ones cost one tile, others are cut into tiles by their shorter side."""
    if max(size) <= 384:
        return 258.0
    tile = min(max(min(size) // 1.5, 256), 768)
    return 258.0 * (1 + ceil(size[0] / tile) * ceil(size[1] / tile))


def _by_tiles(base: float, each: float) -> Callable[[Size], float]:
    """OpenAI's larger models: squares of 512 after the shorter side is no longer than 768."""

    def count(size: Size) -> float:
        width, height = _shrink(size, 2048)
        scale = min(1.0, 768 / min(width, height))
        return base + each * ceil(width * scale / 512) * ceil(height * scale / 512)

    return count


def _by_patches(side: int, most: int, row_end: int = 0) -> Callable[[Size], float]:
    """A token for each square patch; some families end each row of them with one more."""

    def count(size: Size) -> float:
        width, height = ceil(size[0] / side), ceil(size[1] / side)
        return float(min((width + row_end) * height, most))

    return count


def _shrink(size: Size, longest: int) -> tuple[float, float]:
    scale = min(1.0, longest / max(size))
    return size[0] * scale, size[1] * scale


_CLAUDE = MediaPrices(_by_area, page=1_700.0)
_GEMINI = MediaPrices(_by_number(258.0), page=258.0, sound_second=32.0, film_second=295.0)
_QWEN = MediaPrices(_by_patches(28, 1280))

PRICES: dict[str, MediaPrices] = {
    "claude": _CLAUDE,
    "claude_4": _CLAUDE,
    "claude_5": _CLAUDE,
    "gemini": _GEMINI,
    "gemini_2_0": _GEMINI._replace(image=_by_gemini_tiles),
    "gemini_3": _GEMINI._replace(image=_by_number(1090.0), page=560.0, film_second=102.0),
    "gpt": MediaPrices(_by_tiles(85.0, 170.0), sound_second=10.0),
    "gpt_4": MediaPrices(_by_tiles(85.0, 170.0)),
    "mistral": MediaPrices(_by_patches(28, 4096, row_end=1)),
    "qwen": _QWEN,
    "grok": MediaPrices(_by_number(240.0)),
}
"""By family; others go by `OTHER_PRICES`."""

OTHER_PRICES = MediaPrices(_by_patches(28, 4096))
