"""DJI's subtitles as samples for a pose track.

Their date and time are the clock of whoever set the drone up, in a time zone that nobody wrote down.
"""

from __future__ import annotations

import math

import numpy as np

from droneops.errors import InputError
from droneops.telemetry.attitude import make_rotations
from droneops.telemetry.clock import RECORD_STAMPS, Boot
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.field_of_view import FieldOfView
from droneops.telemetry.home import Home
from droneops.telemetry.receivers import DEFAULT_SIGMA_M
from droneops.telemetry.samples import (
    NO_MAVLINK_VEHICLE,
    Fixes,
    Samples,
    SourceNames,
    believable,
    from_degrees,
    make_gimbal,
    make_positions,
    no_source,
    one_boot,
    with_home_alt,
)
from droneops.telemetry.srt import Caption, Captions
from droneops.types import FloatArray

_NAMES = SourceNames("GPS, latitude", "F.PRY", ("default and digits",), ("assumed",))
# Its height above the sea is the barometer's, set once by a GPS height: that errs by some 5 m (1 sigma, twice
# what a receiver errs sideways), and a flight's drift of the air pressure by 0.5 hPa is another 4 m.
_ALTITUDE_SIGMA_M = 7.0
# Captions of a second each, stamped with whole seconds, meet their text within a second; more is a new clock.
_CLOCK_STEP_US = 2_000_000
_US_PER_S = 1_000_000


def srt_samples(
    captions: Captions,
    *,
    utc_offset_s: float | None = None,
    start_us: int | None = None,
    home_alt_msl_m: float | None = None,
    where: str = "subtitles",
) -> Samples:
    """What the subtitles told.

    ``utc_offset_s`` is how far their clock is ahead of UTC (Thailand: 25,200); None takes it for UTC, with a
    warning. ``start_us`` is the UTC of the video's start, which goes before the text's own time.
    ``home_alt_msl_m`` serves where they do not tell one of the two heights.

    Raises:
        InputError: they hold no date and no ``start_us`` is given.
    """
    utc_us, warnings = utc_of_captions(captions.rows, utc_offset_s, start_us, where)
    kept = believable(utc_us.astype(np.float64))
    rows = [row for row, good in zip(captions.rows, kept.tolist(), strict=True) if good]
    time_us = utc_us[kept]
    fixes = _fixes(rows, time_us)
    positions, damaged = make_positions(with_home_alt(fixes, home_alt_msl_m))
    body, gimbal = (
        _quaternions([row.body_deg for row in rows]),
        _quaternions([row.gimbal_deg for row in rows]),
    )
    ned_from_gimbal = make_rotations(time_us, one_boot(time_us), gimbal)
    return Samples(
        vehicle=NO_MAVLINK_VEHICLE,
        boots=_boots(rows, time_us, start_us),
        positions=positions,
        attitude=make_rotations(time_us, one_boot(time_us), body),
        gimbal=make_gimbal(ned_from_gimbal, _told(gimbal), "G.PRY (earth frame)", flown_s=0.0),
        field_of_view=FieldOfView((), ()),
        home=Home(home_alt_msl_m, "unknown" if home_alt_msl_m is None else "as told"),
        names=_NAMES,
        warnings=(
            *warnings,
            *_left_out(captions, len(captions.rows) - len(rows) + damaged),
            *_heights(fixes),
        ),
    )


