"""What is said of each drone on its topics: its state, retained, and its position once a second.

For agencies with see_drones; where there is none, nothing is said.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from droneops.delivery.said import Said
from droneops.delivery.topics import drone_position_topic, drone_state_topic
from droneops.times import to_text

if TYPE_CHECKING:
    from droneops.fleet.vitals_like import VitalsLike

STATE_EVERY_S, VALID_S = 10.0, 30
"""As of the site's own state: two may be lost before a reader must take the drone for gone."""

POSITION_EVERY_S = 1.0

NEARLY = 0.95
"""What comes once a second comes a little early half of the time, and must not be left out then."""

TOLD_AT_ONCE = ("link_state", "video_state", "blind")
"""Whose change does not wait."""

DEGREES_DIGITS, METRES_DIGITS = 7, 1
"""A centimetre, a decimetre: finer than any drone knows where it is."""


@dataclass(slots=True)
class _Told:
    state_us: int
    words: tuple[object, ...]
    position_us: int | None = None


class DroneTopics:
    """Which messages are due; time passed in."""

    def __init__(self, site_id: str) -> None:
        self._site_id = site_id
        self._told: dict[str, _Told] = {}

    def due(self, drones: Iterable[VitalsLike], now_us: int) -> tuple[Said, ...]:
        """What is to be said now of the drones of which these are the last words.

        Call it a few times a second with all of them. A drone that is silent is not spoken for: its state
        runs out after ``valid_s``. A position is said once, and again only when the drone gave a newer one.
        """
        said: list[Said] = []
        for vitals in drones:
            if now_us - vitals.time_us <= VALID_S * 1_000_000:
                said += self._of(vitals, now_us)
        return tuple(said)

    def _of(self, vitals: VitalsLike, now_us: int) -> list[Said]:
        said = []
        words = tuple(vitals.values.get(name) for name in TOLD_AT_ONCE)
        told = self._told.get(vitals.drone_id)
        if told is None or words != told.words or _is_due(told.state_us, now_us, STATE_EVERY_S):
            position_us = None if told is None else told.position_us
            told = self._told[vitals.drone_id] = _Told(now_us, words, position_us)
            topic = drone_state_topic(self._site_id, vitals.drone_id)
            said.append(Said(topic, state_message(self._site_id, vitals), is_retained=True))
        position = _position(vitals)
        if position is not None and _is_new(told.position_us, vitals.time_us):
            told.position_us = vitals.time_us
            topic = drone_position_topic(self._site_id, vitals.drone_id)
            said.append(Said(topic, position_message(self._site_id, vitals, position)))
        return said


def state_message(site_id: str, vitals: VitalsLike) -> bytes:
    """A drone's state: ``link`` and ``video`` in their own words, None where unknown."""
    values = vitals.values
    return _bytes(
        _head("droneops.drone/1", site_id, vitals)
        | {
            "valid_s": VALID_S,
            "link": values.get("link_state"),
            "video": values.get("video_state"),
            "blind": values.get("blind"),
            "position": _position(vitals),
        }
    )


def position_message(site_id: str, vitals: VitalsLike, position: dict[str, float | None]) -> bytes:
    """Where a drone is."""
    return _bytes(_head("droneops.position/1", site_id, vitals) | {"position": position})


def _head(schema: str, site_id: str, vitals: VitalsLike) -> dict[str, Any]:
    return {"schema": schema, "site": site_id, "drone": vitals.drone_id, "at": to_text(vitals.time_us)}


def _position(vitals: VitalsLike) -> dict[str, float | None] | None:
    if vitals.lat_deg is None or vitals.lon_deg is None:
        return None
    return {
        "lat_deg": round(vitals.lat_deg, DEGREES_DIGITS),
        "lon_deg": round(vitals.lon_deg, DEGREES_DIGITS),
        "alt_msl_m": None if vitals.alt_msl_m is None else round(vitals.alt_msl_m, METRES_DIGITS),
    }


def _is_new(told_us: int | None, time_us: int) -> bool:
    return told_us is None or (told_us != time_us and _is_due(told_us, time_us, POSITION_EVERY_S * NEARLY))


def _is_due(told_us: int, now_us: int, every_s: float) -> bool:
    """Also after a clock that was set back."""
    return not 0 <= now_us - told_us < every_s * 1_000_000


def _bytes(table: dict[str, Any]) -> bytes:
    return json.dumps(table, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
