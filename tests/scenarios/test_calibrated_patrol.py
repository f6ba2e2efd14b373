"""A recorded patrol over targets: what `droneops calibrate` makes of it, and what it refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from droneops.camera_file import load_camera

EXAMPLE = Path(__file__).parents[2] / "examples" / "park-patrol"
TO = "2026-11-20T10:08:10Z"


def _arguments(out: Path, **changes: object) -> list[object]:
    given = {
        "telemetry": EXAMPLE / "capture.tlog",
        "video": EXAMPLE / "video.mp4",
        "camera": EXAMPLE / "camera.toml",
        "targets": EXAMPLE / "targets.csv",
        "out": out,
    } | changes
    return [part for name, value in given.items() for part in (f"--{name.replace('_', '-')}", value)]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "calibrated.toml"


def test_the_example_gives_a_camera_file_that_puts_targets_nearer(droneops, out: Path):
    outcome = droneops("calibrate", *_arguments(out, to=TO), "--json")
    assert outcome.status == 0, outcome.stderr
    told = json.loads(outcome.stdout)
    before, after, left_out = (told["ground"][name] for name in ("before", "after", "left_out"))
    assert after["median_m"] < 0.5 * before["median_m"]
    assert left_out["median_m"] < 0.6 * before["median_m"]
    assert after["median_ce90_m"] < 0.3 * before["median_ce90_m"]
    assert told["ce90_holds"]
    assert any("cannot tell the heading from the mount" in text for text in outcome.warnings)
    given, found = load_camera(EXAMPLE / "camera.toml"), load_camera(out)
    assert (found.name, found.lens.width_px, found.mount.kind) == (
        given.name,
        given.lens.width_px,
        given.mount.kind,
    )
    assert found.mount.lever_arm_m == given.mount.lever_arm_m
    assert found.lens.distortion[2:] == given.lens.distortion[2:]
    assert found.sigma.heading_rad < given.sigma.heading_rad
    text = out.read_text()
    assert "capture.tlog" in text and "2026-11-20T10:07:30" in text and "droneops 0" in text


def test_a_camera_file_is_never_written_over(droneops, tmp_path: Path):
    camera = tmp_path / "camera.toml"
    shutil.copy(EXAMPLE / "camera.toml", camera)
    before = camera.read_bytes()
    outcome = droneops("calibrate", *_arguments(camera, camera=camera))
    assert outcome.status == 2
    assert "exists already" in outcome.error
    assert camera.read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"to": "2026-11-20T10:07:31Z"}, 1, "30 are needed"),
        ({"from": TO, "to": "2026-11-20T10:07:31Z"}, 2, "--from is not before --to"),
        (
            {"from": "2026-11-20T10:09:30Z"},
            2,
            "is after the video, which runs from 2026-11-20T10:07:30.400000Z to",
        ),
        ({"to": "2026-11-20T10:07:00Z"}, 2, "--to 2026-11-20T10:07:00Z is before the video"),
        ({"from": "yesterday"}, 2, "--from: 'yesterday' is not a time"),
        ({"targets": EXAMPLE / "site.toml"}, 2, "no column 'id'"),
        ({"targets": EXAMPLE / "absent.csv"}, 2, "cannot be read"),
        ({"camera": EXAMPLE / "site.toml"}, 2, "site.toml"),
        ({"video_start": "2026-11-20T15:00:00Z"}, 2, "has positions only"),
    ],
)
def test_what_cannot_be_is_refused_and_leaves_no_file(
    droneops, out: Path, changes: dict[str, object], status: int, words: str
):
    outcome = droneops("calibrate", *_arguments(out, **changes))
    assert outcome.status == status, outcome.stderr
    assert words in outcome.error
    assert not out.exists()


def test_targets_that_are_not_there_are_named(droneops, out: Path, tmp_path: Path):
    targets = tmp_path / "targets.csv"
    targets.write_text("id,lat,lon,alt_msl\n49,16.44,104.75,212\n")
    outcome = droneops("calibrate", *_arguments(out, targets=targets, to="2026-11-20T10:07:36Z"))
    assert outcome.status == 1
    assert "no target in" in outcome.error and "markers seen: " in outcome.error
    assert not out.exists()


def test_a_video_start_that_is_wrong_is_found_from_the_videos_motion(droneops, out: Path):
    # The clock of the file is right: a start 1.5 s too late must come out as -1.5 s, 15 sigmas of the file's.
    start = {"video_start": "2026-11-20T10:07:31.900Z", "video_offset": "auto"}
    outcome = droneops("calibrate", *_arguments(out, **start, to=TO), "--json")
    assert outcome.status == 0, outcome.stderr
    assert not any("cannot tell" in text and "--video-offset" in text for text in outcome.warnings)
    assert load_camera(out).bias.time_offset_s == pytest.approx(-1.5, abs=0.05)
    assert json.loads(outcome.stdout)["ground"]["after"]["median_m"] < 0.6


def test_across_a_gap_of_the_link_no_look_is_used(droneops, out: Path, shared: Path):
    flight = shared / "flights" / "faults"
    files = {
        "telemetry": flight / "capture.tlog",
        "video": flight / "video.mp4",
        "camera": flight / "camera.toml",
        "targets": flight / "targets.csv",
    }
    outcome = droneops("calibrate", *_arguments(out, **files, system_id=1), "--json")
    assert outcome.status == 0, outcome.stderr
    told = json.loads(outcome.stdout)
    assert told["looks_without_pose"] > 0
    assert told["ground"]["after"]["p95_m"] < 1.3
    assert told["ce90_holds"]


def _mistyped(path: Path, mend) -> Path:
    header, *lines = (EXAMPLE / "targets.csv").read_text().splitlines()
    path.write_text("\n".join([header, *(",".join(mend(line.split(","))) for line in lines)]) + "\n")
    return path


def test_a_mistyped_target_is_named_with_its_distance_and_the_rest_is_used(droneops, out: Path, tmp_path):
    def mend(fields):
        if fields[0] == "9":
            fields[1] = f"{float(fields[1]) + 1:.8f}"
        return fields

    targets = _mistyped(tmp_path / "targets.csv", mend)
    outcome = droneops("calibrate", *_arguments(out, targets=targets, to=TO), "--json")
    assert outcome.status == 0, outcome.stderr
    (told,) = [text for text in outcome.warnings if "target 9" in text]
    assert "km from the flight that saw it: left out; correct it in" in told
    assert json.loads(outcome.stdout)["ce90_holds"]


def test_a_table_in_feet_is_refused_with_the_mend(droneops, out: Path, tmp_path):
    targets = _mistyped(tmp_path / "targets.csv", lambda f: [*f[:3], f"{float(f[3]) / 0.3048:.1f}", *f[4:]])
    outcome = droneops("calibrate", *_arguments(out, targets=targets, to="2026-11-20T10:07:36Z"))
    assert outcome.status == 2
    assert "above the drone" in outcome.error and "metres, not feet" in outcome.error
    assert not out.exists()
