"""Which part of a picture becomes a crop, how large, how turned, and where its boxes go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.training.classes import CLASSES
from detectors.training.sets import IGNORE, Labelled

# Of the pictures drawn, this share is cut around a thing, so that small things are seen often enough.
ANCHORED_SHARE = 0.65
# At run time a tile shows things at about the camera's own pixels; a full picture at half of them.
ZOOM_RANGE = (0.4, 1.75)
FREE_ZOOM_RANGE = (0.45, 1.25)
# Below 8 px little can be learnt; above 160 px a crop of 416 px shows little else.
ANCHOR_SIZE_RANGE_PX = (8.0, 160.0)
# Fire and smoke are what fills a picture in earnest, and a pile near by does too.
LARGE = {CLASSES.index("fire"), CLASSES.index("smoke"), CLASSES.index("log_pile")}
LARGE_SIZE_RANGE_PX = (12.0, 380.0)
# A box with less than this left after the cut no longer shows what it is.
LEAST_KEPT_SHARE = 0.4
# Smaller than this in the crop nobody could tell what it is.
LEAST_SIDES_PX = (2.0, 4.0)
PAD_VALUE = 114
# Against the picture's mean side; a little padding is there at run time too.
WIDEST_WINDOW = 1.1

Boxes = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of the picture (in its pixels, it may hang over) that fills a crop of ``side_px``."""

    left_px: float
    top_px: float
    width_px: float
    height_px: float
    side_px: int


def draw_window(picture: Labelled, side_px: int, rng: np.random.Generator) -> Window:
    """A window of ``picture``: often around one of its things, at random scale and slightly stretched."""
    things = np.flatnonzero(picture.class_id != IGNORE)
    chosen = int(rng.choice(things)) if len(things) and rng.random() < ANCHORED_SHARE else None
    anchor = None if chosen is None else picture.xyxy_px[chosen]
    large = chosen is not None and int(picture.class_id[chosen]) in LARGE
    zoom = _free_zoom(rng) if anchor is None else _anchored_zoom(anchor, large, rng)
    # A window larger than the picture would be mostly padding.
    zoom = max(zoom, side_px / (WIDEST_WINDOW * np.sqrt(picture.width_px * picture.height_px)))
    stretch = np.exp(rng.uniform(-0.1, 0.1))
    width_px, height_px = side_px / zoom * stretch, side_px / zoom / stretch
    middle = None if anchor is None else (anchor[:2] + anchor[2:]) / 2.0
    left_px = _place(width_px, picture.width_px, None if middle is None else float(middle[0]), rng)
    top_px = _place(height_px, picture.height_px, None if middle is None else float(middle[1]), rng)
    return Window(left_px, top_px, width_px, height_px, side_px)


def _free_zoom(rng: np.random.Generator) -> float:
    return float(np.exp(rng.uniform(*np.log(FREE_ZOOM_RANGE))))


def _anchored_zoom(anchor: Boxes, large: bool, rng: np.random.Generator) -> float:
    size_px = max(1.0, float(np.sqrt(np.prod(anchor[2:] - anchor[:2]))))
    wanted_px = float(np.exp(rng.uniform(*np.log(LARGE_SIZE_RANGE_PX if large else ANCHOR_SIZE_RANGE_PX))))
    return float(np.clip(wanted_px / size_px, *ZOOM_RANGE))


def _place(window_px: float, picture_px: int, middle_px: float | None, rng: np.random.Generator) -> float:
    """The near edge of the window along one axis."""
    if window_px >= picture_px:
        # As at run time, where a picture lies at the top left of its padding.
        return 0.0
    if middle_px is None:
        return float(rng.uniform(0.0, picture_px - window_px))
    near_px = middle_px - window_px * rng.uniform(0.1, 0.9)
    return float(np.clip(near_px, 0.0, picture_px - window_px))


def boxes_in_window(
    xyxy_px: Boxes, class_id: npt.NDArray[np.int64], window: Window
) -> tuple[Boxes, npt.NDArray[np.int64]]:
    """The boxes in pixels of the crop, cut at its edges.

    One of which less than `LEAST_KEPT_SHARE` is left, or which is smaller than `LEAST_SIDES_PX`, becomes a
    place to ignore.
    """
    if not len(xyxy_px):
        return xyxy_px, class_id
    scale = window.side_px / np.array([window.width_px, window.height_px] * 2, np.float32)
    moved = (xyxy_px - np.array([window.left_px, window.top_px] * 2, np.float32)) * scale
    cut = np.clip(moved, 0.0, window.side_px).astype(np.float32)
    sides = cut[:, 2:] - cut[:, :2]
    kept_share = sides.prod(axis=1) / np.maximum((moved[:, 2:] - moved[:, :2]).prod(axis=1), 1e-6)
    short, long = LEAST_SIDES_PX
    fit = (kept_share >= LEAST_KEPT_SHARE) & (sides.min(axis=1) >= short) & (sides.max(axis=1) >= long)
    there = sides.min(axis=1) > 0.0
    return cut[there], np.where(fit, class_id, IGNORE)[there]


def cut_window(image_bgr: npt.NDArray[np.uint8], window: Window, *, smooth: bool) -> npt.NDArray[np.uint8]:
    """The crop, (side, side, 3); ``smooth``: without the aliasing that plain interpolation leaves."""
    import cv2

    left, top = round(window.left_px), round(window.top_px)
    right, bottom = round(window.left_px + window.width_px), round(window.top_px + window.height_px)
    part = image_bgr[top:bottom, left:right]
    share_x, share_y = part.shape[1] / (right - left), part.shape[0] / (bottom - top)
    inner = (max(1, round(window.side_px * share_x)), max(1, round(window.side_px * share_y)))
    method = cv2.INTER_AREA if smooth and inner[0] < part.shape[1] else cv2.INTER_LINEAR
    crop = np.full((window.side_px, window.side_px, 3), PAD_VALUE, np.uint8)
    crop[: inner[1], : inner[0]] = cv2.resize(part, inner, interpolation=method)
    return crop


def flip(crop: npt.NDArray[np.uint8], xyxy_px: Boxes) -> tuple[npt.NDArray[np.uint8], Boxes]:
    """Left for right."""
    side_px = crop.shape[1]
    flipped = xyxy_px.copy()
    flipped[:, [0, 2]] = side_px - xyxy_px[:, [2, 0]]
    return crop[:, ::-1], flipped


def quarter_turn(crop: npt.NDArray[np.uint8], xyxy_px: Boxes) -> tuple[npt.NDArray[np.uint8], Boxes]:
    """Rows become columns, which with `flip` makes every turn by 90 degrees."""
    return crop.transpose(1, 0, 2), xyxy_px[:, [1, 0, 3, 2]]
