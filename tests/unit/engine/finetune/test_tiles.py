"""Images are cut into tiles as SmolVLM2 wants them."""

from __future__ import annotations

import pytest

pytest.importorskip("torch", reason="needs the extra dragoman[finetune]")

from dragoman.engine.finetune.tiles import TileRule, cut_tiles, find_grid, lay_tokens
from dragoman.errors import DragomanError
from tests.media_files import build_square

RULE = TileRule(edge=512, longest_edge=2048, tile_tokens=64, mean=[0.5] * 3, deviation=[0.5] * 3)
SMALL = TileRule(edge=8, longest_edge=16, tile_tokens=2, mean=[0.5] * 3, deviation=[0.5] * 3)
WORDS = ["<fake_token_around_image>", "<global-img>", "\u010a", "\u010a\u010a"]
VOCABULARY = {word: number for number, word in enumerate(WORDS)}
VOCABULARY |= {f"<row_{row}_col_{column}>": 10 * row + column for row in (1, 2) for column in (1, 2)}


@pytest.mark.parametrize(
    ("width", "height", "grid"),
    [(32, 32, (4, 4)), (640, 480, (3, 4)), (480, 640, (4, 3)), (4000, 100, (1, 4)), (960, 720, (3, 4))],
)
def test_an_image_is_stretched_to_whole_tiles(width: int, height: int, grid: tuple[int, int]) -> None:
    assert find_grid(width, height, RULE) == grid


@pytest.mark.parametrize(("max_tokens", "longest"), [(0, 2048), (64, 512), (81, 512), (256, 1024), (9999, 2048)])
def test_a_bound_on_tokens_is_a_bound_on_tiles(max_tokens: int, longest: int) -> None:
    assert RULE.limit(max_tokens).longest_edge == longest


def test_tiles_come_row_by_row_and_the_whole_last_each_with_its_place() -> None:
    tiled = cut_tiles(build_square("white"), SMALL)
    assert tiled.pixels.shape == (5, 3, 8, 8)
    assert float(tiled.pixels.min()) > 0.8
    seen = [-1, -1]
    assert lay_tokens(tiled, SMALL, VOCABULARY) == [
        *(0, 11, *seen), *(0, 12, *seen), 2, *(0, 21, *seen), *(0, 22, *seen), 3, 0, 1, *seen, 0,
    ]  # fmt: skip


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(DragomanError, match="cannot be decoded"):
        cut_tiles(b"no image", SMALL)
