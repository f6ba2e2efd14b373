"""All objects of a scene in one buffer of vertices: one draw call instead of hundreds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.training.mesh import Mesh, vertex_colours
from detectors.training.scene import Placed

# What the shaders read: place, colour as the root of the linear one (see shaders.py), texture, instance.
VERTEX = np.dtype([("at_m", "<f4", 3), ("paint", "u1", 4), ("uv", "<f4", 2), ("instance", "<f4")])
Vertices = npt.NDArray[np.void]
Indices = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Soup:
    """``vertices`` of VERTEX, ``indices`` (3 m,) int32, and where each object's lie in both: (n, 2) starts
    and ends. Instance numbers are 1 for the first object."""

    vertices: Vertices
    indices: Indices
    vertex_spans: npt.NDArray[np.int64]
    index_spans: npt.NDArray[np.int64]


def soup(objects: Sequence[Placed]) -> Soup:
    """The objects in world coordinates, in their order."""
    vertex_ends = np.cumsum([0, *(len(each.mesh.vertices_m) for each in objects)])
    index_ends = np.cumsum([0, *(3 * len(each.mesh.faces) for each in objects)])
    vertices = np.zeros(int(vertex_ends[-1]), VERTEX)
    indices = np.zeros(int(index_ends[-1]), np.int32)
    for number, each in enumerate(objects):
        first, last = int(vertex_ends[number]), int(vertex_ends[number + 1])
        _fill(vertices[first:last], each, number + 1)
        indices[index_ends[number] : index_ends[number + 1]] = each.mesh.faces.ravel() + first
    return Soup(vertices, indices, _spans(vertex_ends), _spans(index_ends))


def flat_soup(meshes: Sequence[Mesh]) -> Soup:
    """Meshes that are in world coordinates already."""
    return soup([Placed(mesh, None, (0.0, 0.0, 0.0), 0.0) for mesh in meshes])


def world_vertices(placed: Placed) -> npt.NDArray[np.float32]:
    """The vertices (n, 3) in world coordinates, metres."""
    cosine, sine = np.cos(placed.yaw_rad) * placed.scale, np.sin(placed.yaw_rad) * placed.scale
    world_from_model = np.array(
        [[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, placed.scale]], np.float32
    )
    return placed.mesh.vertices_m @ world_from_model.T + np.array(placed.position_m, np.float32)


def _fill(vertices: Vertices, placed: Placed, number: int) -> None:
    vertices["at_m"] = world_vertices(placed)
    vertices["paint"][:, :3] = np.sqrt(vertex_colours(placed.mesh).clip(0.0, 1.0)) * 255.0
    vertices["instance"] = number
    if placed.mesh.uv is not None:
        vertices["uv"] = placed.mesh.uv


def _spans(ends: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.stack([ends[:-1], ends[1:]], axis=1)
