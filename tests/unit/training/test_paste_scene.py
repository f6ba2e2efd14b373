"""Fire laid on a rendered scene: what is in the scene keeps its box, unless the fire lies over it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from detectors.training.burning import MOST_HIDDEN, share_inside
from detectors.training.classes import CLASSES
from detectors.training.paste_crop import SIDE_PX, crop
from detectors.training.paste_scene import burning_scene, scenes_without_burning
from detectors.training.set_file import LabelledBox, LabelledPicture, write_set

GREY = np.full((300, 300, 3), 110, np.uint8)
EVERYWHERE = LabelledBox((0.0, 0.0, 300.0, 300.0), "person")
MIDDLE = LabelledBox((130.0, 130.0, 170.0, 170.0), "vehicle")


def a_set(folder: Path, *boxes: LabelledBox) -> Path:
    pictures = [
        LabelledPicture(f"scene_{number}", GREY, (box,), CLASSES, "drawn", "CC0-1.0")
        for number, box in enumerate(boxes)
    ]
    write_set(folder, pictures)
    return folder


def test_scenes_that_burn_already_are_left_out(tmp_path: Path) -> None:
    burning = LabelledBox((10.0, 10.0, 90.0, 90.0), "fire")
    kept = scenes_without_burning(a_set(tmp_path, EVERYWHERE, burning, EVERYWHERE))
    assert [each.path.name for each in kept] == ["scene_0.jpg", "scene_2.jpg"]


def test_without_fire_the_things_of_the_scene_keep_their_boxes(tmp_path: Path) -> None:
    (scene,) = scenes_without_burning(a_set(tmp_path, MIDDLE))
    image_bgr, boxes = burning_scene(scene, np.random.default_rng(1), burning=False)
    assert image_bgr.shape == (SIDE_PX, SIDE_PX, 3)
    assert [box.label for box in boxes if box.label is not None] == ["vehicle"]


def test_what_fire_or_smoke_covers_is_a_region_to_ignore(tmp_path: Path) -> None:
    (scene,) = scenes_without_burning(a_set(tmp_path, MIDDLE))
    outcomes = set()
    for seed in range(12):
        _, (own, *added) = burning_scene(scene, np.random.default_rng(seed), burning=True)
        covered = max((share_inside(own, box) for box in added), default=0.0)
        assert (own.label is None) == (covered > MOST_HIDDEN)
        outcomes.add(own.label)
    assert outcomes == {None, "vehicle"}


def test_a_crop_takes_its_boxes_along_and_drops_those_outside() -> None:
    corner = LabelledBox((0.0, 0.0, 2.0, 2.0), "boat")
    taken = set()
    for seed in range(20):
        part, boxes = crop(GREY, (MIDDLE, corner), np.random.default_rng(seed))
        assert part.shape == (SIDE_PX, SIDE_PX, 3)
        for box in boxes:
            assert 0.0 <= box.xyxy_px[0] < box.xyxy_px[2] <= SIDE_PX
        taken.add(len(boxes))
    assert 1 in taken


def test_what_a_crop_cuts_off_for_the_most_part_is_a_region_to_ignore() -> None:
    labels = [crop(GREY, (EVERYWHERE,), np.random.default_rng(seed))[1][0].label for seed in range(20)]
    assert set(labels) == {None, "person"}
