"""Stored goods that look like log piles: round, long, or in rows, and none of them wood lying felled."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.paint import Floats, linear, one_of, palette, varied
from detectors.training.assets.settle import settled
from detectors.training.assets.shapes import boxes, centred, joined, yaw_turn
from detectors.training.assets.tubes import sticks, tubes
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
STRAW = palette("#cdb877", "#b8a468", "#d8cba0", "#a89a78", "#8f9468")
WRAP = palette("#e8e8e4", "#d0d4d0", "#3c4a3c", "#222422", "#a8c8b0", "#d8b8c0")
PIPE = palette(
    "#9a9a98", "#5c7078", "#b8b8b4", "#2c2c2e", "#4a6c98", "#c07040", "#787c80", "#8898a8", "#d8d8d8"
)
STEEL = palette("#6b5a50", "#55585c", "#8a6a54", "#44484c", "#7c7f84")
DRUM = palette("#2c5c98", "#a83028", "#c8a030", "#3c6c48", "#8a8a8a", "#5c4030", "#d8d8d4", "#7090a8")
PAINT = palette(
    "#3868a0", "#b84030", "#d0c8b8", "#58785c", "#c89040", "#6c7074", "#e4e4e0", "#784838", "#284858"
)
DARK = linear("#151515")


def round_bales(rng: np.random.Generator) -> Mesh:
    """Round bales in straw or wrapped: in a row, or scattered over a stubble field."""
    count, wide = int(rng.integers(1, 14)), rng.uniform(1.0, 1.6)
    if rng.random() < 0.5:
        middles = np.column_stack([np.arange(count) * wide * rng.uniform(1.0, 1.3), np.zeros(count)])
        turn = np.full(count, rng.choice([0.0, np.pi / 2.0]))
    else:
        middles, turn = rng.normal(0.0, 6.0, (count, 2)), rng.uniform(0.0, np.pi, count)
    colour = one_of(rng, STRAW if rng.random() < 0.6 else WRAP)
    half = np.stack([np.cos(turn), np.sin(turn), np.zeros(count)], axis=1) * 0.6
    at = np.column_stack([middles, np.full(count, wide / 2.0)])
    ends = varied(rng, colour * 0.85, (count, 2, 2), light=0.06)
    skins = varied(rng, colour, (count, 2, 12), light=0.06)
    axes = np.stack([at - half, at + half], axis=1)
    return tubes(axes, np.full((count, 2), wide / 2.0), skins, sides=12, ends=ends)


def square_bales(rng: np.random.Generator) -> Mesh:
    """A stack of square bales."""
    across, long, high = (int(value) for value in rng.integers([1, 2, 1], [5, 9, 5]))
    size = np.array([rng.uniform(0.8, 2.4), rng.uniform(0.4, 0.9), rng.uniform(0.35, 0.9)])
    grid = np.stack(np.meshgrid(np.arange(long), np.arange(across), np.arange(high)), axis=-1).reshape(-1, 3)
    middles = (grid + np.array([0.0, 0.0, 0.5])) * size * np.array([1.03, 1.03, 1.0])
    colour = one_of(rng, STRAW if rng.random() < 0.7 else WRAP)
    return centred(boxes(middles, size, varied(rng, colour, len(grid), light=0.1)))


def pipes(rng: np.random.Generator) -> Mesh:
    """Pipes of concrete, plastic or steel, side by side or stacked: smooth, alike, dark inside."""
    count, wide = int(rng.integers(2, 24)), rng.uniform(0.1, 1.5)
    length = float(np.clip(wide * rng.uniform(3.0, 20.0), 1.0, 9.0))
    stacked = rng.random() < 0.5
    row = max(2, int(np.sqrt(count) * 1.6)) if stacked else count
    across = (np.arange(count) % row) * wide * 1.02 + (np.arange(count) // row % 2) * wide / 2.0
    heights = settled(across, np.full(count, wide))
    ends = np.stack(
        [np.column_stack([np.full(count, x), across, heights]) for x in (-length / 2.0, length / 2.0)], 1
    )
    skin = varied(rng, one_of(rng, PIPE), count, light=0.04, hue=0.01)
    lids = np.broadcast_to(
        np.stack([skin * 0.7, np.broadcast_to(DARK, skin.shape)], axis=1)[:, None], (count, 2, 2, 3)
    )
    return centred(tubes(ends, np.full((count, 2), wide / 2.0), skin, sides=12, ends=lids))


def steel_bars(rng: np.random.Generator) -> Mesh:
    """Bundles of reinforcing bars, angles or bamboo poles: thin, long, of one colour."""
    count, length = int(rng.integers(8, 70)), rng.uniform(3.0, 12.0)
    across = rng.normal(0.0, rng.uniform(0.15, 0.9), count)
    heights, ragged = rng.uniform(0.02, 0.35, count), rng.normal(0.0, 0.1, count)
    starts = np.column_stack([ragged - length / 2.0, across, heights])
    stops = np.column_stack([ragged + length / 2.0, across + rng.normal(0.0, 0.08, count), heights])
    colours = varied(rng, one_of(rng, STEEL), count, light=0.08, hue=0.01)
    return sticks(starts, stops, rng.uniform(0.01, 0.03), colours, sides=3)


def drums(rng: np.random.Generator) -> Mesh:
    """Drums or tanks, upright or lying in a row, of one or of several colours."""
    count, wide, tall = int(rng.integers(2, 30)), rng.uniform(0.4, 1.2), rng.uniform(0.6, 1.4)
    row = int(rng.integers(2, 9))
    flat = np.column_stack([np.arange(count) % row, np.arange(count) // row]) * wide * rng.uniform(1.02, 1.3)
    flat = flat + rng.normal(0.0, 0.05, flat.shape)
    upright = rng.random() < 0.7
    feet = np.column_stack([flat, np.full(count, 0.0 if upright else wide / 2.0)])
    ahead = np.array([0.0, 0.0, tall]) if upright else np.array([0.0, wide * 0.95, 0.0])
    colours = DRUM[rng.integers(0, len(DRUM), count)] if rng.random() < 0.4 else one_of(rng, DRUM)
    skin = varied(rng, colours, count, light=0.06)
    ends = np.broadcast_to(skin[:, None, None] * 0.9, (count, 2, 2, 3))
    axes = np.stack([feet, feet + ahead], axis=1)
    return centred(tubes(axes, np.full((count, 2), wide / 2.0), skin, sides=10, ends=ends))


def tyres(rng: np.random.Generator) -> Mesh:
    """Tyres in piles and on the ground."""
    count = int(rng.integers(3, 30))
    place = rng.integers(0, 6, count)
    level = np.array([int((place[:number] == place[number]).sum()) for number in range(count)])
    spots = rng.normal(0.0, 1.0, (6, 2))
    feet = np.column_stack([spots[place] + rng.normal(0.0, 0.05, (count, 2)), 0.22 * level])
    axes = np.stack([feet, feet + np.array([0.0, 0.0, 0.2])], axis=1)
    skin = varied(rng, linear("#2a2a2b"), count, light=0.15)
    ends = np.broadcast_to(np.stack([skin * 1.3, skin * 0.3], axis=1)[:, None], (count, 2, 2, 3))
    return tubes(axes, np.full((count, 2), 0.33), skin, sides=10, ends=ends)


def crates(rng: np.random.Generator) -> Mesh:
    """Boxes and sacks, stacked carelessly, in many colours."""
    count = int(rng.integers(3, 40))
    size = rng.uniform(0.25, 0.9)
    middles = np.column_stack(
        [rng.normal(0.0, size * 1.8, (count, 2)), rng.integers(0, 3, count) * size + size / 2.0]
    )
    colours = varied(rng, PAINT[rng.integers(0, len(PAINT), count)], count, light=0.2)
    if rng.random() < 0.6:
        colours = varied(rng, one_of(rng, PAINT), count, light=0.15)
    sizes = size * rng.uniform(0.7, 1.2, (count, 3))
    return centred(boxes(middles, sizes, colours, yaw_turn(rng.normal(0.0, 0.4, count))))


def pallets(rng: np.random.Generator) -> Mesh:
    """Pallets: one, or a stack of them; slats with gaps."""
    high, colour = int(rng.integers(1, 12)), varied(rng, linear("#a58a66"), 1, light=0.2)[0]
    slat = np.column_stack([np.zeros(7), np.linspace(-0.45, 0.45, 7), np.full(7, 0.13)])
    runner = np.column_stack([np.array([-0.5, 0.0, 0.5]), np.zeros(3), np.full(3, 0.06)])
    parts = []
    for level in range(high):
        lift = np.array([*rng.normal(0.0, 0.03, 2), 0.145 * level])
        parts.append(boxes(slat + lift, np.array([[1.2, 0.1, 0.02]]), varied(rng, colour, 7, light=0.1)))
        parts.append(
            boxes(runner + lift, np.array([[0.1, 1.0, 0.1]]), varied(rng, colour * 0.7, 3, light=0.1))
        )
    return joined(*parts)


def container(rng: np.random.Generator) -> Mesh:
    """A shipping container, ribbed."""
    length, colour = float(rng.choice([6.1, 12.2])), one_of(rng, PAINT)
    count = int(length / 0.3)
    middles = np.column_stack(
        [(np.arange(count) + 0.5) * 0.3 - length / 2.0, np.zeros(count), np.full(count, 1.3)]
    )
    shades: Floats = colour * np.where(np.arange(count) % 2 == 0, 1.0, 0.86)[:, None].astype(np.float32)
    sizes = np.column_stack(
        [np.full(count, 0.3), np.where(np.arange(count) % 2 == 0, 2.44, 2.38), np.full(count, 2.59)]
    )
    return boxes(middles, sizes, shades)


ASSETS: Mapping[str, Asset] = {
    "round_bales": Asset(None, round_bales, 1.2),
    "square_bales": Asset(None, square_bales, 0.8),
    "pipes": Asset(None, pipes, 2.0),
    "steel_bars": Asset(None, steel_bars, 1.0),
    "drums": Asset(None, drums, 1.0),
    "tyres": Asset(None, tyres, 0.6),
    "crates": Asset(None, crates, 1.0),
    "pallets": Asset(None, pallets, 0.8),
    "container": Asset(None, container, 0.6),
}
