"""Poses of a person: where the joints are, metres, for a body 1.7 m tall that faces X."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating]
Joints = Mapping[str, Array]
"""Joint to place (3,): pelvis, neck, head; hip, knee, foot, shoulder, elbow, hand with ``_l`` or ``_r``."""

# Lengths of the parts of a body 1.7 m tall, after the shares of body height in Drillis and Contini (1966):
# thigh 0.245, shin 0.246, upper arm 0.186, forearm and half the hand 0.2, shoulders 0.26 apart, hips 0.19.
THIGH_M, SHIN_M, UPPER_ARM_M, FOREARM_M = 0.42, 0.42, 0.31, 0.33
HALF_HIPS_M, HALF_SHOULDERS_M, TRUNK_M, HEAD_M = 0.1, 0.19, 0.5, 0.19
SIDES = (("l", 1.0), ("r", -1.0))


def jointed(
    pelvis_m: tuple[float, float, float],
    lean_rad: float,
    thighs_rad: tuple[float, float],
    knees_rad: tuple[float, float],
    arms_rad: tuple[float, float],
    elbows_rad: tuple[float, float],
    apart_rad: float = 0.06,
) -> Joints:
    """Joints from angles in the body's plane of symmetry, left then right: forward of straight down for
    thighs and arms, bent back at the knee, bent up at the elbow; ``apart_rad`` spreads the limbs sideways."""
    pelvis = np.array(pelvis_m)
    up = np.array([np.sin(lean_rad), 0.0, np.cos(lean_rad)])
    neck = pelvis + TRUNK_M * up
    places = {"pelvis": pelvis, "neck": neck, "head": neck + HEAD_M * up}
    for number, (side, sign) in enumerate(SIDES):
        hip = pelvis + np.array([0.0, sign * HALF_HIPS_M, 0.0])
        knee = hip + THIGH_M * _hanging(thighs_rad[number], sign * apart_rad)
        foot = knee + SHIN_M * _hanging(thighs_rad[number] - knees_rad[number], sign * 0.5 * apart_rad)
        shoulder = neck + np.array([0.0, sign * HALF_SHOULDERS_M, -0.05])
        elbow = shoulder + UPPER_ARM_M * _hanging(arms_rad[number], sign * (apart_rad + 0.12))
        hand = elbow + FOREARM_M * _hanging(arms_rad[number] + elbows_rad[number], sign * apart_rad)
        limbs = {"hip": hip, "knee": knee, "foot": foot, "shoulder": shoulder, "elbow": elbow, "hand": hand}
        places |= {f"{joint}_{side}": place for joint, place in limbs.items()}
    return places


def _hanging(forward_rad: float, aside_rad: float) -> Array:
    """The direction of a limb that hangs down, swung forward and then aside (towards Y)."""
    level = np.cos(aside_rad)
    return np.array([np.sin(forward_rad) * level, np.sin(aside_rad), -np.cos(forward_rad) * level])


def on_feet(joints: Joints) -> Joints:
    """The pose raised or lowered so that the soles are at z = 0."""
    lowest = min(float(place[2]) for place in joints.values()) - 0.06
    return {joint: place - np.array([0.0, 0.0, lowest]) for joint, place in joints.items()}


def stand(rng: np.random.Generator) -> Joints:
    """Standing, hands down, on the hips, or before the body with a telephone or a tool."""
    arms, elbows = rng.normal(0.1, 0.15, 2), np.abs(rng.normal(0.2, 0.2, 2))
    if rng.random() < 0.35:
        elbows[int(rng.integers(2))] += rng.uniform(0.9, 1.8)
    thighs = rng.normal(0.0, 0.06, 2)
    return on_feet(
        jointed(
            (0, 0, 0), rng.normal(0.02, 0.04), _two(thighs), _two(np.abs(thighs)), _two(arms), _two(elbows)
        )
    )


def walk(rng: np.random.Generator) -> Joints:
    """A step, short or long; the arms swing against the legs."""
    swing = rng.uniform(0.15, 0.6) * rng.choice([-1.0, 1.0])
    knees = (rng.uniform(0.05, 0.2) + max(-swing, 0.0), rng.uniform(0.05, 0.2) + max(swing, 0.0))
    elbows = _two(rng.uniform(0.1, 0.7, 2))
    lean = rng.uniform(0.0, 0.12)
    return on_feet(jointed((0, 0, 0), lean, (swing, -swing), knees, (-0.8 * swing, 0.8 * swing), elbows))


def carry(rng: np.random.Generator) -> Joints:
    """Walking with both arms bent up, as under a load on the shoulder."""
    swing = rng.uniform(0.1, 0.4) * rng.choice([-1.0, 1.0])
    arms = (rng.uniform(0.3, 1.2), rng.uniform(0.8, 1.6))
    return on_feet(
        jointed((0, 0, 0), 0.08, (swing, -swing), (0.2, 0.2), arms, _two(rng.uniform(1.2, 1.9, 2)))
    )


def stoop(rng: np.random.Generator) -> Joints:
    """Bent over some work on the ground, arms down: cutting, lifting, planting."""
    bend = rng.uniform(0.2, 0.8)
    arms = rng.uniform(0.1, 0.9, 2)
    lean = rng.uniform(0.6, 1.4)
    return on_feet(
        jointed((0, 0, 0), lean, (bend, 0.6 * bend), (bend, bend), _two(arms), _two(rng.uniform(0.0, 0.6, 2)))
    )


def crouch(rng: np.random.Generator) -> Joints:
    """Squatting on the heels."""
    thigh, knee = rng.uniform(1.5, 1.9), rng.uniform(2.1, 2.4)
    arms = _two(rng.uniform(0.4, 1.1, 2))
    return on_feet(
        jointed((0, 0, 0), rng.uniform(0.3, 0.7), (thigh, thigh), (knee, knee), arms, (0.4, 0.5), 0.2)
    )


def sit(rng: np.random.Generator) -> Joints:
    """Sitting with the seat at z = 0, thighs level, shins down: on a thwart, a bench, a bed's rim."""
    thigh, arms = rng.uniform(1.2, 1.6), _two(rng.uniform(0.1, 0.8, 2))
    return jointed(
        (0, 0, 0.12),
        rng.normal(0.05, 0.15),
        (thigh, thigh),
        _two(rng.uniform(1.0, 1.7, 2)),
        arms,
        _two(rng.uniform(0.2, 1.2, 2)),
        0.12,
    )