def utc_of_captions(
    rows: tuple[Caption, ...], utc_offset_s: float | None, start_us: int | None, where: str
) -> tuple[Int64Array, tuple[str, ...]]:
    """(n,) UTC microseconds, and what is to be said of them. Raises InputError as `srt_samples`."""
    begins_us = np.array([row.start_us for row in rows], dtype=np.int64)
    if start_us is not None:
        return begins_us + start_us, ()
    dated = np.array([row.text_us is not None for row in rows])
    if not dated.any():
        mend = "replay it with --video-start"
        raise InputError("its subtitles hold no date and time", where=where, mend=mend)
    texts_us = np.array([row.text_us or 0 for row in rows], dtype=np.int64)
    offset_us = int(np.median(texts_us[dated] - begins_us[dated]))
    even_us = begins_us + offset_us
    stepped = np.abs(texts_us - even_us) > _CLOCK_STEP_US
    whole = np.array([row.whole_second for row in rows])
    # A text of whole seconds is finer told by the subtitle's own start, unless the clock went another way.
    told_us = np.where(dated & (stepped | ~whole), texts_us, even_us)
    zone_us = round((utc_offset_s or 0.0) * _US_PER_S)
    return told_us - zone_us, _zone_warnings(utc_offset_s, int((dated & stepped).sum()))


def _zone_warnings(utc_offset_s: float | None, stepped: int) -> tuple[str, ...]:
    texts = []
    if utc_offset_s is None:
        texts.append("the subtitles' time zone is not known: their time is taken for UTC")
    if stepped:
        texts.append(f"the time of {stepped} subtitles does not go with the video's")
    return tuple(texts)


def _fixes(rows: list[Caption], time_us: Int64Array) -> Fixes:
    count = len(rows)
    # Rounding to a step is an even error of a step's width: step / sqrt(12), in metres of latitude.
    digits_m = np.array([row.step_deg for row in rows]) * 111_195 / math.sqrt(12)
    return Fixes(
        time_us=time_us,
        lat_deg=np.array([row.lat_deg for row in rows]),
        lon_deg=np.array([row.lon_deg for row in rows]),
        alt_msl_m=np.array([row.alt_msl_m for row in rows]),
        alt_above_home_m=np.array([row.alt_above_home_m for row in rows]),
        has_fix=np.ones(count, dtype=np.bool_),
        sigma_m=np.hypot(digits_m, DEFAULT_SIGMA_M),
        sigma_source=no_source(count),
        altitude_sigma_m=np.full(count, _ALTITUDE_SIGMA_M),
        altitude_sigma_source=no_source(count),
    )


def _quaternions(angles_deg: list[tuple[float, float, float]]) -> FloatArray:
    roll, pitch, yaw = np.array(angles_deg, dtype=np.float64).reshape(-1, 3).T
    return from_degrees(roll, pitch, yaw)


def _told(quaternions: FloatArray) -> FloatArray:
    """Without those of subtitles that say nothing of it, which are no damage."""
    return quaternions[~np.isnan(quaternions).any(axis=-1)]


def _boots(rows: list[Caption], time_us: Int64Array, start_us: int | None) -> tuple[Boot, ...]:
    """A clock set by hand is no better than a recorder's, and goes by that name."""
    if len(rows) == 0:
        return ()
    begins_us = np.array([row.start_us for row in rows], dtype=np.int64)
    offsets_us = time_us - begins_us
    middle_us = int(np.median(offsets_us))
    spread_us = int(np.percentile(np.abs(offsets_us - middle_us), 95))
    source = RECORD_STAMPS if start_us is None else "the video's start"
    return (Boot(0, middle_us, spread_us, source, int(time_us.min()), int(time_us.max())),)


def _left_out(captions: Captions, damaged: int) -> tuple[str, ...]:
    passed_over = {
        "subtitles without a place": captions.unread,
        "subtitles with impossible numbers": damaged,
    }
    return tuple(f"{count} {what} were left out" for what, count in passed_over.items() if count)


def _heights(fixes: Fixes) -> tuple[str, ...]:
    texts = []
    if np.isnan(fixes.alt_above_home_m).all():
        texts.append("the subtitles do not tell the height above home (rel_alt, BAROMETER, H)")
    if np.isnan(fixes.alt_msl_m).all():
        texts.append("the subtitles do not tell the height above mean sea level (abs_alt)")
    return tuple(texts)
