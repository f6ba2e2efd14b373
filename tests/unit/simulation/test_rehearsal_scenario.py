"""Scenario files: what ships can be flown, and what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from rehearsal_scene import SCENARIO, write_scenario

from droneops.errors import ConfigError
from droneops.simulation.assets import asset_named
from droneops.simulation.scenario import load_scenario

SHIPPED = sorted(
    path
    for path in (Path(__file__).parents[3] / "examples" / "rehearsals").glob("*.toml")
    if path.stem not in ("camera", "site")
)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_scenario_is_whole_and_named_as_its_file(path: Path) -> None:
    scenario = load_scenario(path)
    assert scenario.file.name == path.stem
    for name in {actor.asset for actor in scenario.file.actor}:
        assert asset_named(name).label is not None
    for section in scenario.file.scatter:
        assert all(asset_named(name).label is None for name in section.assets)


def test_the_promised_scenarios_ship() -> None:
    names = {path.stem for path in SHIPPED}
    assert names == {
        "blind-drone",
        "carriers-in-park-night",
        "convergence-don-tan",
        "demo-don-tan",
        "empty-patrol",
        "moored-boat-wan-yai",
    }


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("heading_error_deg", "heading_eror_deg"), "did you mean 'heading_error_deg'?"),
        (('kind = "water"', 'kind = "lava"'), "ground.0.kind"),
        (("{ t_s = 4, east_m = 4", "{ t_s = 0, east_m = 4"), "must ascend"),
        (("2026-11-20T01:00:00Z", "2026-11-20T01:00:00"), "no zone"),
        (('camera = "camera.toml"', 'camera = "gone.toml"'), "gone.toml"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    assert change[0] in SCENARIO
    path = write_scenario(tmp_path, SCENARIO.replace(*change))
    with pytest.raises(ConfigError, match=told.replace("?", r"\?")):
        load_scenario(path)


def test_an_unknown_asset_is_told_with_the_nearest_known_one() -> None:
    with pytest.raises(ConfigError, match="did you mean 'longtail'"):
        asset_named("longtale")
