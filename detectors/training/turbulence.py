"""Random fields with detail at every scale, of which flames, smoke, foam and foliage are made."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Field = npt.NDArray[np.float32]

# Each octave doubles the frequency and halves the strength: Perlin, An Image Synthesizer (SIGGRAPH 1985).
GAIN = 0.5


def fractal(
    shape: tuple[int, int], rng: np.random.Generator, *, cells: tuple[float, float], octaves: int = 5
) -> Field:
    """Smooth noise (height, width) in about 0..1 with mean 0.5.

    ``cells`` is how many cells of the coarsest octave go into the height and the width: few cells along an
    axis stretch the pattern along it.
    """
    import cv2

    height_px, width_px = shape
    total = np.zeros(shape, np.float32)
    strength, weight = 1.0, 0.0
    for octave in range(octaves):
        rows, columns = (max(2, round(count * 2**octave) + 1) for count in cells)
        if octave and rows > 2 * height_px and columns > 2 * width_px:
            break
        grid = rng.random((rows, columns), dtype=np.float32)
        total += strength * cv2.resize(grid, (width_px, height_px), interpolation=cv2.INTER_CUBIC)
        weight += strength
        strength *= GAIN
    return total / np.float32(weight)


def ridged(
    shape: tuple[int, int], rng: np.random.Generator, *, cells: tuple[float, float], octaves: int = 4
) -> Field:
    """Noise (height, width) in 0..1 with bright thin crests, as filaments of a flame have."""
    noise = _stretched(fractal(shape, rng, cells=cells, octaves=octaves))
    return np.asarray(1.0 - np.abs(2.0 * noise - 1.0), np.float32)


def warped(field: Field, along_x_px: Field, along_y_px: Field) -> Field:
    """``field`` read at places moved by so many pixels; what lies outside repeats the edge."""
    import cv2

    rows, columns = np.indices(field.shape[:2], dtype=np.float32)
    moved = cv2.remap(
        field,
        np.asarray(columns + along_x_px, np.float32),
        np.asarray(rows + along_y_px, np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(moved, np.float32)


def smoothstep(low: float, high: float, values: Field) -> Field:
    """0 up to ``low``, 1 from ``high``, and a smooth rise between."""
    share = np.clip((values - low) / (high - low), 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share), np.float32)


def _stretched(field: Field) -> Field:
    # A sum of octaves keeps to the middle of its range; crests need the whole of it.
    return np.asarray(np.clip((field - 0.5) * 1.8 + 0.5, 0.0, 1.0), np.float32)
