"""Media by the rules of their families."""

from __future__ import annotations

import base64
import struct

import pytest

from dragoman.adapt.counting.media import (
    BYTES_PER_PAGE,
    SOUND_BYTES_PER_SECOND,
    UNKNOWN_SECONDS,
    count_media,
)
from dragoman.model import content


def draw(width: int, height: int) -> content.Image:
    head = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)
    return content.Image(content.InlineData("image/png", base64.b64encode(head).decode()))


def pack(data: bytes) -> content.InlineData:
    return content.InlineData("", base64.b64encode(data).decode())


@pytest.mark.parametrize(
    ("family", "size", "tokens"),
    [
        ("claude", (597, 566), 597 * 566 / 750),
        ("claude_5", (4000, 3000), 1600.0),
        ("gemini", (1024, 1024), 258.0),
        ("gemini_2_0", (128, 128), 258.0),
        ("gemini_2_0", (640, 480), 258.0 * 5),
        ("gemini_3", (60, 30), 1090.0),
        ("gpt", (1024, 1024), 85 + 170 * 4),
        ("gpt", (50, 50), 85 + 170),
        ("gpt_5", (300, 346), 11 * 13),
        ("mistral", (64, 64), 4 * 3),
        ("qwen", (4000, 4000), 1280),
        ("nobody's", (56, 28), 2),
    ],
)
def test_an_image_costs_by_its_size(family: str, size: tuple[int, int], tokens: float) -> None:
    assert count_media([draw(*size)], family) == pytest.approx(tokens)


def test_an_image_that_is_elsewhere_is_taken_for_one_of_usual_size() -> None:
    elsewhere = content.Image(content.RemoteUrl("https://example.org/a.png"))
    assert count_media([elsewhere], "claude") == pytest.approx(800 * 600 / 750)


def test_a_document_costs_by_the_page() -> None:
    three = content.File(pack(b"%PDF-1.4 /Type /Pages /Type /Page\n /Type/Page\n /Type /Page >>"))
    assert count_media([three], "gemini") == 3 * 258
    packed = content.File(pack(b"%PDF-1.7" + b"\x99" * (2 * BYTES_PER_PAGE)))
    assert count_media([packed], "gemini") == 3 * 258
    assert count_media([content.File(content.StoredFile("f"))], "gemini") == 258
    assert count_media([content.File(content.InlineData("", "?"))], "gemini") == 258
    assert count_media([content.File(content.PlainText("text is counted as text"))], "gemini") == 0


def test_sound_and_films_cost_by_the_second() -> None:
    ten = content.Audio(pack(b"\0" * 10 * SOUND_BYTES_PER_SECOND))
    assert count_media([ten], "gemini") == pytest.approx(320, rel=0.01)
    film = content.Video(content.RemoteUrl("https://example.org/a.mp4"))
    assert count_media([film], "gemini") == UNKNOWN_SECONDS * 295


def test_media_inside_a_tools_result_count_too() -> None:
    assert count_media([content.ToolResult("c", [draw(75, 10)])], "claude") == 1.0
    assert count_media([content.Text("none")], "claude") == 0
