"""Where the flames of one fire stand: a camp fire, a heap or house, a front, a grass line, a burning wood."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from detectors.training.fire_sprites import FIRE_SPRITES
from detectors.training.flow_fire import flow_fire
from detectors.training.sprites import Sprite

# The flames of the fluid look more like real ones; a few of the others keep the net from learning one look.
OTHER_SHARE = 0.12
# So many flames at most in a row: more are one wall to the eye, and cost the same each.
MOST_FLAMES = 40


@dataclass(frozen=True, slots=True, eq=False)
class Flame:
    """A sprite and where its left upper corner lies, in pixels of the picture."""

    sprite: Sprite
    left: int
    top: int


@dataclass(frozen=True, slots=True, eq=False)
class Fire:
    """Flames that make one fire, from far to near; ``height_px`` is a usual flame's. ``fuel`` says whether
    trunks and bushes may stand before it, ``burnt`` whether the ground on one side is."""

    flames: tuple[Flame, ...]
    height_px: int
    fuel: bool
    burnt: bool

    def edges_px(self) -> tuple[int, int, int, int]:
        """Left, top, right, bottom of all sprites."""
        return (
            min(flame.left for flame in self.flames),
            min(flame.top for flame in self.flames),
            max(flame.left + flame.sprite.rgba.shape[1] for flame in self.flames),
            max(flame.top + flame.sprite.rgba.shape[0] for flame in self.flames),
        )


FireMaker = Callable[[np.random.Generator, int], Fire]


def camp(rng: np.random.Generator, side_px: int) -> Fire:
    """One to three small flames close together."""
    height_px = _between(rng, 0.03, 0.15, side_px)
    x, y = rng.uniform(0.1, 0.9) * side_px, rng.uniform(0.2, 0.95) * side_px
    feet = [(x + rng.normal(0.0, 0.3) * height_px, y) for _ in range(int(rng.integers(1, 4)))]
    return _fire(rng, feet, height_px, unequal=0.25, fuel=rng.random() < 0.3, burnt=False)


def heap(rng: np.random.Generator, side_px: int) -> Fire:
    """A burning pile, car, hut or house: flames over one another, wider than high or higher than wide."""
    width_px = _between(rng, 0.08, 0.6, side_px)
    height_px = max(12, round(width_px * rng.uniform(0.35, 1.1)))
    x, y = rng.uniform(0.15, 0.85) * side_px, rng.uniform(0.35, 1.0) * side_px
    feet = [
        (x + rng.normal(0.0, 0.3) * width_px, y + rng.normal(0.0, 0.12) * height_px)
        for _ in range(int(rng.integers(3, 11)))
    ]
    return _fire(rng, feet, height_px, unequal=0.35, fuel=rng.random() < 0.5, burnt=False)


def front(rng: np.random.Generator, side_px: int) -> Fire:
    """A wood's edge or a field that burns along a curve, seen obliquely."""
    height_px = _between(rng, 0.035, 0.16, side_px)
    return _row(rng, side_px, height_px, length=rng.uniform(0.3, 1.3), steep=0.25, gaps=0.4, unequal=0.5)


def grass_line(rng: np.random.Generator, side_px: int) -> Fire:
    """Low flames in a thin long line, black ground on one side."""
    height_px = _between(rng, 0.014, 0.045, side_px)
    return _row(rng, side_px, height_px, length=rng.uniform(0.3, 1.2), steep=0.8, gaps=0.6, unequal=0.45)


def wall(rng: np.random.Generator, side_px: int) -> Fire:
    """A fire that fills much of the picture: rows behind rows."""
    height_px = _between(rng, 0.14, 0.55, side_px)
    width_px = rng.uniform(0.5, 1.4) * side_px
    x, near_y = rng.uniform(0.2, 0.8) * side_px, rng.uniform(0.6, 1.05) * side_px
    feet = []
    for row in range(int(rng.integers(1, 4))):
        count = int(np.clip(width_px / (0.45 * height_px), 3, MOST_FLAMES / 3))
        for _ in range(count):
            feet.append(
                (
                    x + rng.uniform(-0.5, 0.5) * width_px,
                    near_y - (row + rng.normal() * 0.15) * 0.3 * height_px,
                )
            )
    return _fire(rng, feet, height_px, unequal=0.4, fuel=True, burnt=False)


