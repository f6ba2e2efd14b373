"""Models under free licences that the cleared material holds, as assets."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.baking import baked
from detectors.training.assets.boat_paint import wooden_hull
from detectors.training.assets.car_paint import car_paint
from detectors.training.assets.clothes import cloth
from detectors.training.assets.shapes import mesh_of
from detectors.training.assets.waterline import above_water
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
# How far (linear RGB, after division by the brightness) from a model's main colour its paint fades out: lamps
# and seats keep their own.
SAME_PAINT = 0.3
# Dark paint is made lighter by no more than this: its windows would turn light with it.
MOST_BRIGHTER = 4.0
_AXES = {"x": (1, 0, 0), "y": (0, 1, 0), "z": (0, 0, 1), "-x": (-1, 0, 0), "-y": (0, -1, 0), "-z": (0, 0, -1)}


@dataclass(frozen=True, slots=True)
class Model:
    """A file of the cleared material: which of its axes is forward and up, how long (a person: how tall) the
    real thing is, and whom its licence asks to be named. ``draught`` is the share of its height under
    water, for a boat."""

    group: str
    label: str | None
    file: str
    forward: str
    up: str
    size_m: tuple[float, float]
    licence: str
    author: str
    weight: float = 0.3
    draught: float = 0.0


_GAZEBO = ("CC BY 3.0", "Open Source Robotics Foundation, gazebo_models")
_SCOPIA = ("CC BY 3.0", "Scopia, Sweet Home 3D furniture")
_BLEND = ("CC BY 3.0", "Blend Swap, Sweet Home 3D furniture")
_CC0 = ("CC0 1.0", "Quaternius")
_REALLUSION = ("CC BY 3.0 US", "Reallusion, Sweet Home 3D furniture")
MODELS: Mapping[str, Model] = {
    "gazebo_pickup": Model(
        "vehicles", "vehicle", "gazebo_models/pickup/meshes/pickup.dae",
        "y", "z", (4.9, 5.4), *_GAZEBO, 0.8,
    ),
    "gazebo_suv": Model(
        "vehicles", "vehicle", "gazebo_models/suv/meshes/suv.obj",
        "y", "z", (4.4, 4.9), *_GAZEBO, 0.5,
    ),
    "gazebo_hatchback": Model(
        "vehicles", "vehicle", "gazebo_models/hatchback/meshes/hatchback.obj",
        "-y", "z", (3.7, 4.2), *_GAZEBO, 0.25,
    ),
    "polaris_ranger": Model(
        "vehicles", "vehicle", "gazebo_models/polaris_ranger_ev/meshes/polaris.dae",
        "y", "z", (2.7, 3.0), *_GAZEBO, 0.2,
    ),
    "scopia_box_truck": Model(
        "vehicles", "vehicle", "sweethome3d/Scopia/truck/truck.obj",
        "z", "y", (6.0, 7.5), *_SCOPIA, 0.4,
    ),
    "daf_truck": Model(
        "vehicles", "vehicle", "sweethome3d/BlendSwap-CC-BY/dafTruck/dafTruck.obj",
        "z", "y", (15.0, 16.5), *_BLEND, 0.2,
    ),
    "smart_car": Model(
        "vehicles", "vehicle", "sweethome3d/Scopia/smart-car/smart-car.obj",
        "z", "y", (2.5, 2.7), *_SCOPIA, 0.2,
    ),
    "sweethome_rowboat": Model(
        "boats", "boat", "sweethome3d/BlendSwap-CC-BY/rowboat/rowboat.obj",
        "z", "y", (3.0, 4.5), *_BLEND, 0.4, 0.05,
    ),
    "quaternius_boat": Model(
        "boats", "boat", "quaternius_cc0/ships_pack__Boat.glb",
        "z", "y", (3.0, 4.5), *_CC0, 0.2, 0.05,
    ),
    "quaternius_lifeboat": Model(
        "boats", "boat", "quaternius_cc0/ships_pack__Lifeboat.glb",
        "z", "y", (4.0, 7.0), *_CC0, 0.2, 0.05,
    ),
    "mannequin_man": Model(
        "people", "person", "sweethome3d/Scopia/mannequinMale/mannequinMale.obj",
        "z", "y", (1.65, 1.85), *_SCOPIA, 0.3,
    ),
    "mannequin_woman": Model(
        "people", "person", "sweethome3d/Scopia/mannequinBrunette/mannequinBrunette.obj",
        "z", "y", (1.55, 1.75), *_SCOPIA, 0.3,
    ),
    "boy": Model(
        "people", "person", "sweethome3d/Reallusion/boyStanding/boyStanding.obj",
        "z", "y", (1.4, 1.65), *_REALLUSION, 0.2,
    ),
    "wood_logs": Model(
        "logs", "log_pile", "sweethome3d/Scopia/wood_logs/wood_logs.obj",
        "z", "y", (1.0, 5.0), *_SCOPIA, 0.5,
    ),
}  # fmt: skip


def cleared_assets(folder: Path) -> Mapping[str, Mapping[str, Asset]]:
    """Group to name to asset, of the models whose files are in ``folder``; they are read when first made."""
    groups: dict[str, dict[str, Asset]] = {}
    for name, model in MODELS.items():
        if (folder / model.file).is_file():
            make = partial(of_model, folder, model)
            asset = Asset(model.label, make, model.weight, "water" if model.label == "boat" else "land")
            groups.setdefault(model.group, {})[name] = asset
    return groups


def of_model(folder: Path, model: Model, rng: np.random.Generator) -> Mesh:
    """The model in the frame of ``Mesh``, in another colour and of another size for each state of ``rng``.

    Raises:
        DetectorError: its file cannot be read.
    """
    triangles, colours = baked(folder / model.file)
    placed = _in_our_frame(triangles, model, float(rng.uniform(*model.size_m)))
    painted = _repainted(colours, _paint(rng, model))
    faces = np.arange(placed.size // 3).reshape(-1, 3)
    mesh = mesh_of(placed, faces, np.repeat(painted, 3, axis=0))
    return above_water(mesh) if model.draught > 0.0 else mesh


def _in_our_frame(triangles: Array, model: Model, size_m: float) -> Array:
    """X forward, Z up, metres, the middle of the plan above the origin, feet or waterline at z = 0."""
    forward, up = np.array(_AXES[model.forward]), np.array(_AXES[model.up])
    ours_from_file = np.stack([forward, np.cross(up, forward), up]).astype(float)
    points = triangles @ ours_from_file.T
    low, high = points.min(axis=(0, 1)), points.max(axis=(0, 1))
    across = high[2] - low[2] if model.label == "person" else float((high - low)[:2].max())
    middle = (low + high) / 2.0
    foot = low[2] + model.draught * (high[2] - low[2])
    return np.asarray((points - [middle[0], middle[1], foot]) * (size_m / across))


def _paint(rng: np.random.Generator, model: Model) -> Array | None:
    """A new colour for most; None leaves the model's own."""
    painters = {"vehicles": car_paint, "boats": wooden_hull, "people": cloth}
    if model.group not in painters or rng.random() < 0.25:
        return None
    return painters[model.group](rng)


