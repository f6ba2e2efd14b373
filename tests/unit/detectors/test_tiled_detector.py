"""A model that sees light, over pictures that are looked at in tiles."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from tiny_onnx import light_model

import detectors
from detectors import DetectorError
from detectors.session import Session

SIDE = 64
FREE = ("N", 3, "H", "W")


@pytest.fixture
def lamp(tmp_path):
    """Makes the detector; ``shape`` is that of the model's input."""

    def make(options=None, *, shape=FREE, step_px=32, overlap_px=16, tiles="", least_px="lamp = 8"):
        weights = light_model(shape)
        (tmp_path / "light.onnx").write_bytes(weights)
        step = f", step_px = {step_px}" if step_px else ""
        (tmp_path / "card.toml").write_text(
            f"""
            name = "light"
            version = "1"
            file = "light.onnx"
            sha256 = {json.dumps(hashlib.sha256(weights).hexdigest())}
            licence = "CC0-1.0"
            source = "made in the test"
            layout = "yolox"
            labels = ["lamp"]
            label_map = {{ lamp = "person" }}
            input = {{ width_px = {SIDE}, height_px = {SIDE}, colour = "bgr", resize = "letterbox"{step} }}
            thresholds = {{ default = 0.5, nms_iou = 0.5 }}
            tiles = {{ {", ".join(filter(None, [f"overlap_px = {overlap_px}", tiles]))} }}
            least_px = {{ {least_px} }}
            """
        )
        return detectors.make(str(tmp_path / "card.toml"), options)

    return make


@pytest.fixture
def shapes(monkeypatch):
    """The shapes of all inputs that a model was asked with."""
    seen = []
    run = Session.run

    def watched(self, outputs, inputs):
        seen.extend(array.shape for array in inputs.values())
        return run(self, outputs, inputs)

    monkeypatch.setattr(Session, "run", watched)
    return seen


def night(width=128, height=128, *lamps, side=8):
    picture = np.zeros((height, width, 3), np.uint8)
    for x, y in lamps:
        picture[y : y + side, x : x + side] = 255
    return picture


def middles(found):
    boxes = found.xyxy_px
    return sorted(((boxes[:, :2] + boxes[:, 2:]) / 2).round().astype(int).tolist())


def test_what_is_too_small_in_the_whole_picture_is_found_in_a_tile_where_it_is(lamp):
    # At a quarter of its size only the two pixels in the middle of each four count.
    picture = night(256, 256, (123, 203), side=2)
    assert len(lamp().detect(picture)) == 0
    found = lamp(tiles="grid = [4, 4]").detect(picture)
    assert len(found) >= 1
    assert np.abs(np.array(middles(found)) - (124, 204)).max() <= 8


def test_a_lamp_that_several_tiles_show_is_told_once(lamp):
    # Where four tiles overlap, at the same place of all their cells.
    detector = lamp(tiles="grid = [2, 2], full = false, max_tiles = 4")
    picture = night(112, 112, (48, 48), side=8)
    assert len(detector.detect(picture)) == 1


def test_tiles_go_through_the_model_together_and_without_needless_padding(lamp, shapes):
    detector = lamp(tiles="grid = [2, 2]")
    del shapes[:]
    found = detector.detect(night(256, 104))
    assert (found.tiles, found.tiles_wanted) == (5, 5)
    assert shapes == [(5, 3, 32, 64)]


def test_a_model_that_takes_one_at_a_time_is_asked_one_at_a_time(lamp, shapes):
    fixed = (1, 3, SIDE, SIDE)
    detector = lamp(shape=fixed, step_px=None, tiles="grid = [2, 2]")
    del shapes[:]
    detector.detect(night())
    assert shapes == [fixed] * 5


def test_all_at_once_or_one_by_one_the_answer_is_the_same(lamp):
    picture = np.random.default_rng(1).integers(0, 256, (150, 200, 3), dtype=np.uint8)
    one_by_one = lamp(shape=(1, 3, SIDE, SIDE), step_px=None, tiles="grid = [3, 2]").detect(picture)
    at_once = lamp(shape=("N", 3, SIDE, SIDE), step_px=None, tiles="grid = [3, 2]").detect(picture)
    assert len(at_once) > 5
    assert at_once.xyxy_px.tobytes() == one_by_one.xyxy_px.tobytes()
    assert at_once.score.tobytes() == one_by_one.score.tobytes()


def test_a_look_at_another_picture_in_between_changes_nothing(lamp):
    detector = lamp(tiles="grid = [2, 2]")
    random = np.random.default_rng(2).integers(0, 256, (90, 200, 3), dtype=np.uint8)
    first = detector.detect(random)
    detector.detect(night(300, 100, (10, 10), side=40))
    assert detector.detect(random).xyxy_px.tobytes() == first.xyxy_px.tobytes()


