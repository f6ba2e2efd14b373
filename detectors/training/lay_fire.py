"""Lays a fire on a picture: burnt ground, smoke, light on the haze, flames, bloom, and what stands before."""

from __future__ import annotations

import numpy as np

from detectors.training.burning_boxes import LEAST_SIDE_PX
from detectors.training.fires import Fire
from detectors.training.flow_smoke import flow_cloud, flow_plume
from detectors.training.laying import Canvas, hide, lay, made, remember, stretched
from detectors.training.plain_pictures import rough
from detectors.training.smoke_sprites import bank, column
from detectors.training.sprites import over
from detectors.training.turbulence import Field, fractal, smoothstep

# A flame's light in haze and lens, as a camera shows it: orange, since the red is clipped first.
LIGHT_RGB = np.array([1.0, 0.42, 0.10], np.float32)
# Flames nearer to each other than this share of their height are one fire to whoever draws a box: a row in
# which every other flame is down is one front.
GAP = 1.6
# Blurring costs by the picture's area, and light is soft.
LIGHT_PX = 160


def lay_fire(canvas: Canvas, fire: Fire, rng: np.random.Generator, *, smokes: bool) -> None:
    """Lays ``fire``, and its smoke where it ``smokes``, in place."""
    if fire.burnt:
        _burn_ground(canvas, fire, rng)
    if smokes:
        _lay_smoke(canvas, fire, rng)
    behind = canvas.picture.copy()
    alpha = np.zeros((*canvas.picture.shape[:2], 3), np.float32)
    for flame in fire.flames:
        over(canvas.picture, flame.sprite.rgba, left=flame.left, top=flame.top)
        over(alpha, np.repeat(flame.sprite.rgba[:, :, 3:], 4, axis=2), left=flame.left, top=flame.top)
    seen = alpha[:, :, 0]
    cover = _cover(seen, fire, rng) if fire.fuel else None
    if cover is not None:
        shade = np.float32(rng.uniform(0.03, 0.5))
        canvas.picture[:] = canvas.picture * (1.0 - cover[:, :, None]) + cover[:, :, None] * behind * shade
        seen = seen * (1.0 - cover)
    near = _light(seen, 0.25 * fire.height_px) * rng.uniform(0.3, 0.9)
    wide = _light(seen, 1.2 * fire.height_px) * rng.uniform(*((0.4, 1.1) if canvas.dark else (0.0, 0.35)))
    canvas.picture += (near + wide)[:, :, None] * LIGHT_RGB * (1.0 - 0.5 * seen[:, :, None])
    np.clip(canvas.picture, 0.0, 1.0, out=canvas.picture)
    hide(canvas, seen)
    # The bright haze right around belongs to the box, the light on the ground about does not.
    reach_px = max(LEAST_SIDE_PX // 2, round(0.5 * GAP * fire.height_px))
    remember(canvas, "fire", np.maximum(seen, np.minimum(near, 1.0)), reach_px)


def _lay_smoke(canvas: Canvas, fire: Fire, rng: np.random.Generator) -> None:
    """Smoke from all of the fire's width, or from a part of it, rising behind the flames."""
    left, _, right, bottom = fire.edges_px()
    makers = {
        "flow": flow_plume,
        "flow_again": flow_plume,
        "column": column,
        "bank": bank,
        "cloud": flow_cloud,
    }
    usual_px = max(fire.height_px, 0.4 * (right - left))
    height_px = np.clip(usual_px * np.exp(rng.uniform(np.log(1.0), np.log(5.0))), 24, 1.3 * canvas.side_px)
    smoke = made(makers, rng, round(height_px))
    wanted_px = (right - left) * rng.uniform(0.5, 1.6)
    if smoke.rgba.shape[1] < wanted_px:
        smoke = stretched(smoke, min(wanted_px / smoke.rgba.shape[1], 3.0), 1.0)
    rows, columns = smoke.rgba.shape[:2]
    x = 0.5 * (left + right) + rng.normal(0.0, 0.15) * (right - left)
    y = bottom - fire.height_px * rng.uniform(0.0, 0.8)
    lay(canvas, smoke, (round(x - columns / 2), round(y - 0.97 * rows)))


def _burn_ground(canvas: Canvas, fire: Fire, rng: np.random.Generator) -> None:
    """Blackens the ground on one side of the flames' feet, in place."""
    import cv2

    height, width = canvas.picture.shape[:2]
    feet = sorted(
        (flame.left + flame.sprite.rgba.shape[1] / 2, flame.top + flame.sprite.rgba.shape[0])
        for flame in fire.flames
    )
    # Far up the picture is sky or what lies far away: there the burnt strip is seen edge-on.
    deep_px = fire.height_px * (rng.uniform(1.0, 8.0) if rng.random() < 0.5 else -rng.uniform(0.5, 1.5))
    outline = [*feet, *[(x + rng.normal(0.0, 0.3) * abs(deep_px), y + deep_px) for x, y in reversed(feet)]]
    mask = np.zeros((height, width), np.float32)
    cv2.fillPoly(mask, [np.array(outline).round().astype(np.int32)], 1.0)
    soft = cv2.GaussianBlur(mask, (0, 0), max(1.0, 0.12 * abs(deep_px)))
    patchy = np.asarray(soft + 0.9 * (fractal((height, width), rng, cells=(14.0, 14.0)) - 0.5), np.float32)
    black = rng.uniform(0.5, 0.95) * smoothstep(0.35, 0.6, patchy)[:, :, None]
    ash = np.float32(rng.uniform(0.02, 0.12)) * (0.5 + fractal((height, width), rng, cells=(40.0, 40.0)))
    canvas.picture[:] = canvas.picture * (1.0 - black) + black * ash[:, :, None]


def _light(seen: Field, sigma_px: float) -> Field:
    """``seen`` spread softly, (height, width)."""
    import cv2

    scale = min(1.0, LIGHT_PX / max(seen.shape))
    small = cv2.resize(seen, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    spread = cv2.GaussianBlur(small, (0, 0), max(0.5, sigma_px * scale))
    return np.asarray(cv2.resize(spread, (seen.shape[1], seen.shape[0])), np.float32)


def _cover(seen: Field, fire: Fire, rng: np.random.Generator) -> Field:
    """Bushes, crowns and trunks before the fire's lower part, (height, width) 0..1."""
    height, width = seen.shape
    _, _, _, foot_px = fire.edges_px()
    up = (foot_px - np.arange(height, dtype=np.float32)[:, None]) / max(fire.height_px, 1)
    leafy = rng.uniform(0.1, 0.7)
    bushes = smoothstep(
        0.0, 0.12, np.asarray(rough((height, width), rng) - 0.42 - 0.45 * np.abs(up) / leafy, np.float32)
    )
    # Only what stands near enough to the flames to be dark against them.
    bushes = bushes * smoothstep(0.05, 0.25, _light(seen, 0.3 * fire.height_px))
    return np.asarray(np.maximum(bushes, _trunks(height, width, fire, rng)), np.float32)


def _trunks(height: int, width: int, fire: Fire, rng: np.random.Generator) -> Field:
    import cv2

    left, _, right, foot_px = fire.edges_px()
    cover = np.zeros((height, width), np.float32)
    for _ in range(int(rng.choice([0, 2, 5, 12]))):
        thick = max(1, round(fire.height_px * rng.uniform(0.02, 0.12)))
        x, foot = rng.uniform(left, right), foot_px + rng.normal(0.0, 0.1) * fire.height_px
        tip = (
            round(x + rng.normal(0.0, 0.06) * fire.height_px),
            round(foot - fire.height_px * rng.uniform(0.4, 2.0)),
        )
        cv2.line(cover, (round(x), round(foot)), tip, 1.0, thick, cv2.LINE_AA)
        for _ in range(int(rng.integers(0, 5))):
            share, twig = rng.uniform(0.3, 1.0), rng.uniform(-0.3, 0.3) * fire.height_px
            at = (round(x + share * (tip[0] - x)), round(foot + share * (tip[1] - foot)))
            cv2.line(
                cover,
                at,
                (round(at[0] + twig), round(at[1] - abs(twig) * 0.7)),
                1.0,
                max(1, thick // 3),
                cv2.LINE_AA,
            )
    return cover
