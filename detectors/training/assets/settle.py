"""How high a log comes to lie when it is dropped on those below it."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]

# A round log sinks between the two that it rests on: so much of its diameter, when they touch.
SUNK = 0.14
CELL_M = 0.04


def settled(across_m: Array, diameters_m: Array, sunk: float = SUNK) -> Array:
    """Heights (n,) of the axes, metres, of parallel logs dropped one after another at ``across_m`` (n,)."""
    first = float((across_m - diameters_m).min())
    heights = np.zeros(int((float((across_m + diameters_m).max()) - first) / CELL_M) + 2)
    middles = np.zeros(len(across_m))
    for number, (across, diameter) in enumerate(zip(across_m, diameters_m, strict=True)):
        low = int((across - 0.4 * diameter - first) / CELL_M)
        high = max(low + 1, int((across + 0.4 * diameter - first) / CELL_M))
        floor = float(heights[low:high].max())
        middles[number] = max(0.5, floor / diameter + 0.5 - (sunk if floor > 0.0 else 0.0)) * diameter
        heights[low:high] = middles[number] + 0.5 * diameter
    return middles
