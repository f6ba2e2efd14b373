"""A picture becomes a model's input."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.card import Input
from detectors.types import ByteImage, Float32Array


@dataclass(frozen=True, slots=True)
class Prepared:
    """``tensor`` is (1, 3, height, width) float32; input pixels = picture pixels * ``scale_xy``."""

    tensor: Float32Array
    scale_xy: tuple[float, float]


def prepare(image_bgr: ByteImage, card: Input) -> Prepared:
    """``image_bgr``, (height, width, 3), as ``card`` wants it."""
    resized, scale_xy = (
        _letterbox(image_bgr, card) if card.resize == "letterbox" else _stretch(image_bgr, card)
    )
    ordered = resized[:, :, ::-1] if card.colour == "rgb" else resized
    return Prepared(_scaled(ordered.astype(np.float32), card), scale_xy)


def _stretch(image: ByteImage, card: Input) -> tuple[ByteImage, tuple[float, float]]:
    height, width = image.shape[:2]
    return _resize(image, card.width_px, card.height_px), (card.width_px / width, card.height_px / height)


def _letterbox(image: ByteImage, card: Input) -> tuple[ByteImage, tuple[float, float]]:
    height, width = image.shape[:2]
    ratio = min(card.width_px / width, card.height_px / height)
    # A very long picture still keeps one pixel across.
    inner = _resize(image, max(1, int(width * ratio)), max(1, int(height * ratio)))
    canvas = np.full((card.height_px, card.width_px, 3), card.pad_value, np.uint8)
    canvas[: inner.shape[0], : inner.shape[1]] = inner
    return canvas, (ratio, ratio)


def _resize(image: ByteImage, width_px: int, height_px: int) -> ByteImage:
    import cv2

    return cv2.resize(image, (width_px, height_px), interpolation=cv2.INTER_LINEAR).astype(
        np.uint8, copy=False
    )


def _scaled(pixels: Float32Array, card: Input) -> Float32Array:
    pixels /= np.float32(card.divide_by)
    pixels -= np.array(card.mean, np.float32)
    pixels /= np.array(card.std, np.float32)
    return np.ascontiguousarray(pixels.transpose(2, 0, 1)[np.newaxis])
