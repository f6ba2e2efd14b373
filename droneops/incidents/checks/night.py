"""How light it is where things are."""

from __future__ import annotations

from droneops.coverage.light import Light, light_at
from droneops.coverage.sun import sun_elevation_deg
from droneops.incidents.scene import Scene, Thing

HOUR_WEIGHTS = {Light.DAY: 0.8, Light.TWILIGHT: 0.9, Light.NIGHT: 1.0}
"""By day most people at the river and in the parks have honest business there. An assumption; the hour
changes the score alone, never whether a rule fires."""


def light(scene: Scene, thing: Thing) -> Light:
    """The sun's light at a thing, now."""
    track, known = thing.seen.track, scene.answers.light
    if track.id not in known:
        sun_deg = float(sun_elevation_deg(scene.time_us, track.lat_deg, track.lon_deg))
        known[track.id] = light_at(sun_deg)
    return known[track.id]


def weighed(score: float, scene: Scene, thing: Thing) -> float:
    """A score with the hour in it."""
    return score * HOUR_WEIGHTS[light(scene, thing)]
