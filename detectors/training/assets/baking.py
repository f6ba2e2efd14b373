"""Models of others, read from their files: brought to our frame, textures baked, few enough faces."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.types import DetectorError

Floats = npt.NDArray[np.float32]
# A model is seen some 20 to 200 pixels long: more faces than this are finer than its pixels.
MOST_FACES = 6000
# Textured triangles with a side above this share of the model's length are cut before they are painted.
FINEST = 0.05
# Where in a face its texture is looked at, as weights of its corners: the middle, and towards each corner.
_LOOKS = np.array([[1 / 3, 1 / 3, 1 / 3], [0.6, 0.2, 0.2], [0.2, 0.6, 0.2], [0.2, 0.2, 0.6]])


@lru_cache(maxsize=64)
def baked(path: Path) -> tuple[Floats, Floats]:
    """Triangles (n, 3, 3) in the file's own units and axes, and one linear colour (n, 3) for each.

    Raises:
        DetectorError: the file cannot be read.
    """
    import trimesh

    try:
        parts = trimesh.load_scene(path).dump()
    except (OSError, ValueError, KeyError) as error:
        raise DetectorError(f"cannot read the model {path.name}: {error}", mend="fetch it again") from error
    finest = float(max(np.ptp(part.vertices, axis=0).max() for part in parts)) * FINEST
    painted = [_painted(part, finest) for part in parts]
    return _fewer(*(np.concatenate(arrays) for arrays in zip(*painted, strict=True)))


def _painted(part: Any, finest: float) -> tuple[Floats, Floats]:
    """Triangles (n, 3, 3) and a linear colour (n, 3) for each, of its texture or its material; mid grey
    without either. Textured triangles are cut until their sides are below ``finest``."""
    triangles = np.asarray(part.triangles, np.float32)
    material = getattr(part.visual, "material", None)
    picture = None if material is None else _picture_of(material)
    if picture is None or part.visual.uv is None:
        plain = np.full(3, 0.4) if material is None else _plain_of(material)
        return triangles, np.broadcast_to(plain, (len(triangles), 3)).astype(np.float32)
    corners = np.concatenate([triangles, np.asarray(part.visual.uv, np.float32)[part.faces]], axis=2)
    for _ in range(3):
        corners = _cut(corners, finest)
    return corners[:, :, :3], _seen(picture, corners[:, :, 3:])


def _cut(corners: Floats, finest: float) -> Floats:
    """Triangles with their texture coordinates (n, 3, 5), those with a side above ``finest`` cut in four."""
    sides = np.linalg.norm(corners[:, :, :3] - np.roll(corners[:, :, :3], 1, axis=1), axis=2)
    large = sides.max(axis=1) > finest
    a, b, c = (corners[large, number] for number in range(3))
    ab, bc, ca = (a + b) / 2.0, (b + c) / 2.0, (c + a) / 2.0
    parts = ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))
    quarters = [np.stack(part, axis=1) for part in parts]
    return np.concatenate([corners[~large], *quarters])


def _seen(picture: npt.NDArray[np.uint8], corners: Floats) -> Floats:
    """The mean linear colour (n, 3) of triangles of a texture, given as (n, 3, 2) with v upward."""
    places = np.einsum("lc,fcd->fld", _LOOKS, corners)
    rows, columns = picture.shape[:2]
    column = (np.mod(places[..., 0], 1.0) * columns).astype(int).clip(0, columns - 1)
    row = ((1.0 - np.mod(places[..., 1], 1.0)) * rows).astype(int).clip(0, rows - 1)
    return _linear(picture[row, column] / 255.0).mean(axis=1).astype(np.float32)


def _picture_of(material: Any) -> npt.NDArray[np.uint8] | None:
    image = getattr(material, "baseColorTexture", None) or getattr(material, "image", None)
    return None if image is None else np.asarray(image.convert("RGB"), np.uint8)


def _plain_of(material: Any) -> Floats:
    """The linear colour (3,) of a material without a texture."""
    colour = getattr(material, "baseColorFactor", None)
    colour = getattr(material, "diffuse", None) if colour is None else colour
    if colour is None:
        return np.full(3, 0.4, np.float32)
    encoded = np.asarray(colour, float)[:3]
    return _linear(encoded / 255.0 if encoded.max() > 1.0 else encoded).astype(np.float32)


def _linear(encoded: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Linear from sRGB, 0..1, by IEC 61966-2-1."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)


def _fewer(triangles: Floats, colours: Floats) -> tuple[Floats, Floats]:
    """At most MOST_FACES, corners of a grid's cell drawn together to their mean."""
    cell = float(np.ptp(triangles.reshape(-1, 3), axis=0).max()) / 400.0
    kept, shades = triangles, colours
    while len(kept) > MOST_FACES:
        kept, shades = _gathered(triangles, colours, cell)
        cell *= 1.25
    return kept, shades


def _gathered(triangles: Floats, colours: Floats, cell: float) -> tuple[Floats, Floats]:
    points = triangles.reshape(-1, 3)
    _, number = np.unique(np.floor(points / cell).astype(np.int64), axis=0, return_inverse=True)
    number = number.ravel()
    counts = np.bincount(number)[:, None]
    means = np.stack([np.bincount(number, points[:, axis]) for axis in range(3)], axis=1) / counts
    faces = number.reshape(-1, 3)
    whole = (faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])
    _, first = np.unique(np.sort(faces[whole], axis=1), axis=0, return_index=True)
    return means[faces[whole][first]].astype(np.float32), colours[whole][first]
