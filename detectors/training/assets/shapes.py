"""Many simple bodies at once: boxes, blobs, leaves and lofted surfaces, as one mesh each.

Arrays of n bodies in, one ``Mesh`` out: a pile of two hundred pieces costs one call, not two hundred.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from detectors.training.mesh import Mesh, merged, vertex_colours

Floats = npt.NDArray[np.float32]
Array = npt.NDArray[np.floating]
Ints = npt.NDArray[np.int32]

# Corners of a box by the bits of their number (X, Y, Z), and its faces: -X, +X, -Y, +Y, -Z, +Z.
_CORNERS = np.array([[x, y, z] for z in (-0.5, 0.5) for y in (-0.5, 0.5) for x in (-0.5, 0.5)], np.float32)
_SIDES = np.array([[0, 4, 6, 2], [1, 3, 7, 5], [0, 1, 5, 4], [2, 6, 7, 3], [0, 2, 3, 1], [4, 5, 7, 6]])
TOP = 5


def mesh_of(vertices_m: Array, faces: npt.NDArray[np.integer], colours: Array) -> Mesh:
    """A mesh of arrays of any leading shape, brought to the types that ``Mesh`` holds."""
    return Mesh(
        np.ascontiguousarray(vertices_m, np.float32).reshape(-1, 3),
        np.ascontiguousarray(faces, np.int32).reshape(-1, 3),
        np.ascontiguousarray(np.clip(colours, 0.0, 1.0), np.float32).reshape(-1, 3),
    )


def yaw_turn(yaw_rad: npt.ArrayLike) -> Floats:
    """Rotations (..., 3, 3) about Z, from X towards Y, one for each of ``yaw_rad``."""
    cosine, sine = np.cos(yaw_rad), np.sin(yaw_rad)
    zero, one = np.zeros_like(cosine), np.ones_like(cosine)
    rows = [cosine, -sine, zero, sine, cosine, zero, zero, zero, one]
    return np.stack(rows, axis=-1).reshape(*np.shape(cosine), 3, 3).astype(np.float32)


def pitch_turn(pitch_rad: npt.ArrayLike) -> Floats:
    """Rotations (..., 3, 3) about Y that raise X towards Z, one for each of ``pitch_rad``."""
    cosine, sine = np.cos(pitch_rad), np.sin(pitch_rad)
    zero, one = np.zeros_like(cosine), np.ones_like(cosine)
    rows = [cosine, zero, -sine, zero, one, zero, sine, zero, cosine]
    return np.stack(rows, axis=-1).reshape(*np.shape(cosine), 3, 3).astype(np.float32)


def roll_turn(roll_rad: npt.ArrayLike) -> Floats:
    """Rotations (..., 3, 3) about X, from Y towards Z, one for each of ``roll_rad``."""
    cosine, sine = np.cos(roll_rad), np.sin(roll_rad)
    zero, one = np.zeros_like(cosine), np.ones_like(cosine)
    rows = [one, zero, zero, zero, cosine, -sine, zero, sine, cosine]
    return np.stack(rows, axis=-1).reshape(*np.shape(cosine), 3, 3).astype(np.float32)


def moved(
    mesh: Mesh, at_m: npt.ArrayLike = (0.0, 0.0, 0.0), turn: Array | None = None, scale: npt.ArrayLike = 1.0
) -> Mesh:
    """The mesh scaled (one factor or three), turned by ``turn`` (3, 3), then moved by ``at_m`` metres."""
    vertices = mesh.vertices_m * np.asarray(scale, np.float32)
    if turn is not None:
        vertices = vertices @ np.asarray(turn, np.float32).T
    vertices = (vertices + np.asarray(at_m, np.float32)).astype(np.float32)
    return Mesh(vertices, mesh.faces, mesh.colours, mesh.uv, mesh.texture)


def grounded(mesh: Mesh) -> Mesh:
    """The mesh raised or lowered so that its lowest point is at z = 0."""
    return moved(mesh, (0.0, 0.0, -float(mesh.vertices_m[:, 2].min())))


def cut_off(mesh: Mesh) -> Mesh:
    """The mesh with all that is below the ground pressed flat onto it: the ground hides nothing."""
    vertices = mesh.vertices_m.copy()
    vertices[:, 2] = np.maximum(vertices[:, 2], 0.0)
    return Mesh(vertices, mesh.faces, mesh.colours, mesh.uv, mesh.texture)


def centred(mesh: Mesh) -> Mesh:
    """The mesh on the ground with the middle of its outline above the origin."""
    low, high = mesh.vertices_m.min(axis=0), mesh.vertices_m.max(axis=0)
    middle = (low + high) / 2.0
    return moved(mesh, (-middle[0], -middle[1], -low[2]))


def joined(*meshes: Mesh | None) -> Mesh:
    """One mesh of all that are not None."""
    return merged([mesh for mesh in meshes if mesh is not None])


def speckled(rng: np.random.Generator, mesh: Mesh, light: float) -> Mesh:
    """The mesh with each vertex lighter or darker by the share ``light`` (standard deviation)."""
    factor = np.exp(rng.normal(0.0, light, (len(mesh.vertices_m), 1)))
    return mesh_of(mesh.vertices_m, mesh.faces, vertex_colours(mesh) * factor)


def boxes(middles_m: Array, sizes_m: Array, colours: Array, turns: Array | None = None) -> Mesh:
    """Boxes about ``middles_m`` (n, 3) with sides ``sizes_m`` (n, 3), turned by ``turns`` (n, 3, 3).

    ``colours`` are (n, 3), or (n, 6, 3) by face: -X, +X, -Y, +Y, -Z, +Z.
    """
    middles, sizes, colours = np.atleast_2d(middles_m), np.atleast_2d(sizes_m), np.atleast_2d(colours)
    count = len(middles)
    corners = _CORNERS[None] * np.broadcast_to(sizes, (count, 3))[:, None, :]
    if turns is not None:
        corners = corners @ np.swapaxes(np.broadcast_to(turns, (count, 3, 3)), 1, 2)
    vertices = (corners + middles[:, None, :])[:, _SIDES, :]
    faces = np.arange(count * 6)[:, None] * 4 + np.array([0, 1, 2, 0, 2, 3])
    by_face = colours if colours.ndim == 3 else colours[:, None, :]
    return mesh_of(vertices, faces, np.broadcast_to(by_face[:, :, None, :], (count, 6, 4, 3)))


def box(size_m: npt.ArrayLike, colour: Array, at_m: npt.ArrayLike = (0.0, 0.0, 0.0)) -> Mesh:
    """One box that stands on ``at_m``: the middle of its underside, not of its body."""
    size = np.asarray(size_m, np.float32)
    middle = np.asarray(at_m, np.float32) + np.array([0.0, 0.0, size[2] / 2.0], np.float32)
    return boxes(middle[None], size[None], np.asarray(colour)[None])


@lru_cache(maxsize=4)
def ball(halvings: int) -> tuple[Floats, Ints]:
    """Vertices (n, 3) and faces (m, 3) of a unit sphere: an icosahedron of 20 faces, each cut in four
    ``halvings`` times."""
    golden = (1.0 + 5.0**0.5) / 2.0
    flat = [(s * 1.0, t * golden, 0.0) for s in (-1, 1) for t in (-1, 1)]
    points = np.array([np.roll(point, turn) for turn in range(3) for point in flat])
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1)
    close = np.abs(apart - 2.0) < 1e-6  # the side of this icosahedron is 2
    corners = [(i, j, k) for i in range(12) for j in range(i) for k in range(j)]
    faces = np.array([c for c in corners if close[c[0], c[1]] and close[c[1], c[2]] and close[c[0], c[2]]])
    for _ in range(halvings):
        points, faces = _halved(points, faces)
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    return unit.astype(np.float32), faces.astype(np.int32)


def _halved(points: Array, faces: npt.NDArray[np.integer]) -> tuple[Array, npt.NDArray[np.integer]]:
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    unique, number = np.unique(edges, axis=0, return_inverse=True)
    middles = points[unique].mean(axis=1)
    middles *= np.linalg.norm(points[0]) / np.linalg.norm(middles, axis=1, keepdims=True)
    ab, bc, ca = (number.reshape(-1, 3) + len(points)).T
    a, b, c = faces.T
    parts = [np.stack(part, axis=1) for part in ((a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca))]
    return np.concatenate([points, middles]), np.concatenate(parts)


def blobs(
    rng: np.random.Generator,
    middles_m: Array,
    radii_m: Array,
    colours: Array,
    *,
    rough: float = 0.15,
    halvings: int = 0,
) -> Mesh:
    """Ellipsoids about ``middles_m`` (n, 3) with half axes ``radii_m`` (n, 3), each vertex in or out by the
    share ``rough``. ``colours`` are (n, 3). 20 faces each, four times as many per halving."""
    unit, faces = ball(halvings)
    middles, radii, colours = np.atleast_2d(middles_m), np.atleast_2d(radii_m), np.atleast_2d(colours)
    count = len(middles)
    out = np.clip(1.0 + rng.normal(0.0, rough, (count, len(unit), 1)), 0.4, 1.7) if rough > 0.0 else 1.0
    vertices = unit[None] * np.broadcast_to(radii, (count, 3))[:, None, :] * out + middles[:, None, :]
    numbers = faces[None] + (np.arange(count) * len(unit))[:, None, None]
    return mesh_of(vertices, numbers, np.broadcast_to(colours[:, None, :], vertices.shape))


def leaves(rng: np.random.Generator, middles_m: Array, sides_m: Array, colours: Array, lean: float) -> Mesh:
    """Square leaves or tufts (two triangles) about ``middles_m`` (n, 3), ``sides_m`` (n,) wide, in colours
    (n, 3). ``lean`` 0: all level; 1: turned anyhow."""
    count = len(middles_m)
    normal = rng.normal(0.0, 1.0, (count, 3)) * lean + np.array([0.0, 0.0, 1.0])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    along = np.cross(normal, rng.normal(0.0, 1.0, (count, 3)))
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    across = np.cross(normal, along)
    half = np.asarray(sides_m)[:, None] / 2.0
    corners = [along * half, across * half, -along * half, -across * half]
    vertices = np.stack(corners, axis=1) * rng.uniform(0.6, 1.3, (count, 4, 1)) + middles_m[:, None, :]
    faces = (np.arange(count) * 4)[:, None] + np.array([0, 1, 2, 0, 2, 3])
    return mesh_of(vertices, faces, np.broadcast_to(np.asarray(colours)[:, None, :], vertices.shape))


def loft(rings_m: Array, colours: Array, *, capped: bool = True) -> Mesh:
    """The surface through closed rings (k, n, 3), metres, with flat lids unless not ``capped``.

    ``colours`` are (3,), (k, 3) by ring or (k, n, 3) by vertex.
    """
    rings = np.asarray(rings_m, np.float32)
    count, sides = rings.shape[:2]
    colours = np.asarray(colours, np.float32)
    by_vertex = colours[:, None, :] if colours.ndim == 2 else colours
    by_vertex = np.broadcast_to(by_vertex, rings.shape)
    wall = mesh_of(rings, ring_faces(count, sides), by_vertex)
    if not capped:
        return wall
    return merged([wall, *(_lid(rings[end], by_vertex[end]) for end in (0, -1))])


def ring_faces(rings: int, sides: int) -> Ints:
    """Faces (m, 3) between ``rings`` consecutive rings of ``sides`` vertices."""
    here = np.arange(rings - 1)[:, None] * sides + np.arange(sides)[None, :]
    beside = np.arange(rings - 1)[:, None] * sides + (np.arange(sides)[None, :] + 1) % sides
    quads = np.stack([here, beside, beside + sides, here, beside + sides, here + sides], axis=-1)
    return quads.reshape(-1, 3).astype(np.int32)


def _lid(ring_m: Array, colours: Array) -> Mesh:
    sides = len(ring_m)
    rim = np.arange(sides)
    faces = np.stack([rim, (rim + 1) % sides, np.full(sides, sides)], axis=1)
    vertices = np.concatenate([ring_m, ring_m.mean(axis=0, keepdims=True)])
    return mesh_of(vertices, faces, np.concatenate([colours, colours.mean(axis=0, keepdims=True)]))
