"""A tracker that was put down and taken up says the same as one that went on, to the last bit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from droneops.fleet.tracker_file import EVERY_S, TrackerFile
from droneops.fleet.tracker_state import tracker_from_record, tracker_to_record
from droneops.incidents.records import track_to_record
from droneops.tracking.tracker import Tracker
from droneops.types import GroundPoint, Sighting, read_only

BEGIN_US = 1_700_000_000_000_000


def sightings(look: int) -> list[Sighting]:
    """Two people who walk, and now and then a third thing."""
    chance = np.random.default_rng(look)
    things = [(0.0, 0.3), (0.0003, 0.2)] + ([(0.0008, 0.6)] if look % 3 else [])
    return [
        Sighting(
            drone_id="p",
            time_us=BEGIN_US + look * 200_000,
            index=index,
            detector_label="person",
            label="person",
            identity=None,
            score=0.6,
            bbox_px=(10.0, 10.0, 30.0, 50.0),
            point=GroundPoint(
                lat_deg=16.4 + aside_deg + look * 2e-6 * speed + chance.normal() * 3e-6,
                lon_deg=104.7,
                alt_msl_m=200.0,
                cov_m2=read_only(np.eye(2)),
                cov_common_m2=read_only(np.eye(2) * 0.25),
                ce90_m=2.0,
            ),
            pose_age_s=0.1,
        )
        for index, (aside_deg, speed) in enumerate(things)
    ]


def run(tracker: Tracker, looks: range) -> list[object]:
    said: list[object] = []
    for look in looks:
        seen = tracker.observe(sightings(look), BEGIN_US + look * 200_000)
        said.append([None if track is None else track_to_record(track) for track in seen])
    return said


def test_a_tracker_taken_up_from_json_says_the_same_as_one_that_went_on() -> None:
    whole, first = Tracker("p"), Tracker("p")
    wanted = run(whole, range(60))
    run(first, range(25))
    taken_up = tracker_from_record("p", json.loads(json.dumps(tracker_to_record(first))))
    assert run(taken_up, range(25, 60)) == wanted[25:]


def test_a_new_track_never_gets_the_name_of_an_earlier_one() -> None:
    first = Tracker("p")
    run(first, range(10))
    taken_up = tracker_from_record("p", tracker_to_record(first))
    names = {track.id for track in first.tracks}
    later = BEGIN_US + 3_600_000_000
    found = taken_up.observe(
        [Sighting(**{**_fields(item), "time_us": later}) for item in sightings(0)], later
    )
    assert not names & {track.id for track in found if track is not None}


def _fields(item: Sighting) -> dict[str, object]:
    return {name: getattr(item, name) for name in Sighting.__slots__}


def test_only_a_copy_that_the_site_has_confirmed_is_written(tmp_path: Path) -> None:
    file, tracker = TrackerFile(tmp_path / "tracker.json"), Tracker("p")
    file.note(tracker, 5, 0.0)
    file.note(tracker, 55, EVERY_S)
    file.confirmed(4)
    assert file.read("p")[1] == 0
    file.confirmed(54)
    assert file.read("p")[1] == 5
    file.confirmed(55)
    assert TrackerFile(tmp_path / "tracker.json").read("p")[1] == 55


def test_a_damaged_copy_is_as_none(tmp_path: Path) -> None:
    path = tmp_path / "tracker.json"
    path.write_text('{"seq": 3, "tracker"')
    tracker, seq = TrackerFile(path).read("p")
    assert (seq, tracker.tracks) == (0, ())
