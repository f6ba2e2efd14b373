"""What users of the marker detector may rely on."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import detectors
from detectors.aruco import ArucoDetector, diagonals_meet

PATROL = Path(__file__).parents[4] / "shared/data/flights/park-patrol"
CELLS = 240
BORDER = 40


def picture_of(marker, corners_px, *, width=320, height=240, dictionary=cv2.aruco.DICT_4X4_50):
    """Grass with a white-bordered marker whose corners lie at ``corners_px``, and its centre in pixels."""
    code = cv2.aruco.generateImageMarker(cv2.aruco.getPredefinedDictionary(dictionary), marker, CELLS)
    sheet = np.pad(code, BORDER, constant_values=255)
    near, far = BORDER - 0.5, BORDER + CELLS - 0.5
    onto = np.array([[near, near], [far, near], [far, far], [near, far]], np.float32)
    fine = 4
    warp = cv2.getPerspectiveTransform(onto, ((corners_px + 0.5) * fine - 0.5).astype(np.float32))
    canvas = np.full((height * fine, width * fine), 110, np.uint8)
    cv2.warpPerspective(sheet, warp, canvas.shape[::-1], canvas, borderMode=cv2.BORDER_TRANSPARENT)
    middle = warp @ np.array([(near + far) / 2, (near + far) / 2, 1.0])
    grey = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
    return cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), (middle[:2] / middle[2] + 0.5) / fine - 0.5


def tilted_square(side_px, turn_rad, squeeze, vanish, centre_px):
    square = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]]) * side_px / 2
    turn = np.array([[np.cos(turn_rad), -np.sin(turn_rad)], [np.sin(turn_rad), np.cos(turn_rad)]])
    flat = square @ turn.T * [1.0, squeeze]
    return flat / (1.0 - vanish * flat[:, 1:]) + centre_px


FACING = tilted_square(80, 0.3, 0.8, 0.001, [150, 110])


@pytest.fixture(scope="module")
def detector():
    return ArucoDetector()


@settings(deadline=None, max_examples=60)
@given(
    marker=st.integers(0, 49),
    side_px=st.floats(60, 110),
    turn_rad=st.floats(0, 6.28),
    squeeze=st.floats(0.6, 1.0),
    vanish=st.floats(0, 0.0025),
)
@example(marker=0, side_px=104.0, turn_rad=2.5, squeeze=0.9375, vanish=0.001953125)  # read as its border
def test_a_marker_seen_at_a_slant_is_named_and_its_true_centre_found(
    marker, side_px, turn_rad, squeeze, vanish
):
    corners = tilted_square(side_px, turn_rad, squeeze, vanish, [160, 120])
    image, centre = picture_of(marker, corners)
    found = ArucoDetector().detect(image)
    assert found.identity == (f"marker-{marker}",)
    assert np.hypot(*(found.anchor_px[0] - centre)) < 1.0


def test_the_anchor_is_the_marker_s_centre_and_not_the_middle_of_its_corners(detector):
    corners = tilted_square(110, 0.0, 0.8, 0.006, [160, 120])
    image, centre = picture_of(3, corners)
    anchor = detector.detect(image).anchor_px[0]
    assert np.hypot(*(corners.mean(axis=0) - centre)) > 5
    assert np.hypot(*(anchor - centre)) < 0.5


@settings(deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=8, max_size=8))
def test_diagonals_meet_on_both_diagonals(offsets):
    quad = np.array([[0, 0], [300, 0], [300, 300], [0, 300]]) + np.reshape(offsets, (4, 2))
    hull = cv2.convexHull(quad.astype(np.float32))
    assume(len(hull) == 4)
    x = diagonals_meet(quad[np.newaxis])[0].astype(float)
    for p, q in ((quad[0], quad[2]), (quad[1], quad[3])):
        area = (q - p)[0] * (x - p)[1] - (q - p)[1] * (x - p)[0]
        assert abs(area) / np.hypot(*(q - p)) < 1e-3


def test_a_marker_has_its_label_box_and_a_score_that_says_it_was_read(detector):
    image, _ = picture_of(7, FACING)
    found = detector.detect(image)
    assert (len(found), found.label(0), found.detector) == (1, "marker-7", "aruco")
    assert found.score.tolist() == [1.0]
    assert np.abs(found.xyxy_px[0] - [*FACING.min(axis=0), *FACING.max(axis=0)]).max() < 1.0


def test_markers_come_in_the_order_of_their_ids(detector):
    left, _ = picture_of(9, FACING)
    right, _ = picture_of(2, FACING)
    assert detector.detect(np.hstack([left, right])).identity == ("marker-2", "marker-9")


def test_one_marker_laid_out_twice_is_reported_twice(detector):
    image, _ = picture_of(9, FACING)
    found = detector.detect(np.hstack([image, image]))
    assert found.identity == ("marker-9", "marker-9")
    assert found.anchor_px[1, 0] - found.anchor_px[0, 0] == pytest.approx(320, abs=0.1)


def test_a_picture_without_markers_gives_no_rows_of_the_right_shape(detector):
    found = detector.detect(np.full((200, 300, 3), 90, np.uint8))
    assert (len(found), found.xyxy_px.shape, found.anchor_px.shape) == (0, (0, 4), (0, 2))


def test_the_same_picture_gives_the_same_bytes(detector):
    image, _ = picture_of(7, FACING)
    first, again = detector.detect(image), ArucoDetector().detect(image.copy())
    assert first.anchor_px.tobytes() == again.anchor_px.tobytes()
    assert first.xyxy_px.tobytes() == again.xyxy_px.tobytes()


def test_results_cannot_be_written_to(detector):
    image, _ = picture_of(7, FACING)
    with pytest.raises(ValueError, match="read-only"):
        detector.detect(image).anchor_px[0, 0] = 0


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image[:, :, 0],
        lambda image: image[:, :, :1],
        lambda image: image.astype(np.uint16) * 256 + 90,
        lambda image: image[:, :, 0].astype(np.uint16) * 256 + 90,
        lambda image: image[:239, :317],
        np.asfortranarray,
    ],
    ids=["grey", "grey with an axis", "16 bit", "16 bit grey", "odd size", "column order"],
)
def test_other_kinds_of_picture_give_the_same_marker(detector, change):
    image, centre = picture_of(7, FACING)
    image.setflags(write=False)
    found = detector.detect(change(image))
    assert found.identity == ("marker-7",)
    assert np.hypot(*(found.anchor_px[0] - centre)) < 0.5


@pytest.mark.parametrize("shape", [(1, 1, 3), (1, 500, 3), (500, 1, 3), (2, 3)])
def test_a_picture_too_small_for_a_marker_is_no_error(detector, shape):
    assert len(detector.detect(np.zeros(shape, np.uint8))) == 0


@pytest.mark.parametrize(
    ("picture", "says"),
    [
        (np.zeros((0, 0, 3), np.uint8), "without pixels"),
        (np.zeros((4, 4, 3), np.float32), "float32"),
        (np.zeros((4, 4, 2), np.uint8), "shape"),
        (np.zeros(4, np.uint8), "shape"),
        (None, "NoneType"),
    ],
)
def test_what_is_no_picture_is_refused_in_one_line(detector, picture, says):
    with pytest.raises(detectors.DetectorError, match=says) as caught:
        detector.detect(picture)
    assert "\n" not in str(caught.value)


def test_another_dictionary_can_be_asked_for():
    image, _ = picture_of(200, FACING, dictionary=cv2.aruco.DICT_6X6_250)
    assert detectors.make("aruco", {"dictionary": "DICT_6X6_250"}).detect(image).identity == ("marker-200",)
    assert len(detectors.make("aruco").detect(image)) == 0


def test_an_unknown_dictionary_names_the_nearest():
    with pytest.raises(detectors.DetectorError, match="did you mean 'DICT_4X4_50'"):
        detectors.make("aruco", {"dictionary": "DICT_4x4_50"})


def test_on_the_recorded_patrol_nearly_all_markers_are_found_where_they_are(detector):
    if not (PATROL / "video.mp4").is_file():
        pytest.skip("the recorded patrol is not beside the repository")
    truth = np.genfromtxt(PATROL / "pixel_truth.csv", delimiter=",", names=True, usecols=(0, 3, 4, 5, 6))
    seen = truth[truth["visible"] == 1]
    errors, strangers = [], 0
    for number, image in every_fifth_frame(PATROL / "video.mp4"):
        here = {f"marker-{row['marker_id']:.0f}": row for row in seen[seen["frame"] == number]}
        found = detector.detect(image)
        for name, anchor in zip(found.identity, found.anchor_px, strict=True):
            strangers += name not in here
            if name in here:
                errors.append(np.hypot(anchor[0] - here[name]["u"], anchor[1] - here[name]["v"]))
    assert strangers == 0
    assert len(errors) >= 0.985 * np.sum(seen["frame"] % 5 == 0)
    assert (np.median(errors) < 0.14, np.max(errors) < 1.0) == (True, True)


def every_fifth_frame(path):
    import av

    with av.open(str(path)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % 5 == 0:
                yield number, frame.to_ndarray(format="bgr24")
