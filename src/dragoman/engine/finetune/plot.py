"""Draws how the loss of a training fell, as SVG: one line for what it learns from, dots for what was held back."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

Point = tuple[int, float]
"""A step, and the loss there."""

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 44, 44
GRID_LINES = 5


def draw_plot(title: str, learnt: Sequence[Point], held_back: Sequence[Point]) -> str:
    """The whole document."""
    points = [*learnt, *held_back]
    last = max((step for step, _ in points), default=1) or 1
    highest = max((loss for _, loss in points), default=1.0) or 1.0

    def place(point: Point) -> tuple[float, float]:
        step, loss = point
        across = LEFT + (WIDTH - LEFT - RIGHT) * step / last
        return round(across, 1), round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * loss / highest, 1)

    line = " ".join(f"{x},{y}" for x, y in map(place, learnt))
    dots = "".join(f'<circle cx="{x}" cy="{y}" r="4"/>' for x, y in map(place, held_back))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="12" fill="#444">\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n'
        f'<text x="{LEFT}" y="20" font-size="15">{escape(title)}</text>\n'
        f"{_draw_grid(last, highest)}"
        f'<polyline points="{line}" fill="none" stroke="#2563eb" stroke-width="2"/>\n'
        f'<g fill="#ea580c">{dots}</g>\n'
        f'<text x="{WIDTH - RIGHT}" y="20" text-anchor="end">loss: line learnt, dots held back</text>\n'
        "</svg>\n"
    )


def _draw_grid(last: int, highest: float) -> str:
    """Lines across with their losses, and steps below."""
    drawn = []
    for number in range(GRID_LINES + 1):
        share = number / GRID_LINES
        y = round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)
        x = round(LEFT + (WIDTH - LEFT - RIGHT) * share, 1)
        drawn.append(
            f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#ddd"/>'
            f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{highest * share:.3g}</text>'
            f'<text x="{x}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{round(last * share)}</text>\n'
        )
    return "".join(drawn)