def sit_low(rng: np.random.Generator) -> Joints:
    """Sitting on the ground, legs out or drawn up."""
    drawn = rng.uniform(0.0, 1.0)
    thigh, knee = 1.5 + 0.7 * drawn, 0.1 + 1.9 * drawn
    joints = jointed(
        (0, 0, 0),
        rng.uniform(-0.35, 0.3),
        (thigh, thigh),
        (knee, knee),
        _two(rng.uniform(-0.5, 0.9, 2)),
        (0.4, 0.4),
        0.15,
    )
    return on_feet(joints)


def lie(rng: np.random.Generator) -> Joints:
    """Lying on the back or the belly, limbs anyhow."""
    thighs, arms = rng.uniform(-0.15, 0.5, 2), rng.uniform(-0.4, 2.8, 2)
    upright = jointed(
        (0, 0, 0),
        0.0,
        _two(thighs),
        _two(rng.uniform(0.0, 0.6, 2)),
        _two(0.2 * arms),
        (0.2, 0.3),
        rng.uniform(0.1, 0.5),
    )
    return on_feet({joint: place[[2, 1, 0]] * np.array([-1.0, 1.0, 0.5]) for joint, place in upright.items()})


def ride(rng: np.random.Generator) -> Joints:
    """Riding: the seat at z = 0, thighs forward and apart, hands at a bar 0.55 m before the seat."""
    lean = rng.uniform(0.05, 0.35)
    arms = (1.0 - 0.5 * lean, 1.0 - 0.5 * lean)
    return jointed((0, 0, 0.12), lean, (1.25, 1.25), (1.25, 1.25), arms, (0.35, 0.35), 0.22)


def swim(rng: np.random.Generator) -> Joints:
    """Upright or stretched out in the water, which is at z = 0 and hides what is lower."""
    lean = float(rng.choice([rng.uniform(0.0, 0.5), rng.uniform(1.1, 1.5)]))
    arms, elbows = _two(rng.uniform(0.6, 2.6, 2)), _two(rng.uniform(0.0, 0.8, 2))
    joints = jointed((0, 0, 0), lean, (0.3 - lean, -lean), (0.4, 0.3), arms, elbows, 0.35)
    up = rng.uniform(0.05, 0.22)
    sunk = float(joints["head"][2]) - up
    return {joint: place - np.array([joints["neck"][0], 0.0, sunk]) for joint, place in joints.items()}


def _two(values: Array) -> tuple[float, float]:
    return float(values[0]), float(values[1])


POSES: Mapping[str, Callable[[np.random.Generator], Joints]] = {
    "stand": stand,
    "walk": walk,
    "stoop": stoop,
    "crouch": crouch,
    "sit_low": sit_low,
    "lie": lie,
}
