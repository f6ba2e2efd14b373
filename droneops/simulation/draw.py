"""Bodies onto a picture: shaded triangles from far to near, with their shadow on the level ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from droneops.simulation.bodies import Body
from droneops.simulation.eye import Eye, project
from droneops.simulation.light import Light, shadow_share
from droneops.simulation.paint import ground_pixels
from droneops.types import FloatArray

Picture = npt.NDArray[np.uint8]
# Drawn at twice the size and shrunk: edges come out as a lens and a sensor blend them.
FINER = 2
# Fixed-point bits of OpenCV's coordinates: sixteenths of a pixel.
_SHIFT = 4
# A shadow's edge is soft by the sun's own width and by the sky.
_SHADOW_BLUR_PX = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """A part of a picture, (h, w, 4) uint8: BGR times the share that is covered, and that share of 255."""

    left: int
    top: int
    bgra: Picture


def draw_shadows(picture: Picture, bodies: Sequence[Body], eye: Eye, light: Light) -> None:
    """Darkens the ground where bodies stand between it and the sun. Works in place."""
    for each in bodies:
        pixels, _ = project(eye, _shadow_m(each, light))
        _darken(picture, pixels, each, light)


def paint_shadows(ground: Picture, bodies: Sequence[Body], light: Light, reach_m: float) -> None:
    """The same onto the painted ground, once, for what never moves. Works in place."""
    for each in bodies:
        _darken(ground, ground_pixels(_shadow_m(each, light), reach_m), each, light)


def _darken(picture: Picture, pixels: FloatArray, each: Body, light: Light) -> None:
    """Darkens the triangles of a body whose vertices' shadows are at ``pixels`` (n, 2)."""
    import cv2

    window = _window(pixels, picture.shape, margin=4)
    if window is None:
        return
    left, top, right, bottom = window
    mask = np.zeros((bottom - top, right - left), np.uint8)
    for triangle in _fixed(pixels[each.faces], left, top, 1):
        cv2.fillConvexPoly(mask, triangle, 255, cv2.LINE_8, _SHIFT)
    soft = cv2.GaussianBlur(mask, (0, 0), _SHADOW_BLUR_PX).astype(np.float32)[:, :, None] / np.float32(255.0)
    part = picture[top:bottom, left:right]
    part[:] = part * (1.0 - soft * (1.0 - shadow_share(light).astype(np.float32)))


def drawn(each: Body, eye: Eye, light: Light, shape: tuple[int, ...]) -> Cutout | None:
    """A body as it shows in a picture of a shape; None where nothing of it does."""
    import cv2

    # What is below the ground or the water is not seen.
    seen = each.vertices_enu_m.copy()
    seen[:, 2] = np.maximum(seen[:, 2], 0.0)
    pixels, depth = project(eye, seen)
    window = _window(pixels, shape, margin=2)
    if window is None:
        return None
    left, top, right, bottom = window
    order = np.argsort(-depth[each.faces].sum(axis=1), kind="stable")
    colours = np.full((len(order), 4), 255.0)
    colours[:, :3] = _shaded(each, seen, eye, light)[order]
    canvas = np.zeros(((bottom - top) * FINER, (right - left) * FINER, 4), np.uint8)
    triangles = _fixed(pixels[each.faces[order]], left, top, FINER)
    for triangle, colour in zip(triangles, colours.tolist(), strict=True):
        cv2.fillConvexPoly(canvas, triangle, colour, cv2.LINE_8, _SHIFT)
    small = cv2.resize(canvas, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    return Cutout(left, top, np.asarray(small, np.uint8))


def lay(picture: Picture, cutout: Cutout) -> None:
    """Puts a cutout over a picture. Works in place."""
    height, width = cutout.bgra.shape[:2]
    part = picture[cutout.top : cutout.top + height, cutout.left : cutout.left + width]
    # The canvas is black where it is empty, so its colours already carry their share.
    through = np.uint16(255) - cutout.bgra[:, :, 3:]
    part[:] = np.minimum(cutout.bgra[:, :, :3] + (part * through + np.uint16(127)) // np.uint16(255), 255)


def _shaded(each: Body, vertices: FloatArray, eye: Eye, light: Light) -> FloatArray:
    """(m, 3) colours of the faces, BGR 0..255, square-rooted; both sides of a face are alike."""
    corners = each.vertices_enu_m[each.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    away = ((eye.enu_m - vertices[each.faces].mean(axis=1)) * normals).sum(axis=1) < 0
    normals[away] *= -1.0
    facing = np.maximum(normals @ light.to_sun, 0.0)[:, None]
    lit = light.ambient * (0.7 + 0.3 * normals[:, 2:3]) + light.sun * facing
    albedo = each.colours_bgr[each.faces].mean(axis=1)
    shaded: FloatArray = np.sqrt(np.clip(albedo * lit, 0.0, 1.0)) * 255.0
    return shaded


def _shadow_m(each: Body, light: Light) -> FloatArray:
    """The vertices thrown onto the ground along the sunlight."""
    height = np.maximum(each.vertices_enu_m[:, 2:3], 0.0)
    thrown: FloatArray = each.vertices_enu_m - height * light.to_sun / light.to_sun[2]
    thrown[:, 2] = 0.0
    return thrown


def _window(pixels: FloatArray, shape: tuple[int, ...], margin: int) -> tuple[int, int, int, int] | None:
    """Left, top, right, bottom of the part of the picture that holds the pixels; None if none, or unseen."""
    if not np.isfinite(pixels).all():
        return None
    left, top = (np.floor(pixels.min(axis=0)) - margin).astype(int)
    right, bottom = (np.ceil(pixels.max(axis=0)) + margin).astype(int)
    left, top, right, bottom = max(left, 0), max(top, 0), min(right, shape[1]), min(bottom, shape[0])
    return (int(left), int(top), int(right), int(bottom)) if right > left and bottom > top else None


def _fixed(triangles_px: FloatArray, left: int, top: int, finer: int) -> npt.NDArray[np.int32]:
    """Triangles (m, 3, 2) in OpenCV's fixed point, in a window drawn ``finer`` times as large."""
    # A pixel's centre is at (finer - 1) / 2 of the finer pixels that make it up.
    inside = (triangles_px - np.array([left, top])) * finer + (finer - 1) / 2.0
    fixed: npt.NDArray[np.int32] = np.round(np.clip(inside, -30_000, 30_000) * (1 << _SHIFT)).astype(np.int32)
    return fixed
