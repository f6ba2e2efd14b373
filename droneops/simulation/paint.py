"""The ground of a scene as one picture seen from straight above, painted once before the first frame."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from droneops.simulation.scenario import GroundSection, ScenarioFile
from droneops.types import FloatArray

# About what a pixel of a patrol's camera is on the ground from 90 m.
PAINT_M_PER_PX = 0.1
# Linear albedos (RGB) by kind and the drawn tile that brings the pattern. Orders of magnitude after the
# ECOSTRESS spectral library: leaves 0.03 to 0.15, dry soils 0.15 to 0.4, asphalt 0.05 to 0.2.
KINDS: dict[str, tuple[str, tuple[float, float, float]]] = {
    "grass": ("grass", (0.60, 0.66, 0.30)),
    "soil": ("soil", (1.45, 1.05, 0.74)),
    "sand": ("soil", (1.75, 1.50, 1.15)),
    "water": ("water", (0.95, 0.78, 0.50)),
    "litter": ("litter", (0.90, 0.72, 0.48)),
    "canopy": ("canopy", (0.52, 0.66, 0.28)),
    "road": ("asphalt", (0.62, 0.60, 0.56)),
}
Picture = npt.NDArray[np.uint8]
Field = npt.NDArray[np.float32]
Window = tuple[slice, slice]


def side_px(reach_m: float) -> int:
    """How many pixels the painted ground has along a side."""
    return round(2 * reach_m / PAINT_M_PER_PX)


def painted_ground(file: ScenarioFile) -> Picture:
    """(side, side, 3) uint8 BGR albedo, square-rooted (a gamma of 2); row 0 is the north, column 0 the west
    edge of the square about the place."""
    reach_m = file.place.reach_m
    side = side_px(reach_m)
    whole = (slice(0, side), slice(0, side))
    ground = _bytes(_laid(_tile(file.base, file.seed), whole))
    for number, layer in enumerate(file.ground):
        mask = _mask(layer, reach_m)
        window = _window(mask)
        if window is not None:
            tile = _laid(_tile(layer.kind, file.seed + number + 1), window)
            share = mask[window][:, :, None].astype(np.float32) / np.float32(255.0)
            ground[window] = ground[window] * (1.0 - share) + tile * share * np.float32(255.0)
    return _shaded(ground, file.seed)


def ground_pixels(enu_m: FloatArray, reach_m: float) -> FloatArray:
    """Pixels (n, 2) of the painted ground, integer centres, of points (n, 2 or 3) in metres east, north."""
    half = side_px(reach_m) / 2.0 - 0.5
    return np.column_stack((half + enu_m[:, 0] / PAINT_M_PER_PX, half - enu_m[:, 1] / PAINT_M_PER_PX))


def paint_from_ground(reach_m: float) -> FloatArray:
    """The same as a matrix (3, 3) on homogeneous metres east, north."""
    half = side_px(reach_m) / 2.0 - 0.5
    scale = 1.0 / PAINT_M_PER_PX
    return np.array([[scale, 0.0, half], [0.0, -scale, half], [0.0, 0.0, 1.0]])


def pyramid(ground: Picture, levels: int = 5) -> tuple[Picture, ...]:
    """The ground, and coarser ones of half the side each: far ground would flicker from the fine one."""
    import cv2

    # OpenCV would copy a picture of another layout at every call.
    made = [np.ascontiguousarray(ground)]
    for _ in range(levels - 1):
        made.append(
            np.asarray(cv2.resize(made[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
        )
    return tuple(made)


def _tile(kind: str, seed: int) -> Field:
    """A tile of PAINT_M_PER_PX, BGR, square-rooted, tinted."""
    import cv2

    from detectors.training.grounds import DRAWN_SIDE_M
    from detectors.training.procedural_ground import TILES

    name, tint = KINDS[kind]
    drawn = TILES[name](np.random.default_rng([seed, len(name)]))
    side = round(DRAWN_SIDE_M[name] / PAINT_M_PER_PX)
    small = cv2.resize(drawn, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32) / np.float32(
        255.0
    )
    mirrored = np.concatenate([small, small[::-1]])
    mirrored = np.concatenate([mirrored, mirrored[:, ::-1]], axis=1)
    return np.ascontiguousarray(mirrored[:, :, ::-1] * np.sqrt(np.array(tint[::-1], np.float32)))


def _laid(tile: Field, window: Window) -> Field:
    """A window of the ground covered with the tile, over itself at another scale so that no repeat shows."""
    side = tile.shape[0]
    row, column = (np.arange(each.start, each.stop) for each in window)
    fine = tile[row % side][:, column % side]
    wide = tile[(row * 5 // 13 + side // 3) % side][:, (column * 5 // 13 + side // 5) % side]
    return np.asarray(np.float32(0.65) * fine + np.float32(0.35) * wide, np.float32)


def _shaded(ground: Picture, seed: int) -> Picture:
    """The ground lighter and darker over tens of metres, as fields and wet patches are."""
    from detectors.training.turbulence import fractal

    noise = fractal(ground.shape[:2], np.random.default_rng(seed), cells=(9.0, 9.0), octaves=5)
    ground[:] = np.clip(ground * (np.float32(0.75) + np.float32(0.5) * noise)[:, :, None], 0, 255)
    return ground


def _mask(layer: GroundSection, reach_m: float) -> Picture:
    import cv2

    mask = np.zeros((side_px(reach_m),) * 2, np.uint8)
    outline = np.round(ground_pixels(np.array(layer.outline, dtype=np.float64), reach_m)).astype(np.int32)
    cv2.fillPoly(mask, [outline], 255, cv2.LINE_AA)
    if layer.feather_m <= 0:
        return mask
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), layer.feather_m / PAINT_M_PER_PX / 2.0), np.uint8)


def _window(mask: Picture) -> Window | None:
    """The rows and columns that the mask is not empty in."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if len(rows) == 0:
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _bytes(field: Field) -> Picture:
    return np.ascontiguousarray(np.clip(field * np.float32(255.0), 0, 255).astype(np.uint8))
