"""Videos as frames, PDFs as text and pictures: the parts that stand for them, and what is told of the loss."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from dragoman.model.content import CacheBreakpoint, Image, InlineData, Part, Text
from dragoman.model.loss import Loss
from dragoman.model.profile import FrameRule


def show_frames(images: Sequence[bytes], at_seconds: Sequence[float], seconds: float, rule: FrameRule) -> list[Part]:
    """Frames in their order, with the words that the rule wants around them."""
    parts: list[Part] = []
    if rule.intro:
        parts.append(Text(_fill(rule.intro, frames=str(len(images)), length=write_time(seconds))))
    for image, second in zip(images, at_seconds, strict=True):
        if rule.caption:
            parts.append(Text(_fill(rule.caption, time=write_time(second).removeprefix("0:"))))
        parts.append(show_image(image, "image/jpeg"))
    return parts


def tell_frames(path: str, count: int, seconds: float, *, has_sound: bool) -> Loss:
    """What was sampled."""
    sound = ", without its sound" if has_sound else ""
    frames = "1 frame" if count == 1 else f"{count} frames, one every {seconds / count:.2g} s,"
    return Loss("approximated", path, f"{frames} of a video of {seconds:.3g} s{sound}")


def show_pages(pages: Sequence[tuple[str, bytes]], name: str | None, cache: CacheBreakpoint | None) -> list[Part]:
    """Text of pages with their numbers, and pictures of those that have none."""
    parts: list[Part] = []
    heading = f"[{name}]\n" if name else ""
    for number, (text, image) in enumerate(pages, 1):
        label = f"{heading}[page {number}]"
        if image:
            parts += [Text(label), show_image(image, "image/png")]
        elif text:
            parts.append(Text(f"{label}\n{text}"))
        heading = ""
    if not parts:
        parts.append(Text(f"{heading}[a document without any text]"))
    if cache is not None and isinstance(last := parts[-1], Text):
        parts[-1] = Text(last.text, cache=cache)
    return parts


def tell_pages(path: str, pages: Sequence[tuple[str, bytes]], total: int) -> Loss:
    """How much of the document is there, and in which form."""
    drawn = sum(bool(image) for _, image in pages)
    form = f"the text of {len(pages) - drawn} and pictures of {drawn}" if drawn else f"the text of {len(pages)}"
    return Loss("approximated", path, f"a PDF is given as {form} of its {total} pages")


def show_description(description: str) -> Text:
    """The words that stand for an image."""
    return Text(f"[An image. Somebody who sees it says: {description}]")


def show_image(data: bytes, media_type: str) -> Image:
    """An image with its bytes in place."""
    return Image(InlineData(media_type, base64.b64encode(data).decode()))


def write_time(seconds: float) -> str:
    """`H:MM:SS`."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def _fill(words: str, **values: str) -> str:
    for name, value in values.items():
        words = words.replace(f"{{{name}}}", value)
    return words