def test_a_step_for_a_model_of_fixed_sides_is_refused(lamp):
    with pytest.raises(DetectorError, match=r"fixed shape .* step_px"):
        lamp(shape=("N", 3, SIDE, SIDE))


def gsd(value, rows=6, columns=8):
    return np.full((rows, columns), value, np.float32)


def test_the_ground_sample_distance_chooses_the_tiles(lamp):
    # A lamp means a person, 0.5 m wide: at 0.05 m a pixel 10 px wide, in the whole picture 2.5.
    detector = lamp(tiles="grid = [2, 2], max_tiles = 64")
    assert detector.wants_gsd
    picture = night(256, 256)
    near, far, beyond = (detector.detect(picture, gsd(value)).tiles for value in (0.01, 0.05, 5.0))
    assert near == beyond == 1
    assert far > 5
    sky = gsd(0.05)
    sky[:3] = np.nan
    assert 1 < detector.detect(picture, sky).tiles < far


def test_a_card_without_least_pixels_wants_no_sample_distances(lamp):
    assert not lamp(tiles="grid = [2, 2]", least_px="").wants_gsd
    assert not lamp(tiles="max_tiles = 1").wants_gsd


def test_max_tiles_given_takes_the_place_of_the_card_s_and_what_was_missed_is_told(lamp):
    found = lamp({"max_tiles": 2}, tiles="grid = [2, 2]").detect(night())
    # A second tile alone would show no more than the whole.
    assert (found.tiles, found.tiles_wanted) == (1, 5)
    assert lamp({"max_tiles": 3}, tiles="grid = [2, 2]").detect(night()).tiles == 3
    found = lamp({"max_tiles": 3}, tiles="grid = [2, 2]").detect(night(256, 256), gsd(0.05))
    assert found.tiles <= 3 < found.tiles_wanted


@pytest.mark.parametrize("value", [0, -1, True, "all", 2.5, 65])
def test_a_wrong_number_of_tiles_is_refused(lamp, value):
    with pytest.raises(DetectorError, match=r"'max_tiles' .* whole number from 1"):
        lamp({"max_tiles": value})


@pytest.mark.parametrize(
    ("tiles", "says"),
    [
        ("gird = [2, 2]", "'tiles.gird', did you mean 'grid'"),
        ("grid = [0, 2]", "tiles.grid.0"),
        ("grid = 2", "tiles.grid"),
        ("max_upscale = 0.5", "tiles.max_upscale"),
        ("max_tiles = 0", "tiles.max_tiles"),
    ],
)
def test_wrong_tiles_in_a_card_are_refused(lamp, tiles, says):
    with pytest.raises(DetectorError, match=says):
        lamp(tiles=tiles)


def test_an_overlap_of_half_the_input_is_refused(lamp):
    with pytest.raises(DetectorError, match="overlap_px must be less than half"):
        lamp(overlap_px=32)


def test_least_pixels_of_a_label_that_is_not_there_are_refused(lamp):
    with pytest.raises(DetectorError, match="least_px: no label 'lmap', did you mean 'lamp'"):
        lamp(least_px="lmap = 8")


def test_a_glance_is_one_more_look_at_the_whole_picture_in_its_own_size(lamp, shapes):
    picture = np.zeros((128, 256, 3), np.uint8)
    detector = lamp(tiles="grid = [2, 2], max_tiles = 5, glance_px = 32")
    shapes.clear()
    found = detector.detect(picture)
    assert (1, 3, 32, 32) in shapes
    assert sum(shape[0] for shape in shapes) == found.tiles == found.tiles_wanted == 6


def test_a_glance_takes_only_the_labels_that_it_is_for(lamp):
    dark, lit = np.zeros((128, 256, 3), np.uint8), np.zeros((128, 256, 3), np.uint8)
    lit[40:80, 100:160] = 255
    detector = lamp(tiles='glance_px = 32, glance_labels = ["lamp"], max_tiles = 2')
    assert len(detector.detect(lit).score) > len(detector.detect(dark).score)
    with pytest.raises(DetectorError, match="glance_labels: no label 'lamb'"):
        lamp(tiles='glance_px = 32, glance_labels = ["lamb"]')


def test_a_limit_of_one_tile_has_no_glance_either(lamp):
    detector = lamp({"max_tiles": 1}, tiles="grid = [2, 2], max_tiles = 5, glance_px = 32")
    assert detector.detect(np.zeros((128, 256, 3), np.uint8)).tiles == 1


@pytest.mark.parametrize(
    ("tiles", "step_px", "says"), [("glance_px = 64", 32, "less than"), ("glance_px = 32", None, "step_px")]
)
def test_a_glance_that_cannot_be_is_refused_by_name(lamp, tiles, step_px, says):
    with pytest.raises(DetectorError, match=f"glance_px.*{says}"):
        lamp(tiles=tiles, step_px=step_px, shape=FREE if step_px else (1, 3, SIDE, SIDE))
