"""Before the flight, more drones than the machine carries are told, with the estimate and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from droneops.config import load_site
from droneops.site.capacity import check_capacity, need_of

DRONE = """[[drone]]
id = "d{n}"
system_id = {n}
detector = "aruco"
[[drone.camera]]
id = "eo"
video = "rtsp://127.0.0.1:8554/d{n}"
"""


def site_of(folder: Path, drones: int):
    text = '[site]\nid = "s"\n' + "".join(DRONE.format(n=n) for n in range(1, drones + 1))
    (folder / "site.toml").write_text(text)
    return load_site(folder / "site.toml")


@pytest.fixture
def four_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(4)))


@pytest.mark.usefixtures("four_cores")
def test_fifty_drones_on_four_cores_are_a_warning_that_tells_how_many_it_carries(tmp_path) -> None:
    found = check_capacity(site_of(tmp_path, 50))
    assert found.verdict == "warning"
    assert "50 drones" in found.told
    assert "of 4 cores" in found.told
    assert "carries about" in found.told
    assert "looks_per_second" in found.mend


@pytest.mark.usefixtures("four_cores")
def test_one_drone_is_none(tmp_path) -> None:
    assert check_capacity(site_of(tmp_path, 1)).verdict == "ok"


def test_need_grows_with_the_drones(tmp_path) -> None:
    (tmp_path / "few").mkdir()
    assert need_of(site_of(tmp_path, 8)).needed > 2 * need_of(site_of(tmp_path / "few", 2)).needed
