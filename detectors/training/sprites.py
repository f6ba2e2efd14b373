"""A picture of something without a body, to be laid over a scene: fire, smoke and their like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from detectors.training.turbulence import Field
from detectors.types import DetectorError


@dataclass(frozen=True, slots=True, eq=False)
class Sprite:
    """A billboard.

    ``rgba`` is (height, width, 4) float32, display-encoded (sRGB), premultiplied: over a picture it gives
    ``rgb + (1 - alpha) * picture``, so what shines by itself may have more colour than alpha. ``label`` is
    None for what must not be reported. ``box_px`` (left, top, right, bottom) are pixel edges around what
    is clearly seen, in the sprite. ``width_m`` is how wide the sprite is in the world. ``upright`` says
    whether it stands (seen from the side) or lies on the ground (seen from above).

    Raises:
        DetectorError: not such an array.
    """

    rgba: Field
    label: str | None
    box_px: tuple[int, int, int, int]
    width_m: float
    upright: bool

    def __post_init__(self) -> None:
        if self.rgba.ndim != 3 or self.rgba.shape[2] != 4:
            raise DetectorError(f"a sprite of shape {self.rgba.shape}", mend="(height, width, 4) is due")
        rgba = np.ascontiguousarray(self.rgba, np.float32)
        rgba.setflags(write=False)
        # A frozen dataclass can only be completed this way.
        object.__setattr__(self, "rgba", rgba)


SpriteMaker = Callable[[np.random.Generator, int], Sprite]


def seen_box_px(seen: Field, threshold: float) -> tuple[int, int, int, int] | None:
    """The pixel edges around where ``seen`` (height, width) exceeds ``threshold``; None: nowhere.

    A hundredth of it may stick out on each side: a lonely wisp does not make the box.
    """
    mask = seen > threshold
    total = int(mask.sum())
    if total == 0:
        return None
    left, right = _ends(mask.sum(axis=0), total)
    top, bottom = _ends(mask.sum(axis=1), total)
    return left, top, right, bottom


def _ends(counts: np.ndarray[tuple[int], np.dtype[np.int64]], total: int) -> tuple[int, int]:
    reached = np.cumsum(counts)
    low = int(np.searchsorted(reached, 0.01 * total, side="right"))
    high = int(np.searchsorted(reached, 0.99 * total, side="left"))
    return low, high + 1


def over(image: Field, rgba: Field, *, left: int, top: int) -> None:
    """Lays ``rgba`` on ``image`` (height, width, 3), 0..1, in place; what hangs over the edge is cut."""
    height, width = image.shape[:2]
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + rgba.shape[1], width), min(top + rgba.shape[0], height)
    if x0 >= x1 or y0 >= y1:
        return
    part = rgba[y0 - top : y1 - top, x0 - left : x1 - left]
    target = image[y0:y1, x0:x1]
    target *= 1.0 - part[:, :, 3:]
    target += part[:, :, :3]
    np.clip(target, 0.0, 1.0, out=target)
