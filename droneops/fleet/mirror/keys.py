"""The keys in the store: the only place that spells them. All begin with ``droneops:SITE:``.

===================== ======== ======================================================================
key                   kind     holds
===================== ======== ======================================================================
``mirror``            string   which run of the service writes here
``drones``            set      ids of the drones that were heard of lately
``drone:ID``          hash     what a drone last said of itself; a field that is missing is unknown
``positions``         GEO      where the drones are
``track:ID``          string   a track as JSON
``track_positions``   GEO      where the tracks are
``incidents``         hash     the incidents that are not over, each as JSON
``events``            stream   what happened, the latest `MOST_EVENTS` or some more
===================== ======== ======================================================================
"""

from __future__ import annotations

from typing import NamedTuple

VALID_S = 30
"""A key that was not written for so long goes: of a site that is gone nothing must look alive."""

MOST_EVENTS = 10_000
"""Some 3 MB in the store."""

EVENTS_KEPT_S = 7 * 86_400
"""After a site's last event; as long as its sightings."""


class Keys(NamedTuple):
    """The names for one site."""

    site_id: str

    def name(self, *parts: str) -> str:
        """``droneops:SITE:part:part``"""
        return ":".join(("droneops", self.site_id, *parts))

    @property
    def mirror(self) -> str:
        """Which run writes."""
        return self.name("mirror")

    @property
    def drones(self) -> str:
        """The ids."""
        return self.name("drones")

    @property
    def positions(self) -> str:
        """Of the drones."""
        return self.name("positions")

    @property
    def track_positions(self) -> str:
        """Of the tracks."""
        return self.name("track_positions")

    @property
    def incidents(self) -> str:
        """Not over."""
        return self.name("incidents")

    @property
    def events(self) -> str:
        """What happened."""
        return self.name("events")

    def drone(self, drone_id: str) -> str:
        """What it said of itself."""
        return self.name("drone", drone_id)

    def track(self, track_id: str) -> str:
        """One track."""
        return self.name("track", track_id)
