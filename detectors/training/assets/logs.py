"""Log piles: three or more trunks that lie together, in the ways that loggers leave them."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.settle import settled
from detectors.training.assets.shapes import centred, joined
from detectors.training.assets.timber import Lie, Look, look, trunks
from detectors.training.assets.tubes import sticks
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
# So many logs of 70 faces stay within the 12,000 faces that a pile may cost.
MOST_LOGS = 170


def deck(rng: np.random.Generator) -> Mesh:
    """A log deck: trunks of one length side by side in layers, ends about even, as a landing has them."""
    diameters = _diameters(rng, int(rng.integers(5, 90)))
    across = _packed(rng, diameters, _width(diameters, rng.uniform(0.3, 2.2)))
    return _parallel(rng, across, diameters, _length(rng, diameters), yaw_spread=rng.uniform(0.0, 0.06))


def stack(rng: np.random.Generator) -> Mesh:
    """A tall stack, of a pyramid's section or between posts."""
    diameters = _diameters(rng, int(rng.integers(12, MOST_LOGS)), spread=0.15)
    length, width = _length(rng, diameters), _width(diameters, rng.uniform(1.0, 3.5))
    if rng.random() < 0.5:
        return _parallel(rng, _mound(rng, len(diameters), 1.5 * width), diameters, length, yaw_spread=0.015)
    across = _packed(rng, diameters, width)
    pile = _parallel(rng, across, diameters, length, yaw_spread=0.01)
    return joined(pile, _posts(rng, pile))


def row(rng: np.random.Generator) -> Mesh:
    """One layer, or little more, with gaps and slanting trunks: drawn together and dropped."""
    diameters = _diameters(rng, int(rng.integers(3, 24)))
    gaps = diameters * (1.0 + rng.exponential(rng.uniform(0.02, 0.5), len(diameters)))
    across = np.cumsum(gaps)
    return _parallel(rng, across, diameters, _length(rng, diameters), yaw_spread=rng.uniform(0.01, 0.12))


def heap(rng: np.random.Generator) -> Mesh:
    """A heap of trunks pushed together, many of them crossing."""
    diameters = _diameters(rng, int(rng.integers(8, 80)))
    across = _mound(rng, len(diameters), _width(diameters, rng.uniform(0.3, 1.6)))
    return _parallel(rng, across, diameters, _length(rng, diameters), yaw_spread=rng.uniform(0.1, 0.4))


def fan(rng: np.random.Generator) -> Mesh:
    """Trunks dragged to one place: butts together, tops apart."""
    diameters = _diameters(rng, int(rng.integers(4, 40)))
    length = _length(rng, diameters)
    lengths = length * rng.uniform(0.7, 1.1, len(diameters))
    width = _width(diameters, rng.uniform(0.3, 1.2))  # at half their length
    yaws = rng.uniform(-1.0, 1.0, len(diameters)) * min(1.2, max(rng.uniform(0.15, 0.7), width / length))
    heights = settled(yaws * lengths * 0.5, diameters)
    back = rng.normal(0.0, 0.06, len(diameters)) * lengths
    middles = np.stack([np.cos(yaws) * lengths * 0.5 + back, np.sin(yaws) * lengths * 0.5, heights], axis=1)
    lie = Lie(middles, yaws, rng.normal(0.0, 0.02, len(yaws)), lengths, diameters)
    return centred(trunks(rng, lie, look(rng)))


def felled(rng: np.random.Generator) -> Mesh:
    """A bunch as felled: long thin trunks about one direction with gaps between, stubs of branches left."""
    diameters = rng.uniform(0.15, 0.45, int(rng.integers(3, 16)))
    lengths = rng.uniform(6.0, 15.0) * rng.uniform(0.6, 1.1, len(diameters))
    apart = rng.uniform(1.1, 3.0) * float(diameters.mean()) * len(diameters)
    across = rng.uniform(-0.5, 0.5, len(diameters)) * apart
    yaws = rng.normal(0.0, rng.uniform(0.05, 0.35), len(diameters))
    middles = np.stack(
        [rng.normal(0.0, 0.12, len(yaws)) * lengths, across, settled(across, diameters)], axis=1
    )
    wood, lie = look(rng), Lie(middles, yaws, rng.normal(0.0, 0.012, len(yaws)), lengths, diameters)
    return centred(joined(trunks(rng, lie, wood, bend=0.02), _stubs(rng, lie, wood)))


