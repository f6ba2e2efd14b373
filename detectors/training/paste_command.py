"""``python -m detectors.training paste``: a set of pictures with fire, smoke and their like."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from detectors.training.backgrounds import Background, backgrounds
from detectors.training.classes import CLASSES
from detectors.training.paste import augment_with_sprites
from detectors.training.paste_crop import SIDE_PX, crop
from detectors.training.paste_scene import burning_scene, scenes_without_burning
from detectors.training.plain_pictures import PLAIN_PICTURES
from detectors.training.set_file import LabelledBox, LabelledPicture, read_picture, write_set
from detectors.training.sets import Labelled
from detectors.types import ByteImage, DetectorError

# Real pictures against drawn ones: a few dozen real places would else be learned by heart.
REAL_SHARE = 0.7
# Of all pictures, where rendered scenes are given: they show the other classes beside a fire.
SCENES_SHARE = 0.35
EMPTY_SHARE = 0.25


def main(arguments: list[str]) -> None:
    """Writes the set; picture i depends on the seed and on i alone.

    Raises:
        DetectorError: the cleared material is not where it was said to be.
    """
    given = _parser().parse_args(arguments)
    count = write_set(
        given.out,
        _pictures(
            given.cleared,
            scenes=[each for folder in given.scenes for each in scenes_without_burning(folder)],
            seed=given.seed,
            first=given.first,
            count=given.count,
        ),
    )
    sys.stdout.write(f"{count} pictures in {given.out}\n")


def _pictures(
    cleared: Path, *, scenes: Sequence[Labelled], seed: int, first: int, count: int
) -> Iterator[LabelledPicture]:
    known = backgrounds()
    loaded = {each.file: read_picture(cleared / each.file) for each in known}
    textures = [read_picture(path) for path in sorted((cleared / "polyhaven_ground").glob("*.jpg"))]
    if not textures:
        raise DetectorError(
            f"{cleared}/polyhaven_ground: no pictures", mend="give the folder of the cleared material"
        )
    for index in range(first, first + count):
        rng = np.random.default_rng([seed, index])
        if scenes and rng.random() < SCENES_SHARE:
            yield _on_scene(scenes[int(rng.integers(len(scenes)))], rng, index)
        elif rng.random() < REAL_SHARE:
            background = known[int(rng.integers(len(known)))]
            yield _on_real(background, loaded[background.file], rng, index)
        else:
            yield _on_plain(textures, rng, index)


def _on_real(
    background: Background, image_bgr: ByteImage, rng: np.random.Generator, index: int
) -> LabelledPicture:
    crop_bgr, boxes = crop(image_bgr, background.boxes, rng)
    burning = rng.random() >= EMPTY_SHARE
    laid_bgr, added = augment_with_sprites(
        crop_bgr, rng, from_above=background.view == "nadir", burning=burning
    )
    # What was there before may now be hidden or dark: it proves nothing either way.
    kept = tuple(LabelledBox(box.xyxy_px, None) for box in boxes)
    return _picture(index, laid_bgr, (*kept, *added), background.source, background.licence)


def _on_scene(scene: Labelled, rng: np.random.Generator, index: int) -> LabelledPicture:
    burning = rng.random() >= EMPTY_SHARE
    laid_bgr, boxes = burning_scene(scene, rng, burning=burning)
    return _picture(index, laid_bgr, boxes, "rendered; sprites over it", "see the model card")


def _on_plain(textures: list[ByteImage], rng: np.random.Generator, index: int) -> LabelledPicture:
    kind = str(rng.choice(["above", "ground", "built_up", "texture"], p=[0.2, 0.5, 0.15, 0.15]))
    if kind == "texture":
        image_bgr, _ = crop(textures[int(rng.integers(len(textures)))], (), rng)
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m detectors.training paste", description=__doc__)
    parser.add_argument("--cleared", type=Path, required=True, help="folder of the cleared material")
    parser.add_argument(
        "--scenes",
        type=Path,
        action="append",
        default=[],
        help="folder of a rendered set to lay fires on too; may be repeated",
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the set")
    parser.add_argument("--count", type=int, required=True, help="how many pictures")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first picture")
    return parser
