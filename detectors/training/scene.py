"""What a scene is made of: ground, things on it, light, and the camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.training.camera import Camera
from detectors.training.light import Light, Rgb
from detectors.training.mesh import Mesh

# One weight of a ground's cell for each of its materials: they travel in the four channels of one texture.
MATERIALS = 4
WATER = 3


@dataclass(frozen=True, slots=True)
class Material:
    """A tile of the library on the ground, ``side_m`` wide, turned by ``yaw_rad``, mirrored at its edges.

    Its pattern is multiplied by the linear colour ``tint``. ``again`` (0..1) is how much of it is laid once
    more over itself, larger, to hide its repeats.
    """

    tile: str
    side_m: float
    yaw_rad: float
    tint: Rgb
    again: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The plane z = 0: ``materials`` (four, the last one water) mixed by ``weights`` (n, n, 4) uint8.

    ``weights`` cover a square of ``side_m`` about ``middle_m``, row along Y, column along X, and repeat their
    edge beyond. ``shade`` (n, n) uint8 darkens or brightens, 128 is neutral. ``ripple`` is how steep the
    water's waves are.
    """

    side_m: float
    middle_m: tuple[float, float]
    weights: npt.NDArray[np.uint8]
    shade: npt.NDArray[np.uint8]
    materials: tuple[Material, Material, Material, Material]
    ripple: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A mesh that stands at ``position_m``, turned by ``yaw_rad``; ``label`` None: not to be reported.

    Those of one ``party`` above 0 belong together: the first bears the others (a motorcycle its riders, a
    truck its load), and what they hide of it counts as seen.
    """

    mesh: Mesh
    label: str | None
    position_m: tuple[float, float, float]
    yaw_rad: float
    scale: float = 1.0
    party: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Everything that the renderer needs. ``decals`` lie flat on the ground, in world coordinates, and are
    drawn in order. ``kind`` is what the scene shows, for the statistics."""

    kind: str
    camera: Camera
    light: Light
    ground: Ground
    objects: tuple[Placed, ...]
    decals: tuple[Mesh, ...] = ()