def billets(rng: np.random.Generator) -> Mesh:
    """Short rounds: stacked in a row with the ends outward, or thrown on a heap."""
    count = int(rng.integers(10, 120))
    length, diameters = (
        rng.uniform(0.3, 1.2),
        np.clip(rng.normal(rng.uniform(0.12, 0.4), 0.05, count), 0.08, 0.6),
    )
    wood = look(rng)
    if rng.random() < 0.5:
        across = rng.uniform(-0.5, 0.5, count) * _width(diameters, rng.uniform(0.5, 2.0))
        return _parallel(rng, across, diameters, length, yaw_spread=0.05, wood=wood)
    reach = float(diameters.mean()) * np.sqrt(count) * 0.7
    flat = rng.normal(0.0, reach * 0.6, (count, 2))
    rise = np.maximum(0.0, reach - np.linalg.norm(flat, axis=1)) * rng.uniform(0.0, 0.9, count)
    middles = np.column_stack([flat, diameters / 2.0 + rise])
    lie = Lie(
        middles,
        rng.uniform(0.0, 2.0 * np.pi, count),
        rng.normal(0.0, 0.3, count),
        length * rng.uniform(0.8, 1.2, count),
        diameters,
    )
    return centred(trunks(rng, lie, wood, bend=0.0))


def great_logs(rng: np.random.Generator) -> Mesh:
    """A few thick logs of an old tree, cut to length, as they wait for a truck or a boat."""
    diameters = rng.uniform(0.45, 0.95, int(rng.integers(3, 13)))
    across = _packed(rng, diameters, float(diameters.sum()) * rng.uniform(0.4, 1.3))
    return _parallel(rng, across, diameters, rng.uniform(2.0, 6.5), yaw_spread=rng.uniform(0.0, 0.15))


def crib(rng: np.random.Generator) -> Mesh:
    """Layers laid crosswise, each on the one below."""
    layers, each = int(rng.integers(2, 7)), int(rng.integers(3, 9))
    diameter, length = rng.uniform(0.12, 0.35), rng.uniform(1.2, 4.0)
    layer = np.repeat(np.arange(layers), each)
    offset = (np.tile(np.arange(each), layers) / (each - 1) - 0.5) * (length - diameter)
    crossed = layer % 2 == 1
    middles = np.stack(
        [np.where(crossed, offset, 0.0), np.where(crossed, 0.0, offset), diameter * (0.5 + 0.95 * layer)],
        axis=1,
    )
    yaws = np.where(crossed, np.pi / 2.0, 0.0) + rng.normal(0.0, 0.03, len(layer))
    sizes = np.full(len(layer), diameter) * rng.uniform(0.85, 1.1, len(layer))
    lie = Lie(middles, yaws, np.zeros(len(layer)), length * rng.uniform(0.95, 1.1, len(layer)), sizes)
    return centred(trunks(rng, lie, look(rng)))


def raft(rng: np.random.Generator) -> Mesh:
    """Logs afloat side by side, bound to a raft: half under water, which is at z = 0."""
    diameters = _diameters(rng, int(rng.integers(4, 30)))
    across = np.cumsum(diameters * rng.uniform(1.0, 1.15, len(diameters)))
    across -= across.mean()
    middles = np.stack([rng.normal(0.0, 0.3, len(across)), across, diameters * 0.08], axis=1)
    lengths = np.full(len(across), rng.uniform(3.0, 10.0)) * rng.uniform(0.85, 1.05, len(across))
    lie = Lie(middles, rng.normal(0.0, 0.02, len(across)), np.zeros(len(across)), lengths, diameters)
    return trunks(rng, lie, look(rng))


def load_of_logs(rng: np.random.Generator, length_m: float, width_m: float) -> Mesh:
    """Logs for a bed of ``length_m`` by ``width_m``: on its floor at z = 0, lengthwise, none beside it."""
    diameter = rng.uniform(0.15, min(0.5, width_m / 3.0))
    count = int(np.clip(rng.uniform(1.5, 3.5) * width_m / diameter, 3, 60))
    diameters = np.clip(rng.normal(diameter, 0.15 * diameter, count), 0.1, width_m / 2.5)
    across = np.clip(_mound(rng, count, width_m), -1.0, 1.0) * (width_m / 2.0 - diameters / 2.0)
    length = length_m * rng.uniform(0.75, 1.05)
    return _parallel(rng, across, diameters, length, yaw_spread=0.01, ragged=0.05)


