"""What an asset is: a thing that a scene may hold, and how likely."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from detectors.training.mesh import Mesh


@dataclass(frozen=True, slots=True)
class Asset:
    """``make`` builds one of its kind, another for each state of the generator, in the frame of ``Mesh``.

    ``label`` is the class that is reported, None for what is there to be mistaken for one. ``weight`` is how
    often it is drawn beside the others of its group. ``place`` water: it floats, and stands nowhere else.
    """

    label: str | None
    make: Callable[[np.random.Generator], Mesh]
    weight: float = 1.0
    place: Literal["land", "water"] = "land"