def from_above(rng: np.random.Generator, side_px: int) -> Fire:
    """Blots and ragged fronts, as flames look from straight above."""
    height_px = _between(rng, 0.04, 0.4, side_px)
    names = ("spot", "front")
    flames = []
    x, y = rng.uniform(0.15, 0.85, 2) * side_px
    for _ in range(int(rng.integers(1, 6))):
        sprite = FIRE_SPRITES[names[int(rng.integers(2))]](
            rng, max(10, round(height_px * rng.uniform(0.4, 1.0)))
        )
        left, top = x + rng.normal(0.0, 0.6) * height_px, y + rng.normal(0.0, 0.6) * height_px
        flames.append(Flame(sprite, round(left - sprite.rgba.shape[1] / 2), round(top)))
    return Fire(tuple(flames), height_px, fuel=False, burnt=rng.random() < 0.6)


FIRES: Mapping[str, tuple[FireMaker, float]] = {
    "camp": (camp, 0.13),
    "heap": (heap, 0.26),
    "front": (front, 0.24),
    "grass_line": (grass_line, 0.12),
    "wall": (wall, 0.25),
}
FIRES_FROM_ABOVE: Mapping[str, tuple[FireMaker, float]] = {
    "camp": (camp, 0.1),
    "heap": (heap, 0.15),
    "front": (front, 0.2),
    "grass_line": (grass_line, 0.25),
    "from_above": (from_above, 0.3),
}


def any_fire(rng: np.random.Generator, side_px: int, makers: Mapping[str, tuple[FireMaker, float]]) -> Fire:
    """A fire of one of ``makers``, drawn by their shares, for a picture of ``side_px``."""
    shares = np.array([share for _, share in makers.values()])
    name = list(makers)[int(rng.choice(len(makers), p=shares / shares.sum()))]
    return makers[name][0](rng, side_px)


def _row(
    rng: np.random.Generator,
    side_px: int,
    height_px: int,
    *,
    length: float,
    steep: float,
    gaps: float,
    unequal: float,
) -> Fire:
    """Flames along a curve, those further up in the picture smaller; ``gaps`` in flames' heights."""
    slant = rng.normal(0.0, steep)
    length_px = length * side_px
    count = int(np.clip(length_px * abs(np.cos(slant)) / (gaps * height_px), 5, MOST_FLAMES))
    along = (np.linspace(-0.5, 0.5, count) + rng.normal(0.0, 0.4 / count, count)) * length_px
    bow, waves = rng.normal(0.0, 0.25), rng.uniform(0.0, 2 * np.pi)
    x = rng.uniform(0.25, 0.75) * side_px + along * np.cos(slant)
    y = rng.uniform(0.35, 0.9) * side_px + along * np.sin(slant) + bow * (along**2) / length_px
    y = y + 0.5 * height_px * np.sin(waves + 9.0 * along / length_px)
    feet = list(zip(x.tolist(), y.tolist(), strict=True))
    return _fire(rng, feet, height_px, unequal=unequal, fuel=rng.random() < 0.4, burnt=rng.random() < 0.7)


def _fire(
    rng: np.random.Generator,
    feet: list[tuple[float, float]],
    height_px: int,
    *,
    unequal: float,
    fuel: bool,
    burnt: bool,
) -> Fire:
    """A fire whose flames stand on ``feet``, of heights that differ by a factor of about e^``unequal``."""
    camera_seed = int(rng.integers(1 << 31))
    other = rng.random() < OTHER_SHARE
    mean_y = float(np.mean([y for _, y in feet]))
    far = rng.uniform(0.0, 1.5)
    flames = []
    for x, y in sorted(feet, key=lambda foot: foot[1]):
        nearer = np.exp(far * (y - mean_y) / max(6.0 * height_px, 1.0))
        tall = max(10, round(height_px * float(np.exp(rng.normal(-0.1, unequal))) * min(nearer, 2.0)))
        # One camera, hence one exposure and colour, for all flames of a fire.
        camera = np.random.default_rng(camera_seed)
        sprite = FIRE_SPRITES["side"](rng, tall) if other else flow_fire(rng, tall, camera)
        flames.append(Flame(sprite, round(x - sprite.rgba.shape[1] / 2), round(y - tall)))
    return Fire(tuple(flames), height_px, fuel=fuel, burnt=burnt)


def _between(rng: np.random.Generator, low: float, high: float, side_px: int) -> int:
    """A length of ``low`` to ``high`` of the picture's side, small as likely as large, at least 10 px."""
    return max(10, round(side_px * float(np.exp(rng.uniform(np.log(low), np.log(high))))))
