"""People: on foot, at work, at rest, with loads, in the water."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.clothes import SKIN, Clothes, Headgear, clothes
from detectors.training.assets.figure import figure, umbrella
from detectors.training.assets.paint import one_of, palette, varied
from detectors.training.assets.poses import POSES, Joints, carry, lie, stand, swim, walk
from detectors.training.assets.shapes import blobs, box, centred, grounded, joined, moved, yaw_turn
from detectors.training.assets.timber import Lie, look, trunks
from detectors.training.assets.waterline import above_water
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
_FLOATS = palette("#f26a1b", "#e8e12a", "#d8232a", "#f4f4f0", "#2a6fd0")


def person(rng: np.random.Generator, pose: Callable[[np.random.Generator], Joints]) -> Mesh:
    """One person in a pose; children and the stout occur."""
    return grounded(figure(rng, pose(rng), clothes(rng), height_m(rng), stout(rng)))


def height_m(rng: np.random.Generator) -> float:
    """Height of a person who stands, metres: mostly grown, one in ten a child."""
    return float(rng.uniform(1.05, 1.45) if rng.random() < 0.1 else rng.uniform(1.5, 1.88))


def stout(rng: np.random.Generator) -> float:
    """How much wider than slim a person and the clothes are."""
    return float(np.clip(rng.normal(1.08, 0.1), 0.9, 1.45))


def bearer(rng: np.random.Generator) -> Mesh:
    """One who carries a log or beam on the shoulder, along or across the way."""
    joints, tall = carry(rng), height_m(rng)
    length, thick = rng.uniform(1.0, 2.6), rng.uniform(0.12, 0.3)
    at = joints["neck"] * tall / 1.7 + np.array([0.0, 0.16, 0.06 + thick / 2.0])
    yaw = rng.normal(0.0, 0.2) + (np.pi / 2.0 if rng.random() < 0.15 else 0.0)
    return joined(figure(rng, joints, clothes(rng), tall, stout(rng)), _trunk(rng, at, yaw, length, thick))


def _trunk(rng: np.random.Generator, at_m: Array, yaw_rad: float, length_m: float, thick_m: float) -> Mesh:
    if rng.random() < 0.5:
        colour = varied(rng, one_of(rng, palette("#7d3a2a", "#cfa066", "#8f6a48")), 1, light=0.2)[0]
        return moved(
            box((length_m, thick_m, thick_m), colour), at_m - np.array([0, 0, thick_m / 2]), yaw_turn(yaw_rad)
        )
    level = np.zeros(1)
    return trunks(rng, Lie(at_m[None], level + yaw_rad, level, level + length_m, level + thick_m), look(rng))


def under_umbrella(rng: np.random.Generator) -> Mesh:
    """Someone under an umbrella."""
    joints, worn = (walk if rng.random() < 0.5 else stand)(rng), clothes(rng)
    shade = varied(
        rng,
        one_of(rng, palette("#16181c", "#b0222a", "#2d4f9a", "#e8c52e", "#e9e6df", "#3f7f6a")),
        1,
        light=0.2,
    )
    return joined(figure(rng, joints, worn, 1.7), umbrella(joints, shade[0], rng))


def swimmer(rng: np.random.Generator) -> Mesh:
    """Head, shoulders and what else is above the water, z = 0; with a life vest, ring or board at times."""
    worn, joints = _bather(rng), swim(rng)
    body = figure(rng, joints, worn, float(rng.uniform(1.4, 1.85)))
    float_kind, colour = str(rng.choice(["none", "vest", "ring"], p=[0.7, 0.2, 0.1])), one_of(rng, _FLOATS)
    if float_kind == "none":
        return above_water(body)
    radii = np.array([0.17, 0.24, 0.16]) if float_kind == "vest" else np.array([0.42, 0.42, 0.1])
    neck = joints["neck"] - np.array([0.0, 0.0, 0.1 if float_kind == "vest" else 0.0])
    height = neck[2] if float_kind == "vest" else 0.02
    ring = blobs(rng, np.array([neck[0], 0.0, height]), radii, colour, rough=0.05, halvings=1)
    return above_water(joined(body, ring))


def floating(rng: np.random.Generator) -> Mesh:
    """Someone who floats on the back or belly, half under water, or lies on a board."""
    body = figure(rng, lie(rng), _bather(rng), float(rng.uniform(1.5, 1.85)))
    if rng.random() < 0.3:
        board = box((2.2, 0.6, 0.06), one_of(rng, _FLOATS))
        return joined(moved(centred(body), (0.0, 0.0, 0.05)), board)
    return above_water(moved(centred(body), (0.0, 0.0, -0.1)))


def _bather(rng: np.random.Generator) -> Clothes:
    """Clothes for the water: half of the bathers show skin from the waist up."""
    worn = clothes(rng)
    skin = varied(rng, one_of(rng, SKIN), 1, light=0.12)[0]
    top = skin if rng.random() < 0.5 else worn.top
    hat: Headgear = "cap" if rng.random() < 0.2 else "none"
    return Clothes(skin, worn.hair, top, worn.legs, skin, hat, worn.headgear_colour, True, True, None)


# How often each pose is seen from a drone over tracks, streets and landings.
_SHARES = {"stand": 3.0, "walk": 3.5, "stoop": 0.8, "crouch": 0.6, "sit_low": 0.6, "lie": 0.3}

ASSETS: Mapping[str, Asset] = {
    **{
        f"person_{name}": Asset("person", partial(person, pose=pose), _SHARES[name])
        for name, pose in POSES.items()
    },
    "person_bearer": Asset("person", bearer, 0.6),
    "person_umbrella": Asset("person", under_umbrella, 0.25),
    "swimmer": Asset("person", swimmer, 1.0, "water"),
    "swimmer_floating": Asset("person", floating, 0.4, "water"),
}
