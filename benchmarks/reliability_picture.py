"""A reliability diagram as SVG: what was said against how often it was true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

SIDE_PX = 250
LEFT_PX, TOP_PX, GAP_PX = 62, 92, 46
FOOT_PX = 112
COLOURS = ("#0b6e99", "#c4570f")
MARKS = ("circle", "square")
"""Shapes differ too, for readers who do not tell the colours apart."""


@dataclass(frozen=True, slots=True)
class Point:
    """The statements of one tenth: their mean, how often they were true, its range, and how many."""

    said: float
    was: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Series:
    """The points of one kind of camera."""

    name: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One square diagram; both axes go from ``low`` to 1."""

    title: str
    series: tuple[Series, ...]
    low: float = 0.0

    def px(self, probability: float) -> float:
        """How far along an axis a probability is."""
        return SIDE_PX * (probability - self.low) / (1 - self.low)


def picture(panels: tuple[Panel, ...], caption: tuple[str, ...]) -> str:
    """The diagrams side by side, with one legend and the caption's lines below."""
    width = LEFT_PX + len(panels) * (SIDE_PX + GAP_PX)
    height = TOP_PX + SIDE_PX + FOOT_PX
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}"'
        ' font-family="sans-serif" font-size="13" fill="#222" role="img" aria-labelledby="title">',
        '<title id="title">Said and true probabilities</title>',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        *_legend(panels[0].series),
    ]
    for k, panel in enumerate(panels):
        lines += _panel(panel, LEFT_PX + k * (SIDE_PX + GAP_PX), first=k == 0)
    below = TOP_PX + SIDE_PX + 72
    lines += [_label(LEFT_PX, below + 18 * k, line, "start") for k, line in enumerate(caption)]
    return "\n".join([*lines, "</svg>", ""])


def _legend(series: tuple[Series, ...]) -> Iterator[str]:
    x = LEFT_PX
    for k, one in enumerate(series):
        yield _mark(k, x + 6, 26)
        yield _label(x + 18, 31, one.name, "start")
        x += 320
    yield f'<line x1="{x}" y1="26" x2="{x + 26}" y2="26" stroke="#888" stroke-dasharray="4 3"/>'
    yield _label(x + 34, 31, "as it should be", "start")


def _panel(panel: Panel, x0: float, *, first: bool) -> Iterator[str]:
    y1 = TOP_PX + SIDE_PX
    yield f'<text x="{x0}" y="{TOP_PX - 14}" font-size="15" font-weight="bold">{escape(panel.title)}</text>'
    yield f'<rect x="{x0}" y="{TOP_PX}" width="{SIDE_PX}" height="{SIDE_PX}" fill="none" stroke="#999"/>'
    for tick in (panel.low + (1 - panel.low) * fifth / 5 for fifth in range(6)):
        x, y = x0 + panel.px(tick), y1 - panel.px(tick)
        yield f'<path d="M{x:.1f} {TOP_PX}V{y1}M{x0} {y:.1f}H{x0 + SIDE_PX}" stroke="#e4e4e4"/>'
        text = f"{tick:.2f}" if panel.low else f"{tick:.1f}"
        yield _label(x, y1 + 18, text, "middle")
        if first or panel.low:
            yield _label(x0 - 6, y + 4, text, "end")
    yield f'<path d="M{x0} {y1}L{x0 + SIDE_PX} {TOP_PX}" stroke="#888" stroke-dasharray="4 3"/>'
    yield _label(x0 + SIDE_PX / 2, y1 + 40, "probability said", "middle")
    if first:
        middle = TOP_PX + SIDE_PX / 2
        turned = f'transform="rotate(-90 {x0 - 40} {middle})"'
        yield f'<text x="{x0 - 40}" y="{middle}" text-anchor="middle" {turned}>share that was true</text>'
    for k in range(len(panel.series)):
        yield from _marks(k, panel, x0, y1)


def _marks(k: int, panel: Panel, x0: float, y1: float) -> Iterator[str]:
    for point in panel.series[k].points:
        # A little apart, so that the two kinds' bars do not cover each other.
        x = x0 + panel.px(point.said) + (2 * k - 1) * 1.5
        high, low = y1 - panel.px(point.high), y1 - panel.px(max(point.low, panel.low))
        told = f"said {point.said:.3f}, was {point.was:.3f}, {point.count} statements"
        yield f'<path d="M{x:.1f} {high:.1f}V{low:.1f}" stroke="{COLOURS[k]}" stroke-width="1.5"/>'
        yield _mark(k, x, y1 - panel.px(point.was), told)


def _mark(k: int, x: float, y: float, told: str = "") -> str:
    title = f"<title>{escape(told)}</title>" if told else ""
    if MARKS[k] == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{COLOURS[k]}">{title}</circle>'
    corner = f'x="{x - 3.2:.1f}" y="{y - 3.2:.1f}"'
    return f'<rect {corner} width="6.4" height="6.4" fill="{COLOURS[k]}">{title}</rect>'


def _label(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
