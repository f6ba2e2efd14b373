"""The things of a scene as meshes, by name.

The detectors' training draws the same builders; they need nothing but NumPy.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from droneops.errors import ConfigError

if TYPE_CHECKING:
    from detectors.training.assets.asset import Asset
    from detectors.training.mesh import Mesh


@cache
def asset_table() -> Mapping[str, Asset]:
    """All assets by name, such as ``longtail`` or ``person_walk``."""
    from detectors.training.asset_groups import asset_groups

    return {name: asset for table in asset_groups(None).values() for name, asset in table.items()}


def asset_named(name: str) -> Asset:
    """Raises ConfigError for an unknown one, with the nearest known name."""
    table = asset_table()
    if name not in table:
        near = get_close_matches(name, table, n=1, cutoff=0.0)
        raise ConfigError(f"unknown asset {name!r}", mend=f"did you mean {near[0]!r}?")
    return table[name]


@cache
def mesh_of(name: str, variant: int) -> Mesh:
    """One of its kind: the same for the same name and variant."""
    return asset_named(name).make(np.random.default_rng([variant, crc32(name.encode())]))
