"""The scene as a thermal camera would roughly show it: warmth instead of colour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from detectors.training.light import Light
from detectors.training.mesh import Mesh
from detectors.training.scene import Material, Placed, Scene

THERMAL_SHARE = 0.05
# Display brightness (linear, low to high) of what is seen; a guess at a camera's automatic gain over warm
# ground, no radiometry. Engines and exhausts are not told apart from the rest of a vehicle.
WARMTH: Mapping[str, tuple[float, float]] = {
    "person": (0.6, 1.0),
    "vehicle": (0.15, 0.7),
    "motorcycle": (0.3, 0.9),
    "boat": (0.12, 0.6),
    "log_pile": (0.08, 0.35),
}
OTHERS = (0.04, 0.3)


def thermal(scene: Scene, rng: np.random.Generator) -> Scene:
    """``scene`` in grey, without sunlight: people and engines brightest."""
    light = Light(scene.light.to_sun, (0.0,) * 3, (1.0,) * 3, (0.02,) * 3, scene.light.haze_per_m)
    materials = tuple(_grey(material, rng) for material in scene.ground.materials)
    ground = replace(scene.ground, materials=(materials[0], materials[1], materials[2], materials[3]))
    objects = tuple(replace(each, mesh=_warm(each, rng)) for each in scene.objects)
    return replace(scene, light=light, ground=ground, objects=objects)


def _grey(material: Material, rng: np.random.Generator) -> Material:
    # A tile of mid grey gives about a quarter of its tint.
    level = float(rng.uniform(0.15, 1.2))
    return replace(material, tint=(level, level, level))


def _warm(placed: Placed, rng: np.random.Generator) -> Mesh:
    low, high = WARMTH.get(placed.label or "", OTHERS)
    count = len(placed.mesh.vertices_m)
    level = rng.uniform(low, high) * rng.normal(1.0, 0.08, (count, 1)).clip(0.6, 1.3)
    return Mesh(
        placed.mesh.vertices_m,
        placed.mesh.faces,
        np.repeat(level, 3, axis=1).astype(np.float32).clip(0.0, 1.0),
    )
