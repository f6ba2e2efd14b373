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
    """A track while it lives: the filter's state beside what `Track` reports."""

    track: Track
    state: kalman.State
    identity: str | None


class Tracker:
    """The tracks of one drone. Owns them; feed it sightings in order of time."""

    def __init__(self, drone_id: str) -> None:
        self._drone_id = drone_id
        self._plane: LocalPlane | None = None
        self._live: list[_Live] = []
        self._made = 0

    def observe(self, sightings: Sequence[Sighting]) -> tuple[Track | None, ...]:
        """The track each sighting of one frame belongs to now; None for one without a place.

        Sightings of one frame never share a track. A detector that knows what it sees (an identity)
        decides; otherwise the nearest track of the same label within the gate does.
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
        by_identity = {live.identity: live for live in self._live if live.identity is not None}
        matches = [by_identity.get(s.identity) if s.identity is not None else None for s, _ in placed]
        pairs = sorted(
            (d2, row, number)
            for row, (sighting, point) in enumerate(placed)
            if sighting.identity is None
            for number, live in enumerate(self._live)
            if (d2 := self._distance2(live, sighting, point)) < GATE_D2
        )
        taken: set[int] = set()
        for _, row, number in pairs:
            if matches[row] is None and number not in taken:
                matches[row] = self._live[number]
                taken.add(number)
        return matches

    def _distance2(self, live: _Live, sighting: Sighting, point: GroundPoint) -> float:
        if live.identity is not None or live.track.label != sighting.label:
            return float("inf")
        state = _predicted(live, sighting.time_us)
        difference, spread = kalman.innovation(state, self._metres(point), point.cov_m2, point.cov_common_m2)
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
            **self._where(state, point),
        )
        live = _Live(track, state, sighting.identity)
        self._live.append(live)
        return live

    def _continue(self, live: _Live, sighting: Sighting, point: GroundPoint) -> _Live:
        position = self._metres(point)
        live.state = kalman.update(
            _predicted(live, sighting.time_us), position, point.cov_m2, point.cov_common_m2
        )
        old = live.track
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
            **self._where(live.state, point),
        )
        return live

    def _metres(self, point: GroundPoint) -> FloatArray:
        if self._plane is None:
            self._plane = LocalPlane.at(point.lat_deg, point.lon_deg)
        return np.array(self._plane.east_north_m(point.lat_deg, point.lon_deg))

    def _where(self, state: kalman.State, point: GroundPoint) -> _Where:
        assert self._plane is not None  # noqa: S101 - a state exists only once a plane does
        lat_deg, lon_deg = self._plane.lat_lon_deg(float(state.mean[0]), float(state.mean[1]))
        cov, common = state.cov, state.common_cov
        return _Where(
            lat_deg=lat_deg,
            lon_deg=lon_deg,
            alt_msl_m=point.alt_msl_m,
            cov_m2=read_only(cov[:2, :2]),
            cov_common_m2=read_only(common[:2, :2]),
            ce90_m=float(ce90_m(cov[:2, :2])[0]),
            velocity_mps=read_only(state.mean[2:]),
            velocity_cov_m2ps2=read_only(cov[2:, 2:]),
        )


def _predicted(live: _Live, time_us: int) -> kalman.State:
    dt_s = min((time_us - live.track.last_seen_us) / 1e6, MAX_COAST_S)
    return kalman.predict(
        live.state, dt_s, ACCELERATION_MPS2.get(live.track.label, DEFAULT_ACCELERATION_MPS2)
    )
