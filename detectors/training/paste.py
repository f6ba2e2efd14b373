"""Lays fire, smoke and what is mistaken for them over a picture, and says what can be seen of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.training.decoys import DECOYS
from detectors.training.fire_sprites import FIRE_SPRITES, glow
from detectors.training.fire_sprites import SEEN_ALPHA as FIRE_SEEN_ALPHA
from detectors.training.plain_pictures import rough
from detectors.training.set_file import LabelledBox
from detectors.training.smoke_sprites import SEEN_ALPHA as SMOKE_SEEN_ALPHA
from detectors.training.smoke_sprites import SMOKE_SPRITES
from detectors.training.sprites import Sprite, SpriteMaker, over, seen_box_px
from detectors.training.turbulence import Field, smoothstep
from detectors.types import ByteImage

SEEN_ALPHA = {"fire": FIRE_SEEN_ALPHA, "smoke": SMOKE_SEEN_ALPHA}

# Smaller than this no class of the net is labelled, nor less than a quarter of a thing (see the scenes).
LEAST_SIDE_PX = 5
LEAST_SHARE_SEEN = 0.25
# Black smoke at night changes a picture by less than a person would notice: that is no lack of skill.
LEAST_CHANGE = 0.09

# A sprite is drawn at most so high and then enlarged: flames and smoke are soft, and drawing costs by area.
DRAWN_PX = 256
# Times its height: a front wider than this is enlarged less, or most of it would lie outside.
WIDEST = 2.5

BY_DAY = ("mist", "foam", "cloud_shadow", "glint", "tarpaulin", "roof", "autumn_crown")
BY_SKY = ("sunset", "cloud", "cloud")
BY_NIGHT = ("lamp", "lamp", "tail_lights", "tarpaulin", "mist")


@dataclass(slots=True, eq=False)
class _Layer:
    """What was laid, and how much of it is still seen: (height, width) 0..1, as large as the picture."""

    label: str
    seen: Field
    whole: float


def augment_with_sprites(
    image_bgr: ByteImage, rng: np.random.Generator, *, from_above: bool, burning: bool = True
) -> tuple[ByteImage, tuple[LabelledBox, ...]]:
    """``image_bgr`` (height, width, 3) uint8 with sprites laid over it, and the boxes of fire and smoke.

    ``from_above``: flames mostly lie rather than stand. Not ``burning``: only what is mistaken for fire and
    smoke is laid. What is too faint to be told is boxed as a region to ignore.
    """
    picture = image_bgr[:, :, ::-1].astype(np.float32) / np.float32(255.0)
    dark = rng.random() < 0.25
    if dark:
        picture *= np.array([0.8, 0.9, 1.1], np.float32) * np.float32(rng.uniform(0.15, 0.5))
    before = picture.copy()
    layers: list[_Layer] = []
    decoys = BY_NIGHT if dark else BY_DAY if from_above else (*BY_DAY, *BY_SKY)
    _lay_decoys(
        picture, layers, rng, count=int(rng.integers(0, 4 if burning else 7)), names=decoys, dark=dark
    )
    if burning:
        _lay_burning(picture, layers, rng, from_above=from_above, dark=dark)
    boxes = _boxes(layers, np.abs(picture - before).max(axis=2))
    return _as_camera(picture, rng), boxes


def _lay_burning(
    picture: Field, layers: list[_Layer], rng: np.random.Generator, *, from_above: bool, dark: bool
) -> None:
    kind = rng.choice(["fire", "smoke", "both"], p=[0.3, 0.3, 0.4])
    large = rng.random() ** (0.5 if kind == "smoke" else 1.0)
    behind = picture.copy()
    for _ in range(int(rng.integers(1, 3)) if kind == "smoke" else 0):
        sprite = _made(SMOKE_SPRITES, rng, _side_px(rng, picture, large))
        _lay(picture, layers, sprite, _anywhere(picture, sprite, rng), dark=dark)
    for _ in range(int(rng.integers(1, 3 if large > 0.6 else 6)) if kind != "smoke" else 0):
        names = _fire_names(rng, from_above=from_above)
        flames = _made({name: FIRE_SPRITES[name] for name in names}, rng, _side_px(rng, picture, large))
        flames = flames if flames.upright else _turned(flames, rng)
        place = _anywhere(picture, flames, rng)
        if kind == "both" and rng.random() < 0.8:
            smoke = _made(
                SMOKE_SPRITES, rng, min(round(flames.rgba.shape[0] * rng.uniform(1.0, 4.0)), picture.shape[0])
            )
            _lay(picture, layers, smoke, _above(flames, place, smoke, rng), dark=dark)
        if dark or rng.random() < 0.3:
            _lay_light(picture, flames, place, strength=rng.uniform(0.3, 1.2) if dark else 0.3)
        _lay(picture, layers, flames, place, dark=False)
        if flames.upright and rng.random() < 0.5:
            _lay_before(picture, layers, behind, flames, place, rng)
    if kind == "both" and rng.random() < 0.4:
        veil = _made({"veil": SMOKE_SPRITES["veil"]}, rng, _side_px(rng, picture, large))
        _lay(picture, layers, veil, _anywhere(picture, veil, rng), dark=dark)


def _side_px(rng: np.random.Generator, picture: Field, large: float) -> int:
    """A sprite's height: sizes of all scales in one set, of one scale in one picture."""
    low, high = ((0.02, 0.12), (0.06, 0.35), (0.3, 1.1))[0 if large < 0.35 else 1 if large < 0.7 else 2]
    return max(12, round(picture.shape[0] * float(np.exp(rng.uniform(np.log(low), np.log(high))))))


