"""The assets as the scenes ask for them: by group, and what floats apart from what stands."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from detectors.training.assets import (
    boats,
    camp,
    debris,
    houses,
    junk,
    logs,
    motorcycles,
    people,
    planks,
    rocks,
    shrubs,
    street_things,
    stumps,
    trees,
    vehicles,
)
from detectors.training.assets.asset import Asset
from detectors.training.assets.cleared import cleared_assets

# The tables that a group is made of.
TABLES: Mapping[str, tuple[Mapping[str, Asset], ...]] = {
    "logs": (logs.ASSETS, planks.ASSETS),
    "trees": (trees.ASSETS,),
    "shrubs": (shrubs.ASSETS,),
    "wood": (stumps.ASSETS,),
    "debris": (debris.ASSETS,),
    "rocks": (rocks.ASSETS,),
    "junk": (junk.ASSETS,),
    "camp": (camp.ASSETS,),
    "street": (street_things.ASSETS,),
    "houses": (houses.ASSETS,),
    "vehicles": (vehicles.ASSETS,),
    "motorcycles": (motorcycles.ASSETS,),
    "people": (people.ASSETS,),
    "boats": (boats.ASSETS,),
}
# What of a group floats, and the group that it then belongs to.
AFLOAT: Mapping[str, str] = {"people": "swimmers", "junk": "afloat", "logs": "rafts", "boats": "boats"}


def asset_groups(cleared: Path | None) -> Mapping[str, Mapping[str, Asset]]:
    """Group to name to asset; with ``cleared`` (the folder of the cleared material) its models too."""
    groups: dict[str, dict[str, Asset]] = {}
    for group, tables in TABLES.items():
        for table in tables:
            _add(groups, group, table)
    for group, table in cleared_assets(cleared).items() if cleared is not None else ():
        _add(groups, group, table)
    return groups


def _add(groups: dict[str, dict[str, Asset]], group: str, table: Mapping[str, Asset]) -> None:
    for name, asset in table.items():
        floats = asset.place == "water"
        groups.setdefault(AFLOAT.get(group, group) if floats else group, {})[name] = asset
