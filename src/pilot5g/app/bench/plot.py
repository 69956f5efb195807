"""Small plots as SVG text, to stand inside a page: lines over numbers or percentiles, and bars.

Colours follow the page's light or dark scheme by CSS classes; every line is named at its end, so that colour
is not the only thing that tells them apart.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from html import escape

import msgspec

WIDTH, HEIGHT = 640, 280
LEFT, RIGHT, TOP, BOTTOM = 64, 150, 14, 44
COLOURS = 6
"""Classes `s0` to `s5` of the page."""
LABEL_GAP = 13.0
"""Pixels between the names at the ends of lines."""


class Line(msgspec.Struct, frozen=True):
    """A named line through points."""

    name: str
    points: Sequence[tuple[float, float]]


class Axis(msgspec.Struct, frozen=True):
    """A title, where a value lies between 0 and 1, and the marked values with their text."""

    title: str
    place: Callable[[float], float]
    marks: Sequence[tuple[float, str]]


def linear(title: str, values: Sequence[float], *, from_zero: bool = True) -> Axis:
    """From 0 (or the least value) to a round number above the greatest."""
    low = 0.0 if from_zero else min(values, default=0.0)
    step = _round_step((max(values, default=1.0) - low) or 1.0)
    n = max(1, math.ceil(((max(values, default=1.0) - low) or 1.0) / step - 1e-9))
    high = low + n * step
    return Axis(
        title,
        lambda value: (value - low) / (high - low),
        [(low + i * step, f"{low + i * step:g}") for i in range(n + 1)],
    )


def logarithmic(title: str, values: Sequence[float]) -> Axis:
    """Decades, with 2 and 5 marked where there are few."""
    positive = [value for value in values if value > 0] or [1.0]
    low = math.floor(math.log10(min(positive)))
    high = max(low + 1, math.ceil(math.log10(max(positive))))
    steps = (1, 2, 5) if high - low <= 2 else (1,)
    marks = [(m * 10.0**e, f"{m * 10.0**e:g}") for e in range(low, high) for m in steps]
    marks.append((10.0**high, f"{10.0**high:g}"))
    span = high - low

    def place(value: float) -> float:
        return (math.log10(max(value, 10.0**low)) - low) / span

    return Axis(title, place, marks)


def percentiles(title: str) -> Axis:
    """0 to 99.9, the upper end spread out: what is rare is what matters."""

    def place(percent: float) -> float:
        return -math.log10(1 - min(percent, 99.9) / 100) / 3

    return Axis(title, place, [(each, f"{each:g}") for each in (0, 50, 75, 90, 95, 99, 99.5, 99.9)])


def lines(series: Sequence[Line], x: Axis, y: Axis, title: str) -> str:
    """The lines in their axes."""
    inner = [*_frame(x, y), *_curves(series, x, y), *_names(series, x, y)]
    return _svg(inner, HEIGHT, title)


def bars(rows: Sequence[tuple[str, Sequence[float]]], names: Sequence[str], unit: str, title: str) -> str:
    """One horizontal bar a row, made of parts that have the `names`."""
    most = max((sum(parts) for _, parts in rows), default=1.0) or 1.0
    room = WIDTH - 2 * RIGHT - 20
    inner = []
    for i, (label, parts) in enumerate(rows):
        top, at = 8 + i * 26, RIGHT + 40.0
        inner.append(_text(at - 8, top + 13, label, "end"))
        for j, part in enumerate(parts):
            width = part / most * room
            tip = f"<title>{escape(label)}, {escape(names[j])}: {part:.3g} {escape(unit)}</title>"
            inner.append(
                f'<rect class="s{j}" x="{at:.1f}" y="{top}" width="{width:.1f}" height="18">{tip}</rect>'
            )
            at += width
        inner.append(_text(at + 6, top + 13, f"{sum(parts):.3g} {unit}", "start"))
    return _svg(inner, 16 + 26 * len(rows), title)


def _frame(x: Axis, y: Axis) -> list[str]:
    parts = []
    for value, text in y.marks:
        at = _y(y, value)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(_text(LEFT - 6, at + 4, text, "end"))
    for value, text in x.marks:
        at = _x(x, value)
        parts.append(f'<line class="grid" x1="{at:.1f}" x2="{at:.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
        parts.append(_text(at, HEIGHT - BOTTOM + 16, text, "middle"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, x.title, "middle", "title"))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    turned = f' transform="rotate(-90 14 {middle:.0f})"'
    parts.append(_text(14, middle, y.title, "middle", "title", turned))
    return parts


def _curves(series: Sequence[Line], x: Axis, y: Axis) -> list[str]:
    curves = []
    for i, line in enumerate(series):
        path = " ".join(f"{_x(x, a):.1f},{_y(y, b):.1f}" for a, b in line.points)
        curves.append(f'<polyline class="s{i % COLOURS}" points="{path}"/>')
        if len(line.points) <= 20:
            curves += [
                f'<circle class="s{i % COLOURS}" cx="{_x(x, a):.1f}" cy="{_y(y, b):.1f}" r="3">'
                f"<title>{escape(line.name)}: {a:.4g}, {b:.4g}</title></circle>"
                for a, b in line.points
            ]
    return curves


def _names(series: Sequence[Line], x: Axis, y: Axis) -> list[str]:
    """Each line's name at its end, moved apart where ends are close."""
    ends = sorted(
        ((_y(y, line.points[-1][1]), i, line.name) for i, line in enumerate(series) if line.points),
    )
    parts, floor = [], float(TOP)
    for at, i, name in ends:
        at = max(at, floor)
        floor = at + LABEL_GAP
        parts.append(_text(WIDTH - RIGHT + 6, at + 4, name, "start", f"s{i % COLOURS}"))
    return parts


def _x(axis: Axis, value: float) -> float:
    return LEFT + axis.place(value) * (WIDTH - LEFT - RIGHT)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - axis.place(value) * (HEIGHT - TOP - BOTTOM)


def _text(x: float, y: float, text: str, anchor: str, kind: str = "", more: str = "") -> str:
    classes = f' class="{kind}"' if kind else ""
    return f'<text{classes} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(text)}</text>'


def _svg(inner: Sequence[str], height: int, title: str) -> str:
    box = f'viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title, quote=True)}"'
    return f"<svg {box}>{''.join(inner)}</svg>"


def _round_step(span: float) -> float:
    """A step of 1, 2 or 5 and zeros that gives three to six of them."""
    rough = span / 5
    power = 10.0 ** math.floor(math.log10(rough))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= rough - 1e-12)
