"""What a person wears: colours of skin, hair and clothes, headgear, and what hangs on the back."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from detectors.training.assets.paint import one_of, palette, varied

Array = npt.NDArray[np.floating]
Headgear = Literal["none", "cap", "hat", "conical", "helmet", "hood"]

# From dark brown to fair, as in the Monk skin tone scale's middle and ends.
SKIN = palette("#f0d2b6", "#d8a884", "#b98563", "#9a6a48", "#7a4f35", "#5a3826")
HAIR = palette("#0f0d0c", "#14110f", "#1e1713", "#3a2a1e", "#6b4f35", "#8d8a86", "#c9a56b")
_CLOTH = palette(
    "#f2f2f0", "#15161a", "#5a5d63", "#1f2f57", "#2e4f8f", "#6fa0cf", "#a51d22", "#e0493a", "#e8862b",
    "#efc634",
    "#3f7f42", "#2a4a35", "#6b6b3a", "#8a6f4f", "#c9b58c", "#b23f7c", "#e8a3bd", "#6a3f8c",
    "#2a8a8a", "#7a2f24",
)  # fmt: skip
# Trousers and skirts: mostly jeans, black, grey, khaki and drab.
_LEGS = palette(
    "#1a1b1f", "#23304d", "#3d5379", "#55565a", "#6f664f", "#8d7c5e", "#32402f", "#c9c2ae", "#5a3528"
)
_VEST = palette("#f06a13", "#d7e021")

# Shares of the kinds of headgear: none, cap, hat, conical, helmet, hood.
_WALKERS_WEAR = (0.55, 0.15, 0.12, 0.06, 0.06, 0.06)
_RIDERS_WEAR = (0.2, 0.06, 0.03, 0.02, 0.65, 0.04)


@dataclass(frozen=True, slots=True, eq=False)
class Clothes:
    """Colours (3,) linear; ``bare_arms`` and ``bare_legs`` show skin below the elbow or knee and above it."""

    skin: Array
    hair: Array
    top: Array
    legs: Array
    shoes: Array
    headgear: Headgear
    headgear_colour: Array
    bare_arms: bool
    bare_legs: bool
    backpack: Array | None


def clothes(rng: np.random.Generator, *, riding: bool = False) -> Clothes:
    """Anything that people wear out of doors; who is ``riding`` a motorcycle has a helmet, mostly."""
    top = one_of(rng, _VEST) if rng.random() < 0.05 else cloth(rng)
    hats: tuple[Headgear, ...] = ("none", "cap", "hat", "conical", "helmet", "hood")
    hat = hats[int(rng.choice(len(hats), p=_RIDERS_WEAR if riding else _WALKERS_WEAR))]
    return Clothes(
        skin=varied(rng, one_of(rng, SKIN), 1, light=0.12)[0],
        hair=varied(rng, HAIR[int(rng.choice(7, p=[0.3, 0.3, 0.2, 0.08, 0.05, 0.05, 0.02]))], 1, light=0.2)[
            0
        ],
        top=top,
        legs=varied(rng, one_of(rng, _LEGS), 1, light=0.25)[0] if rng.random() < 0.8 else cloth(rng),
        shoes=varied(rng, one_of(rng, palette("#151515", "#e8e8e4", "#5a4030")), 1, light=0.2)[0],
        headgear=hat,
        headgear_colour=_straw(rng) if hat == "conical" else cloth(rng),
        bare_arms=bool(rng.random() < 0.6),
        bare_legs=bool(rng.random() < 0.25),
        backpack=cloth(rng) if rng.random() < 0.12 else None,
    )


def _straw(rng: np.random.Generator) -> Array:
    """Straw (3,)."""
    return np.asarray(varied(rng, one_of(rng, palette("#dcc48a", "#e8d8ac", "#b99b5f")), 1, light=0.1)[0])


def cloth(rng: np.random.Generator) -> Array:
    """The colour (3,) of a garment."""
    return np.asarray(varied(rng, one_of(rng, _CLOTH), 1, light=0.3, hue=0.08)[0])
