"""A video whose clock runs fast or slow: the offset grows during the flight."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from droneops.camera_file import load_camera
from droneops.geo.camera import Camera
from droneops.geo.locate import Ground
from droneops.sync.motion import MotionCounts, MotionPair, measure, small_grey
from droneops.sync.offset import OffsetEstimate, estimate_offset
from droneops.telemetry.pose_track import PoseTrack, build_pose_track
from droneops.telemetry.tlog import read_tlog
from droneops.telemetry.vehicles import choose_vehicle
from droneops.types import Sigma
from droneops.video import VideoFile, video_start

TIME_BASE = Fraction(1, 1_000_000)


@dataclass(frozen=True)
class Flight:
    """The example's poses, its lens, and the motion measured in its video."""

    poses: PoseTrack
    lens: Camera
    start_us: int
    pairs: list[MotionPair]

    def estimate(self, rate: float) -> OffsetEstimate:
        """The offset found where the video's clock gains ``rate`` seconds in a second."""
        pairs = [
            replace(pair, from_us=self.gained(pair.from_us, rate), to_us=self.gained(pair.to_us, rate))
            for pair in self.pairs
        ]
        found = estimate_offset(pairs, self.poses, self.lens, Ground(None, Sigma(10.0, "assumed")))
        assert isinstance(found, OffsetEstimate), found
        return found

    def gained(self, time_us: int, rate: float) -> int:
        return time_us + round((time_us - self.start_us) * rate)


@pytest.fixture(scope="module")
def flight(example: Path) -> Flight:
    log = read_tlog(example / "capture.tlog")
    poses = build_pose_track(log, choose_vehicle(log, None), drone_id="d")
    start = video_start(example / "video.mp4")
    with VideoFile(
        example / "video.mp4", drone_id="d", camera_id="eo", start=start, looks_per_second=10
    ) as video:
        pairs = list(measure(map(small_grey, video.frames()), MotionCounts()))
    return Flight(poses, load_camera(example / "camera.toml"), start.start_us, pairs)


def stretched(source: Path, target: Path, rate: float) -> Path:
    """A copy of a video, beside its sidecar, whose clock gains ``rate`` seconds in a second."""
    shutil.copy(source.with_suffix(".json"), target.with_suffix(".json"))
    with av.open(str(source)) as whole, av.open(str(target), "w") as copy:
        stream = whole.streams.video[0]
        same = copy.add_stream_from_template(stream)
        same.time_base = TIME_BASE
        for packet in whole.demux(stream):
            if packet.dts is None:
                continue
            stretch = Fraction(str(1 + rate)) * packet.time_base / TIME_BASE
            packet.pts, packet.dts = round(packet.pts * stretch), round(packet.dts * stretch)
            packet.time_base, packet.stream = TIME_BASE, same
            copy.mux(packet)
    return target


def test_a_drift_that_grows_during_the_flight_is_told_and_widens_the_error(
    example, droneops, tmp_path
) -> None:
    video = stretched(example / "video.mp4", tmp_path / "video.mp4", 2e-3)
    files = ("--telemetry", example / "capture.tlog", "--video", video, "--camera", example / "camera.toml")
    outcome = droneops(
        "replay", *files, "--looks-per-second", "0.2", "--video-offset", "auto", "--out", tmp_path / "out"
    )
    assert outcome.status == 0, outcome.stderr
    (drift,) = [text for text in outcome.warnings if "drifts" in text]
    # A clock that gains needs an offset that falls.
    assert float(drift.split("drifts by ")[1].split(" ms")[0]) == pytest.approx(-2.0, abs=0.3)
    time = json.loads((tmp_path / "out" / "summary.json").read_text())["video"]
    # 100 ms over the 50 s: at the ends 50 ms from the one offset, which is the middle's.
    assert time["offset_s"] == pytest.approx(-0.05, abs=0.02)
    assert time["time_sigma_s"] > 0.05


def test_the_rate_of_a_clock_that_loses_and_the_offset_in_the_middle_are_found(flight) -> None:
    rate = -2.5e-3
    found = flight.estimate(rate)
    assert found.drift_s_per_s == pytest.approx(-rate, abs=3e-4)
    middle_s = (found.at_us - flight.start_us) / 1e6
    assert found.seconds == pytest.approx(-middle_s * rate, abs=0.02)


@pytest.mark.parametrize("rate", [-0.4e-3, 1e-3])
def test_a_drift_too_small_to_be_sure_of_is_not_claimed_and_the_error_allows_for_it(flight, rate) -> None:
    found = flight.estimate(rate)
    assert found.drift_s_per_s is None
    furthest_s = max(abs(found.seconds), abs(found.seconds + 50 * rate))
    assert furthest_s < 2.2 * found.sigma_s


def test_a_clock_that_keeps_time_has_no_drift_and_costs_no_certainty(flight) -> None:
    found = flight.estimate(0.0)
    assert found.drift_s_per_s is None
    assert found.seconds == pytest.approx(0.0, abs=0.01)
    assert found.sigma_s < 0.016
