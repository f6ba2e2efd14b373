"""What a drone tells its site after each look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from droneops.incidents.scene import Blindness, Friend
from droneops.second_look.answer import SecondLook
from droneops.types import Pose, Track


@dataclass(frozen=True, slots=True)
class Report:
    """The tracks that one look touched. ``seq`` counts a drone's reports from 1 on, without a hole, for good.

    ``pictures`` are JPEGs of tracks by id, of at most 64 KiB, for a track that may found an incident;
    ``second`` is what a second model said since the report before, by track id.
    """

    drone_id: str
    seq: int
    time_us: int
    tracks: tuple[Track, ...]
    pose: Pose | None = None
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    blind: tuple[Blindness, ...] = ()
    friends: tuple[Friend, ...] = ()
    second: Mapping[str, SecondLook] = field(default_factory=dict)
