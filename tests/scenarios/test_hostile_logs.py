"""Damage at sampled places of real logs of every format: one line of error or a track, and nothing else.

These logs have up to 200,000 bytes, of which some hundred are tried with one kind of change each; every byte
of a small .tlog is tried in tests/unit/telemetry/test_hostile_tlog.py.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from droneops.errors import InputError, UsageError
from droneops.telemetry.log import read_pose_track
from droneops.telemetry.pose_track import PoseTrack
from droneops.types import Pose

DATA = Path(__file__).parents[3] / "shared" / "data"

# Each log with how much of its start is read, and how many places are tried.
LOGS = [
    ("logs/pymavlink_test.BIN", 65_536, 60),
    ("logs/px4_sample_log_small.ulg", 200_000, 60),
    ("video/dji_srt/air2s.srt", 5_000, 400),
    ("video/dji_srt/mavic_air2.srt", 7_000, 150),
    ("video/h264_klv.ts", 110_000, 60),
    ("logs/khanfar_mixed_v1_v2.tlog", 40_000, 60),
]
HERE = [log for log in LOGS if (DATA / log[0]).is_file()]
each_log = pytest.mark.parametrize(
    ("name", "size", "places"), HERE or [pytest.param("", 0, 0, marks=pytest.mark.skip("no ../shared/data"))]
)

CHANGES: list[Callable[[int], int]] = [
    lambda _: 0x00,
    lambda _: 0xFF,
    lambda _: 0xFD,
    lambda _: 0xFE,
    lambda byte: byte ^ 0x01,
    lambda byte: byte ^ 0x80,
]


def spread(size: int, places: int, rng: random.Random) -> Iterator[int]:
    """Half of the places in the first two thousand bytes, which describe the rest, half anywhere."""
    for turn in range(places):
        yield rng.randrange(min(size, 2000) if turn % 2 else size)


def read(path: Path) -> PoseTrack | None:
    """The track, or None where the file is refused in one line."""
    try:
        return read_pose_track(path, drone_id="d", system_id=None)
    except (InputError, UsageError) as error:
        assert str(path) in str(error)
        assert "\n" not in str(error)
        return None


def assert_sound(track: PoseTrack | None) -> None:
    """Every pose that it gives can be worked with."""
    if track is None or track.first_us is None or track.last_us is None:
        return
    for k in range(21):
        pose = track.at(track.first_us + (track.last_us - track.first_us) * k // 20)
        if isinstance(pose, Pose):
            assert all(map(math.isfinite, (pose.lat_deg, pose.lon_deg, pose.alt_msl_m, pose.age_s)))
            assert abs(pose.lat_deg) <= 90
            assert abs(pose.lon_deg) <= 180
            assert math.isclose(math.hypot(*pose.ned_from_body), 1, abs_tol=1e-6)


@each_log
def test_each_log_gives_a_track_as_it_is(shared, tmp_path, name, size, places) -> None:
    path = tmp_path / Path(name).name
    path.write_bytes((shared / name).read_bytes()[:size])
    track = read(path)
    assert track is not None
    assert len(track.path().time_us) > 0


@each_log
def test_one_wrong_byte_gives_a_track_or_one_line(shared, tmp_path, name, size, places) -> None:
    whole = (shared / name).read_bytes()[:size]
    path = tmp_path / Path(name).name
    rng = random.Random(name)  # noqa: S311 - test data, not a secret
    for turn, at in enumerate(spread(len(whole), places, rng)):
        data = bytearray(whole)
        data[at] = CHANGES[turn % len(CHANGES)](data[at])
        path.write_bytes(data)
        assert_sound(read(path))


@each_log
def test_a_cut_gives_a_track_or_one_line(shared, tmp_path, name, size, places) -> None:
    whole = (shared / name).read_bytes()[:size]
    path = tmp_path / Path(name).name
    rng = random.Random(name)  # noqa: S311 - test data, not a secret
    for cut in [0, 1, 2, 7, 16, *spread(len(whole), places // 2, rng)]:
        path.write_bytes(whole[:cut])
        assert_sound(read(path))


@each_log
def test_a_burst_of_noise_gives_a_track_or_one_line(shared, tmp_path, name, size, places) -> None:
    whole = (shared / name).read_bytes()[:size]
    path = tmp_path / Path(name).name
    rng = random.Random(name)  # noqa: S311 - test data, not a secret
    for at in spread(len(whole), places // 3, rng):
        noise = rng.randbytes(rng.randrange(1, 400))
        path.write_bytes(whole[:at] + noise + whole[at + len(noise) :])
        assert_sound(read(path))
