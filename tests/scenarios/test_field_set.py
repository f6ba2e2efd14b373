"""What people answered, and what the detector doubted, comes out as a labelled set."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import cv2
import numpy as np
import pytest
from silent import Silent

from detectors import Detections
from droneops.app import replay
from droneops.config import load_site
from droneops.delivery.outbox.store import Outbox
from droneops.delivery.outbox.taking import new_alert
from droneops.delivery.receipt import make_receipt, parse_receipt
from droneops.replay import prepare
from droneops.replay.request import ReplayRequest

REAL_MAKE = prepare.make_detector
NAMES = {3: "boat", 4: "person", 5: "person"}
AGENCY = "mukdahan-police"


class Net:
    """A detector that is no marker reader: the example's markers are its boat and people.

    It is sure of boats, hardly of people, and sees ghosts that come and go.
    """

    name, version, weights_sha256 = "net", "1", "7" * 64
    labels = ("boat", "person", "vehicle")
    label_map = MappingProxyType({})
    least_score = MappingProxyType({"boat": 0.3, "person": 0.3, "vehicle": 0.3})
    wants_gsd = False

    def __init__(self) -> None:
        self._markers = REAL_MAKE("aruco", {})
        self._looks = 0

    def detect(self, image_bgr, gsd_m=None) -> Detections:
        self._looks += 1
        found = self._markers.detect(image_bgr)
        numbers = [int(number) for number in found.label_id]
        rows = [row for row, number in enumerate(numbers) if number in NAMES]
        names = [NAMES[numbers[row]] for row in rows]
        boxes, anchors = found.xyxy_px[rows], found.anchor_px[rows]
        if self._looks % 40 == 7:
            boxes = np.vstack([boxes, [[600, 300, 640, 330]]])
            anchors = np.vstack([anchors, [[620, 315]]])
            names.append("vehicle")
        return Detections(
            boxes,
            np.array([self.labels.index(name) for name in names], np.int64),
            np.array([{"boat": 0.9, "person": 0.33}.get(name, 0.8) for name in names], np.float32),
            anchors,
            self.labels,
            (None,) * len(names),
            self.name,
            self.version,
        )


class Agrees(Net):
    """A second model that sees a boat everywhere."""

    name = "agrees"

    def detect(self, image_bgr, gsd_m=None) -> Detections:
        height, width = image_bgr.shape[:2]
        box = np.array([[0, 0, width, height]], np.float32)
        ids, score = np.array([0], np.int64), np.array([0.8], np.float32)
        return Detections(box, ids, score, box[:, :2], self.labels, (None,), self.name, self.version)


@pytest.fixture(scope="module")
def flights(example, tmp_path_factory) -> Path:
    """A site, a flight of it by ``net``, one with a second model that agrees, and a drill with markers."""
    folder = tmp_path_factory.mktemp("field")
    text = (example / "site.toml").read_text().replace("camera.toml", str(example / "camera.toml"))
    (folder / "site.toml").write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        nets = {"net": Net, "agrees": Agrees}
        patch.setattr(prepare, "make_detector", lambda n, o: nets[n]() if n in nets else REAL_MAKE(n, o))
        for out, detector, second in (("net", "net", None), ("sure", "net", "agrees"), ("drill", None, None)):
            request = ReplayRequest(
                telemetry=example / "capture.tlog",
                video=example / "video.mp4",
                site=folder / "site.toml",
                out=folder / out,
                detector=detector,
                second_look=second,
                keep_doubtful=6 if out == "net" else 0,
            )
            replay(request, Silent())
    return folder


def answer(droneops, flights: Path, tmp_path: Path, replayed: str, *answers: tuple[str, str]) -> Path:
    """A site whose outbox got the replay's alerts, and these words on the first: (agency, action)."""
    site = tmp_path / "site.toml"
    text = (flights / "site.toml").read_text().replace('[routing]\ndefault = "mukdahan-police"\n', "")
    site.write_text(text + '\n[[agency]]\nid = "forest"\n')
    done = droneops("outbox", "put", site, flights / replayed / "alerts.jsonl")
    assert done.status == 0, done.stderr
    with Outbox.open(tmp_path / "var" / "outbox.sqlite", lambda: 1) as box:
        first = next(iter(box.alerts()))
        for number, (agency, action) in enumerate(answers):
            raw = make_receipt(
                {"id": first.id, "sha256": first.sha256},
                action,
                receipt_id=f"00000000-0000-4000-8000-00000000000{number}",
                agency=agency,
                at_us=1_000_000 * number,
                by="Officer Somchai",
                note="a rock",
            )
            assert box.receipt(parse_receipt(raw, agency, None), 5).outcome == "applied"
    return site


