"""The live demonstration's site: the shipped one, on this machine's free ports, and an exercise."""

from __future__ import annotations

from pathlib import Path

import pytest

from droneops.config import load_site
from droneops.demo.stage import rehearsals, set_stage, site_text
from droneops.errors import InputError
from droneops.simulation.scenario import load_scenario


def test_everything_that_leaves_is_an_exercise_and_stays_on_this_machine(tmp_path: Path) -> None:
    stage = set_stage(tmp_path / "demo", 40_001)
    site = load_site(stage.site).file
    assert site.site.status == "exercise"
    assert site.broker is not None
    assert (site.broker.url, site.broker.protocol) == ("mqtt://127.0.0.1:40001", "3.1.1")
    assert site.drone[0].telemetry == f"udpin:{stage.telemetry}"
    assert site.drone[0].camera[0].video == f"rtsp://{stage.rtsp}/patrol-1"
    assert site.metrics.bind == ""


def test_a_site_file_that_has_lost_an_address_is_refused() -> None:
    shipped = (rehearsals() / "site.toml").read_text(encoding="utf-8")
    with pytest.raises(InputError, match="rtsp"):
        site_text(shipped.replace("rtsp://127.0.0.1:8554", "rtsp://drone"), "a:1", "a:2", "a:3")


@pytest.mark.parametrize("path", sorted(rehearsals().glob("*-*.toml")), ids=lambda path: path.stem)
def test_every_shipped_scenario_can_be_read(path: Path) -> None:
    assert load_scenario(path).file.name == path.stem
