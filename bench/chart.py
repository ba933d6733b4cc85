"""Bars as a picture: a small writer of SVG, so that the page needs no plotting library. Pure.

Colours come from a style sheet inside the picture that follows the reader's light or dark theme.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Literal, NamedTuple

Tone = Literal["own", "good", "bad", "other"]

WIDTH = 760
LABEL_WIDTH = 270
VALUE_WIDTH = 110
ROW_HEIGHT = 24
BAR_HEIGHT = 14
TOP = 56
BOTTOM = 28

_STYLE = """
    text { font: 13px system-ui, sans-serif; fill: #24292f; }
    .title { font-weight: 600; font-size: 15px; }
    .note { font-size: 12px; fill: #57606a; }
    .own, .good { fill: #2f7d5b; }
    .bad { fill: #c4432b; }
    .other { fill: #8c959f; }
    .limit { stroke: #24292f; stroke-width: 2; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3; }
      .note { fill: #9aa4af; }
      .own, .good { fill: #4fb286; }
      .bad { fill: #f07a5f; }
      .other { fill: #6e7781; }
      .limit { stroke: #e6edf3; }
    }
"""


class Bar(NamedTuple):
    """One row: what it is, how long, what stands behind it, and where the limit lies if there is one."""

    label: str
    value: float
    text: str
    tone: Tone
    limit: float | None = None


def draw_bars(title: str, note: str, bars: Sequence[Bar], *, is_logarithmic: bool = False) -> str:
    """The picture. A logarithmic one begins at a tenth of its smallest value's power of ten."""
    values = [value for bar in bars for value in (bar.value, bar.limit) if value]
    scale = _Scale(min(values, default=1.0), max(values, default=1.0), is_logarithmic=is_logarithmic)
    height = TOP + ROW_HEIGHT * len(bars) + BOTTOM
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">',
        f"  <style>{_STYLE}  </style>",
        f'  <text class="title" x="12" y="24">{escape(title)}</text>',
        f'  <text class="note" x="12" y="43">{escape(note)}</text>',
    ]
    for index, bar in enumerate(bars):
        lines += _draw_row(bar, TOP + ROW_HEIGHT * index, scale)
    return "\n".join([*lines, "</svg>", ""])


class _Scale:
    """From a value to a length."""

    def __init__(self, lowest: float, highest: float, *, is_logarithmic: bool) -> None:
        self._is_logarithmic = is_logarithmic
        self._origin = 10 ** (math.floor(math.log10(lowest)) - 1) if is_logarithmic else 0.0
        self._span = math.log10(highest / self._origin) if is_logarithmic else highest

    def measure(self, value: float) -> float:
        """Pixels."""
        room = WIDTH - LABEL_WIDTH - VALUE_WIDTH
        share = math.log10(value / self._origin) / self._span if self._is_logarithmic else value / self._span
        return round(room * share, 1)


def _draw_row(bar: Bar, top: float, scale: _Scale) -> list[str]:
    length = scale.measure(bar.value)
    reach = max(length, scale.measure(bar.limit) if bar.limit else 0.0)
    middle = top + BAR_HEIGHT - 2
    lines = [
        f'  <text x="{LABEL_WIDTH - 10}" y="{middle}" text-anchor="end">{escape(bar.label)}</text>',
        f'  <rect class="{bar.tone}" x="{LABEL_WIDTH}" y="{top}" width="{length}" height="{BAR_HEIGHT}" rx="2"/>',
        f'  <text x="{round(LABEL_WIDTH + reach + 8, 1)}" y="{middle}">{escape(bar.text)}</text>',
    ]
    if bar.limit:
        x = LABEL_WIDTH + scale.measure(bar.limit)
        lines.append(f'  <line class="limit" x1="{x}" y1="{top - 3}" x2="{x}" y2="{top + BAR_HEIGHT + 3}"/>')
    return lines
