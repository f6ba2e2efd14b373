"""Films rendered once and kept: what is played live is always the same pictures."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from droneops.errors import OutputError
from droneops.simulation.film import build, frame_count
from droneops.simulation.record import counted_on, vehicles_of, write_film
from droneops.simulation.scenario import Scenario

# Counted up whenever the same scenario would come out as other pictures.
RENDERER = 1


def cache_folder(environment: dict[str, str]) -> Path:
    """Where films are kept: $XDG_CACHE_HOME/droneops/rehearsals, else below ~/.cache."""
    base = environment.get("XDG_CACHE_HOME") or str(Path(environment.get("HOME", "/tmp")) / ".cache")  # noqa: S108 - a user without a home
    return Path(base) / "droneops" / "rehearsals"


def film_folder(scenario: Scenario, cache: Path) -> Path:
    """The folder of a scenario's films: another file, camera or renderer is another folder."""
    return cache / f"{scenario.file.name}-{scenario.sha256[:16]}-{RENDERER}"


def prepare(scenario: Scenario, cache: Path, progress: Callable[[int, int], None]) -> dict[str, Path]:
    """Folders with video.mp4 and truth.jsonl by drone, rendered unless they are there already.

    Raises:
        OutputError: the cache cannot be written.
        ConfigError: the camera file, or an asset that there is none of.
    """
    home = film_folder(scenario, cache)
    vehicles = vehicles_of(scenario, scenario.start_us)
    folders = {vehicle.drone.id: home / vehicle.drone.id for vehicle in vehicles}
    if home.is_dir():
        return folders
    unfinished = cache / f".{home.name}.{os.getpid()}"
    total = sum(frame_count(vehicle) for vehicle in vehicles)
    try:
        built = build(scenario)
        for index, vehicle in enumerate(vehicles):
            folder = unfinished / vehicle.drone.id
            folder.mkdir(parents=True)
            before = index * frame_count(vehicle)
            write_film(vehicle, built, folder, counted_on(progress, before, total), whole=True)
        _put_in_place(unfinished, home)
    except OSError as error:
        raise OutputError(error.strerror or str(error), where=str(cache)) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return folders


def _put_in_place(unfinished: Path, home: Path) -> None:
    try:
        unfinished.rename(home)
    except OSError:
        # Another rendered the same meanwhile.
        if not home.is_dir():
            raise
