"""What the tracker can be told to do otherwise, each with its default and the reason for it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """Thresholds of a `Tracker`.

    A strong sighting (``strong_score``) counts two points, a weak one (``weak_score``) one; what is weaker is
    not followed at all. A thing is confirmed with ``confirm_points`` in its last ``confirm_looks``: three
    strong sightings or six weak ones in eight looks, about a second and a half at five looks a second. A
    false alarm rarely falls three times into a gate of a few metres. What the detector knows by name is
    confirmed at once.
    """

    strong_score: float = 0.5
    weak_score: float = 0.1
    confirm_points: int = 6
    confirm_looks: int = 8
    tentative_keep_s: float = 10.0
    """Seen once before the camera turned away: long enough for it to look away and come back."""

    gone_after_looks: int = 15
    """A detector that finds every second thing misses one fifteen times in a row once in 30 000."""

    gone_keep_s: float = 60.0
    """Behind a tree or under a roof for that long, a thing is still known when it comes out again."""

    forget_after_s: float = 300.0
    """A thing out of sight that long is taken for another when something is seen there again."""

    max_tracks: int = 500
    """Ten times what a patrol has in reach; a flood of false detections stops here."""

    max_sightings: int = 300
    """Of one look, the best scored; detectors give at most that many boxes. Bounds the time of a look."""
