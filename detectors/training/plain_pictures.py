"""Pictures without anything of our classes, drawn from noise: what fire and smoke are laid over."""

from __future__ import annotations

import numpy as np

from detectors.training.turbulence import Field, fractal, ridged, smoothstep

GROUND_RGB = (
    (0.32, 0.40, 0.18),
    (0.20, 0.30, 0.12),
    (0.45, 0.36, 0.24),
    (0.52, 0.33, 0.20),
    (0.62, 0.56, 0.44),
    (0.40, 0.40, 0.40),
    (0.55, 0.50, 0.28),
    (0.34, 0.30, 0.20),
    (0.20, 0.28, 0.30),
)
FOLIAGE_RGB = ((0.20, 0.32, 0.10), (0.13, 0.24, 0.10), (0.30, 0.36, 0.14), (0.24, 0.22, 0.14))
SKY_RGB = (
    ((0.30, 0.50, 0.82), (0.75, 0.84, 0.93)),
    ((0.70, 0.73, 0.76), (0.86, 0.87, 0.88)),
    ((0.22, 0.18, 0.30), (0.75, 0.45, 0.32)),
    ((0.02, 0.03, 0.06), (0.08, 0.09, 0.14)),
    ((0.45, 0.38, 0.33), (0.66, 0.55, 0.45)),
)
WALL_RGB = (
    (0.75, 0.72, 0.66),
    (0.55, 0.52, 0.50),
    (0.80, 0.78, 0.75),
    (0.45, 0.38, 0.32),
    (0.62, 0.30, 0.22),
)


def seen_from_above(rng: np.random.Generator, size: tuple[int, int]) -> Field:
    """Ground of two or three kinds seen from above, (height, width, 3) RGB in 0..1."""
    picture = _ground(rng, size)
    for _ in range(int(rng.integers(0, 3))):
        patch = smoothstep(0.45, 0.55, fractal(size, rng, cells=(2.0, 2.0), octaves=6))[:, :, None]
        picture = picture * (1.0 - patch) + patch * _ground(rng, size)
    if rng.random() < 0.4:
        picture = _with_crowns(picture, rng)
    return np.asarray(picture.clip(0.0, 1.0), np.float32)


def seen_from_ground(rng: np.random.Generator, size: tuple[int, int]) -> Field:
    """Sky, hills, a wood, perhaps houses, and ground before them; (height, width, 3) RGB in 0..1."""
    high, low = SKY_RGB[int(rng.integers(len(SKY_RGB)))]
    picture = _sky(size, high, low)
    light = float(np.clip(np.mean(low) * 1.4, 0.08, 1.0))
    horizon_px = round(size[0] * rng.uniform(0.15, 0.7))
    for distance in (1.0, 0.5, 0.0)[int(rng.integers(3)) :]:
        height_px = size[0] * rng.uniform(0.05, 0.3) * (1.2 - 0.6 * distance)
        _wood(picture, rng, horizon_px, height_px, light=light, haze=0.6 * distance, sky=low)
    _foreground(picture, rng, horizon_px, light)
    for _ in range(int(rng.choice([0, 1, 2], p=[0.55, 0.3, 0.15]))):
        _house(picture, rng, horizon_px, light)
    for _ in range(int(rng.choice([0, 3, 8], p=[0.6, 0.25, 0.15]))):
        _trunk(picture, rng, horizon_px, light)
    return np.asarray(picture.clip(0.0, 1.0), np.float32)


