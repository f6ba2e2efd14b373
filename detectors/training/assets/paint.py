"""Colours of assets: linear, each object and each part of it a little different."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def linear(code: str) -> Floats:
    """The linear colour (3,) of a web colour such as ``#8a6f55``, by the transfer function of sRGB
    (IEC 61966-2-1)."""
    encoded = np.array([int(code[first : first + 2], 16) for first in (1, 3, 5)]) / 255.0
    bright = ((encoded + 0.055) / 1.055) ** 2.4
    return np.where(encoded <= 0.04045, encoded / 12.92, bright).astype(np.float32)


def palette(*codes: str) -> Floats:
    """The linear colours (n, 3) of web colours."""
    return np.stack([linear(code) for code in codes])


def one_of(rng: np.random.Generator, colours: Floats) -> Floats:
    """One row (3,) of ``colours`` (n, 3)."""
    return np.asarray(colours[int(rng.integers(len(colours)))])


def varied(
    rng: np.random.Generator, colour: Floats, shape: int | Sequence[int], *, light: float, hue: float = 0.03
) -> Floats:
    """Copies (*shape, 3) of ``colour`` (3,) or (*shape, 3), each lighter or darker by the share ``light`` and
    its channels apart by ``hue`` (standard deviations), within 0..1."""
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    lighter = np.exp(rng.normal(0.0, light, (*shape, 1)))
    apart = np.exp(rng.normal(0.0, hue, (*shape, 3)))
    return np.clip(colour * lighter * apart, 0.0, 1.0).astype(np.float32)
