"""A second model looks at what raises an incident: it is told whether it agreed, and it silences nothing."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

import jsonschema
import numpy as np
import pytest
from silent import Silent

from detectors import Detections
from droneops.app import replay
from droneops.delivery.alert import read_alert
from droneops.errors import ConfigError
from droneops.replay import prepare
from droneops.replay.request import ReplayRequest

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schemas/alert-1.schema.json").read_text())
LABELS = ("boat", "vehicle", "person")
REAL_MAKE = prepare.make_detector


class Says:
    """A second model that sees ``label`` all over each picture, or nothing, or fails."""

    weights_sha256 = "5" * 64
    label_map = MappingProxyType({})
    version = "1"
    wants_gsd = False

    def __init__(self, name: str, label: str | None, labels: tuple[str, ...] = LABELS) -> None:
        self.name, self.labels, self._label = name, labels, label
        self.shapes: list[tuple[int, ...]] = []

    def detect(self, image_bgr, gsd_m=None) -> Detections:
        self.shapes.append(image_bgr.shape)
        if self._label == "!":
            raise RuntimeError("out of memory")
        height, width = image_bgr.shape[:2]
        rows = [] if self._label is None else [[0.0, 0.0, float(width), float(height)]]
        number = len(rows)
        return Detections(
            np.array(rows, np.float32).reshape(-1, 4),
            np.array([self.labels.index(self._label)] * number, np.int64)
            if number
            else np.empty(0, np.int64),
            np.full(number, 0.75, np.float32),
            np.zeros((number, 2), np.float32),
            self.labels,
            (None,) * number,
            self.name,
            self.version,
        )


SECONDS: dict[str, Callable[[], Says]] = {
    "sees-boat": lambda: Says("sees-boat", "boat"),
    "sees-nothing": lambda: Says("sees-nothing", None),
    "sees-vehicle": lambda: Says("sees-vehicle", "vehicle"),
    "fails": lambda: Says("fails", "!"),
    "knows-no-boat": lambda: Says("knows-no-boat", None, ("vehicle",)),
}


@pytest.fixture
def seconds(monkeypatch) -> dict[str, Says]:
    """The second models that were made, by name."""
    made: dict[str, Says] = {}

    def make(name, options):
        if name not in SECONDS:
            return REAL_MAKE(name, options)
        made[name] = SECONDS[name]()
        return made[name]

    monkeypatch.setattr(prepare, "make_detector", make)
    return made


def flown(example: Path, out: Path, second: str | None) -> Silent:
    listener = Silent()
    replay(
        ReplayRequest(
            telemetry=example / "capture.tlog",
            video=example / "video.mp4",
            site=example / "site.toml",
            out=out,
            second_look=second,
            looks_per_second=1.0,
        ),
        listener,
    )
    return listener


def alerts(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / "alerts.jsonl").read_text().splitlines()]


def said(alert: dict) -> dict:
    return alert["provenance"]["second_look"]


def test_what_it_says_is_told_everywhere_and_no_alert_is_lost_or_late(example, tmp_path, seconds) -> None:
    flown(example, tmp_path / "alone", None)
    alone = alerts(tmp_path / "alone")
    assert all("second_look" not in alert["provenance"] for alert in alone)
    wanted = {
        "sees-boat": ("agreed", None, "boat", 0.75, "observed"),
        "sees-nothing": ("disagreed", "nothing_there", None, None, "likely"),
        "sees-vehicle": ("disagreed", "another_label", "vehicle", 0.75, "likely"),
        "fails": ("could_not_tell", "model_failed", None, None, "observed"),
        "knows-no-boat": ("could_not_tell", "label_unknown", None, None, "observed"),
    }
    for name, (answer, reason, label, score, certainty) in wanted.items():
        out = tmp_path / name
        listener = flown(example, out, name)
        told = alerts(out)
        assert [(a["sent"], a["event"], a["subjects"], a["severity"]) for a in told] == [
            (a["sent"], a["event"], a["subjects"], a["severity"]) for a in alone
        ]
        assert read_alert(json.dumps(told[0], ensure_ascii=False).encode())
        jsonschema.validate(told[0], SCHEMA)
        assert said(told[0]) == {
            "detector": f"{name} 1",
            "weights_sha256": "5" * 64,
            "answer": answer,
            "reason": reason,
            "label": label,
            "score": score,
        }
        assert said(told[-1]) == said(told[0]), "an update repeats what was said when it was raised"
        assert (alone[0]["certainty"], told[0]["certainty"]) == ("observed", certainty)
        assert ("second check" in told[0]["instruction"]["en"]) == (answer in ("agreed", "disagreed"))
        summary = json.loads((out / "summary.json").read_text())
        assert summary["second_look"]["answers"][answer] == 1
        assert list(summary["second_look"]["incidents"]) == [told[0]["incident_id"]]
        with zipfile.ZipFile(next((out / "evidence").glob("*.zip"))) as bundle:
            assert json.loads(bundle.read("manifest.json"))["second_look"]["answer"] == answer
        assert answer.replace("_", " ") in (out / "report.html").read_text()
        assert any("out of memory" in text for text in listener.warnings) == (name == "fails")


def test_it_gets_one_crop_for_each_raise_and_two_replays_are_the_same_bytes(
    example, tmp_path, seconds
) -> None:
    flown(example, tmp_path / "a", "sees-boat")
    assert seconds["sees-boat"].shapes == [(640, 640, 3)]
    flown(example, tmp_path / "b", "sees-boat")
    for name in ("alerts.jsonl", "sightings.jsonl"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    bundles = [sorted((tmp_path / run / "evidence").iterdir()) for run in "ab"]
    assert [path.read_bytes() for path in bundles[0]] == [path.read_bytes() for path in bundles[1]]


def test_the_site_file_names_it_for_a_drone(example, tmp_path, seconds) -> None:
    site = tmp_path / "site.toml"
    text = (example / "site.toml").read_text().replace("camera.toml", str(example / "camera.toml"))
    site.write_text(text.replace('detector = "aruco"', 'detector = "aruco"\nsecond_look = "sees-nothing"'))
    request = ReplayRequest(
        telemetry=example / "capture.tlog",
        video=example / "video.mp4",
        site=site,
        out=tmp_path / "out",
        looks_per_second=1.0,
    )
    replay(request, Silent())
    assert said(alerts(tmp_path / "out")[0])["answer"] == "disagreed"


def test_a_second_model_that_is_not_there_is_known_before_the_flight(example, tmp_path) -> None:
    with pytest.raises(ConfigError, match="no detector 'large'"):
        flown(example, tmp_path / "out", "large")
    assert not (tmp_path / "out").exists()