def exported(droneops, out: Path, *sources: object) -> tuple[dict, dict]:
    """The set's description, and what the command said of it."""
    done = droneops("evidence", "labels", *sources, "--out", out, "--json")
    assert done.status == 0, done.stderr
    assert "Somchai" not in (out / "instances.json").read_text(), "officers' names stay in the outbox"
    return json.loads((out / "instances.json").read_text()), json.loads(done.stdout)


def name_of(coco: dict, annotation: dict) -> str:
    return next(c["name"] for c in coco["categories"] if c["id"] == annotation["category_id"])


def answered_picture(coco: dict, out: Path) -> tuple[dict, list[dict]]:
    """The one picture of an alert, which is there in its stated size, and its boxes."""
    (image,) = [i for i in coco["images"] if i["kind"] != "doubtful"]
    pixels = cv2.imread(str(out / "images" / image["file_name"]))
    assert pixels.shape[:2] == (image["height"], image["width"])
    return image, [a for a in coco["annotations"] if a["image_id"] == image["id"]]


def test_a_dismissed_alert_is_a_hard_negative_of_the_label_that_a_person_called_false(
    droneops, flights, tmp_path
) -> None:
    site = answer(droneops, flights, tmp_path, "net", (AGENCY, "dismissed"))
    coco, told = exported(droneops, tmp_path / "set", site, flights / "net")
    image, boxes = answered_picture(coco, tmp_path / "set")
    assert (image["kind"], image["labelled_classes"], image["licence"]) == (
        "dismissed",
        ["boat"],
        "site's own",
    )
    assert [item["label"] for item in image["dismissed"]] == ["boat"]
    assert not [box for box in boxes if name_of(coco, box) == "boat"]
    assert all(box["iscrowd"] == 1 and box["suggested"] for box in boxes)
    assert image["answers"] == [
        {"agency": AGENCY, "action": "dismissed", "at": "1970-01-01T00:00:00.000000Z", "note": "a rock"}
    ]
    assert (told["dismissed"], told["doubtful"], told["left_out"]) == (1, 6, {})


def test_an_acknowledged_alert_is_a_positive_and_says_nothing_of_other_boats(
    droneops, flights, tmp_path
) -> None:
    site = answer(droneops, flights, tmp_path, "net", (AGENCY, "acknowledged"))
    coco, told = exported(droneops, tmp_path / "set", site, flights / "net")
    image, boxes = answered_picture(coco, tmp_path / "set")
    (stated,) = [box for box in boxes if not box["suggested"]]
    assert (name_of(coco, stated), stated["iscrowd"], image["labelled_classes"]) == ("boat", 0, [])
    assert AGENCY in image["source"]
    x, y, width, height = stated["bbox"]
    part = cv2.imread(str(tmp_path / "set" / "images" / image["file_name"]), cv2.IMREAD_GRAYSCALE)
    inside = part[int(y) : int(y + height) + 1, int(x) : int(x + width) + 1]
    assert np.ptp(inside) > 100, "the box holds the marker, black on white"
    assert told["stated_boxes"] == 1


@pytest.mark.parametrize(
    ("replayed", "answers"),
    [
        ("net", ((AGENCY, "dismissed"), ("forest", "acknowledged"))),
        ("sure", ((AGENCY, "dismissed"),)),
    ],
    ids=["two-agencies-say-otherwise", "the-second-model-had-agreed"],
)
def test_nothing_is_learned_in_a_box_that_is_contested(
    droneops, flights, tmp_path, replayed, answers
) -> None:
    site = answer(droneops, flights, tmp_path, replayed, *answers)
    coco, _ = exported(droneops, tmp_path / "set", site, flights / replayed)
    image, boxes = answered_picture(coco, tmp_path / "set")
    assert image["labelled_classes"] == []
    assert {box["iscrowd"] for box in boxes if name_of(coco, box) == "boat"} == {1}