def built_up(rng: np.random.Generator, size: tuple[int, int]) -> Field:
    """Walls, doors, shelves, yards: upright and slanted flat shapes; (height, width, 3) RGB in 0..1."""
    import cv2

    high = np.array(WALL_RGB[int(rng.integers(len(WALL_RGB)))]) * rng.uniform(0.3, 1.1)
    picture = _sky(size, tuple(high), tuple(high * rng.uniform(0.6, 1.2)))
    for _ in range(int(rng.integers(5, 40))):
        corner = rng.uniform(-0.1, 1.0, 2) * size[::-1]
        extent = rng.uniform(0.02, 0.45, 2) * size[::-1]
        slant = rng.normal(0.0, 0.06, (4, 2)) * extent
        corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * extent + corner + slant
        colour = (rng.dirichlet([20.0, 20.0, 18.0]) * rng.uniform(0.1, 2.6)).clip(0.0, 1.0)
        cv2.fillPoly(picture, [corners.round().astype(np.int32)], tuple(map(float, colour)), cv2.LINE_AA)
    dirt = 0.8 + 0.4 * fractal(size, rng, cells=(6.0, 6.0), octaves=6)
    return np.asarray((picture * dirt[:, :, None]).clip(0.0, 1.0), np.float32)


PLAIN_PICTURES = {"above": seen_from_above, "ground": seen_from_ground, "built_up": built_up}


def _ground(rng: np.random.Generator, size: tuple[int, int]) -> Field:
    colour = np.array(GROUND_RGB[int(rng.integers(len(GROUND_RGB)))], np.float32)
    fine = float(rng.uniform(8.0, 60.0))
    light = (
        0.55
        + 0.5 * fractal(size, rng, cells=(4.0, 4.0), octaves=7)
        + 0.5 * (fractal(size, rng, cells=(fine, fine)) - 0.5)
    )
    return np.asarray(
        light[:, :, None] * colour * rng.uniform(0.7, 1.4) + rng.normal(0.0, 0.02, 3), np.float32
    )


def _with_crowns(picture: Field, rng: np.random.Generator) -> Field:
    size = (picture.shape[0], picture.shape[1])
    cells = float(rng.uniform(5.0, 18.0))
    crowns = fractal(size, rng, cells=(cells, cells), octaves=4)
    where = smoothstep(0.5, 0.56, crowns) * smoothstep(0.4, 0.5, fractal(size, rng, cells=(2.0, 2.0)))
    leaves = smoothstep(0.5, 0.8, crowns) * (
        0.5 + fractal(size, rng, cells=(8 * cells, 8 * cells), octaves=3)
    )
    colour = np.array(FOLIAGE_RGB[int(rng.integers(len(FOLIAGE_RGB)))], np.float32)
    lit = (0.35 + 1.6 * leaves)[:, :, None] * colour
    return np.asarray(picture * (1.0 - where[:, :, None]) + where[:, :, None] * lit, np.float32)


def _sky(size: tuple[int, int], high: tuple[float, ...], low: tuple[float, ...]) -> Field:
    down = np.linspace(0.0, 1.0, size[0], dtype=np.float32)[:, None, None]
    rows = (1.0 - down) * np.array(high, np.float32) + down * np.array(low, np.float32)
    return np.ascontiguousarray(np.broadcast_to(rows, (*size, 3)), np.float32)


def _wood(
    picture: Field,
    rng: np.random.Generator,
    horizon_px: int,
    height_px: float,
    *,
    light: float,
    haze: float,
    sky: tuple[float, ...],
) -> None:
    """Draws a row of trees or a hill that stands on the horizon, in place."""
    size = (picture.shape[0], picture.shape[1])
    rows = np.indices(size, dtype=np.float32)[0]
    crests = fractal((1, size[1]), rng, cells=(1.0, float(rng.uniform(3.0, 25.0))), octaves=7)[0]
    top = horizon_px - height_px * (0.3 + 1.3 * crests)
    inside = smoothstep(
        -1.0,
        1.0,
        np.asarray(rows - top - 8.0 * (fractal(size, rng, cells=(60.0, 60.0), octaves=2) - 0.5), np.float32),
    )
    inside *= rows < horizon_px + 3
    leaves = fractal(size, rng, cells=(20.0, 20.0), octaves=5)
    colour = np.array(FOLIAGE_RGB[int(rng.integers(len(FOLIAGE_RGB)))], np.float32) * light
    lit = (0.3 + 1.5 * smoothstep(0.3, 0.75, leaves))[:, :, None] * colour
    lit = lit * (1.0 - haze) + haze * np.array(sky, np.float32)
    picture[:] = picture * (1.0 - inside[:, :, None]) + inside[:, :, None] * lit


