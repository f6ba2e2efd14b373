"""A person's body in clothes, in any pose."""

import numpy as np
import numpy.typing as npt

from detectors.training.assets.clothes import Clothes
from detectors.training.assets.poses import SIDES, Joints
from detectors.training.assets.shapes import blobs, box, boxes, joined, loft, moved, yaw_turn
from detectors.training.assets.tubes import tubes
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
POSED_HEIGHT_M = 1.7
# Radii at both ends of thigh, shin, upper arm and forearm, trousers and sleeves included.
_LIMBS = (
    ("hip", "knee", 0.09, 0.07),
    ("knee", "foot", 0.065, 0.05),
    ("shoulder", "elbow", 0.06, 0.05),
    ("elbow", "hand", 0.047, 0.035),
)
# The trunk from the pelvis to the neck: share of the way, half width and half depth.
_TRUNK = (
    (-0.12, 0.15, 0.1),
    (0.1, 0.17, 0.12),
    (0.45, 0.15, 0.11),
    (0.8, 0.2, 0.12),
    (0.96, 0.15, 0.09),
    (1.05, 0.06, 0.06),
)


def figure(
    rng: np.random.Generator, joints: Joints, worn: Clothes, height_m: float, stout: float = 1.0
) -> Mesh:
    """A body about 400 faces strong; ``height_m`` is its height when it stands, ``stout`` widens it."""
    parts = [
        _trunk(joints, worn, stout),
        _limbs(joints, worn, stout),
        _hands_and_feet(joints, worn),
        _head(rng, joints, worn),
    ]
    if worn.backpack is not None:
        parts.append(_backpack(joints, worn.backpack))
    return moved(joined(*parts), scale=height_m / POSED_HEIGHT_M)


def _trunk(joints: Joints, worn: Clothes, stout: float) -> Mesh:
    up, across = joints["neck"] - joints["pelvis"], np.array([0.0, 1.0, 0.0])
    ahead = np.cross(across, up / np.linalg.norm(up))
    turn = np.linspace(0.0, 2.0 * np.pi, 8, endpoint=False)
    rings, colours = [], []
    for share, wide, deep in _TRUNK:
        circle = np.sin(turn)[:, None] * across * wide * stout + np.cos(turn)[:, None] * ahead * deep * stout
        rings.append(joints["pelvis"] + share * up + circle)
        colours.append(worn.legs if share < 0.05 else worn.top)
    return loft(np.array(rings), np.array(colours))


def _limbs(joints: Joints, worn: Clothes, stout: float) -> Mesh:
    colours = {
        "hip": worn.legs,
        "knee": worn.skin if worn.bare_legs else worn.legs,
        "shoulder": worn.top,
        "elbow": worn.skin if worn.bare_arms else worn.top,
    }
    each = [(*limb, side) for limb in _LIMBS for side, _ in SIDES]
    axes = np.array([(joints[f"{a}_{side}"], joints[f"{b}_{side}"]) for a, b, _, _, side in each])
    radii = np.array([(first, last) for _, _, first, last, _ in each]) * stout
    shades = np.array([colours[a] for a, *_ in each])
    ends = np.broadcast_to(shades[:, None, None, :], (len(each), 2, 2, 3))
    return tubes(axes, radii, shades, sides=6, ends=ends)


def _hands_and_feet(joints: Joints, worn: Clothes) -> Mesh:
    places, colours = [], []
    for side, _ in SIDES:
        places += [joints[f"hand_{side}"], joints[f"foot_{side}"] + np.array([0.07, 0.0, -0.02])]
        colours += [worn.skin, worn.shoes]
    sizes = np.array([(0.09, 0.06, 0.09), (0.25, 0.09, 0.08)] * 2)
    return boxes(np.array(places), sizes, np.array(colours))


def _head(rng: np.random.Generator, joints: Joints, worn: Clothes) -> Mesh:
    at, up = joints["head"], joints["head"] - joints["neck"]
    up = up / np.linalg.norm(up)
    skull = blobs(rng, at, np.array([0.095, 0.075, 0.115]), worn.skin, rough=0.0, halvings=1)
    covered = worn.headgear in ("hood", "helmet")
    shade = worn.headgear_colour if covered else worn.hair
    size = np.array([0.11, 0.095, 0.105]) * (1.25 if worn.headgear == "helmet" else 1.08)
    back = np.array([-0.022, 0.0, 0.0]) + 0.035 * up
    hair = blobs(rng, at + back, size, shade, rough=0.03, halvings=1)
    hat = _hat(worn)
    return joined(skull, hair, None if hat is None else moved(hat, at + 0.05 * up, _tilt(up)))


def _tilt(up: Array) -> Array:
    """The rotation (3, 3) that brings Z to ``up``, a unit vector in the plane of X and Z."""
    return np.array([[up[2], 0.0, up[0]], [0.0, 1.0, 0.0], [-up[0], 0.0, up[2]]])


def _hat(worn: Clothes) -> Mesh | None:
    """Headgear about the top of the head; what a hood or helmet is, the hair's place has taken."""
    profiles = {
        "cap": ((0.11, 0.0), (0.11, 0.05), (0.06, 0.1)),
        "hat": ((0.21, 0.0), (0.2, 0.015), (0.11, 0.02), (0.1, 0.1), (0.05, 0.11)),
        "conical": ((0.25, -0.01), (0.23, 0.005), (0.01, 0.17)),
    }
    if worn.headgear not in profiles:
        return None
    crown = turned(np.array(profiles[worn.headgear]), worn.headgear_colour)
    if worn.headgear != "cap":
        return crown
    return joined(crown, box((0.12, 0.16, 0.015), worn.headgear_colour, (0.14, 0.0, 0.02)))


def turned(profile_m: Array, colour: Array, sides: int = 10) -> Mesh:
    """A body of revolution about Z: ``profile_m`` (k, 2) are radius and height from below, metres."""
    turn = np.linspace(0.0, 2.0 * np.pi, sides, endpoint=False)
    rings = [np.column_stack([r * np.cos(turn), r * np.sin(turn), np.full(sides, z)]) for r, z in profile_m]
    return loft(np.array(rings), colour)


def _backpack(joints: Joints, colour: Array) -> Mesh:
    up = joints["neck"] - joints["pelvis"]
    up = up / np.linalg.norm(up)
    sack = box((0.2, 0.3, 0.42), colour, (-0.22, 0.0, 0.05))
    return moved(sack, joints["pelvis"], _tilt(up))


def umbrella(joints: Joints, colour: Array, rng: np.random.Generator) -> Mesh:
    """An open umbrella above the head, in one colour or in gores of two."""
    reach = rng.uniform(0.45, 0.6)
    canopy = turned(np.array([(reach, 0.0), (0.7 * reach, 0.14), (0.02, 0.22)]), colour, sides=8)
    return moved(canopy, joints["head"] + np.array([0.05, 0.0, 0.12]), yaw_turn(rng.uniform(0.0, 6.0)))
