"""The scenes find every group of assets that they ask for, each where it belongs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detectors.training.asset_groups import asset_groups
from detectors.training.catalogue import Catalogue
from detectors.training.classes import CLASSES

LABELS = {
    "logs": "log_pile",
    "rafts": "log_pile",
    "vehicles": "vehicle",
    "motorcycles": "motorcycle",
    "people": "person",
    "swimmers": "person",
    "boats": "boat",
}


@pytest.mark.parametrize("group", LABELS)
def test_a_group_of_a_class_holds_that_class_alone(group: str) -> None:
    assert {asset.label for asset in asset_groups(None)[group].values()} == {LABELS[group]}


@pytest.mark.parametrize(
    "group", ["trees", "shrubs", "wood", "debris", "rocks", "junk", "camp", "houses", "afloat", "street"]
)
def test_what_is_to_be_mistaken_is_of_no_class(group: str) -> None:
    assert not {asset.label for asset in asset_groups(None)[group].values()} & set(CLASSES)


def test_what_stands_is_not_afloat() -> None:
    groups = asset_groups(None)
    for group in ("logs", "people", "junk", "vehicles"):
        assert all(asset.place == "land" for asset in groups[group].values())


def test_every_group_gives_meshes() -> None:
    groups = asset_groups(None)
    catalogue, rng = Catalogue(groups, 1), np.random.default_rng(1)
    for group in groups:
        mesh, _ = catalogue.pick(rng, group)
        assert len(mesh.faces) > 0


def test_the_cleared_models_join_their_groups(shared: Path) -> None:
    with_models, without = asset_groups(shared / "cleared"), asset_groups(None)
    assert len(with_models["vehicles"]) > len(without["vehicles"])
    assert {asset.label for asset in with_models["vehicles"].values()} == {"vehicle"}
