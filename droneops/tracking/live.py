"""A track while it lives: what the filter knows, what speaks for it, and where it is expected."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypedDict

from droneops.geo.ellipse import ce90_m
from droneops.geo.wgs84 import LocalPlane
from droneops.tracking import kalman, labels
from droneops.types import FloatArray, GroundPoint, Sighting, Track, TrackState, read_only

MAX_COAST_S = 5.0
"""A track moves no further than this beyond its last sighting: what is out of sight mostly stands still."""

MIN_WATCHED_S = 1.0
"""Within the first second a speed is the filter's first guess anyway."""

ACCELERATION_MPS2 = {"vehicle": 2.0, "motorcycle": 2.0, "boat": 1.0, "person": 0.7}
"""White acceleration noise; a car brakes within a second or two, a boat does not."""

DEFAULT_ACCELERATION_MPS2 = 1.0

WANDER_M2PS = {"vehicle": 20.0, "motorcycle": 20.0, "boat": 5.0}
"""How fast the variance of a place grows once a thing is out of sight for longer than it coasts: a person is
then 11 m away after a minute, a vehicle 35 m (one sigma). Most of what is lost from sight stands, or has gone
too far to be known again; this is for what lies between. An assumption."""

DEFAULT_WANDER_M2PS = 2.0


class _Where(TypedDict):
    lat_deg: float
    lon_deg: float
    alt_msl_m: float
    cov_m2: FloatArray
    cov_common_m2: FloatArray
    ce90_m: float
    velocity_mps: FloatArray
    velocity_cov_m2ps2: FloatArray
    common_root_m: FloatArray


@dataclass(slots=True)
class Live:
    """A track, its filter's state at its last sighting, and since when it is watched without a long break.

    ``points`` are those of its last looks while it is tentative, ``misses`` the looks at its place that did
    not find it. ``together`` are the numbers of the tracks that one look showed beside it, ``came_from`` the
    id of the track it parted from.
    """

    number: int
    track: Track
    state: kalman.State
    identity: str | None
    watched_since_us: int
    votes: dict[str, float]
    points: tuple[int, ...] = ()
    misses: int = 0
    together: set[int] = field(default_factory=set)
    came_from: str | None = None

    @property
    def is_tentative(self) -> bool:
        """Whether it is not believed yet."""
        return self.track.state is TrackState.TENTATIVE

    def set_state(self, state: TrackState) -> None:
        """Say how it is with the track now."""
        self.track = replace(self.track, state=state)


def begun(
    number: int,
    sighting: Sighting,
    point: GroundPoint,
    position_m: FloatArray,
    plane: LocalPlane,
    ordinal: int,
) -> Live:
    """A tentative track after its first sighting."""
    state = kalman.begin(position_m, point.cov_m2, point.cov_common_m2)
    votes = labels.voted({}, sighting.label, sighting.score)
    track = Track(
        id=f"{sighting.drone_id}/{number}",
        drone_id=sighting.drone_id,
        label=sighting.label,
        detector_label=sighting.detector_label,
        first_seen_us=sighting.time_us,
        last_seen_us=sighting.time_us,
        ordinal=ordinal,
        sightings=1,
        best_score=sighting.score,
        **_where(state, point, 0.0, plane),
        state=TrackState.TENTATIVE,
        label_scores=_sorted(votes),
    )
    return Live(number, track, state, sighting.identity, sighting.time_us, votes)


def take_in(
    live: Live,
    expected: kalman.State,
    sighting: Sighting,
    point: GroundPoint,
    position_m: FloatArray,
    plane: LocalPlane,
) -> None:
    """Let a track take in a further sighting; ``expected`` is its state at the sighting's time."""
    old = live.track
    live.state = kalman.update(expected, position_m, point.cov_m2, point.cov_common_m2)
    if sighting.time_us - old.last_seen_us > MAX_COAST_S * 1e6:
        live.watched_since_us = sighting.time_us
    watched_s = (sighting.time_us - live.watched_since_us) / 1e6
    live.votes = labels.voted(live.votes, sighting.label, sighting.score)
    label = labels.winner(live.votes, old.label)
    live.misses = 0
    live.track = replace(
        old,
        label=label,
        detector_label=old.detector_label if label == old.label else sighting.detector_label,
        last_seen_us=sighting.time_us,
        sightings=old.sightings + 1,
        best_score=max(old.best_score, sighting.score),
        label_scores=_sorted(live.votes),
        **_where(live.state, point, watched_s, plane),
    )


def expected_at(live: Live, time_us: int) -> kalman.State:
    """Where a track is expected: coasting for a while, then anywhere about there, ever less surely.

    What has a name does not wander: it is known again by its name, and the spread of five seconds' coasting
    already leaves nearly all the weight to the sighting that brings it back.
    """
    unseen_s = (time_us - live.track.last_seen_us) / 1e6
    coasted = coasted_to(live, time_us)
    if unseen_s <= MAX_COAST_S or live.identity is not None:
        return coasted
    rate_m2ps = WANDER_M2PS.get(live.track.label, DEFAULT_WANDER_M2PS)
    return kalman.wander(coasted, rate_m2ps * (unseen_s - MAX_COAST_S))


def coasted_to(live: Live, time_us: int) -> kalman.State:
    """As `expected_at`, for a thing that stopped where it had coasted to: where one look may find it again.

    After minutes a thing may be anywhere within a hundred metres, and so may any other: to tell which takes
    more than one look.
    """
    unseen_s = max((time_us - live.track.last_seen_us) / 1e6, 0.0)
    acceleration_mps2 = ACCELERATION_MPS2.get(live.track.label, DEFAULT_ACCELERATION_MPS2)
    coasted = kalman.predict(live.state, min(unseen_s, MAX_COAST_S), acceleration_mps2)
    return coasted if unseen_s <= MAX_COAST_S else kalman.forget_speed(coasted)


def united(older: Live, younger: Live) -> None:
    """Let the older track go on as what the younger one knows: they are one thing."""
    old, new = older.track, younger.track
    older.votes = labels.together(older.votes, younger.votes)
    label = labels.winner(older.votes, old.label)
    older.state, older.watched_since_us = younger.state, younger.watched_since_us
    older.misses, older.together = 0, older.together | younger.together
    older.track = replace(
        new,
        id=old.id,
        label=label,
        detector_label=old.detector_label if label == old.label else new.detector_label,
        first_seen_us=old.first_seen_us,
        ordinal=old.ordinal,
        sightings=old.sightings + new.sightings,
        best_score=max(old.best_score, new.best_score),
        label_scores=_sorted(older.votes),
        state=TrackState.CONFIRMED,
    )


def _sorted(votes: dict[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(votes.items(), key=lambda vote: (-vote[1], vote[0])))


def _where(state: kalman.State, point: GroundPoint, watched_s: float, plane: LocalPlane) -> _Where:
    lat_deg, lon_deg = plane.lat_lon_deg(float(state.mean[0]), float(state.mean[1]))
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
        common_root_m=read_only(state.bias[:2]),
    )
