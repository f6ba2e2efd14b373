"""People in a boat: each a thing to be found of its own, so they are no part of the boat's mesh."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.training.assets.clothes import clothes
from detectors.training.assets.figure import figure
from detectors.training.assets.poses import crouch, sit, stand
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
# No two people within the room that one takes, metres.
ROOM_M = 0.5
# What is higher than this above the water is a roof more often than a deck.
HIGHEST_FLOOR_M = 1.15


@dataclass(frozen=True, slots=True, eq=False)
class Passenger:
    """A person at ``position_m``, turned by ``yaw_rad``, in the frame of the boat's mesh."""

    mesh: Mesh
    position_m: tuple[float, float, float]
    yaw_rad: float


def passengers(rng: np.random.Generator, boat: Mesh, most: int) -> list[Passenger]:
    """1 to ``most`` people near the middle line of a boat, looking ahead mostly; fewer where no room is."""
    seats = _seats(rng, boat, int(rng.integers(1, most + 1)))
    return [_seated(rng, seat) for seat in seats]


def _seats(rng: np.random.Generator, boat: Mesh, count: int) -> list[Array]:
    """Places (3,) on the boat's floor, none under a roof, none closer than ROOM_M."""
    low, high = boat.vertices_m.min(axis=0), boat.vertices_m.max(axis=0)
    middle, half = (low + high)[:2] / 2.0, (high - low)[:2] / 2.0 * np.array([0.7, 0.35])
    chosen: list[Array] = []
    for _ in range(6 * count):
        at_m = np.array([middle[0], 0.0]) + rng.uniform(-1.0, 1.0, 2) * half
        floor_m = top_m(boat, at_m)
        apart = all(np.hypot(*(at_m - seat[:2])) > ROOM_M for seat in chosen)
        if len(chosen) < count and apart and floor_m is not None and floor_m < HIGHEST_FLOOR_M:
            chosen.append(np.array([*at_m, floor_m]))
    return chosen


def top_m(mesh: Mesh, at_m: Array) -> float | None:
    """The height of the highest face over a point (2,) of the plan; None where there is none."""
    corners = mesh.vertices_m[mesh.faces].astype(float)
    a, b, c = (corners[:, number, :2] - at_m for number in range(3))
    shares = np.stack([_cross(b, c), _cross(c, a), _cross(a, b)], axis=1)
    area = shares.sum(axis=1)
    inside = (np.abs(area) > 1e-9) & ((shares * np.sign(area)[:, None]) >= 0.0).all(axis=1)
    if not inside.any():
        return None
    weights = shares[inside] / area[inside, None]
    return float((weights * corners[inside, :, 2]).sum(axis=1).max())


def _cross(first: Array, second: Array) -> Array:
    return np.asarray(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])


def _seated(rng: np.random.Generator, seat_m: Array) -> Passenger:
    """One who stands or squats on the floor or sits on it as on a thwart."""
    pose = (sit, crouch, stand)[int(rng.choice(3, p=[0.6, 0.2, 0.2]))]
    body = figure(rng, pose(rng), clothes(rng), float(rng.uniform(1.5, 1.8)))
    backwards = np.pi if rng.random() < 0.2 else 0.0
    lift_m = float(rng.uniform(0.05, 0.2)) if pose is sit else 0.0
    at_m = (float(seat_m[0]), float(seat_m[1]), float(seat_m[2]) + lift_m)
    return Passenger(body, at_m, float(backwards + rng.normal(0.0, 0.4)))
