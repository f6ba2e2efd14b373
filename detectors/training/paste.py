"""Lays fire, smoke and what is mistaken for them over a picture, and says what can be seen of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detectors.training.burning_boxes import boxes_of
from detectors.training.decoys import DECOYS
from detectors.training.fires import FIRES, FIRES_FROM_ABOVE, any_fire
from detectors.training.flow_smoke import flow_cloud, flow_plume
from detectors.training.lay_fire import lay_fire
from detectors.training.laying import Canvas, anywhere, lay, made, turned
from detectors.training.set_file import LabelledBox
from detectors.training.smoke_sprites import SMOKE_SPRITES
from detectors.training.sprites import over
from detectors.training.turbulence import Field
from detectors.types import ByteImage

BY_DAY = ("mist", "foam", "cloud_shadow", "glint", "tarpaulin", "roof", "autumn_crown", "soil", "dust")
BY_SKY = ("sunset", "cloud", "cloud")
BY_NIGHT = ("lamp", "lamp", "tail_lights", "tarpaulin", "mist")
SHINING = {"lamp", "tail_lights"}
# Behind a car on a dry track it looks as smoke does: no fault either way.
DOUBTFUL = {"dust"}
NIGHT_SHARE = 0.25
SMOKES = {
    **SMOKE_SPRITES,
    "flow_plume": flow_plume,
    "flow_plume_again": flow_plume,
    "flow_cloud": flow_cloud,
    "flow_cloud_again": flow_cloud,
}
# Of the picture's side: a net for drones meets plumes that fill much of the picture, so half of them do.
LARGE, SMALL = (0.4, 1.3), (0.07, 0.4)
LARGE_SHARE = 0.65


def augment_with_sprites(
    image_bgr: ByteImage, rng: np.random.Generator, *, from_above: bool, burning: bool = True
) -> tuple[ByteImage, tuple[LabelledBox, ...]]:
    """``image_bgr`` (height, width, 3) uint8 with sprites laid over it, and the boxes of fire and smoke: one
    for what hangs together, as people draw them.

    ``from_above``: flames mostly lie rather than stand. Not ``burning``: only what is mistaken for fire and
    smoke is laid. What is too faint to be told is boxed as a region to ignore.
    """
    picture = image_bgr[:, :, ::-1].astype(np.float32) / np.float32(255.0)
    dark = rng.random() < NIGHT_SHARE
    if dark:
        picture *= np.array([0.8, 0.9, 1.1], np.float32) * np.float32(rng.uniform(0.15, 0.5))
    canvas = Canvas(picture, picture.copy(), dark)
    _lay_decoys(
        canvas,
        rng,
        count=int(rng.integers(0, 4 if burning else 7)),
        names=BY_NIGHT if dark else BY_DAY if from_above else (*BY_DAY, *BY_SKY),
    )
    if burning:
        _lay_burning(canvas, rng, from_above=from_above)
    boxes = boxes_of(canvas.layers, np.abs(picture - canvas.before).max(axis=2))
    return _as_camera(picture, rng), boxes


def _lay_burning(canvas: Canvas, rng: np.random.Generator, *, from_above: bool) -> None:
    kind = rng.choice(["fire", "smoke", "both"], p=[0.25, 0.3, 0.45])
    if kind == "smoke" or (kind == "both" and rng.random() < 0.25):
        for _ in range(int(rng.choice([1, 2, 3], p=[0.7, 0.2, 0.1]))):
            smoke = made(SMOKES, rng, _side_px(rng, canvas.side_px))
            lay(canvas, smoke, anywhere(canvas, smoke, rng))
    if kind != "smoke":
        makers = FIRES_FROM_ABOVE if from_above else FIRES
        for _ in range(int(rng.choice([1, 2, 3], p=[0.72, 0.2, 0.08]))):
            fire = any_fire(rng, canvas.side_px, makers)
            lay_fire(canvas, fire, rng, smokes=kind == "both" and rng.random() < 0.85)
    if kind == "both" and rng.random() < 0.25:
        veil = made({"veil": SMOKE_SPRITES["veil"], "cloud": flow_cloud}, rng, _side_px(rng, canvas.side_px))
        lay(canvas, veil, anywhere(canvas, veil, rng))


def _side_px(rng: np.random.Generator, side_px: int) -> int:
    """The height of a sprite of smoke."""
    low, high = LARGE if rng.random() < LARGE_SHARE else SMALL
    return max(16, round(side_px * float(np.exp(rng.uniform(np.log(low), np.log(high))))))


def _lay_decoys(canvas: Canvas, rng: np.random.Generator, *, count: int, names: Sequence[str]) -> None:
    import cv2

    height, width = canvas.picture.shape[:2]
    for _ in range(count):
        name = str(rng.choice(names))
        sprite = DECOYS[name](rng, _decoy_px(rng, canvas.side_px, small=name == "autumn_crown"))
        if name == "sunset":
            fitted = cv2.resize(sprite.rgba, (width, height // int(rng.integers(2, 5))))
            over(canvas.picture, np.asarray(fitted, np.float32), left=0, top=0)
            continue
        left, top = anywhere(canvas, sprite, rng)
        if name == "cloud":
            top = -sprite.rgba.shape[0] // 2
        sprite = turned(sprite, rng) if name in {"roof", "foam"} else sprite
        lay(canvas, sprite, (left, top), shines=name in SHINING, doubtful=name in DOUBTFUL)
    # A decoy is part of the picture that fire and smoke change.
    canvas.before[:] = canvas.picture


def _decoy_px(rng: np.random.Generator, side_px: int, *, small: bool) -> int:
    # Near by, a crown in autumn is leaves and not a heap of colour: the drawn ones are for afar.
    low, high = (0.02, 0.12) if small or rng.random() < 0.5 else (0.06, 0.5)
    return max(12, round(side_px * float(np.exp(rng.uniform(np.log(low), np.log(high))))))


def _as_camera(picture: Field, rng: np.random.Generator) -> ByteImage:
    """One softness and one noise over all, so that nothing gives away what was laid on."""
    import cv2

    soft = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.3, 1.3))) if rng.random() < 0.7 else picture
    noisy = soft + rng.normal(0.0, rng.uniform(0.0, 0.025), picture.shape)
    return np.ascontiguousarray((noisy[:, :, ::-1] * 255.0).round().clip(0, 255), np.uint8)
