"""What is above the water of something that floats."""

import numpy as np

from detectors.training.assets.shapes import mesh_of
from detectors.training.mesh import Mesh, vertex_colours


def above_water(mesh: Mesh) -> Mesh:
    """The mesh without what is under z = 0: muddy water hides it, and a label's box must not reach there."""
    dry = (mesh.vertices_m[mesh.faces, 2] > 0.0).any(axis=1)
    used, faces = np.unique(mesh.faces[dry], return_inverse=True)
    vertices = mesh.vertices_m[used].copy()
    vertices[:, 2] = np.maximum(vertices[:, 2], 0.0)
    return mesh_of(vertices, faces, vertex_colours(mesh)[used])