def _parallel(
    rng: np.random.Generator,
    across_m: Array,
    diameters_m: Array,
    length_m: float,
    *,
    yaw_spread: float,
    ragged: float | None = None,
    wood: Look | None = None,
) -> Mesh:
    """Trunks about X, dropped in turn at ``across_m``; ``ragged`` is how uneven their ends are, by length."""
    count = len(across_m)
    ragged = float(rng.choice([0.01, 0.04, 0.1])) if ragged is None else ragged
    lengths = length_m * np.clip(rng.normal(1.0 - ragged, ragged, count), 0.5, 1.1)
    along = rng.normal(0.0, ragged / 2.0, count) * length_m
    middles = np.stack([along, across_m, settled(across_m, diameters_m)], axis=1)
    pitches = rng.normal(0.0, 0.004 + 0.1 * yaw_spread, count)
    lie = Lie(middles, rng.normal(0.0, yaw_spread, count), pitches, lengths, diameters_m)
    return centred(trunks(rng, lie, look(rng) if wood is None else wood))


def _diameters(rng: np.random.Generator, count: int, spread: float | None = None) -> Array:
    """Diameters (n,) of one pile, metres: mostly 0.12 to 0.45, as from a forest cut over before."""
    middle = rng.uniform(0.12, 0.45) if rng.random() < 0.85 else rng.uniform(0.4, 0.7)
    spread = rng.uniform(0.05, 0.35) if spread is None else spread
    return np.clip(rng.lognormal(np.log(middle), spread, count), 0.09, 0.95)


def _length(rng: np.random.Generator, diameters_m: Array) -> float:
    """A length for logs so thick: 8 to 40 times their diameter, within 1.5 to 14 m."""
    return float(np.clip(float(diameters_m.mean()) * rng.uniform(8.0, 40.0), 1.5, 14.0))


def _width(diameters_m: Array, height_m: float) -> float:
    """How wide a pile of so thick logs is when it is about ``height_m`` high."""
    filled = 0.6  # of the squares about dropped logs; neatly laid ones fill more, and the pile is lower
    return max(float((diameters_m**2).sum()) / (filled * height_m), 2.0 * float(diameters_m.max()))


def _packed(rng: np.random.Generator, diameters_m: Array, width_m: float) -> Array:
    """Places (n,) across, filled from one side to the other, layer upon layer."""
    along = np.cumsum(diameters_m * rng.uniform(0.98, 1.12))
    return np.asarray(np.mod(along, max(width_m, float(diameters_m.max()))) - width_m / 2.0)


def _mound(rng: np.random.Generator, count: int, width_m: float) -> Array:
    """Places (n,) across, more of them in the middle."""
    return np.asarray((rng.beta(2.0, 2.0, count) - 0.5) * width_m)


def _posts(rng: np.random.Generator, pile: Mesh) -> Mesh:
    """Two posts at each side of a pile along X."""
    low, high = pile.vertices_m.min(axis=0), pile.vertices_m.max(axis=0)
    places = [(x * high[0], y) for x in (-0.6, 0.6) for y in (low[1], high[1])]
    feet = np.array([(x, y, 0.0) for x, y in places])
    tops = feet + np.array([0.0, 0.0, float(high[2]) * rng.uniform(0.9, 1.2)])
    return sticks(feet, tops, 0.06, look(rng).bark[None])


def _stubs(rng: np.random.Generator, lie: Lie, wood: Look) -> Mesh:
    """Stubs of branches on trunks as they lie, two to each on average."""
    which = rng.integers(0, len(lie.yaws_rad), 2 * len(lie.yaws_rad))
    yaws, reach = lie.yaws_rad[which], rng.uniform(-0.1, 0.48, len(which)) * lie.lengths_m[which]
    roots = lie.middles_m[which] + np.stack(
        [np.cos(yaws) * reach, np.sin(yaws) * reach, np.zeros_like(yaws)], axis=1
    )
    lean = yaws + rng.choice([-1.0, 1.0], len(which)) * rng.uniform(0.5, 1.2, len(which))
    out = rng.uniform(0.3, 1.2, len(which))
    tips = roots + np.stack(
        [np.cos(lean) * out, np.sin(lean) * out, rng.uniform(0.0, 0.5, len(which))], axis=1
    )
    return sticks(roots, tips, 0.04, wood.bark[None], sides=4, taper=0.5)


ASSETS: Mapping[str, Asset] = {
    "log_deck": Asset("log_pile", deck, 3.0),
    "log_stack": Asset("log_pile", stack, 2.0),
    "log_row": Asset("log_pile", row, 2.5),
    "log_heap": Asset("log_pile", heap, 2.0),
    "log_fan": Asset("log_pile", fan, 1.5),
    "log_felled": Asset("log_pile", felled, 1.5),
    "log_billets": Asset("log_pile", billets, 1.0),
    "log_great": Asset("log_pile", great_logs, 1.2),
    "log_crib": Asset("log_pile", crib, 0.4),
    "log_raft": Asset("log_pile", raft, 0.6, "water"),
}
