"""DJI's subtitles as messages of one type, ``caption``: those that tell a place."""

from __future__ import annotations

import math

import numpy as np

from droneops.telemetry.crc import Int64Array
from droneops.telemetry.dataflash_tables import objects
from droneops.telemetry.message_tables import NO_TIME, Fields, MessageTable
from droneops.telemetry.srt import Caption, Captions
from droneops.telemetry.srt_samples import utc_of_captions
from droneops.times import to_text

NAME = "caption"
_BODY = ("roll_deg", "pitch_deg", "yaw_deg")
_GIMBAL = ("gimbal_roll_deg", "gimbal_pitch_deg", "gimbal_yaw_deg")


def caption_table(captions: Captions, where: str) -> tuple[MessageTable, tuple[str, ...]]:
    """The captions, and what is to be said of their time; no UTC where none of them tells a date."""
    rows = captions.rows
    if any(row.text_us is not None for row in rows):
        time_us, warnings = utc_of_captions(rows, None, None, where)
    else:
        time_us, warnings = np.full(len(rows), NO_TIME), ()
    places = np.arange(len(rows))

    def read(row: Int64Array) -> Fields:
        return _fields([rows[place] for place in row.tolist()])

    starts_us = np.array([row.start_us for row in rows], dtype=np.int64)
    return MessageTable(NAME, places, places, starts_us, time_us, read), warnings


def _fields(rows: list[Caption]) -> Fields:
    numbers = {
        "lat_deg": [row.lat_deg for row in rows],
        "lon_deg": [row.lon_deg for row in rows],
        "alt_msl_m": [row.alt_msl_m for row in rows],
        "alt_above_home_m": [row.alt_above_home_m for row in rows],
        **{name: [row.body_deg[place] for row in rows] for place, name in enumerate(_BODY)},
        **{name: [row.gimbal_deg[place] for row in rows] for place, name in enumerate(_GIMBAL)},
    }
    local = [None if row.text_us is None else to_text(row.text_us).rstrip("Z") for row in rows]
    known = {name: objects([_known(value) for value in values]) for name, values in numbers.items()}
    return {"clock_text": objects(local), **known}


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
