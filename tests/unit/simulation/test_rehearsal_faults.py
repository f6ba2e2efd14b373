"""Faults of a rehearsal: each is in the files as the script says, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from rehearsal_scene import SCENARIO, write_scenario

from droneops.simulation.record import record
from droneops.simulation.scenario import load_scenario
from droneops.telemetry.tlog import read_tlog

# Frames at 5 a second: black is 2 to 4, frozen 6 to 8, nothing comes for 10 to 12, defocused is 14 to 16.
FAULTS = "".join(
    f'[[drone.fault]]\nkind = "{kind}"\nfrom_s = {begin}\nto_s = {end}\n'
    for kind, begin, end in (
        ("black", 0.4, 1.0),
        ("frozen", 1.2, 1.8),
        ("stall", 2.0, 2.6),
        ("defocused", 2.8, 3.4),
        ("link", 1.0, 3.0),
    )
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("faults")
    record(load_scenario(write_scenario(folder, SCENARIO + FAULTS)), folder / "out", lambda *_: None)
    return folder / "out"


@pytest.fixture(scope="module")
def film(folder: Path) -> dict[int, np.ndarray]:
    """Pictures by the number of their frame."""
    with av.open(str(folder / "video.mp4")) as video:
        return {
            round(float(frame.pts * frame.time_base) * 5): frame.to_ndarray(format="gray").astype(float)
            for frame in video.decode(video=0)
        }


def detail(picture: np.ndarray) -> float:
    return float(np.abs(np.diff(picture, axis=1)).mean())


def test_a_stalled_stream_leaves_a_gap_in_the_film(film: dict[int, np.ndarray]) -> None:
    assert sorted(film) == [n for n in range(20) if n not in (10, 11, 12)]


def test_black_frames_are_black_and_no_others(film: dict[int, np.ndarray]) -> None:
    assert [n for n in sorted(film) if film[n].mean() < 30] == [2, 3, 4]


def test_a_frozen_picture_does_not_change_and_others_do(film: dict[int, np.ndarray]) -> None:
    frozen = [n for n in range(1, 10) if np.abs(film[n] - film[n - 1]).mean() < 1.0]
    assert {6, 7, 8} <= set(frozen) <= {3, 4, 6, 7, 8}


def test_a_defocused_picture_has_lost_its_detail(film: dict[int, np.ndarray]) -> None:
    assert max(detail(film[n]) for n in (14, 15, 16)) < 0.5 * min(detail(film[n]) for n in (13, 17, 18))


def test_a_lost_link_carries_nothing_meanwhile(folder: Path) -> None:
    log = read_tlog(folder / "flight.tlog")
    start_us = load_scenario(folder.parent / "small.toml").start_us
    stamps_s = (log.table("ATTITUDE").stamp_us - start_us) / 1e6
    assert not ((stamps_s >= 1.0) & (stamps_s < 3.0)).any()
    assert ((stamps_s >= 0.0) & (stamps_s < 1.0)).sum() == 20
