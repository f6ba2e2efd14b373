"""A picture that sprites are laid on, one over another, and what of each is still seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from detectors.training.burning_boxes import SMOKE_REACH, Layer
from detectors.training.sprites import Sprite, SpriteMaker, over
from detectors.training.turbulence import Field

# What does not shine by itself is as dark as the night.
NIGHT_RGBA = np.array([0.3, 0.3, 0.32, 1.0], np.float32)
# A sprite is drawn at most so high and then enlarged: flames and smoke are soft, and drawing costs by area.
DRAWN_PX = 300
# Times its height: a front wider than this is enlarged less, or most of it would lie outside.
WIDEST = 2.5


@dataclass(slots=True, eq=False)
class Canvas:
    """``picture`` (height, width, 3) RGB in 0..1 is changed in place; ``before`` is what it was; ``dark``:
    by night."""

    picture: Field
    before: Field
    dark: bool
    layers: list[Layer] = field(default_factory=list)

    @property
    def side_px(self) -> int:
        """The shorter side."""
        return min(self.picture.shape[:2])


def lay(
    canvas: Canvas,
    sprite: Sprite,
    place: tuple[int, int],
    *,
    shines: bool = False,
    doubtful: bool = False,
) -> None:
    """Lays ``sprite`` with its left upper corner at ``place``. What has a label is remembered, and what is
    ``doubtful`` too: a person may take it for smoke."""
    rgba = sprite.rgba if shines or not canvas.dark else sprite.rgba * NIGHT_RGBA
    over(canvas.picture, rgba, left=place[0], top=place[1])
    seen = on_canvas(sprite.rgba[:, :, 3], canvas, place)
    hide(canvas, seen)
    if sprite.label is not None or doubtful:
        remember(canvas, sprite.label, seen, round(SMOKE_REACH * canvas.side_px))


def remember(canvas: Canvas, label: str | None, seen: Field, reach_px: int) -> None:
    """Notes what was laid, and that all of it is seen so far."""
    canvas.layers.append(Layer(label, seen.copy(), reach_px))


def hide(canvas: Canvas, cover: Field) -> None:
    """What was laid before is less seen behind ``cover`` (height, width) 0..1."""
    for layer in canvas.layers:
        layer.seen *= 1.0 - cover


def on_canvas(alpha: Field, canvas: Canvas, place: tuple[int, int]) -> Field:
    """``alpha`` (height, width) where it lies in the picture, which is 0 elsewhere."""
    whole = np.zeros((*canvas.picture.shape[:2], 3), np.float32)
    over(whole, np.repeat(alpha[:, :, None], 4, axis=2), left=place[0], top=place[1])
    return whole[:, :, 0]


def made(makers: Mapping[str, SpriteMaker], rng: np.random.Generator, side_px: int) -> Sprite:
    """A sprite of one of ``makers``, ``side_px`` high."""
    names = list(makers)
    drawn = makers[names[int(rng.integers(len(names)))]](rng, min(side_px, DRAWN_PX))
    scale = min(side_px, WIDEST * side_px * drawn.rgba.shape[0] / drawn.rgba.shape[1]) / drawn.rgba.shape[0]
    return drawn if scale <= 1.0 else stretched(drawn, scale, scale)


def stretched(sprite: Sprite, across: float, down: float) -> Sprite:
    """``sprite`` so many times as wide and as high."""
    import cv2

    rgba = np.asarray(cv2.resize(sprite.rgba, None, fx=across, fy=down), np.float32)
    return Sprite(rgba, sprite.label, (0, 0, rgba.shape[1], rgba.shape[0]), sprite.width_m, sprite.upright)


def turned(sprite: Sprite, rng: np.random.Generator) -> Sprite:
    """``sprite`` turned by any angle."""
    import cv2

    rows, columns = sprite.rgba.shape[:2]
    side = int(np.hypot(rows, columns)) + 2
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), float(rng.uniform(0.0, 360.0)), 1.0)
    turn[:, 2] += (side - columns) / 2, (side - rows) / 2
    rgba = np.asarray(cv2.warpAffine(sprite.rgba, turn, (side, side), flags=cv2.INTER_LINEAR), np.float32)
    return Sprite(rgba, sprite.label, (0, 0, side, side), sprite.width_m, sprite.upright)


def anywhere(canvas: Canvas, sprite: Sprite, rng: np.random.Generator) -> tuple[int, int]:
    """Left and top; the sprite's middle lies in the picture."""
    height, width = canvas.picture.shape[:2]
    rows, columns = sprite.rgba.shape[:2]
    return int(rng.uniform(0.05, 0.95) * width - columns / 2), int(rng.uniform(0.1, 0.95) * height - rows / 2)
