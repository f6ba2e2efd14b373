"""What is boxed of fire and smoke: one box for what hangs together, and none for what nobody can see."""

from __future__ import annotations

import numpy as np

from detectors.training.burning_boxes import Layer, boxes_of
from detectors.training.turbulence import Field

SHAPE = (100, 200)
CHANGED = np.full(SHAPE, 0.5, np.float32)


def blot(left: int, right: int, strength: float = 0.9) -> Field:
    seen = np.zeros(SHAPE, np.float32)
    seen[40:60, left:right] = strength
    return seen


def layer(label: str | None, seen: Field, reach_px: int = 4) -> Layer:
    return Layer(label, seen.copy(), reach_px)


def test_flames_nearly_touching_are_one_fire() -> None:
    boxes = boxes_of([layer("fire", np.maximum(blot(20, 50), blot(56, 90)))], CHANGED)
    assert [(box.label, box.xyxy_px) for box in boxes] == [("fire", (20.0, 40.0, 90.0, 60.0))]


def test_fires_far_from_each_other_are_two() -> None:
    boxes = boxes_of([layer("fire", blot(20, 50)), layer("fire", blot(120, 160))], CHANGED)
    assert sorted(box.xyxy_px[0] for box in boxes) == [20.0, 120.0]


def test_fire_and_smoke_at_one_place_have_a_box_each() -> None:
    boxes = boxes_of([layer("smoke", blot(10, 150, 0.5)), layer("fire", blot(20, 50))], CHANGED)
    assert {box.label for box in boxes} == {"fire", "smoke"}


def test_thin_smoke_that_a_person_sees_belongs_to_the_box() -> None:
    plume = np.maximum(blot(20, 50, 0.9), blot(50, 120, 0.2))
    (box,) = boxes_of([layer("smoke", plume)], CHANGED)
    assert box.xyxy_px[2] > 115.0


def test_smoke_that_changes_nothing_is_not_boxed() -> None:
    assert boxes_of([layer("smoke", blot(20, 90))], np.zeros(SHAPE, np.float32)) == ()


def test_faint_smoke_is_a_region_to_ignore() -> None:
    (box,) = boxes_of([layer("smoke", blot(20, 90))], np.full(SHAPE, 0.05, np.float32))
    assert box.label is None


def test_what_is_left_in_sight_of_a_fire_behind_smoke_is_boxed() -> None:
    hidden = layer("fire", blot(20, 120))
    hidden.seen[:, 60:] *= 0.2
    (box,) = boxes_of([hidden], CHANGED)
    assert (box.label, box.xyxy_px) == ("fire", (20.0, 40.0, 60.0, 60.0))


def test_flames_that_thick_smoke_nearly_hides_are_a_region_to_ignore() -> None:
    (box,) = boxes_of([layer("fire", blot(20, 120, 0.25))], CHANGED)
    assert (box.label, box.xyxy_px) == (None, (21.0, 40.0, 119.0, 60.0))


def test_a_scrap_beside_a_large_fire_is_a_region_to_ignore() -> None:
    large = np.zeros(SHAPE, np.float32)
    large[:, 20:120] = 0.9
    scrap = np.zeros(SHAPE, np.float32)
    scrap[50:57, 170:177] = 0.9
    boxes = boxes_of([layer("fire", large), layer("fire", scrap)], CHANGED)
    assert [box.label for box in boxes] == ["fire", None]


def test_what_is_neither_for_sure_is_a_region_to_ignore() -> None:
    (box,) = boxes_of([layer(None, blot(20, 90, 0.6))], CHANGED)
    assert box.label is None
