"""When two tracks are one thing, and when one has become two."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from droneops.tracking import kalman, labels
from droneops.tracking.assignment import NOBODY, IntArray
from droneops.tracking.association import GATE_D2, Placed
from droneops.tracking.live import MAX_COAST_S, Live, coasted_to

GATE_D2_WITH_SPEED = 18.47
"""As `GATE_D2` for place and speed together (chi-square, 4 degrees)."""

SETTLE_S = 3.0
"""A turn back to a scene shows it within this time, and puts it aside by metres until it ends."""

SPLIT_WITHIN_M = 3.0
"""Two people in one box stand closer than this, and so do two who have just come out of it."""

SAME_BOX_IOU = 0.7
"""Detectors suppress their own doubles above this overlap; two people side by side stay well below it."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well two tracks are one thing: the less ``cost``, the better; and why."""

    cost: float
    reason: str


def agreement(older: Live, younger: Live) -> Agreement | None:
    """Whether two tracks are one thing, None if not: asked once, when the younger is about to be believed.

    They must never have been seen together, the older must not have been seen since the younger began, and
    where it had coasted to, and how fast while that is known, must agree with the younger. Further off it may
    be the same, but as likely another: a boat told as having crossed a border that it never crossed would be
    worse than one counted twice.
    """
    if older.is_tentative or older.identity is not None or younger.identity is not None:
        return None
    if older.track.last_seen_us >= younger.track.first_seen_us or younger.number in older.together:
        return None
    extra = labels.penalty(older.track.label, younger.track.label)
    now_us = younger.track.last_seen_us
    unseen_s = (now_us - older.track.last_seen_us) / 1e6
    size = 4 if unseen_s <= MAX_COAST_S else 2
    d2, ln_det = disagreement(coasted_to(older, now_us), younger.state, size)
    if not d2 + extra < (GATE_D2_WITH_SPEED if size == 4 else GATE_D2):
        return None
    reason = (
        f"never seen together, and {math.sqrt(d2):.1f} sigmas apart {unseen_s:.1f} s after it was last seen"
    )
    return Agreement(d2 + extra + ln_det, reason)


def disagreement(one: kalman.State, other: kalman.State, size: int) -> tuple[float, float]:
    """The squared distance of two states in sigmas, in the first ``size`` numbers, and ln of the determinant.

    What they share cancels, but for the part that may be new when the view has turned.
    """
    difference = (one.mean - other.mean)[:size]
    apart = (one.bias - other.bias)[:size]
    turned = kalman.TURNING_SHARE * other.common_cov[:size, :size]
    cov = (one.own_cov + other.own_cov)[:size, :size] + apart @ apart.T + turned
    return float(difference @ np.linalg.solve(cov, difference)), float(np.linalg.slogdet(cov)[1])


def candidates(younger: Live, lives: Sequence[Live]) -> list[tuple[Live, str]]:
    """The tracks the younger one may be, each with the reason; the likeliest first, of equals the oldest."""
    found = [
        (agreed.cost, older.number, older, agreed.reason)
        for older in lives
        if older is not younger and (agreed := agreement(older, younger)) is not None
    ]
    return [(older, reason) for _, _, older, reason in sorted(found, key=lambda item: item[:2])]


def is_open(younger: Live, found: Sequence[tuple[Live, str]]) -> bool:
    """Whether it is too early to say which of several tracks the younger one is."""
    age_s = (younger.track.last_seen_us - younger.track.first_seen_us) / 1e6
    return len(found) > 1 and age_s < SETTLE_S


def parted_from(child: Placed, seen: Sequence[tuple[Placed, Live]]) -> Live | None:
    """The confirmed track, seen in the same look, that a new thing stepped out of; the nearest one."""
    near = [
        (_distance_m(child, other), live.number, live)
        for other, live in seen
        if not live.is_tentative
        and live.identity is None
        and child.sighting.identity is None
        and math.isfinite(labels.penalty(live.track.label, child.sighting.label))
    ]
    found = min(near, key=lambda item: item[:2], default=None)
    return found[2] if found is not None and found[0] <= SPLIT_WITHIN_M else None


def doubles(placed: Sequence[Placed], matches: IntArray) -> set[int]:
    """Indexes of unmatched sightings that are a second box about what another box of the look shows."""
    order = sorted(
        range(len(placed)),
        key=lambda i: (matches[i] == NOBODY, -placed[i].sighting.score, placed[i].sighting.index),
    )
    kept: list[int] = []
    extra: set[int] = set()
    for i in order:
        if matches[i] == NOBODY and any(_is_double(placed[i], placed[k]) for k in kept):
            extra.add(i)
        else:
            kept.append(i)
    return extra


def _is_double(one: Placed, other: Placed) -> bool:
    first, second = one.sighting, other.sighting
    return (
        first.identity is None
        and second.identity is None
        and _overlap(first.bbox_px, second.bbox_px) >= SAME_BOX_IOU
        and math.isfinite(labels.penalty(first.label, second.label))
        and _distance_m(one, other) <= SPLIT_WITHIN_M
    )


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Intersection over union of two boxes (x1, y1, x2, y2)."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / (_area(one) + _area(other) - shared)


def _area(box: tuple[float, ...]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _distance_m(one: Placed, other: Placed) -> float:
    return math.hypot(*(one.position_m - other.position_m).tolist())
