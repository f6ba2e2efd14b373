"""``python -m detectors.training scenes``: rendered pictures. Scene i depends on the seed and i alone."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detectors.training.asset_groups import asset_groups
from detectors.training.burning import BURNING_SHARE, with_sprites
from detectors.training.catalogue import Catalogue
from detectors.training.classes import CLASSES, category_id, coco_categories
from detectors.training.contrast import dimmed
from detectors.training.degrade import degraded, jpeg_quality
from detectors.training.grounds import Tile, library
from detectors.training.instances import Instance
from detectors.training.render import Renderer
from detectors.training.scene import Scene
from detectors.training.scene_kinds import KINDS, random_scene
from detectors.training.set_file import LabelledBox
from detectors.training.thermal import THERMAL_SHARE, thermal
from detectors.types import ByteImage, DetectorError

SIZE_PX = (832, 832)
EMPTY_SHARE = 0.2
# Less than a quarter in sight is a guess; up to two fifths neither finding nor missing it is a fault.
LEAST_SEEN = 0.25
SURE_SEEN = 0.4
# The narrower and the longer side of a box that can still be told from a speck.
LEAST_SIDE_PX = 2
LEAST_LENGTH_PX = 4
SURE_LENGTH_PX = 6
# Above this depression a picture may be turned by quarters.
NADIR_RAD = float(np.radians(75.0))
EVERY = 50


def main(arguments: list[str]) -> None:
    """Writes the set, and goes on where an earlier run ended.

    Raises:
        DetectorError: no OpenGL, or the cleared material is not where it was said to be.
    """
    given = _parser().parse_args(arguments)
    tiles = library(given.cleared)
    renderer = Renderer(*SIZE_PX, {tile.name: tile.image_rgb for tile in tiles})
    catalogue = Catalogue(asset_groups(given.cleared), given.seed)
    (given.out / "images").mkdir(parents=True, exist_ok=True)
    entries = _known(given.out)
    for index in range(given.first, given.first + given.count):
        name = f"scene_{given.seed}_{index:06d}.jpg"
        if name not in entries:
            entries[name] = _scene(given, renderer, catalogue, tiles, index, given.out / "images" / name)
            if len(entries) % EVERY == 0:
                _write(given.out, entries)
                sys.stderr.write(f"\r{index + 1 - given.first} of {given.count}")
    _write(given.out, entries)
    sys.stdout.write(f"{len(entries)} scenes in {given.out}\n")


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A finished picture (h, w, 3) uint8 BGR, what it was made of, what is seen in it, and the quality to
    store it at. ``laid`` are the boxes of fire and smoke."""

    image_bgr: ByteImage
    scene: Scene
    instances: tuple[Instance, ...]
    laid: tuple[LabelledBox, ...]
    jpeg_quality: int


def picture_of(
    renderer: Renderer,
    catalogue: Catalogue,
    tiles: tuple[Tile, ...],
    *,
    seed: int,
    index: int,
    empty_share: float,
    kinds: Sequence[str] = tuple(KINDS),
    burning_share: float = BURNING_SHARE,
) -> Picture:
    """Scene ``index`` of ``seed``, of one of ``kinds``."""
    rng = np.random.default_rng([seed, index])
    empty = bool(rng.random() < empty_share)
    scene = random_scene(rng, SIZE_PX, catalogue, tiles, empty=empty, kinds=kinds)
    if rng.random() < THERMAL_SHARE:
        scene = thermal(scene, rng)
    rendered = renderer.draw(scene)
    image_bgr, instances = rendered.image_bgr, rendered.instances
    laid: tuple[LabelledBox, ...] = ()
    if rng.random() < burning_share:
        from_above = scene.camera.depression_rad > NADIR_RAD / 2.0
        image_bgr, instances, laid = with_sprites(
            image_bgr, instances, rng, from_above=from_above, empty=empty
        )
    kind = KINDS[scene.kind]
    seen_bgr = degraded(image_bgr, rng, night_share=kind.night_share, lamplit_share=kind.lamplit_share)
    told = tuple(each for each in instances if each.label in CLASSES)
    return Picture(seen_bgr, scene, dimmed(seen_bgr, told), laid, jpeg_quality(rng))


