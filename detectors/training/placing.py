"""Things put on the ground without standing in each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from detectors.training.assets.aboard import Passenger
from detectors.training.camera import Floats
from detectors.training.catalogue import Catalogue
from detectors.training.mesh import Mesh
from detectors.training.scene import Placed
from detectors.training.view import View, visible_points

Allowed = Callable[[Floats], "np.ndarray[tuple[int], np.dtype[np.bool_]]"]
# So often a place is looked for before a thing is left out: a full scene is full.
TRIES = 6


class Stage:
    """Collects what stands in a scene; ``view`` says where it is worth to put something."""

    def __init__(self, rng: np.random.Generator, view: View, catalogue: Catalogue) -> None:
        self.rng = rng
        self.view = view
        self.catalogue = catalogue
        self.objects: list[Placed] = []
        self.decals: list[Mesh] = []
        self._discs = np.zeros((0, 3))

    def put(
        self,
        group: str,
        at_m: Floats,
        yaw_rad: float | None = None,
        *,
        wanted: Callable[[str], bool] | None = None,
        crowding: float = 1.0,
        height_m: float = 0.0,
        scale: float = 1.0,
    ) -> Placed | None:
        """Puts one of ``group`` at (2,) and says what it was; None where something else stands.

        ``crowding`` shrinks the room that it takes: 0 stands anywhere. ``yaw_rad`` None: turned at random.
        """
        mesh, label = self.catalogue.pick(self.rng, group, wanted=wanted)
        turn = float(self.rng.uniform(0.0, 2.0 * np.pi)) if yaw_rad is None else yaw_rad
        at = (float(at_m[0]), float(at_m[1]), height_m)
        return self.stand(Placed(mesh, label, at, turn, scale), crowding=crowding)

    def stand(self, placed: Placed, *, crowding: float = 1.0) -> Placed | None:
        """Puts ``placed`` as a party of its own and says what stands there now; None where no room is."""
        if crowding > 0.0:
            discs = footprint(placed) * np.array([1.0, 1.0, crowding])
            if self._taken(discs):
                return None
            self._discs = np.vstack([self._discs, discs])
        own = replace(placed, party=len(self.objects) + 1)
        self.objects.append(own)
        return own

    def scatter(
        self,
        group: str,
        count: int,
        allowed: Allowed | None = None,
        *,
        wanted: Callable[[str], bool] | None = None,
        crowding: float = 1.0,
    ) -> list[Placed]:
        """Puts up to ``count`` of ``group`` over the picture, where ``allowed``; says what was put."""
        points = self.places(count * TRIES, allowed)
        made: list[Placed] = []
        for point in points:
            if len(made) >= count:
                break
            placed = self.put(group, point, wanted=wanted, crowding=crowding)
            if placed is not None:
                made.append(placed)
        return made

    def cluster(
        self, group: str, count: int, middle_m: Floats, spread_m: float, *, crowding: float = 1.0
    ) -> None:
        """Puts up to ``count`` of ``group`` about a point."""
        for _ in range(count):
            self.put(group, middle_m + self.rng.normal(0.0, spread_m, 2), crowding=crowding)

    def carry(self, bearer: Placed, passengers: Sequence[Passenger], label: str = "person") -> None:
        """Puts things where they are in the frame of a boat, motorcycle or truck that stands already."""
        cosine, sine = np.cos(bearer.yaw_rad), np.sin(bearer.yaw_rad)
        for each in passengers:
            x, y, z = (bearer.scale * value for value in each.position_m)
            at_m = (
                bearer.position_m[0] + float(cosine * x - sine * y),
                bearer.position_m[1] + float(sine * x + cosine * y),
                bearer.position_m[2] + z,
            )
            turn = bearer.yaw_rad + each.yaw_rad
            self.objects.append(Placed(each.mesh, label, at_m, turn, party=bearer.party))

    def places(self, count: int, allowed: Allowed | None = None) -> Floats:
        """Up to ``count`` points (n, 2) in the picture, where ``allowed``."""
        points = visible_points(self.view, self.rng, count)
        return points if allowed is None or len(points) == 0 else points[allowed(points)]

    def keep_free(self, points_m: Floats, radius_m: float) -> None:
        """Nothing more is put within ``radius_m`` of points (n, 2)."""
        self._discs = np.vstack([self._discs, np.column_stack([points_m, np.full(len(points_m), radius_m)])])

    def _taken(self, discs: Floats) -> bool:
        if len(self._discs) == 0:
            return False
        apart = np.hypot(
            discs[:, None, 0] - self._discs[None, :, 0], discs[:, None, 1] - self._discs[None, :, 1]
        )
        return bool((apart < discs[:, None, 2] + self._discs[None, :, 2]).any())


def footprint(placed: Placed) -> Floats:
    """Discs (n, 3) of X, Y and radius, metres, along the longer side of what stands there: they cover it
    roughly, so that cars can park side by side and boats lie close."""
    low, high = placed.mesh.vertices_m[:, :2].min(axis=0), placed.mesh.vertices_m[:, :2].max(axis=0)
    size = (high - low).astype(float) * placed.scale
    along = int(np.argmax(size))
    radius = max(float(size[1 - along]) / 2.0, 0.1)
    count = int(np.clip(np.ceil(size[along] / (2.0 * radius)), 1, 8))
    offsets = np.zeros((count, 2))
    reach = max(float(size[along]) / 2.0 - radius, 0.0)
    offsets[:, along] = np.linspace(-reach, reach, count) if count > 1 else 0.0
    offsets += (low + high).astype(float) / 2.0 * placed.scale
    cosine, sine = np.cos(placed.yaw_rad), np.sin(placed.yaw_rad)
    world = offsets @ np.array([[cosine, sine], [-sine, cosine]]) + np.array(placed.position_m[:2])
    return np.column_stack([world, np.full(count, radius)])
