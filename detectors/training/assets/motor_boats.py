"""Boats of plastic and rubber: speedboats, cabin cruisers, inflatables, jet skis, kayaks, yachts."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from detectors.training.assets.asset import Asset
from detectors.training.assets.boat_paint import BRIGHT, WHITE, bright, canopy, plastic_hull, rubber
from detectors.training.assets.car_paint import DARK, STEEL, glass
from detectors.training.assets.hulls import Hull, hull
from detectors.training.assets.paint import one_of, palette, varied
from detectors.training.assets.panels import block, level, panels, windows
from detectors.training.assets.shapes import box, joined
from detectors.training.assets.tubes import sticks, tubes
from detectors.training.assets.wooden_boats import awning
from detectors.training.mesh import Mesh

Array = npt.NDArray[np.floating]
_SEATS = palette("#e6dcc4", "#f0efea", "#8a3f2f", "#2b3a5c", "#b9b6ac", "#6b4f3a", "#3a3d40")
_SOLE = palette("#d9d6cc", "#b79a6b", "#8f9396", "#e9e8e3", "#6f6a62")


def speedboat(rng: np.random.Generator) -> Mesh:
    """An open motor boat: windscreen, seats, one or two outboard motors, a top against the sun at times."""
    shape = _planing(rng, rng.uniform(4.2, 8.5))
    length, beam, deck = shape.length_m, shape.beam_m, 0.35
    skin = hull(shape, plastic_hull(rng), WHITE * rng.uniform(0.7, 1.0), one_of(rng, _SOLE))
    bow = _foredeck(shape, WHITE * rng.uniform(0.6, 1.0), start=rng.uniform(0.6, 0.72))
    parts = [skin, bow, _windscreen(rng, shape), _seats(rng, shape, deck), _outboards(rng, shape)]
    if rng.random() < 0.3:
        parts.append(awning(rng, (-0.25 * length, rng.uniform(0.0, 0.12) * length), 0.8 * beam, 2.1))
    return joined(*parts)


def cruiser(rng: np.random.Generator) -> Mesh:
    """A cabin cruiser: long foredeck, cabin with dark glass, cockpit behind; a second deck when large."""
    shape = _planing(rng, rng.uniform(6.5, 15.0))
    length, beam, deck = shape.length_m, shape.beam_m, shape.freeboard_m
    decked = Hull(length, beam, deck, 0.1, shape.sheer_m, stern=0.9, entry=2.4, rake_m=0.08 * length)
    back, front = rng.uniform(-0.25, -0.1) * length, rng.uniform(0.12, 0.26) * length
    foot = (back, front, 0.74 * beam, deck)
    top = (back + 0.02 * length, front - 0.1 * length, 0.62 * beam, deck + rng.uniform(0.09, 0.13) * length)
    skin = hull(decked, plastic_hull(rng), WHITE, WHITE * rng.uniform(0.75, 1.0))
    well = level((-0.46 * length, back - 0.05, 0.7 * beam, deck + 0.08), one_of(rng, _SOLE))
    house = [block(foot, top, WHITE * 0.95), windows(foot, top, glass(rng), posts=0.06)]
    if length > 10.0 and rng.random() < 0.6:
        house.append(_fly_bridge(rng, top))
    return joined(skin, well, *house)


def inflatable(rng: np.random.Generator) -> Mesh:
    """A rigid or soft inflatable: a thick tube about a floor, an outboard motor, a console at times."""
    length, beam, tube = rng.uniform(2.8, 8.0), rng.uniform(1.5, 2.6), rng.uniform(0.2, 0.28)
    colour, half, bow = rubber(rng), beam / 2.0 - tube, 0.3 * length
    side = [(-length / 2.0, half), (bow, half), (0.44 * length, 0.45 * half), (length / 2.0 - tube, 0.0)]
    path = np.array([(x, y, 0.8 * tube) for x, y in side] + [(x, -y, 0.8 * tube) for x, y in side[-2::-1]])
    axes = np.stack([path[:-1], path[1:]], axis=1)
    ends = np.broadcast_to(colour, (len(axes), 2, 2, 3))
    ring = tubes(
        axes, np.full((len(axes), 2), tube), np.broadcast_to(colour, (len(axes), 3)), sides=8, ends=ends
    )
    floor = level((-0.48 * length, bow, 2.0 * half, 0.12), DARK * rng.uniform(1.0, 12.0))
    console = box((0.6, 0.6, 0.9), WHITE, (0.0, 0.0, 0.12)) if length > 4.5 and rng.random() < 0.7 else None
    motor = box((0.5, 0.4, 0.75), DARK, (-length / 2.0 - 0.1, 0.0, 0.2))
    return joined(ring, floor, console, motor)


def jet_ski(rng: np.random.Generator) -> Mesh:
    """A jet ski."""
    paint = bright(rng)
    shape = Hull(
        rng.uniform(2.4, 3.4), rng.uniform(1.0, 1.25), 0.35, 0.1, 0.15, stern=0.9, entry=2.0, flare=0.7
    )
    length = shape.length_m
    skin = hull(shape, paint, paint * 0.7, WHITE * 0.8 if rng.random() < 0.5 else DARK * 3.0)
    seat = block((-0.38 * length, 0.1 * length, 0.42, 0.3), (-0.34 * length, 0.05 * length, 0.3, 0.72), DARK)
    nose = block((0.05 * length, 0.42 * length, 0.6, 0.35), (0.08 * length, 0.25 * length, 0.35, 0.85), paint)
    bar = sticks(
        np.array([(0.05 * length, -0.36, 0.95)]), np.array([(0.05 * length, 0.36, 0.95)]), 0.03, DARK
    )
    return joined(skin, seat, nose, bar)


def kayak(rng: np.random.Generator) -> Mesh:
    """A kayak or canoe of plastic, a paddle across it at times."""
    paint, length = bright(rng), rng.uniform(2.6, 5.5)
    shape = Hull(length, rng.uniform(0.6, 0.85), 0.18, 0.06, 0.08, 0.08, stern=0.05, entry=2.0, rake_m=0.1)
    wells = [(-0.15, 0.15)] if length < 3.6 else [(-0.3, -0.06), (0.06, 0.3)]
    holes = [level((a * length, b * length, 0.45, 0.2), DARK * 2.0) for a, b in wells]
    paddle = _paddle(rng, 0.3) if rng.random() < 0.6 else None
    return joined(hull(shape, paint, paint, paint * 0.9), *holes, paddle)


def sailing_boat(rng: np.random.Generator) -> Mesh:
    """A yacht: mast and boom, sails up or furled, a low cabin."""
    length = rng.uniform(4.5, 14.0)
    beam, deck = length * rng.uniform(0.28, 0.36), 0.08 * length
    shape = Hull(
        length, beam, deck, 0.08, 0.03 * length, stern=rng.uniform(0.5, 0.9), entry=2.2, rake_m=0.08 * length
    )
    skin = hull(shape, plastic_hull(rng), WHITE, one_of(rng, _SOLE))
    foot = (-0.15 * length, 0.22 * length, 0.55 * beam, deck)
    house = block(foot, (-0.14 * length, 0.17 * length, 0.45 * beam, deck + 0.05 * length), WHITE)
    mast, high, swing = 0.08 * length, 1.25 * length, rng.normal(0.0, 0.35)
    end = np.array(
        [mast - 0.42 * length * np.cos(swing), 0.42 * length * np.sin(swing), deck + 0.14 * length]
    )
    heel = np.array([mast, 0.0, end[2]])
    spars = sticks(
        np.array([(mast, 0.0, deck), heel]),
        np.array([(mast, 0.0, high), end]),
        0.008 * length + 0.02,
        STEEL * 1.8,
    )
    cloth = varied(rng, one_of(rng, palette("#f4f3ee", "#e9e6da", "#d8322a", "#2b4f8a")), 1, light=0.05)[0]
    if rng.random() < 0.5:
        peak = np.array([mast, 0.0, 0.97 * high])
        bow = np.array([0.47 * length, 0.0, deck + 0.2])
        sails = panels(
            [[heel, end, peak, peak], [bow, 0.6 * heel + 0.4 * end, 0.8 * peak, 0.8 * peak]], cloth
        )
    else:
        furled = np.array([0.0, 0.0, 0.12])
        sails = sticks(heel + furled, end + furled, 0.02 * length, cloth)
    return joined(skin, house, spars, sails)


def _planing(rng: np.random.Generator, length_m: float) -> Hull:
    return Hull(
        length_m,
        length_m * rng.uniform(0.29, 0.38),
        0.45 + 0.035 * length_m,
        rng.uniform(0.35, 0.5),
        sheer_m=0.03 * length_m,
        stern=rng.uniform(0.85, 0.97),
        entry=rng.uniform(2.2, 3.2),
        rake_m=0.06 * length_m,
    )


def _foredeck(shape: Hull, colour: Array, start: float) -> Mesh:
    """A deck over the bow, from ``start`` in shares of the length."""
    share = np.linspace(start, 1.0, 6)
    x, half, top = (share - 0.5) * shape.length_m, 0.9 * shape.half_m(share), shape.top_m(share) + 0.02
    left, right = np.column_stack([x, half, top]), np.column_stack([x, -half, top])
    return panels(np.stack([right[:-1], right[1:], left[1:], left[:-1]], axis=1), colour)


def _windscreen(rng: np.random.Generator, shape: Hull) -> Mesh:
    x, half = rng.uniform(0.05, 0.13) * shape.length_m, 0.4 * shape.beam_m
    low, high = shape.freeboard_m + 0.05, shape.freeboard_m + rng.uniform(0.35, 0.6)
    front = [
        (x + 0.3, -0.7 * half, low),
        (x + 0.3, 0.7 * half, low),
        (x, 0.7 * half, high),
        (x, -0.7 * half, high),
    ]
    wings = [
        [
            (x + 0.3, s * 0.7 * half, low),
            (x - 0.4, s * half, low),
            (x - 0.5, s * 0.95 * half, high),
            (x, s * 0.7 * half, high),
        ]
        for s in (-1.0, 1.0)
    ]
    return panels([front, *wings], glass(rng) * 1.5)


def _seats(rng: np.random.Generator, shape: Hull, deck_m: float) -> Mesh:
    colour, length, beam = one_of(rng, _SEATS), shape.length_m, shape.beam_m
    bench = box((0.5, 0.75 * beam, 0.45), colour, (-0.36 * length, 0.0, deck_m))
    places = [(0.0, side * 0.22 * beam, deck_m) for side in (-1.0, 1.0)]
    return joined(bench, *(box((0.5, 0.5, 0.6), colour, place) for place in places))


def _outboards(rng: np.random.Generator, shape: Hull) -> Mesh:
    colour = one_of(rng, palette("#1b1c1e", "#d8d9d8", "#55585a"))
    places = [0.0] if shape.length_m < 6.0 or rng.random() < 0.5 else [-0.35, 0.35]
    back = -shape.length_m / 2.0 - 0.2
    return joined(*(box((0.55, 0.38, 0.9), colour, (back, y, 0.15)) for y in places))


def _fly_bridge(rng: np.random.Generator, cabin_top: tuple[float, float, float, float]) -> Mesh:
    back, front, width, z = cabin_top
    foot = (back, 0.6 * front + 0.4 * back, 0.85 * width, z)
    roof = (back, foot[1] - 0.3, 0.75 * width, z + 1.7)
    screen = block(foot, (foot[0], foot[1] - 0.3, 0.8 * width, z + 0.6), WHITE * 0.9)
    return joined(screen, block(roof, (*roof[:3], roof[3] + 0.08), canopy(rng)))


def _paddle(rng: np.random.Generator, x_m: float) -> Mesh:
    """A double paddle across the boat."""
    swing, colour = rng.uniform(-0.3, 0.3), one_of(rng, BRIGHT)
    start = np.array([(x_m - 0.3 * swing, -1.05, 0.4 + 0.3 * swing)])
    stop = np.array([(x_m + 0.3 * swing, 1.05, 0.4 - 0.3 * swing)])
    blades = (box((0.18, 0.4, 0.03), colour, place) for place in np.concatenate([start, stop]))
    return joined(sticks(start, stop, 0.018, DARK), *blades)


MOTOR_BOATS: Mapping[str, Asset] = {
    "speedboat": Asset("boat", speedboat, 2.0, "water"),
    "cruiser": Asset("boat", cruiser, 1.0, "water"),
    "inflatable": Asset("boat", inflatable, 1.0, "water"),
    "jet_ski": Asset("boat", jet_ski, 1.0, "water"),
    "kayak": Asset("boat", kayak, 0.8, "water"),
    "sailing_boat": Asset("boat", sailing_boat, 0.5, "water"),
}
