"""When a track is believed, when it is gone, and which go first when there are too many."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from droneops.geo.wgs84 import LocalPlane
from droneops.tracking import kalman
from droneops.tracking.live import MAX_COAST_S, Live
from droneops.tracking.settings import TrackerSettings
from droneops.types import TrackState

InView = Callable[[float, float], bool]
"""Whether the ground at (lat_deg, lon_deg) is in the picture."""

STRONG_POINTS, WEAK_POINTS = 2, 1


def points(score: float, settings: TrackerSettings) -> int:
    """What a sighting counts towards being believed."""
    return STRONG_POINTS if score >= settings.strong_score else WEAK_POINTS


def is_proven(live: Live, settings: TrackerSettings) -> bool:
    """Whether a tentative track has shown itself often enough; what has a name has."""
    return live.identity is not None or sum(live.points) >= settings.confirm_points


def with_look(seen: Sequence[int], more: int, settings: TrackerSettings) -> tuple[int, ...]:
    """The points of the last looks after one more."""
    return (*seen, more)[-settings.confirm_looks :]


def is_in_view(state: kalman.State, plane: LocalPlane, in_view: InView | None) -> bool | None:
    """Whether a thing's place is in the picture, one sigma to all sides; None where nobody can tell."""
    if in_view is None:
        return None
    east_m, north_m = float(state.mean[0]), float(state.mean[1])
    sigma_e, sigma_n = float(state.cov[0, 0]) ** 0.5, float(state.cov[1, 1]) ** 0.5
    around = ((0.0, 0.0), (sigma_e, 0.0), (-sigma_e, 0.0), (0.0, sigma_n), (0.0, -sigma_n))
    return all(in_view(*plane.lat_lon_deg(east_m + e, north_m + n)) for e, n in around)


def state_unseen(
    live: Live, seen_place: bool | None, time_us: int, settings: TrackerSettings
) -> tuple[TrackState, str]:
    """How it is with a confirmed track that a look did not show, and why."""
    if seen_place:
        if live.misses >= settings.gone_after_looks:
            return TrackState.GONE, f"its place was in view for {live.misses} looks without it"
        return live.track.state, ""
    if live.track.state is TrackState.GONE:
        return TrackState.GONE, ""
    if seen_place is None and time_us - live.track.last_seen_us <= MAX_COAST_S * 1e6:
        return live.track.state, ""
    known = "its place is not in view" if seen_place is False else f"not seen for more than {MAX_COAST_S:g} s"
    return TrackState.OUT_OF_SIGHT, known


def is_over(live: Live, time_us: int, settings: TrackerSettings) -> bool:
    """Whether a track is forgotten: nothing that is seen later can be it any more."""
    unseen_s = (time_us - live.track.last_seen_us) / 1e6
    if live.is_tentative:
        had_its_looks = len(live.points) >= settings.confirm_looks and not any(live.points)
        return had_its_looks or unseen_s > settings.tentative_keep_s
    if live.track.state is TrackState.GONE and live.identity is None:
        return unseen_s > settings.gone_keep_s
    return unseen_s > settings.forget_after_s


_FIRST_TO_GO = (TrackState.TENTATIVE, TrackState.GONE, TrackState.OUT_OF_SIGHT, TrackState.CONFIRMED)


def worth(live: Live) -> tuple[bool, int, int, int, int]:
    """The order in which tracks are kept when there are too many, the least first.

    What has a name stays longest; then the state decides, then how lately and how often it was seen, and of
    equals the first founded stays.
    """
    track = live.track
    rank = _FIRST_TO_GO.index(track.state)
    return live.identity is not None, rank, track.last_seen_us, track.sightings, -live.number
