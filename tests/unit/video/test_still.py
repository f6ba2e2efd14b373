"""What is cut from a frame shows the whole thing, however large it is."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from droneops.replay.shot import Shot, Thing, part_of
from droneops.types import Frame
from droneops.video.still import SNAPSHOT_PX, crop_jpeg

RED = (0, 0, 255)


def frame_with(box: tuple[int, int, int, int]) -> Frame:
    image = np.full((720, 1280, 3), 90, np.uint8)
    x1, y1, x2, y2 = box
    image[y1:y2, x1:x2] = RED
    return Frame("d", "eo", 0, 0, image, "test")


def thing(box: tuple[int, int, int, int]) -> Thing:
    x1, y1, x2, y2 = map(float, box)
    return Thing("d/1", "log_pile", "log_pile", 0.9, (x1, y1, x2, y2))


def red_box(image: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero((image[:, :, 2] > 170) & (image[:, :, 1] < 60))
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


@pytest.mark.parametrize(
    "box",
    [(600, 300, 640, 330), (200, 100, 900, 500), (100, 300, 1200, 340), (0, 0, 1280, 720), (0, 600, 30, 700)],
)
def test_a_picture_holds_the_whole_thing_and_its_box_is_where_it_says(box) -> None:
    frame = frame_with(box)
    for shot in (Shot(frame, thing(box), (thing(box),)), part_of(frame, thing(box), (240, 180))):
        image = cv2.imdecode(np.frombuffer(shot.jpeg(), np.uint8), cv2.IMREAD_COLOR)
        assert image is not None
        told = shot.described()
        assert image.shape[1::-1] == (told["width_px"], told["height_px"])
        assert image.shape[1] <= SNAPSHOT_PX[0]
        assert image.shape[0] <= SNAPSHOT_PX[1]
        assert red_box(image) == pytest.approx(told["things"][0]["bbox_px"], abs=2.1)
        shown, real = (
            np.diff(np.reshape(red_box(image), (2, 2)), axis=0)[0],
            (box[2] - box[0], box[3] - box[1]),
        )
        assert shown[0] / real[0] == pytest.approx(shown[1] / real[1], rel=0.1), (
            "nothing is cut off or squeezed"
        )


def test_a_small_thing_is_shown_pixel_by_pixel() -> None:
    box = (600, 300, 640, 330)
    image = cv2.imdecode(np.frombuffer(crop_jpeg(frame_with(box), thing(box).box_px), np.uint8), 1)
    assert image is not None
    assert image.shape == (360, 480, 3)
    left, top, right, bottom = red_box(image)
    assert (right - left, bottom - top) == pytest.approx((40, 30), abs=2)
