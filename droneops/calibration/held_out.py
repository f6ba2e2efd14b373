"""Whether a new value is worth having: does it not harm on looks that had no part in finding it?

What passes the test of its own looks may still be a wandering error taken for a lens. Each quarter of the
time is foretold by a fit to the other three, once with a group of parameters and once with their old values.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from droneops.calibration.fit import Fit, Mask, whole
from droneops.calibration.model import Problem
from droneops.calibration.parameters import BORESIGHT, HEADING, LAG, LENS, NAMES, TIME
from droneops.types import FloatArray

GROUPS = (LENS[3:], LENS[1:3], LENS[:1], BORESIGHT, (LAG,), (TIME,), (HEADING,))
"""What is tried alone, the least needed first: those of a group are of use only together."""

PARTS = 4
"""A quarter of a flight lasts as long as the heading's wandering, or longer: its errors are others."""

CLEARLY = 0.05
"""An old value is kept where it foretells by this much better. Less is chance: a flight has few independent
quarters, and on a recorded patrol an offset that made no difference to the own part served the other."""


def without_the_useless(problem: Problem, found: Fit) -> Fit:
    """The fit with the old values of what harms on looks left out; its sigmas say so."""
    part = _part(problem, found)
    held = np.zeros(len(NAMES), dtype=bool)
    for group in GROUPS:
        tried = held | np.isin(NAMES, group) & found.estimated
        if tried.sum() == held.sum():
            continue
        if _off_px(found, part, tried) < (1 - CLEARLY) * _off_px(found, part, held):
            held = tried
    if not held.any():
        return found
    step, cov = found.normal.solve(np.ones(len(found.normal.at_prior), dtype=bool), held[found.estimated])
    return replace(found, step=whole(step, found.estimated), cov=whole(cov, found.estimated), held=held)


def _part(problem: Problem, found: Fit) -> FloatArray:
    """(m,) which part of the time each used look belongs to."""
    time_us = np.array([look.frame_us for look in problem.only(found.used).looks], dtype=np.float64)
    share = (time_us - time_us.min()) / max(float(np.ptp(time_us)), 1.0)
    part: FloatArray = np.minimum(np.floor(PARTS * share), PARTS - 1)
    return part


def _off_px(found: Fit, part: FloatArray, held: Mask) -> float:
    """How far off the looks of each part are by the others' fit: the mean over all."""
    normal, total = found.normal, 0.0
    for one in np.unique(part):
        own = np.repeat(part == one, 2)
        if own.all():
            continue
        step, _ = normal.solve(~own, held[found.estimated])
        left = normal.at_prior[own] - normal.slopes[own] @ step
        total += float(np.hypot(*left.reshape(-1, 2).T).sum())
    return total / len(part)
