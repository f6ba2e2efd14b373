"""A triangle mesh, as the asset builders make it and the renderer draws it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Mesh:
    """Triangles in the model frame: X forward, Y left, Z up, metres, origin on the ground below the middle.

    What stands on the ground has min z = 0; a boat has its waterline at z = 0. ``vertices_m`` is (n, 3)
    float32, ``faces`` (m, 3) int32. Normals are flat and faces double sided: the renderer derives them.
    ``colours`` is (n, 3) float32, linear 0..1. ``uv`` is (n, 2) float32 with v upward, ``texture`` (h, w, 3)
    uint8 sRGB in RGB order; a mesh with both is textured, its colours multiply.

    Raises:
        ValueError: arrays of other shapes.
    """

    vertices_m: NDArray[np.float32]
    faces: NDArray[np.int32]
    colours: NDArray[np.float32] | None = None
    uv: NDArray[np.float32] | None = None
    texture: NDArray[np.uint8] | None = None

    def __post_init__(self) -> None:
        """Check the shapes and make the arrays read-only."""
        _check_columns("vertices_m", self.vertices_m, 3)
        _check_columns("faces", self.faces, 3)
        for name, array, columns in (("colours", self.colours, 3), ("uv", self.uv, 2)):
            if array is not None:
                _check_columns(name, array, columns)
                if len(array) != len(self.vertices_m):
                    raise ValueError(f"{name} has {len(array)} rows for {len(self.vertices_m)} vertices")
        if (self.uv is None) != (self.texture is None):
            raise ValueError("a mesh has uv and texture both, or neither")
        arrays: tuple[NDArray[Any] | None, ...] = (
            self.vertices_m,
            self.faces,
            self.colours,
            self.uv,
            self.texture,
        )
        for each in arrays:
            if each is not None:
                each.flags.writeable = False


def merged(meshes: list[Mesh]) -> Mesh:
    """One untextured mesh of several; a mesh without colours turns mid grey. Raises ValueError for none."""
    if not meshes:
        raise ValueError("nothing to merge: give at least one mesh")
    counts = [len(mesh.vertices_m) for mesh in meshes]
    starts = np.cumsum([0, *counts[:-1]])
    return Mesh(
        np.concatenate([mesh.vertices_m for mesh in meshes]).astype(np.float32),
        np.concatenate([mesh.faces + start for mesh, start in zip(meshes, starts, strict=True)]).astype(
            np.int32
        ),
        np.concatenate([vertex_colours(mesh) for mesh in meshes]).astype(np.float32),
    )


def vertex_colours(mesh: Mesh) -> NDArray[np.float32]:
    """The linear colours of the vertices, (n, 3) float32.

    A mesh without colours is white below a texture, so that the texture shows as it is, and else mid grey.
    """
    if mesh.colours is not None:
        return mesh.colours
    return np.full((len(mesh.vertices_m), 3), 0.4 if mesh.texture is None else 1.0, dtype=np.float32)


def _check_columns(name: str, array: NDArray[np.generic], columns: int) -> None:
    if array.ndim != 2 or array.shape[1] != columns:
        raise ValueError(f"{name} must be (n, {columns}), is {array.shape}")
