"""How SmolVLM2 is shown an image: cut into square tiles with their places named, and the whole of it once more.

The image is brought to the model's longest edge, then stretched until both sides are whole numbers of tiles. The engine
does the same when the model is served; whoever uses this compares the number of tokens with the engine's.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from math import ceil, isqrt

import msgspec
import torch
from PIL import Image

from dragoman.errors import invalid

_AROUND, _GLOBAL = "<fake_token_around_image>", "<global-img>"
_LINE_END = "\u010a"  # as the vocabulary spells it


class TileRule(msgspec.Struct, frozen=True):
    """A model's own measures. `tile_tokens` is what each tile takes."""

    edge: int
    longest_edge: int
    tile_tokens: int
    mean: list[float]
    deviation: list[float]

    def limit(self, max_tokens: int) -> TileRule:
        """The same for images that may take no more tokens (0: as many as they take)."""
        if not max_tokens:
            return self
        tiles = max(1, isqrt(max_tokens // self.tile_tokens))
        return msgspec.structs.replace(self, longest_edge=min(self.longest_edge, self.edge * tiles))


class Tiled(msgspec.Struct, frozen=True):
    """The tiles row by row and then the whole, each 3 × edge × edge."""

    pixels: torch.Tensor
    rows: int
    columns: int


def find_grid(width: int, height: int, rule: TileRule) -> tuple[int, int]:
    """Rows and columns of tiles."""
    scale = rule.longest_edge / max(width, height)
    return ceil(round(height * scale, 3) / rule.edge), ceil(round(width * scale, 3) / rule.edge)


def cut_tiles(data: bytes, rule: TileRule) -> Tiled:
    """The tiles of an image file; raises if it is none."""
    try:
        with Image.open(BytesIO(data)) as file:
            image = file.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        raise invalid("An image of the data cannot be decoded.") from None
    width, height = image.size
    rows, columns = find_grid(width, height, rule)
    edge = rule.edge
    refined = image.resize((columns * edge, rows * edge), Image.Resampling.BILINEAR)
    boxes = [(x * edge, y * edge, (x + 1) * edge, (y + 1) * edge) for y in range(rows) for x in range(columns)]
    tiles = [refined.crop(box) for box in boxes] + [image.resize((edge, edge), Image.Resampling.BILINEAR)]
    bytes_of_all = bytearray().join(tile.tobytes() for tile in tiles)
    colours = torch.frombuffer(bytes_of_all, dtype=torch.uint8).view(len(tiles), edge, edge, 3) / 255.0
    normal = (colours - torch.tensor(rule.mean)) / torch.tensor(rule.deviation)
    return Tiled(normal.permute(0, 3, 1, 2).contiguous(), rows, columns)


def lay_tokens(tiled: Tiled, rule: TileRule, vocabulary: Mapping[str, int]) -> list[int]:
    """The tokens of an image among those of the text; -1 stands where what was seen comes in."""
    around, seen = vocabulary[_AROUND], [-1] * rule.tile_tokens
    tokens: list[int] = []
    for row in range(1, tiled.rows + 1):
        for column in range(1, tiled.columns + 1):
            tokens += [around, vocabulary[f"<row_{row}_col_{column}>"], *seen]
        tokens.append(vocabulary[_LINE_END if row < tiled.rows else 2 * _LINE_END])
    return [*tokens, around, vocabulary[_GLOBAL], *seen, around]