def _fire_names(rng: np.random.Generator, *, from_above: bool) -> Sequence[str]:
    lying = rng.random() < (0.7 if from_above else 0.1)
    return ("spot", "front") if lying else ("side",)


def _made(makers: Mapping[str, SpriteMaker], rng: np.random.Generator, side_px: int) -> Sprite:
    names = list(makers)
    drawn = makers[names[int(rng.integers(len(names)))]](rng, min(side_px, DRAWN_PX))
    scale = min(side_px, WIDEST * side_px * drawn.rgba.shape[0] / drawn.rgba.shape[1]) / drawn.rgba.shape[0]
    return drawn if scale <= 1.0 else _scaled(drawn, scale)


def _scaled(sprite: Sprite, scale: float) -> Sprite:
    import cv2

    rgba = np.asarray(cv2.resize(sprite.rgba, None, fx=scale, fy=scale), np.float32)
    return Sprite(rgba, sprite.label, (0, 0, rgba.shape[1], rgba.shape[0]), sprite.width_m, sprite.upright)


def _anywhere(picture: Field, sprite: Sprite, rng: np.random.Generator) -> tuple[int, int]:
    """Left and top; the sprite's middle lies in the picture."""
    height, width = picture.shape[:2]
    rows, columns = sprite.rgba.shape[:2]
    return int(rng.uniform(0.05, 0.95) * width - columns / 2), int(rng.uniform(0.1, 0.95) * height - rows / 2)


def _above(
    flames: Sprite, place: tuple[int, int], smoke: Sprite, rng: np.random.Generator
) -> tuple[int, int]:
    """Left and top of smoke that comes from the middle of the flames."""
    rows, columns = flames.rgba.shape[:2]
    source_px = (place[0] + columns / 2, place[1] + rows * rng.uniform(0.3, 0.9))
    return round(source_px[0] - smoke.rgba.shape[1] / 2), round(source_px[1] - smoke.rgba.shape[0] * 0.94)


def _lay(picture: Field, layers: list[_Layer], sprite: Sprite, place: tuple[int, int], *, dark: bool) -> None:
    rgba = sprite.rgba
    if dark:
        # What does not shine by itself is as dark as the night.
        rgba = rgba * np.array([0.3, 0.3, 0.32, 1.0], np.float32)
    over(picture, rgba, left=place[0], top=place[1])
    seen = _on_canvas(sprite.rgba[:, :, 3], picture, place)
    _hide(layers, seen)
    if sprite.label is not None:
        layers.append(_Layer(sprite.label, seen, float(seen.sum())))


def _lay_light(picture: Field, flames: Sprite, place: tuple[int, int], *, strength: float) -> None:
    rows, columns = flames.rgba.shape[:2]
    over(picture, glow(flames, strength), left=place[0] - columns, top=place[1] - rows)


def _lay_before(
    picture: Field,
    layers: list[_Layer],
    behind: Field,
    flames: Sprite,
    place: tuple[int, int],
    rng: np.random.Generator,
) -> None:
    """Puts bushes and trunks, darkened against the light, before the lower part of the flames."""
    rows, columns = flames.rgba.shape[:2]
    up = np.linspace(1.0, 0.0, rows, dtype=np.float32)[:, None]
    height = rng.uniform(0.1, 0.6)
    leaves = smoothstep(
        0.0, 0.12, np.asarray(rough((rows, columns), rng) - 0.45 - 0.5 * up / height, np.float32)
    )
    cover = _on_canvas(np.maximum(leaves, _trunks(rows, columns, rng)), picture, place)
    shade = np.float32(rng.uniform(0.1, 0.7))
    picture[:] = picture * (1.0 - cover[:, :, None]) + cover[:, :, None] * behind * shade
    _hide(layers, cover)