def test_an_agency_that_thinks_again_has_its_last_word(droneops, flights, tmp_path) -> None:
    site = answer(droneops, flights, tmp_path, "net", (AGENCY, "dismissed"), (AGENCY, "acknowledged"))
    _, told = exported(droneops, tmp_path / "set", site, flights / "net")
    assert (told["acknowledged"], told["dismissed"], told["contested"]) == (1, 0, 0)


def test_drill_markers_and_answers_without_a_picture_are_left_out_and_counted(
    droneops, flights, tmp_path
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    drill = answer(droneops, flights, tmp_path / "a", "drill", (AGENCY, "dismissed"))
    alone = answer(droneops, flights, tmp_path / "b", "net", (AGENCY, "dismissed"))
    coco, told = exported(droneops, tmp_path / "set", drill, flights / "drill", alone)
    assert (coco["images"], told["left_out"]) == ([], {"drill_markers": 1, "no_picture": 1})
    done = droneops("evidence", "labels", alone, "--out", tmp_path / "again")
    assert "give the folder of the replay" in done.stdout


def test_the_picture_of_an_outbox_alone_says_what_is_not_in_it(droneops, flights, tmp_path) -> None:
    with zipfile.ZipFile(next((flights / "net" / "evidence").glob("*.zip"))) as bundle:
        jpeg = bundle.read("snapshot.jpg")
    raw = (flights / "net" / "alerts.jsonl").read_bytes().splitlines()[0]
    with Outbox.open(tmp_path / "var" / "outbox.sqlite", lambda: 1) as box:
        box.put([replace(new_alert(raw, load_site(flights / "site.toml"), lambda _: None), picture=jpeg)])
    site = answer(droneops, flights, tmp_path, "net", (AGENCY, "dismissed"))
    coco, _ = exported(droneops, tmp_path / "set", site)
    image, boxes = answered_picture(coco, tmp_path / "set")
    assert (image["labelled_classes"], boxes, image["dismissed"][0]["bbox"]) == (["boat"], [], None)
    assert (tmp_path / "set" / "images" / image["file_name"]).read_bytes() == jpeg


def test_doubtful_frames_are_a_bounded_sample_the_same_each_time_with_nothing_stated(
    droneops, flights, tmp_path
) -> None:
    kept = (flights / "net" / "doubtful" / "frames.jsonl").read_text().splitlines()
    assert len(kept) == 6
    doubts = [json.loads(line)["doubts"] for line in kept]
    assert {doubt for found in doubts for doubt in found} == {"near_threshold", "never_believed"}
    assert all(doubts)
    coco, _ = exported(droneops, tmp_path / "set", flights / "net")
    assert {image["kind"] for image in coco["images"]} == {"doubtful"}
    assert all(image["labelled_classes"] == [] for image in coco["images"])
    assert coco["annotations"]
    assert all(box["iscrowd"] and box["suggested"] for box in coco["annotations"])
    done = droneops(
        "evidence", "labels", flights / "net", "--out", tmp_path / "two", "--doubtful", 2, "--json"
    )
    assert json.loads(done.stdout)["doubtful"] == 2
    assert not (flights / "sure" / "doubtful").exists(), "nothing is kept that was not asked for"


def test_a_damaged_bundle_and_a_source_that_is_none_are_named(droneops, flights, tmp_path) -> None:
    bad = tmp_path / "bad"
    (bad / "evidence").mkdir(parents=True)
    (bad / "alerts.jsonl").touch()
    raw = next((flights / "net" / "evidence").glob("*.zip")).read_bytes()
    (bad / "evidence" / "x.zip").write_bytes(raw[: len(raw) // 2])
    done = droneops("evidence", "labels", bad, "--out", tmp_path / "set")
    assert (done.status, "x.zip: is no bundle" in done.error) == (2, True)
    assert not (tmp_path / "set").exists()
    done = droneops("evidence", "labels", tmp_path / "nothing", "--out", tmp_path / "set")
    assert (done.status, "neither a site nor a replay" in done.error) == (2, True)
