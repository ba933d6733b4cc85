"""Frames out of videos, and images in another form."""

from __future__ import annotations

import hashlib
import struct
import zlib

import pytest

from dragoman.engine.conversion import DocumentJob, Fault, Frames, ImageJob, VideoJob
from dragoman.engine.convert_video import convert
from tests.media_files import build_square, build_video, build_webp, read_colour


def sample(data: bytes, media_type: str = "video/mp4", limit: int = 64, rate: float = 1.0, edge: int = 32) -> Frames:
    outcome = convert(VideoJob(data, media_type, limit, rate, edge))
    assert isinstance(outcome, Frames), outcome
    return outcome


def read_colours(frames: Frames) -> list[str]:
    return [read_colour(image) for image in frames.images]


@pytest.mark.parametrize(
    ("form", "media_type"), [("mp4", "video/mp4"), ("webm", "video/webm"), ("avi", "video/x-msvideo")]
)
def test_one_frame_a_second_is_taken_from_the_middle_of_each(form: str, media_type: str) -> None:
    frames = sample(build_video(["red", "green", "blue"], form=form), media_type)
    assert read_colours(frames) == ["red", "green", "blue"]
    assert frames.seconds == pytest.approx(3.0, abs=0.11)
    assert frames.at_seconds == pytest.approx([0.5, 1.5, 2.5], abs=0.11)
    assert not frames.has_sound


def test_a_long_video_gives_no_more_frames_than_allowed_evenly_spread() -> None:
    colours = ["red", "green", "blue", "yellow", "white", "black"]
    frames = sample(build_video(colours, seconds_each=8.0), limit=6)
    assert read_colours(frames) == colours
    assert frames.at_seconds == pytest.approx([4, 12, 20, 28, 36, 44], abs=0.2)


def test_a_short_video_gives_one_frame() -> None:
    assert read_colours(sample(build_video(["purple"], seconds_each=0.2))) == ["purple"]


@pytest.mark.parametrize(("edge", "expected"), [(32, 32), (1000, 64), (0, 64)])
def test_frames_become_no_larger_than_allowed(edge: int, expected: int) -> None:
    (image,) = sample(build_video(["red"], side=64), edge=edge).images
    height, width = image[image.index(b"\xff\xc0") + 5 :][:2], image[image.index(b"\xff\xc0") + 7 :][:2]
    assert int.from_bytes(height) == int.from_bytes(width) == expected


def test_an_image_becomes_one_that_every_model_reads() -> None:
    frames = convert(ImageJob(build_webp("green"), "image/webp"))
    assert isinstance(frames, Frames)
    assert frames.images[0].startswith(b"\xff\xd8")
    assert read_colours(frames) == ["green"]


def build_noise(side: int) -> bytes:
    """A PNG that no encoder makes much smaller."""
    row = side * 3
    noise = hashlib.shake_256(b"noise").digest(row * side)
    rows = b"".join(b"\0" + noise[start : start + row] for start in range(0, len(noise), row))
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    parts = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def measure(image: bytes) -> int:
    return int.from_bytes(image[image.index(b"\xff\xc0") + 7 :][:2])


def test_an_image_loses_detail_and_then_size_until_it_is_small_enough() -> None:
    noise = build_noise(256)
    sizes = []
    for limit in (0, 90_000, 40_000, 10_000):
        frames = convert(ImageJob(noise, "image/png", 0, limit))
        assert isinstance(frames, Frames)
        (image,) = frames.images
        assert len(image) <= (limit or 1 << 20)
        sizes.append(measure(image))
    assert sizes[:2] == [256, 256]
    assert sizes[2:] == sorted(sizes[2:], reverse=True)
    assert sizes[3] < 256
    assert isinstance(convert(ImageJob(noise, "image/png", 0, 100)), Fault)
    bounded = convert(ImageJob(noise, "image/png", 100))
    assert isinstance(bounded, Frames)
    assert measure(bounded.images[0]) == 100


def test_the_smallest_image_is_drawn_too() -> None:
    assert isinstance(convert(ImageJob(build_noise(1), "image/png", 0, 5_000)), Frames)


@pytest.mark.parametrize(
    "job",
    [
        VideoJob(b"", "video/mp4", 1, 1, 1),
        VideoJob(b"\0" * 1000, "video/webm", 1, 1, 1),
        VideoJob(build_video(["red"])[:500], "video/mp4", 1, 1, 1),
        ImageJob(build_square("red")[:60], "image/png"),
        DocumentJob(b"%PDF", 1, 1),
    ],
    ids=repr,
)
def test_a_broken_file_becomes_words(job: VideoJob | ImageJob | DocumentJob) -> None:
    assert isinstance(convert(job), Fault)


def test_a_playlist_is_not_followed() -> None:
    playlist = b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"
    for media_type in ("video/mp4", "video/webm", "image/png"):
        assert isinstance(convert(VideoJob(playlist, media_type, 1, 1, 1)), Fault)