def _foreground(picture: Field, rng: np.random.Generator, horizon_px: int, light: float) -> None:
    """Draws the ground below the horizon, its pattern finer with distance, in place."""
    import cv2

    height, width = picture.shape[:2]
    rows = height - horizon_px
    flat = seen_from_above(rng, (256, 512))
    corners_from = np.array([[160, 0], [352, 0], [512, 256], [0, 256]], np.float32)
    spread = rng.uniform(0.0, 0.4) * width
    corners_to = np.array([[0, 0], [width, 0], [width + spread, rows], [-spread, rows]], np.float32)
    turn = cv2.getPerspectiveTransform(corners_from, corners_to)
    seen = cv2.warpPerspective(flat, turn, (width, rows), borderMode=cv2.BORDER_REFLECT)
    picture[horizon_px:] = np.asarray(seen, np.float32) * light


def _house(picture: Field, rng: np.random.Generator, horizon_px: int, light: float) -> None:
    import cv2

    size = np.array([picture.shape[1], picture.shape[0]])
    width, height = rng.uniform(0.12, 0.5) * size[0], rng.uniform(0.08, 0.3) * size[1]
    x, y = rng.uniform(-0.1, 0.9) * size[0], horizon_px + rng.uniform(0.0, 0.12) * size[1]
    wall = np.array(WALL_RGB[int(rng.integers(len(WALL_RGB)))]) * light * rng.uniform(0.5, 1.1)
    body = np.array([[x, y], [x + width, y], [x + width, y - height], [x, y - height]])
    eaves, ridge = 0.06 * width, rng.uniform(0.2, 0.9) * height
    roof = np.array(
        [
            [x - eaves, y - height],
            [x + width + eaves, y - height],
            [x + 0.8 * width, y - height - ridge],
            [x + 0.2 * width, y - height - ridge],
        ]
    )
    cv2.fillPoly(picture, [body.round().astype(np.int32)], tuple(map(float, wall)), cv2.LINE_AA)
    cv2.fillPoly(
        picture, [roof.round().astype(np.int32)], tuple(map(float, wall * rng.uniform(0.3, 0.9))), cv2.LINE_AA
    )
    for share in np.arange(0.1, 0.85, rng.uniform(0.15, 0.4)):
        corner = (round(x + share * width), round(y - 0.75 * height))
        opposite = (round(x + (share + 0.09) * width), round(y - 0.35 * height))
        cv2.rectangle(picture, corner, opposite, tuple(map(float, wall * 0.25)), -1)


def _trunk(picture: Field, rng: np.random.Generator, horizon_px: int, light: float) -> None:
    import cv2

    height, width = picture.shape[:2]
    x, thick = rng.uniform(0.0, width), rng.uniform(0.004, 0.03) * width
    foot, top = horizon_px + rng.uniform(0.0, 0.2) * height, horizon_px - rng.uniform(0.2, 0.8) * height
    lean = rng.normal(0.0, 0.02) * height
    outline = np.array(
        [
            [x - thick / 2, foot],
            [x + thick / 2, foot],
            [x + lean + thick / 4, top],
            [x + lean - thick / 4, top],
        ]
    )
    shade = rng.uniform(0.08, 0.4) * light
    cv2.fillPoly(picture, [outline.round().astype(np.int32)], (shade, 0.9 * shade, 0.75 * shade), cv2.LINE_AA)


def rough(size: tuple[int, int], rng: np.random.Generator) -> Field:
    """A ragged field (height, width) in 0..1, as of branches and leaves that stand before a fire."""
    return np.asarray(
        0.5 * ridged(size, rng, cells=(8.0, 8.0)) + 0.5 * fractal(size, rng, cells=(12.0, 12.0)), np.float32
    )
