"""Videos, images and documents, made where they are needed."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from fractions import Fraction

import av
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tests.e2e.colours import COLOURS, build_png

FRAMES_PER_SECOND = 10


def build_video(colours: Sequence[str], seconds_each: float = 1.0, side: int = 64, form: str = "mp4") -> bytes:
    """One colour after the other, each filling the picture."""
    codec = {"mp4": "libx264", "webm": "libvpx", "avi": "mpeg4"}[form]
    file = io.BytesIO()
    with av.open(file, mode="w", format=form) as container:
        stream = container.add_stream(codec, rate=FRAMES_PER_SECOND)
        assert isinstance(stream, VideoStream)
        stream.width = stream.height = side
        stream.pix_fmt = "yuv420p"
        number = 0
        for colour in colours:
            for _ in range(round(seconds_each * FRAMES_PER_SECOND)):
                frame = paint(colour, side)
                frame.pts, frame.time_base = number, Fraction(1, FRAMES_PER_SECOND)
                container.mux(stream.encode(frame))
                number += 1
        container.mux(stream.encode(None))
    return file.getvalue()


def build_webp(colour: str, side: int = 32) -> bytes:
    """A square in a format that many local models do not read."""
    file = io.BytesIO()
    with av.open(file, mode="w", format="webp") as container:
        stream = container.add_stream("libwebp", rate=1)
        assert isinstance(stream, VideoStream)
        stream.width = stream.height = side
        stream.pix_fmt = "yuv420p"
        container.mux([*stream.encode(paint(colour, side).reformat(format="yuv420p")), *stream.encode(None)])
    return file.getvalue()


def paint(colour: str, side: int) -> VideoFrame:
    """One picture of one colour."""
    frame = VideoFrame(side, side, "rgb24")
    row = bytes(COLOURS[colour]) * side
    plane = frame.planes[0]
    plane.update((row + bytes(plane.line_size - len(row))) * side)
    return frame


def read_colour(image: bytes) -> str:
    """The name of the colour that a picture's middle has."""
    with av.open(io.BytesIO(image), mode="r") as container:
        frame = next(container.decode(video=0)).reformat(format="rgb24")
    plane = bytes(frame.planes[0])
    middle = frame.height // 2 * frame.planes[0].line_size + frame.width // 2 * 3
    seen = plane[middle : middle + 3]
    return min(COLOURS, key=lambda name: sum(abs(a - b) for a, b in zip(seen, COLOURS[name], strict=True)))


def build_square(colour: str, side: int = 32) -> bytes:
    """A square in PNG."""
    return base64.b64decode(build_png(colour, side))


def build_pdf(pages: Sequence[str]) -> bytes:
    """A document with one line of text a page; an empty one has a red square instead."""
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(pages)}/Kids[{' '.join(f'{4 + 2 * n} 0 R' for n in range(len(pages)))}]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number, text in enumerate(pages):
        drawn = f"BT /F 24 Tf 20 100 Td ({text}) Tj ET" if text else "0.86 0.12 0.12 rg 0 0 300 200 re f"
        resources = "/Resources<</Font<</F 3 0 R>>>>"
        objects += [
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]{resources}/Contents {5 + 2 * number} 0 R>>",
            f"<</Length {len(drawn)}>>stream\n{drawn}\nendstream",
        ]
    body, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj{content}endobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    tail = f"trailer<</Size {len(places) + 1}/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF"
    return (body + f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n{table}{tail}").encode()
