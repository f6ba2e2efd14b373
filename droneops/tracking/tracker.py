"""Sightings become tracks, in metres on the ground, so that a turning camera loses nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from droneops.geo.wgs84 import LocalPlane
from droneops.tracking import kalman, lifecycle, merging
from droneops.tracking.assignment import NOBODY
from droneops.tracking.association import Placed, associate
from droneops.tracking.events import EventKind, TrackEvent
from droneops.tracking.lifecycle import InView
from droneops.tracking.live import Live, begun, coasted_to, expected_at, take_in, united
from droneops.tracking.settings import TrackerSettings
from droneops.types import GroundPoint, Sighting, Track, TrackState

TOGETHER_WITHIN_M = 50.0
"""Tracks further apart are not taken for one thing anyway; who was seen with whom is kept for the others."""

_EVENT_OF = {TrackState.OUT_OF_SIGHT: EventKind.OUT_OF_SIGHT, TrackState.GONE: EventKind.GONE}

Seen = list[tuple[Placed, Live]]


@dataclass(frozen=True, slots=True)
class TrackerMemory:
    """What a tracker knows. ``made`` counts all tracks it ever began: their numbers are never used again."""

    plane: LocalPlane | None
    live: tuple[Live, ...]
    made: int


class Tracker:
    """The tracks of one drone. Owns them; feed it sightings in order of time. It never reads a clock."""

    def __init__(self, drone_id: str, settings: TrackerSettings | None = None) -> None:
        self._drone_id = drone_id
        self._settings = TrackerSettings() if settings is None else settings
        self._plane: LocalPlane | None = None
        self._live: list[Live] = []
        self._made = 0
        self._events: list[TrackEvent] = []

    @classmethod
    def resumed(cls, drone_id: str, memory: TrackerMemory) -> Tracker:
        """A tracker that goes on where another stood."""
        tracker = cls(drone_id)
        tracker._plane, tracker._live, tracker._made = memory.plane, list(memory.live), memory.made
        return tracker

    @property
    def memory(self) -> TrackerMemory:
        """All that the next look depends on. Its tracks change with the next look: put it down before."""
        return TrackerMemory(self._plane, tuple(self._live), self._made)

    @property
    def tracks(self) -> tuple[Track, ...]:
        """All that is known now, also what is out of sight, in the order in which it was first seen."""
        return tuple(live.track for live in self._live)

    @property
    def events(self) -> tuple[TrackEvent, ...]:
        """What the last look changed: tracks confirmed, renamed, merged, split, lost, gone, back, dropped."""
        return tuple(self._events)

    def observe(
        self, sightings: Sequence[Sighting], time_us: int | None = None, in_view: InView | None = None
    ) -> tuple[Track | None, ...]:
        """The track each sighting of one look belongs to now.

        None for a sighting without a place, one too weak to be followed, and a second box about one thing.
        Sightings of one look never share a track, and their order does not matter: new tracks are numbered in
        the order of ``Sighting.index``. ``time_us`` is the look's; without it, a look that shows nothing goes
        unnoticed. ``in_view`` says which ground the look showed; without it nothing is ever called gone.
        """
        self._events = []
        now_us = sightings[0].time_us if sightings else time_us
        result: list[Track | None] = [None] * len(sightings)
        if now_us is None:
            return tuple(result)
        self._live = [x for x in self._live if not lifecycle.is_over(x, now_us, self._settings)]
        seen = self._see(self._placed(sightings), now_us)
        self._note_together(seen)
        self._settle(seen, now_us)
        self._miss({live.number for _, live in seen}, now_us, in_view)
        self._limit(now_us)
        for placed, live in seen:
            result[placed.row] = live.track
        return tuple(result)

    def _placed(self, sightings: Sequence[Sighting]) -> list[Placed]:
        """What can be followed, in the detector's order."""
        wanted = [
            (row, sighting, sighting.point)
            for row, sighting in enumerate(sightings)
            if isinstance(sighting.point, GroundPoint)
            and (sighting.identity is not None or sighting.score >= self._settings.weak_score)
        ]
        best = sorted(wanted, key=lambda item: (-item[1].score, item[1].index))[
            : self._settings.max_sightings
        ]
        placed: list[Placed] = []
        for row, sighting, point in sorted(best, key=lambda item: (item[1].index, item[1].bbox_px)):
            if self._plane is None:
                self._plane = LocalPlane.at(point.lat_deg, point.lon_deg)
            position_m = np.array(self._plane.east_north_m(point.lat_deg, point.lon_deg))
            placed.append(Placed(row, sighting, point, position_m))
        return placed

    def _see(self, placed: list[Placed], now_us: int) -> Seen:
        """Every followed sighting with its track, old or new."""
        if not placed:
            return []
        assert self._plane is not None  # noqa: S101 - a placed sighting has set it
        coasted = [coasted_to(live, now_us) for live in self._live]
        found = associate(placed, self._live, coasted, self._settings.strong_score)
        seen: Seen = []
        for item, match in zip(placed, found.matches.tolist(), strict=True):
            if match != NOBODY:
                live = self._live[match]
                self._continue(live, expected_at(live, now_us), item)
                seen.append((item, live))
        second = merging.doubles(placed, found.matches)
        new = [i for i, match in enumerate(found.matches) if match == NOBODY and i not in second]
        born = [(placed[i], self._begin(placed[i], ordinal, seen)) for ordinal, i in enumerate(new)]
        return sorted((*seen, *born), key=lambda pair: pair[1].number)

    def _continue(self, live: Live, expected: kalman.State, item: Placed) -> None:
        assert self._plane is not None  # noqa: S101 - a placed sighting has set it
        before = live.track
        take_in(live, expected, item.sighting, item.point, item.position_m, self._plane)
        if live.track.label != before.label:
            reason = f"called {live.track.label} more surely than {before.label}"
            self._tell(EventKind.RELABELLED, item.sighting.time_us, live, reason)
        if before.state in _EVENT_OF:
            unseen_s = (item.sighting.time_us - before.last_seen_us) / 1e6
            live.set_state(TrackState.CONFIRMED)
            self._tell(EventKind.CAME_BACK, item.sighting.time_us, live, f"seen again after {unseen_s:.1f} s")

    def _begin(self, item: Placed, ordinal: int, seen: Seen) -> Live:
        assert self._plane is not None  # noqa: S101 - a placed sighting has set it
        self._made += 1
        live = begun(self._made, item.sighting, item.point, item.position_m, self._plane, ordinal)
        parent = merging.parted_from(item, seen)
        live.came_from = None if parent is None else parent.track.id
        self._live.append(live)
        return live

    def _note_together(self, seen: Seen) -> None:
        """Remember who was seen beside whom: those are two things for good."""
        places = np.array([item.position_m for item, _ in seen]).reshape(-1, 2)
        for row, (_, live) in enumerate(seen):
            near = np.hypot(*(places - places[row]).T) <= TOGETHER_WITHIN_M
            live.together |= {seen[k][1].number for k in np.flatnonzero(near)} - {live.number}

    def _settle(self, seen: Seen, now_us: int) -> None:
        """Believe what has shown itself often enough; a track that was there before may be the same thing."""
        for place, (item, live) in enumerate(seen):
            if not live.is_tentative:
                continue
            counted = lifecycle.points(item.sighting.score, self._settings)
            live.points = lifecycle.with_look(live.points, counted, self._settings)
            if lifecycle.is_proven(live, self._settings):
                found = merging.candidates(live, self._live)
                if not merging.is_open(live, found):
                    seen[place] = (item, self._believe(live, found, now_us))

    def _believe(self, live: Live, found: list[tuple[Live, str]], now_us: int) -> Live:
        if not found:
            live.set_state(TrackState.CONFIRMED)
            self._tell(EventKind.CONFIRMED, now_us, live, f"seen {live.track.sightings} times")
            if live.came_from is not None:
                self._tell(EventKind.SPLIT, now_us, live, "came out of the other's box", live.came_from)
            return live
        older, reason = found[0]
        united(older, live)
        self._live = [x for x in self._live if x is not live]
        self._tell(EventKind.MERGED, now_us, older, reason, live.track.id)
        return older

    def _miss(self, seen: set[int], now_us: int, in_view: InView | None) -> None:
        """What the look did not show: was it out of view, or is it not there any more?"""
        for live in self._live:
            if live.number in seen:
                continue
            assert self._plane is not None  # noqa: S101 - a track exists only once a plane does
            shown = lifecycle.is_in_view(expected_at(live, now_us), self._plane, in_view)
            if live.is_tentative:
                if shown is not False:
                    live.points = lifecycle.with_look(live.points, 0, self._settings)
                continue
            live.misses += shown is True
            state, reason = lifecycle.state_unseen(live, shown, now_us, self._settings)
            if state is not live.track.state:
                live.set_state(state)
                self._tell(_EVENT_OF[state], now_us, live, reason)

    def _limit(self, now_us: int) -> None:
        """Hold to the most tracks there may be, and forget who was seen beside those that are no more."""
        surplus = sorted(self._live, key=lifecycle.worth)[
            : max(len(self._live) - self._settings.max_tracks, 0)
        ]
        for live in surplus:
            self._live = [x for x in self._live if x is not live]
            self._tell(EventKind.DROPPED, now_us, live, f"more than {self._settings.max_tracks} tracks")
        alive = {live.number for live in self._live}
        for live in self._live:
            live.together &= alive

    def _tell(
        self, kind: EventKind, time_us: int, live: Live, reason: str, other_id: str | None = None
    ) -> None:
        self._events.append(TrackEvent(kind, time_us, live.track.id, reason, other_id))
