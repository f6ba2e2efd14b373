"""The assets by group, and meshes made of them as often as it is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol
from zlib import crc32

import numpy as np

from detectors.training.mesh import Mesh
from detectors.types import DetectorError

# So many meshes of one asset are made, then they come again, turned and in other places: making one takes
# longer than drawing it.
VARIANTS = 64


class Asset(Protocol):
    """What the catalogue needs to know of an asset."""

    @property
    def label(self) -> str | None:
        """Its label, None for what must not be reported."""

    @property
    def make(self) -> Callable[[np.random.Generator], Mesh]:
        """Makes one of them."""

    @property
    def weight(self) -> float:
        """How often it comes against the others of its group."""


class Catalogue:
    """Assets by group, each a mapping of name to asset. A mesh depends on seed, name and variant alone."""

    def __init__(self, groups: Mapping[str, Mapping[str, Asset]], seed: int) -> None:
        self._groups = groups
        self._seed = seed
        self._meshes: dict[tuple[str, int], Mesh] = {}

    def has(self, group: str) -> bool:
        """Whether anything is in ``group``."""
        return bool(self._groups.get(group))

    def pick(
        self, rng: np.random.Generator, group: str, *, wanted: Callable[[str], bool] | None = None
    ) -> tuple[Mesh, str | None]:
        """A mesh of a random asset of ``group``, of those whose name is ``wanted``, and its label.

        Raises:
            DetectorError: there is none.
        """
        assets = self._groups.get(group, {})
        names = [name for name in assets if wanted is None or wanted(name)] or list(assets)
        if not names:
            raise DetectorError(f"no asset in the group {group!r}", mend="give a catalogue that has some")
        weights = np.array([assets[name].weight for name in names])
        name = names[int(rng.choice(len(names), p=weights / weights.sum()))]
        mesh = self._mesh(f"{group}/{name}", assets[name], int(rng.integers(VARIANTS)))
        return mesh, assets[name].label

    def _mesh(self, name: str, asset: Asset, variant: int) -> Mesh:
        if (name, variant) not in self._meshes:
            rng = np.random.default_rng([self._seed, crc32(name.encode()), variant])
            self._meshes[name, variant] = asset.make(rng)
        return self._meshes[name, variant]
