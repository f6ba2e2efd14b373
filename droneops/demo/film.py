"""The film of the live demonstration, drawn on first use."""

from __future__ import annotations

from pathlib import Path

from droneops.cli.progress import ProgressBar
from droneops.demo.stage import SCENARIO, rehearsals
from droneops.simulation.prepare import prepare
from droneops.simulation.scenario import load_scenario


def draw_film(cache: Path) -> None:
    """Draws it into ``cache`` unless it is there: 250 frames, about 20 s of one core.

    Raises:
        OutputError, InputError: the folder cannot be written, or the shipped rehearsals are missing.
    """
    scenario = load_scenario(rehearsals() / SCENARIO)
    with ProgressBar("drawing the film", results_on_stdout=False) as bar:
        prepare(scenario, cache, lambda done, total: bar.update(done / total))