def _repainted(colours: Array, paint: Array | None) -> Array:
    """The faces of the model's main colour in ``paint``, darker and lighter as they were."""
    if paint is None:
        return colours
    main = _main_colour(colours)
    apart = np.linalg.norm(_hue(colours) - _hue(main[None]), axis=1, keepdims=True)
    share = np.exp(-((apart / SAME_PAINT) ** 2))
    change = np.clip(paint / np.maximum(main, 0.02), 0.0, MOST_BRIGHTER)
    return np.clip(colours * (1.0 - share + share * change), 0.0, 1.0)


def _hue(colours: Array) -> Array:
    """Colours (n, 3) without their brightness; what is nearly black has none and turns grey."""
    lifted = colours + 0.02
    return np.asarray(lifted / lifted.mean(axis=1, keepdims=True))


def _main_colour(colours: Array) -> Array:
    """The middle of the commonest colour that is not nearly black: paint, not tyres."""
    lit = colours[colours.mean(axis=1) > 0.03]
    lit = lit if len(lit) else colours
    _, number, counts = np.unique(
        np.floor(np.sqrt(lit) * 6.0), axis=0, return_inverse=True, return_counts=True
    )
    return np.asarray(lit[number.ravel() == int(np.argmax(counts))].mean(axis=0), float)
