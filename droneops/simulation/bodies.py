"""What stands in a scene: actors at a time, and what is strewn about, as placed meshes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.training.mesh import Mesh, vertex_colours
from droneops.geo.rotation import about_z
from droneops.simulation.assets import asset_named, mesh_of
from droneops.simulation.motion import along, course_rad, last_course_rad
from droneops.simulation.scenario import ActorSection, ScatterSection, ScenarioFile
from droneops.types import FloatArray

# Steps of a walk are drawn with so many figures: a figure that glides would look dead, and its shadow too.
_GAIT_M = 0.7
_GAIT_FIGURES = 2


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """A thing in its place. ``label`` is what a detector should say, None for what it should pass over.

    ``vertices_enu_m`` (n, 3), ``faces`` (m, 3), ``colours_bgr`` (n, 3) linear.
    """

    id: str
    label: str | None
    at_enu_m: FloatArray
    vertices_enu_m: FloatArray
    faces: npt.NDArray[np.int32]
    colours_bgr: FloatArray


def actors_at(actors: Sequence[ActorSection], t_s: float) -> tuple[Body, ...]:
    """The actors that are there at a time."""
    return tuple(_actor(actor, t_s) for actor in actors if actor.appears_s <= t_s < actor.leaves_s)


def strewn(file: ScenarioFile) -> tuple[Body, ...]:
    """What is scattered over the scene; the same for the same seed."""
    rng = np.random.default_rng([file.seed, 77])
    return tuple(
        body for number, section in enumerate(file.scatter) for body in _scattered(section, number, rng)
    )


def body(name: str, label: str | None, mesh: Mesh, at_m: FloatArray, heading: float) -> Body:
    """A mesh (X forward, Y left) that stands at metres east, north with its front to ``heading``, radians."""
    # Model X is north at heading 0, Y is west.
    turn = about_z(math.pi / 2.0 - heading)
    at_enu_m = np.array([at_m[0], at_m[1], 0.0])
    vertices = mesh.vertices_m.astype(np.float64) @ turn.T + at_enu_m
    return Body(name, label, at_enu_m, vertices, mesh.faces, _colours(mesh))


def _actor(actor: ActorSection, t_s: float) -> Body:
    heading = None if actor.drifts else last_course_rad(actor.path, t_s)
    mesh = mesh_of(actor.asset, actor.variant)
    if actor.asset.startswith("person_walk") and course_rad(actor.path, t_s) is not None:
        mesh = _striding(mesh, _walked_m(actor, t_s))
    at_m = along(actor.path, t_s)
    facing = math.radians(actor.heading_deg) if heading is None else heading
    return body(actor.id, asset_named(actor.asset).label, mesh, at_m, facing)


def _walked_m(actor: ActorSection, t_s: float) -> float:
    knots = [point.t_s for point in actor.path if point.t_s < t_s] + [t_s]
    places = np.array([along(actor.path, knot) for knot in knots])
    return float(np.hypot(*np.diff(places, axis=0).T).sum())


def _striding(mesh: Mesh, walked_m: float) -> Mesh:
    """The figure, or its mirror image every other step."""
    if int(walked_m / _GAIT_M) % _GAIT_FIGURES == 0:
        return mesh
    mirror = mesh.vertices_m * np.array([1.0, -1.0, 1.0], np.float32)
    return Mesh(mirror, mesh.faces, mesh.colours, mesh.uv, mesh.texture)


def _scattered(section: ScatterSection, number: int, rng: np.random.Generator) -> list[Body]:
    import cv2

    outline = np.array(section.outline, dtype=np.float32)
    low, high = outline.min(axis=0), outline.max(axis=0)
    made: list[Body] = []
    # An outline that fills a hundredth of its box is a path; more tries would never end.
    for _ in range(100 * section.count):
        if len(made) == section.count:
            break
        at_m = rng.uniform(low, high)
        if cv2.pointPolygonTest(outline, (float(at_m[0]), float(at_m[1])), False) < 0:
            continue
        name = section.assets[int(rng.integers(len(section.assets)))]
        mesh = mesh_of(name, int(rng.integers(8)))
        made.append(
            body(f"scatter-{number}-{len(made)}", asset_named(name).label, mesh, at_m, rng.uniform(0, 6.28))
        )
    return made


def _colours(mesh: Mesh) -> FloatArray:
    colours = vertex_colours(mesh).astype(np.float64)
    if mesh.uv is not None and mesh.texture is not None:
        height, width = mesh.texture.shape[:2]
        column = np.clip((mesh.uv[:, 0] % 1.0) * width, 0, width - 1).astype(int)
        row = np.clip((1.0 - mesh.uv[:, 1] % 1.0) * height, 0, height - 1).astype(int)
        colours = colours * (mesh.texture[row, column] / 255.0) ** 2
    return np.ascontiguousarray(colours[:, ::-1])
