"""What is labelled in a rendered picture is what is seen in it."""

from __future__ import annotations

from math import radians

import numpy as np
import pytest

from detectors.training.burning import with_sprites
from detectors.training.camera import Camera
from detectors.training.contrast import dimmed
from detectors.training.degrade import degraded, jpeg_quality
from detectors.training.instances import Extent, Instance, extent, layers, seen_boxes, with_borne
from detectors.training.scenes_command import Picture, boxes, main
from detectors.types import DetectorError

CAMERA = Camera(100, 100, radians(90.0), (0.0, 0.0, 50.0), 0.0, radians(90.0))


def picture(*instances: Instance) -> Picture:
    return Picture(np.zeros((8, 8, 3), np.uint8), None, instances, (), 80)  # type: ignore[arg-type]


def test_boxes_are_the_edges_of_the_visible_pixels() -> None:
    numbers = np.zeros((10, 12), np.int16)
    numbers[2:5, 3:9] = 4
    numbers[7, 11] = 2
    assert seen_boxes(numbers) == {4: ((3, 2, 9, 5), 18), 2: ((11, 7, 12, 8), 1)}


def test_an_empty_picture_has_no_boxes() -> None:
    assert seen_boxes(np.zeros((4, 4), np.int16)) == {}


def test_overlapping_things_are_measured_in_different_groups() -> None:
    extents = [Extent((0, 0, 10, 10), 1.0), Extent((5, 5, 15, 15), 1.0), Extent((20, 0, 30, 10), 1.0)]
    assert layers(extents, 3) == [[0, 2], [1]]


def test_a_crowd_does_not_need_more_groups_than_allowed() -> None:
    groups = layers([Extent((0, 0, 10, 10), 1.0)] * 7, 3)
    assert len(groups) == 3
    assert sorted(index for group in groups for index in group) == list(range(7))


def test_what_is_borne_counts_as_seen_of_its_bearer_alone() -> None:
    assert with_borne({1: 10, 2: 5, 3: 7}, [4, 4, 0]) == {1: 15, 2: 5, 3: 7}
    assert with_borne({2: 5, 3: 7}, [4, 4, 0]) == {2: 5, 3: 7}


def test_the_share_inside_the_picture_counts_what_the_edge_cuts() -> None:
    body = np.array([[x, y, 0.0] for x in (-10.0, 10.0) for y in (40.0, 60.0)])
    half = extent(CAMERA, body)
    assert half is not None
    assert half.inside == pytest.approx(0.5)
    assert extent(CAMERA, body + np.array([0.0, 60.0, 0.0])) is None


@pytest.mark.parametrize(
    ("instance", "told"),
    [
        (Instance("person", (10, 10, 16, 30), 1.0), 0),
        (Instance("person", (10, 10, 16, 30), 0.3), 1),
        (Instance("person", (10, 10, 16, 30), 0.1), 1),
        (Instance("person", (10, 10, 13, 14), 1.0), 1),
        (Instance("person", (10, 10, 16, 30), 0.01), None),
        (Instance("stump", (10, 10, 16, 30), 1.0), None),
    ],
)
def test_only_what_is_well_seen_must_be_found(instance: Instance, told: int | None) -> None:
    written = [box["iscrowd"] for box in boxes(picture(instance))]
    assert written == ([] if told is None else [told])


def test_what_lies_in_smoke_need_not_be_found() -> None:
    image = np.full((300, 300, 3), 90, np.uint8)
    person = Instance("person", (0, 0, 300, 300), 1.0)
    for seed in range(30):
        _, instances, laid = with_sprites(
            image, [person], np.random.default_rng(seed), from_above=True, empty=False
        )
        large = any((b[2] - b[0]) * (b[3] - b[1]) > 0.35 * 90000 for b in (box.xyxy_px for box in laid))
        if large:
            assert instances[0].visible_fraction < 0.4
            return
    pytest.fail("no large fire or smoke in thirty tries")


def test_what_has_no_contrast_need_not_be_found() -> None:
    night = np.full((60, 60, 3), 6, np.uint8)
    day = night.copy()
    day[20:40, 20:40] = 90
    person = Instance("person", (20, 20, 40, 40), 1.0)
    assert dimmed(night, [person])[0].visible_fraction < 0.4
    assert dimmed(day, [person]) == (person,)


def test_an_empty_scene_stays_without_fire_and_smoke() -> None:
    """Dust in it is a region to ignore, since people take it for smoke."""
    image = np.full((200, 200, 3), 90, np.uint8)
    for seed in range(10):
        _, _, laid = with_sprites(image, [], np.random.default_rng(seed), from_above=True, empty=True)
        assert all(box.label is None for box in laid)


def test_a_degraded_picture_keeps_its_size_and_depends_on_the_seed_alone() -> None:
    image = np.random.default_rng(0).integers(0, 256, (120, 160, 3), np.uint8)
    for seed in range(12):
        once = degraded(image, np.random.default_rng(seed))
        again = degraded(image, np.random.default_rng(seed))
        assert once.shape == image.shape
        assert once.dtype == np.uint8
        assert (once == again).all()
    assert (degraded(image, np.random.default_rng(1)) != degraded(image, np.random.default_rng(2))).any()


def test_the_quality_of_the_jpeg_is_that_of_a_video_link() -> None:
    qualities = [jpeg_quality(np.random.default_rng(seed)) for seed in range(200)]
    assert min(qualities) >= 40
    assert max(qualities) <= 95


def test_a_folder_without_the_cleared_material_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DetectorError, match="no picture"):
        main(["--cleared", str(tmp_path), "--out", str(tmp_path / "set"), "--count", "1"])
