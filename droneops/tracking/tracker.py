"""Sightings become tracks, in metres on the ground, so that a turning camera loses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import numpy as np

from droneops.geo.ellipse import ce90_m
from droneops.geo.wgs84 import LocalPlane
from droneops.tracking import kalman
from droneops.types import FloatArray, GroundPoint, Sighting, Track, read_only

GATE_D2 = 13.82
"""The squared distance in sigmas that a right match stays under 999 times in 1000 (chi-square, 2 degrees)."""

FORGET_AFTER_S = 300.0
"""A thing out of sight that long is taken for another when something is seen there again."""

MAX_COAST_S = 5.0
"""A track moves no further than this beyond its last sighting: what is out of sight mostly stands still."""

MIN_WATCHED_S = 1.0
"""Within the first second a speed is the filter's first guess anyway."""

ACCELERATION_MPS2 = {"vehicle": 2.0, "motorcycle": 2.0, "boat": 1.0, "person": 0.7}
"""White acceleration noise; a car brakes within a second or two, a boat does not."""

DEFAULT_ACCELERATION_MPS2 = 1.0


class _Where(TypedDict):
    lat_deg: float
    lon_deg: float
    alt_msl_m: float
    cov_m2: FloatArray
    cov_common_m2: FloatArray
    ce90_m: float
    velocity_mps: FloatArray
    velocity_cov_m2ps2: FloatArray


@dataclass(slots=True)
class _Live:
    """A track while it lives: the filter's state, and since when it is watched without a long break."""

    track: Track
    state: kalman.State
    identity: str | None
    watched_since_us: int


class Tracker:
    """The tracks of one drone. Owns them; feed it sightings in order of time."""

    def __init__(self, drone_id: str) -> None:
        self._drone_id = drone_id
        self._plane: LocalPlane | None = None
        self._live: list[_Live] = []
        self._made = 0

    def observe(self, sightings: Sequence[Sighting]) -> tuple[Track | None, ...]:
        """The track each sighting of one frame belongs to now; None for one without a place.

        Sightings of one frame never share a track. The nearest track of the same label, or of the same
        identity where the detector knows one, continues if it is within the gate. An identity's gate is
        wider: for it the shared error may be new altogether.
        """
        placed = [(i, s, s.point) for i, s in enumerate(sightings) if isinstance(s.point, GroundPoint)]
        result: list[Track | None] = [None] * len(sightings)
        if not placed:
            return tuple(result)
        self._forget(placed[0][1].time_us)
        matches = self._match([(sighting, point) for _, sighting, point in placed])
        born = 0
        for (index, sighting, point), match in zip(placed, matches, strict=True):
            if match is None:
                result[index] = self._begin(sighting, point, born).track
                born += 1
            else:
                result[index] = self._continue(match, sighting, point).track
        return tuple(result)

    def _forget(self, now_us: int) -> None:
        self._live = [x for x in self._live if now_us - x.track.last_seen_us <= FORGET_AFTER_S * 1e6]

    def _match(self, placed: list[tuple[Sighting, GroundPoint]]) -> list[_Live | None]:
        """The track of each sighting, nearest pairs first; no track is taken twice."""
        pairs = sorted(
            (d2, row, number)
            for row, (sighting, point) in enumerate(placed)
            for number, live in enumerate(self._live)
            if _may_be_same(live, sighting) and (d2 := self._distance2(live, sighting, point)) < GATE_D2
        )
        matches: list[_Live | None] = [None] * len(placed)
        taken: set[int] = set()
        for _, row, number in pairs:
            if matches[row] is None and number not in taken:
                matches[row] = self._live[number]
                taken.add(number)
        return matches

    def _distance2(self, live: _Live, sighting: Sighting, point: GroundPoint) -> float:
        state = _predicted(live, sighting.time_us)
        difference, spread = kalman.innovation(state, self._metres(point), point.cov_m2, point.cov_common_m2)
        if sighting.identity is not None:
            spread = spread + point.cov_common_m2
        return float(difference @ np.linalg.solve(spread, difference))

    def _begin(self, sighting: Sighting, point: GroundPoint, ordinal: int) -> _Live:
        self._made += 1
        state = kalman.begin(self._metres(point), point.cov_m2, point.cov_common_m2)
        track = Track(
            id=f"{self._drone_id}/{self._made}",
            drone_id=self._drone_id,
            label=sighting.label,
            detector_label=sighting.detector_label,
            first_seen_us=sighting.time_us,
            last_seen_us=sighting.time_us,
            ordinal=ordinal,
            sightings=1,
            best_score=sighting.score,
            **self._where(state, point, 0.0),
        )
        live = _Live(track, state, sighting.identity, sighting.time_us)
        self._live.append(live)
        return live

    def _continue(self, live: _Live, sighting: Sighting, point: GroundPoint) -> _Live:
        position, old = self._metres(point), live.track
        predicted = _predicted(live, sighting.time_us)
        live.state = kalman.update(predicted, position, point.cov_m2, point.cov_common_m2)
        if sighting.time_us - old.last_seen_us > MAX_COAST_S * 1e6:
            live.watched_since_us = sighting.time_us
        watched_s = (sighting.time_us - live.watched_since_us) / 1e6
        live.track = Track(
            id=old.id,
            drone_id=old.drone_id,
            label=old.label,
            detector_label=old.detector_label,
            first_seen_us=old.first_seen_us,
            last_seen_us=sighting.time_us,
            ordinal=old.ordinal,
            sightings=old.sightings + 1,
            best_score=max(old.best_score, sighting.score),
            **self._where(live.state, point, watched_s),
        )
        return live

    def _metres(self, point: GroundPoint) -> FloatArray:
        if self._plane is None:
            self._plane = LocalPlane.at(point.lat_deg, point.lon_deg)
        return np.array(self._plane.east_north_m(point.lat_deg, point.lon_deg))

    def _where(self, state: kalman.State, point: GroundPoint, watched_s: float) -> _Where:
        assert self._plane is not None  # noqa: S101 - a state exists only once a plane does
        lat_deg, lon_deg = self._plane.lat_lon_deg(float(state.mean[0]), float(state.mean[1]))
        cov, common = state.cov[:2, :2], state.common_cov[:2, :2]
        # A shared error that turns with the view looks like motion of its own size over the time watched.
        turning = common / max(watched_s, MIN_WATCHED_S) ** 2
        return _Where(
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            alt_msl_m=point.alt_msl_m,
            cov_m2=read_only(cov),
            cov_common_m2=read_only(common),
            ce90_m=float(ce90_m(cov)[0]),
            velocity_mps=read_only(state.mean[2:]),
            velocity_cov_m2ps2=read_only(state.cov[2:, 2:] + turning),
        )


def _may_be_same(live: _Live, sighting: Sighting) -> bool:
    return live.identity == sighting.identity and live.track.label == sighting.label


def _predicted(live: _Live, time_us: int) -> kalman.State:
    dt_s = (time_us - live.track.last_seen_us) / 1e6
    acceleration_mps2 = ACCELERATION_MPS2.get(live.track.label, DEFAULT_ACCELERATION_MPS2)
    coasted = kalman.predict(live.state, min(dt_s, MAX_COAST_S), acceleration_mps2)
    return kalman.forget_speed(coasted) if dt_s > MAX_COAST_S else coasted
