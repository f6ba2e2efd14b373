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
    ):
        assert name in inside
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[-1] for name in archive.getnames()}
    assert {"geofences/layers/mekong-border.geojson", "examples/park-patrol/video.mp4", "LICENSE"} <= names


def test_the_wheel_runs_the_demo_in_an_empty_environment(built, tmp_path) -> None:
    venv.create(tmp_path / "venv", with_pip=True)
    binaries = tmp_path / "venv" / "bin"
    subprocess.run([binaries / "pip", "install", "--quiet", built[1]], check=True, cwd=tmp_path)
    demo = subprocess.run(
        [binaries / "droneops", "demo", "--out", tmp_path / "out"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert demo.returncode == 0, demo.stderr
    assert "2 alerts received" in demo.stdout
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["counts"]["incidents"] == 1
    assert "://" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
