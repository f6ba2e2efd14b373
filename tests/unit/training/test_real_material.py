"""The labelled real pictures: what a box of theirs becomes, and that our hand-drawn boxes hold together."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from detectors.training.backgrounds import background_pictures, backgrounds
from detectors.training.real import boxes_of, corrected, maritime_pictures
from detectors.training.set_file import LabelledBox, LabelledPicture, write_set
from detectors.training.voc import VocObject, read_voc
from detectors.types import DetectorError

VOC = """<annotation><object><name>{name}</name><bndbox>
<xmin>{left}</xmin><xmax>60</xmax><ymin>11</ymin><ymax>30</ymax></bndbox></object></annotation>"""


def voc_file(folder: Path, name: str = "car", left: str = "21") -> Path:
    path = folder / "one.xml"
    path.write_text(VOC.format(name=name, left=left), encoding="utf-8")
    return path


def test_the_first_pixel_of_a_voc_box_belongs_to_it(tmp_path: Path) -> None:
    assert read_voc(voc_file(tmp_path)) == (VocObject("car", (20.0, 10.0, 60.0, 30.0)),)


@pytest.mark.parametrize("text", ["", "<annotation><object>", VOC.format(name="car", left="wide")])
def test_a_broken_voc_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DetectorError, match=r"broken\.xml"):
        read_voc(path)


@pytest.mark.parametrize(
    ("name", "labels"),
    [("car", ["vehicle"]), ("boat", ["boat"]), ("jetski", ["boat"]), ("lift", [None]), ("dock", [])],
)
def test_a_covered_boat_is_ignored_and_a_dock_is_nothing(name: str, labels: list[str | None]) -> None:
    boxes = boxes_of([VocObject(name, (0.0, 0.0, 40.0, 40.0))])
    assert [box.label for box in boxes] == labels


def test_a_correction_drops_adds_and_ignores() -> None:
    dock, boat = LabelledBox((0, 0, 40, 40), "boat"), LabelledBox((50, 50, 90, 90), "boat")
    boxes = corrected([dock, boat], {"dropped": [0], "boat": [[5, 5, 30, 30]], "ignored": [[60, 0, 80, 20]]})
    assert boxes == (boat, LabelledBox((5, 5, 30, 30), "boat"), LabelledBox((60, 0, 80, 20), None))


def test_a_sliver_that_the_tiling_left_is_ignored() -> None:
    (box,) = corrected([LabelledBox((100, 590, 180, 600), "boat")], {})
    assert box.label is None


@pytest.mark.parametrize("xyxy_px", [(10, 10, 10, 20), (10, 30, 20, 20)])
def test_a_box_that_holds_nothing_is_refused(xyxy_px: tuple[float, float, float, float]) -> None:
    with pytest.raises(DetectorError, match="holds nothing"):
        LabelledBox(xyxy_px, "boat")


def test_a_set_says_what_is_labelled_and_where_not_to_look(tmp_path: Path) -> None:
    boxes = (LabelledBox((1, 2, 11, 22), "vehicle"), LabelledBox((0, 0, 5, 5), None))
    picture = LabelledPicture("one", np.zeros((30, 40, 3), np.uint8), boxes, ("vehicle",), "us", "CC0-1.0")
    assert write_set(tmp_path, [picture]) == 1
    document = json.loads((tmp_path / "instances.json").read_text(encoding="utf-8"))
    (image,) = document["images"]
    assert (image["width"], image["height"], image["labelled_classes"]) == (40, 30, ["vehicle"])
    assert (tmp_path / "images" / image["file_name"]).is_file()
    names = {each["id"]: each["name"] for each in document["categories"]}
    vehicle, ignored = document["annotations"]
    assert (names[vehicle["category_id"]], vehicle["bbox"], vehicle["iscrowd"]) == (
        "vehicle",
        [1, 2, 10, 20],
        0,
    )
    assert ignored["iscrowd"] == 1


def test_no_background_may_be_evaluation_only() -> None:
    free = {"CC0-1.0", "CC-BY-3.0", "CC-BY-4.0", "BSD-2-Clause", "MIT"}
    assert {each.licence for each in backgrounds()} <= free


def test_backgrounds_hold_no_log_pile_fire_or_smoke() -> None:
    labels = {box.label for each in backgrounds() for box in each.boxes}
    assert labels == {"person", "vehicle", None}


def test_only_pictures_from_above_of_known_scale_may_be_ground() -> None:
    ground = [each for each in backgrounds() if each.ground_texture]
    assert len(ground) >= 30
    assert all(each.view == "nadir" and each.gsd_m is not None and 0.02 < each.gsd_m < 0.3 for each in ground)


def test_every_hand_drawn_box_lies_in_its_picture(shared: Path) -> None:
    for picture in background_pictures(shared / "cleared"):
        height, width = picture.image_bgr.shape[:2]
        for box in picture.boxes:
            left, top, right, bottom = box.xyxy_px
            assert 0 <= left < right <= width and 0 <= top < bottom <= height, (picture.name, box)


def test_every_correction_meets_a_picture_and_a_box(shared: Path) -> None:
    folder = shared / "cleared" / "aerial_maritime"
    text = files("detectors.training").joinpath("maritime_corrections.json").read_text(encoding="utf-8")
    for stem, correction in json.loads(text).items():
        count = len(list(boxes_of(read_voc(folder / f"{stem}.xml"))))
        assert all(place < count for place in correction.get("dropped", ())), stem


def test_people_are_not_said_to_be_absent_from_the_lake(shared: Path) -> None:
    first = next(maritime_pictures(shared / "cleared" / "aerial_maritime"))
    assert "person" not in first.labelled_classes