def _trunks(rows: int, columns: int, rng: np.random.Generator) -> Field:
    cover = np.zeros((rows, columns), np.float32)
    for _ in range(int(rng.choice([0, 1, 3, 6]))):
        thick = max(1, round(columns * rng.uniform(0.005, 0.05)))
        left = int(rng.integers(0, max(1, columns - thick)))
        cover[int(rng.uniform(0.0, 0.6) * rows) :, left : left + thick] = 1.0
    return cover


def _lay_decoys(
    picture: Field,
    layers: list[_Layer],
    rng: np.random.Generator,
    *,
    count: int,
    names: Sequence[str],
    dark: bool,
) -> None:
    import cv2

    for _ in range(count):
        name = str(rng.choice(names))
        # Near by, a crown in autumn is leaves and not a heap of colour: the drawn ones are for afar.
        sprite = DECOYS[name](
            rng, _side_px(rng, picture, rng.random() * (0.5 if name == "autumn_crown" else 0.75))
        )
        if name == "sunset":
            fitted = cv2.resize(sprite.rgba, (picture.shape[1], picture.shape[0] // int(rng.integers(2, 5))))
            over(picture, np.asarray(fitted, np.float32), left=0, top=0)
            continue
        left, top = _anywhere(picture, sprite, rng)
        if name == "cloud":
            top = -sprite.rgba.shape[0] // 2
        shines = name in {"lamp", "tail_lights"}
        _lay(
            picture,
            layers,
            _turned(sprite, rng) if name in {"roof", "foam"} else sprite,
            (left, top),
            dark=dark and not shines,
        )


def _turned(sprite: Sprite, rng: np.random.Generator) -> Sprite:
    import cv2

    rows, columns = sprite.rgba.shape[:2]
    side = int(np.hypot(rows, columns)) + 2
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), float(rng.uniform(0.0, 360.0)), 1.0)
    turn[:, 2] += (side - columns) / 2, (side - rows) / 2
    rgba = cv2.warpAffine(sprite.rgba, turn, (side, side), flags=cv2.INTER_LINEAR)
    return Sprite(
        np.asarray(rgba, np.float32), sprite.label, (0, 0, side, side), sprite.width_m, sprite.upright
    )


def _on_canvas(alpha: Field, picture: Field, place: tuple[int, int]) -> Field:
    canvas = np.zeros((*picture.shape[:2], 3), np.float32)
    over(canvas, np.repeat(alpha[:, :, None], 4, axis=2), left=place[0], top=place[1])
    return canvas[:, :, 0]


def _hide(layers: Sequence[_Layer], cover: Field) -> None:
    for layer in layers:
        layer.seen *= 1.0 - cover


def _boxes(layers: Sequence[_Layer], change: Field) -> tuple[LabelledBox, ...]:
    boxes = []
    for label, threshold in SEEN_ALPHA.items():
        for joined in _joined([layer for layer in layers if layer.label == label]):
            edges_px = seen_box_px(joined.seen, threshold)
            if (
                edges_px is not None
                and min(edges_px[2] - edges_px[0], edges_px[3] - edges_px[1]) >= LEAST_SIDE_PX
            ):
                left, top, right, bottom = map(float, edges_px)
                boxes.append(
                    LabelledBox((left, top, right, bottom), label if _is_plain(joined, change) else None)
                )
    return tuple(boxes)


def _is_plain(layer: _Layer, change: Field) -> bool:
    mask = layer.seen > SEEN_ALPHA[layer.label]
    share = float(layer.seen.sum()) / max(layer.whole, 1e-6)
    return share >= LEAST_SHARE_SEEN and float(change[mask].mean()) >= LEAST_CHANGE


def _joined(layers: Sequence[_Layer]) -> list[_Layer]:
    """Flames that touch are one fire to whoever draws a box, and so is smoke."""
    joined: list[_Layer] = []
    for layer in layers:
        for other in joined:
            shared = float(np.minimum(layer.seen, other.seen).sum())
            if shared > 0.15 * min(float(layer.seen.sum()), float(other.seen.sum())):
                other.seen = np.maximum(other.seen, layer.seen)
                other.whole = max(other.whole, layer.whole)
                break
        else:
            joined.append(layer)
    return joined


def _as_camera(picture: Field, rng: np.random.Generator) -> ByteImage:
    """One softness and one noise over all, so that nothing gives away what was laid on."""
    import cv2

    soft = cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.3, 1.3))) if rng.random() < 0.7 else picture
    noisy = soft + rng.normal(0.0, rng.uniform(0.0, 0.025), picture.shape)
    return np.ascontiguousarray((noisy[:, :, ::-1] * 255.0).round().clip(0, 255), np.uint8)
