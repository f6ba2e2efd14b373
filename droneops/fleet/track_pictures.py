"""Pictures of tracks for alerts: new things at once, the others seldom."""

from __future__ import annotations

from collections.abc import Mapping

from droneops.pipeline import Seen
from droneops.types import Sighting, Track, TrackState
from droneops.video.still import crop_jpeg

EVERY_US = 2_000_000
"""A thing looks the same two seconds later, and each picture costs a millisecond or two and 30 kB."""

MOST_A_LOOK = 8
"""A convoy of twenty gets its pictures within three looks; false boxes cost no more than 16 ms a look."""

REMEMBERED = 2_000
"""Four times what a tracker follows: beyond, the oldest is forgotten and may be pictured once more."""


class TrackPictures:
    """Says of each look which of its tracks get a picture, and makes them."""

    def __init__(self) -> None:
        self._pictured_us: dict[str, int] = {}

    def of(self, seen: Seen) -> Mapping[str, bytes]:
        """JPEGs of at most 64 KiB by track id: what was never pictured comes first."""
        time_us = seen.frame.captured_at_us
        due = [
            (self._pictured_us.get(track.id, 0), track, sighting)
            for sighting, track in zip(seen.sightings, seen.tracks, strict=True)
            if track is not None and self._is_due(track, time_us)
        ]
        due.sort(key=lambda item: (item[0], -item[2].score))
        return {track.id: self._jpeg(seen, sighting, track) for _, track, sighting in due[:MOST_A_LOOK]}

    def _is_due(self, track: Track, time_us: int) -> bool:
        if track.state is TrackState.TENTATIVE:
            return False
        last_us = self._pictured_us.get(track.id)
        return last_us is None or abs(time_us - last_us) >= EVERY_US

    def _jpeg(self, seen: Seen, sighting: Sighting, track: Track) -> bytes:
        self._pictured_us.pop(track.id, None)
        self._pictured_us[track.id] = seen.frame.captured_at_us
        if len(self._pictured_us) > REMEMBERED:
            del self._pictured_us[next(iter(self._pictured_us))]
        return crop_jpeg(seen.frame, sighting.bbox_px)