def _scene(
    given: argparse.Namespace,
    renderer: Renderer,
    catalogue: Catalogue,
    tiles: tuple[Tile, ...],
    index: int,
    path: Path,
) -> dict[str, Any]:
    import cv2

    picture = picture_of(
        renderer,
        catalogue,
        tiles,
        seed=given.seed,
        index=index,
        empty_share=given.empty_share,
        kinds=given.kind or tuple(KINDS),
        burning_share=given.burning_share,
    )
    if not cv2.imwrite(str(path), picture.image_bgr, [cv2.IMWRITE_JPEG_QUALITY, picture.jpeg_quality]):
        raise DetectorError(f"{path}: not written", mend="is the disk full?")
    return {
        "kind": picture.scene.kind,
        "nadir": picture.scene.camera.depression_rad > NADIR_RAD,
        "boxes": boxes(picture),
    }


def boxes(picture: Picture) -> list[dict[str, Any]]:
    """What the set says of a picture: category, bbox (x, y, w, h), iscrowd and the visible fraction."""
    solid = [box for each in picture.instances if (box := _box(each)) is not None]
    return solid + [_laid_box(each) for each in picture.laid]


def _laid_box(box: LabelledBox) -> dict[str, Any]:
    left, top, right, bottom = box.xyxy_px
    return {
        "category_id": category_id(box.label or CLASSES[0]),
        "bbox": [left, top, right - left, bottom - top],
        "iscrowd": int(box.label is None),
        "visible_fraction": 1.0,
    }


def _box(instance: Instance) -> dict[str, Any] | None:
    left, top, right, bottom = instance.xyxy_px
    short, long = sorted((right - left, bottom - top))
    if instance.label not in CLASSES or instance.visible_fraction < 0.05:
        return None
    told = instance.visible_fraction >= LEAST_SEEN and short >= LEAST_SIDE_PX and long >= LEAST_LENGTH_PX
    sure = told and instance.visible_fraction >= SURE_SEEN and long >= SURE_LENGTH_PX
    return {
        "category_id": category_id(instance.label),
        "bbox": [left, top, right - left, bottom - top],
        "iscrowd": int(not sure),
        "visible_fraction": round(instance.visible_fraction, 3),
    }


def _known(out: Path) -> dict[str, dict[str, Any]]:
    """What an earlier run wrote: file name to entry."""
    path = out / "instances.json"
    if not path.exists():
        return {}
    document = json.loads(path.read_text(encoding="utf-8"))
    entries = {
        image["file_name"]: {"kind": image["kind"], "nadir": image["nadir"], "boxes": []}
        for image in document["images"]
    }
    names = {image["id"]: image["file_name"] for image in document["images"]}
    for annotation in document["annotations"]:
        kept = {key: annotation[key] for key in ("category_id", "bbox", "iscrowd", "visible_fraction")}
        entries[names[annotation["image_id"]]]["boxes"].append(kept)
    return entries


def _write(out: Path, entries: Mapping[str, dict[str, Any]]) -> None:
    images, annotations = [], []
    for number, (name, entry) in enumerate(entries.items(), start=1):
        images.append(_image(number, name, entry))
        annotations += [{"image_id": number, **box} for box in entry["boxes"]]
    numbered = [{"id": number, **each} for number, each in enumerate(annotations, start=1)]
    document = {"images": images, "annotations": numbered, "categories": coco_categories()}
    scratch = out / "instances.json.part"
    scratch.write_text(json.dumps(document), encoding="utf-8")
    # A reader finds the whole old set or the whole new one.
    scratch.replace(out / "instances.json")


def _image(number: int, name: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": number,
        "file_name": name,
        "width": SIZE_PX[0],
        "height": SIZE_PX[1],
        "labelled_classes": list(CLASSES),
        "nadir": entry["nadir"],
        "kind": entry["kind"],
        "source": "rendered; grounds and some models from the cleared material",
        "licence": "CC0, CC BY, BSD, MIT: see the model card",
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m detectors.training scenes", description=__doc__)
    parser.add_argument("--cleared", type=Path, help="folder of the cleared material; without: drawn grounds")
    parser.add_argument("--out", type=Path, required=True, help="folder of the set")
    parser.add_argument("--count", type=int, required=True, help="how many scenes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first scene")
    parser.add_argument("--empty-share", type=float, default=EMPTY_SHARE, help="share with nothing labelled")
    parser.add_argument(
        "--burning-share", type=float, default=BURNING_SHARE, help="share with fire, smoke or their like"
    )
    parser.add_argument(
        "--kind", action="append", choices=tuple(KINDS), help="only scenes of this kind; may be given again"
    )
    return parser
