"""``python -m detectors.training paste``: a set of pictures with fire, smoke and their like."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from detectors.training.backgrounds import Background, backgrounds
from detectors.training.classes import CLASSES
from detectors.training.paste import augment_with_sprites
from detectors.training.plain_pictures import PLAIN_PICTURES
from detectors.training.set_file import LabelledBox, LabelledPicture, read_picture, write_set
from detectors.types import ByteImage, DetectorError

SIDE_PX = 640
# Real pictures against drawn ones: a few dozen real places would else be learned by heart.
REAL_SHARE = 0.55
EMPTY_SHARE = 0.3


def main(arguments: list[str]) -> None:
    """Writes the set; picture i depends on the seed and on i alone.

    Raises:
        DetectorError: the cleared material is not where it was said to be.
    """
    given = _parser().parse_args(arguments)
    count = write_set(
        given.out, _pictures(given.cleared, seed=given.seed, first=given.first, count=given.count)
    )
    sys.stdout.write(f"{count} pictures in {given.out}\n")


def _pictures(cleared: Path, *, seed: int, first: int, count: int) -> Iterator[LabelledPicture]:
    known = backgrounds()
    loaded = {each.file: read_picture(cleared / each.file) for each in known}
    textures = [read_picture(path) for path in sorted((cleared / "polyhaven_ground").glob("*.jpg"))]
    if not textures:
        raise DetectorError(
            f"{cleared}/polyhaven_ground: no pictures", mend="give the folder of the cleared material"
        )
    for index in range(first, first + count):
        rng = np.random.default_rng([seed, index])
        if rng.random() < REAL_SHARE:
            background = known[int(rng.integers(len(known)))]
            yield _on_real(background, loaded[background.file], rng, index)
        else:
            yield _on_plain(textures, rng, index)


def _on_real(
    background: Background, image_bgr: ByteImage, rng: np.random.Generator, index: int
) -> LabelledPicture:
    crop_bgr, boxes = _crop(image_bgr, background.boxes, rng)
    burning = rng.random() >= EMPTY_SHARE
    laid_bgr, added = augment_with_sprites(
        crop_bgr, rng, from_above=background.view == "nadir", burning=burning
    )
    # What was there before may now be hidden or dark: it proves nothing either way.
    kept = tuple(LabelledBox(box.xyxy_px, None) for box in boxes)
    return _picture(index, laid_bgr, (*kept, *added), background.source, background.licence)


def _on_plain(textures: list[ByteImage], rng: np.random.Generator, index: int) -> LabelledPicture:
    kind = str(rng.choice(["above", "ground", "built_up", "texture"], p=[0.2, 0.5, 0.15, 0.15]))
    if kind == "texture":
        image_bgr, _ = _crop(textures[int(rng.integers(len(textures)))], (), rng)
    else:
        drawn = PLAIN_PICTURES[kind](rng, (SIDE_PX, SIDE_PX))
        image_bgr = np.ascontiguousarray((drawn[:, :, ::-1] * 255.0).round(), np.uint8)
    burning = rng.random() >= EMPTY_SHARE
    laid_bgr, boxes = augment_with_sprites(
        image_bgr, rng, from_above=kind in {"above", "texture"}, burning=burning
    )
    return _picture(index, laid_bgr, boxes, "drawn from noise; ground textures of Poly Haven", "CC0-1.0")


def _picture(
    index: int, image_bgr: ByteImage, boxes: tuple[LabelledBox, ...], source: str, licence: str
) -> LabelledPicture:
    return LabelledPicture(f"paste_{index:06d}", image_bgr, boxes, CLASSES, source, licence)


def _crop(
    image_bgr: ByteImage, boxes: tuple[LabelledBox, ...], rng: np.random.Generator
) -> tuple[ByteImage, list[LabelledBox]]:
    """A random square of the picture at SIDE_PX, mirrored at random, with its boxes."""
    import cv2

    height, width = image_bgr.shape[:2]
    side = int(min(height, width) * rng.uniform(0.35, 1.0))
    left, top = int(rng.integers(width - side + 1)), int(rng.integers(height - side + 1))
    part = image_bgr[top : top + side, left : left + side]
    crop = cv2.resize(
        part, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA if side > SIDE_PX else cv2.INTER_CUBIC
    )
    scale = SIDE_PX / side
    inside = [_moved(box, left, top, scale) for box in boxes]
    return np.asarray(crop, np.uint8), [box for box in inside if box is not None]


def _moved(box: LabelledBox, left: int, top: int, scale: float) -> LabelledBox | None:
    x0, y0, x1, y1 = box.xyxy_px
    corners = np.clip(np.array([x0 - left, y0 - top, x1 - left, y1 - top]) * scale, 0.0, float(SIDE_PX))
    if corners[2] - corners[0] < 1.0 or corners[3] - corners[1] < 1.0:
        return None
    return LabelledBox((corners[0], corners[1], corners[2], corners[3]), box.label)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m detectors.training paste", description=__doc__)
    parser.add_argument("--cleared", type=Path, required=True, help="folder of the cleared material")
    parser.add_argument("--out", type=Path, required=True, help="folder of the set")
    parser.add_argument("--count", type=int, required=True, help="how many pictures")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first picture")
    return parser
