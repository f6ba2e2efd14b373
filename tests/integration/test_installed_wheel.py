"""The built wheel and sdist, installed into an empty environment and used."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The sdist and the wheel made from it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.tar.gz")), next(folder.glob("*.whl"))


def test_wheel_and_sdist_carry_layers_models_and_static_files(built) -> None:
    sdist, wheel = built
    inside = set(zipfile.ZipFile(wheel).namelist())
    for name in (
        "geofences/layers/mekong-border.geojson",
        "geofences/layers/national-parks.geojson",
        "detectors/models/README.md",
        "droneops/replay/report/template.html",
        "droneops/replay/report/report.js",
        "droneops/replay/report/report.css",
        "droneops/examples/park-patrol/video.mp4",
        "droneops/examples/park-patrol/site.toml",
        "droneops/examples/rehearsals/site.toml",
        "droneops/examples/rehearsals/camera.toml",
        "droneops/examples/rehearsals/demo-don-tan.toml",
        "droneops/examples/rehearsals/convergence-don-tan.toml",
    ):
        assert name in inside
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert {"geofences/layers/mekong-border.geojson", "examples/park-patrol/video.mp4", "LICENSE"} <= names


@pytest.fixture(scope="module")
def installed(built, tmp_path_factory) -> Path:
    """The folder of the programs of an environment that holds the wheel."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "venv", with_pip=True)
    binaries = folder / "venv" / "bin"
    subprocess.run([binaries / "pip", "install", "--quiet", built[1]], check=True, cwd=folder)
    return binaries


def test_the_wheel_replays_the_recorded_patrol_in_an_empty_environment(installed, tmp_path) -> None:
    demo = run_demo(installed, tmp_path, "--recorded")
    assert demo.returncode == 0, demo.stderr
    assert "2 alerts received" in demo.stdout
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["counts"]["incidents"] == 1
    assert "://" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_the_wheel_flies_the_demo_through_the_live_path_in_an_empty_environment(installed, tmp_path) -> None:
    demo = run_demo(installed, tmp_path, "--cache", tmp_path / "films")
    assert demo.returncode == 0, demo.stderr
    alerts = (tmp_path / "out" / "replay" / "alerts.jsonl").read_text().splitlines()
    assert alerts
    assert {json.loads(alert)["status"] for alert in alerts} == {"exercise"}
    assert f"{len(alerts)} alerts received" in demo.stdout
    assert f"{len(alerts)} of {len(alerts)} said again" in demo.stdout
    assert f"{len(alerts)} acknowledged" in demo.stdout
    assert (tmp_path / "out" / "replay" / "summary.json").is_file()


def run_demo(binaries: Path, folder: Path, *options: str | Path) -> subprocess.CompletedProcess[str]:
    """The demonstration into ``out``, on a machine that may run other tests."""
    command = [binaries / "droneops", "demo", "--out", folder / "out", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
