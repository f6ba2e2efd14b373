"""The library of ground tiles: drawn from noise, from textures, and from real pictures seen from above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from detectors.training.backgrounds import Background, backgrounds
from detectors.training.procedural_ground import TILES
from detectors.training.set_file import LabelledBox, read_picture
from detectors.types import ByteImage

# Each drawn tile in this many variants: a net must not learn one tile by heart.
VARIANTS = 3
# The tiles do not depend on the seed of the scenes, so that sets of different seeds can be compared.
TILE_SEED = 20261122
TEXTURE_SIDE_PX = 512
# How wide a texture of Poly Haven is in the world: 2 to 3 m by the site's own pages.
TEXTURE_SIDE_M = 2.5
# What a box leaves of a vehicle outside it: its shadow and the blur of the picture.
MENDED_MARGIN_PX = 8
POLY_HAVEN = {
    "burned_ground_01": "litter",
    "mud_forest": "litter",
    "coast_sand_02": "soil",
    "damp_sand": "soil",
    "rocky_terrain": "soil",
    "cliff_side": "soil",
    "sparse_grass": "grass",
}


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """``image_rgb`` (h, w, 3) uint8 of ``kind``: a key of procedural_ground.TILES, or "photo".

    ``side_m`` is its width in the world; ``coloured`` says that it has the colours of what it shows.
    """

    name: str
    kind: str
    image_rgb: ByteImage
    side_m: float
    coloured: bool

    @property
    def mean_linear(self) -> npt.NDArray[np.float64]:
        """The mean linear colour (3,), by the renderer's gamma of 2."""
        some = self.image_rgb[::8, ::8].astype(np.float64) / 255.0
        return np.asarray((some**2).mean(axis=(0, 1)))


# How wide a drawn tile is in the world, metres, so that its grain has the right size.
DRAWN_SIDE_M = {
    "water": 30.0,
    "foamy_water": 30.0,
    "grass": 14.0,
    "litter": 9.0,
    "soil": 12.0,
    "churned": 30.0,
    "furrows": 14.0,
    "asphalt": 20.0,
    "slabs": 20.0,
    "canopy": 90.0,
}


def library(cleared: Path | None) -> tuple[Tile, ...]:
    """All tiles; without ``cleared`` (the folder of the cleared material) the drawn ones alone.

    Raises:
        DetectorError: a picture is not in ``cleared``.
    """
    drawn = _drawn()
    return drawn if cleared is None else (*drawn, *_textures(cleared), *_photos(cleared))


def _drawn() -> tuple[Tile, ...]:
    made = []
    for number, (kind, maker) in enumerate(TILES.items()):
        for variant in range(VARIANTS):
            rng = np.random.default_rng([TILE_SEED, number, variant])
            made.append(Tile(f"{kind}_{variant}", kind, maker(rng), DRAWN_SIDE_M[kind], coloured=False))
    return tuple(made)


def _textures(cleared: Path) -> list[Tile]:
    import cv2

    made = []
    for name, kind in POLY_HAVEN.items():
        image_bgr = read_picture(cleared / "polyhaven_ground" / f"{name}_diff_2k.jpg")
        size = (TEXTURE_SIDE_PX, TEXTURE_SIDE_PX)
        small = np.asarray(cv2.resize(image_bgr, size, interpolation=cv2.INTER_AREA), np.uint8)
        made.append(Tile(name, kind, _rgb(small), TEXTURE_SIDE_M, coloured=True))
    return made


def _photos(cleared: Path) -> list[Tile]:
    usable = [each for each in backgrounds() if each.ground_texture and each.gsd_m is not None]
    return [_photo(cleared, each) for each in usable]


def _photo(cleared: Path, background: Background) -> Tile:
    image_bgr = mended(read_picture(cleared / background.file), background.boxes)
    # OpenGL's tiles are square in their own coordinates: a square cut keeps the scale alike in both axes.
    side = min(image_bgr.shape[:2])
    top, left = (image_bgr.shape[0] - side) // 2, (image_bgr.shape[1] - side) // 2
    cut = np.ascontiguousarray(image_bgr[top : top + side, left : left + side])
    return Tile(background.file, "photo", _rgb(cut), side * float(background.gsd_m or 0.0), coloured=True)


def mended(image_bgr: ByteImage, boxes: Sequence[LabelledBox]) -> ByteImage:
    """``image_bgr`` with what lies in ``boxes`` painted over from around them: it would be unlabelled."""
    import cv2

    if not boxes:
        return image_bgr
    hidden = np.zeros(image_bgr.shape[:2], np.uint8)
    for box in boxes:
        left, top, right, bottom = (int(edge) for edge in box.xyxy_px)
        margin = MENDED_MARGIN_PX
        hidden[max(0, top - margin) : bottom + margin, max(0, left - margin) : right + margin] = 255
    return np.asarray(cv2.inpaint(image_bgr, hidden, 4, cv2.INPAINT_TELEA), np.uint8)


def _rgb(image_bgr: ByteImage) -> ByteImage:
    return np.ascontiguousarray(image_bgr[:, :, ::-1])
