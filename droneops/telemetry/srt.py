"""Reads the subtitles (.SRT) that DJI's drones write beside a video.

No standard tells what is in them, and it differs by model. Read are: brackets, ``[latitude: 41.4] [longitude:
2.1] [rel_alt: 1.3 abs_alt: 137.0]`` (also ``longtitude``, as DJI long wrote it); ``GPS(a,b,c)`` with
``BAROMETER:``, ``Hb:`` or ``H 200.70m`` for the height above home; ``F.PRY`` and ``G.PRY`` (the drone's and
the gimbal's pitch, roll and yaw in degrees against the earth); a date and time on any line.

A lone ``[altitude: ...]`` is not read: it is above the sea for one model and above home for another. Nor is
the third number of ``GPS(a,b,c)``, a number of satellites or a height by model, nor the height in
``HOME(..)``, which was found 60 m below the sea.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from droneops.errors import InputError
from droneops.times import EPOCH

_TIMING = re.compile(r"(\d{1,3}):(\d\d):(\d\d)[,.](\d{1,3})\s*-->")
_DATE = re.compile(
    r"(\d{4})[-.](\d{1,2})[-.](\d{1,2})\s+(\d{1,2}):(\d\d):(\d\d)(?:[,.](\d{3})(?:[,.]?(\d{3}))?)?"
)
_NUMBER = r"([-+]?\d{1,9}(?:\.\d{1,12})?)"
_GPS = re.compile(rf"\bGPS\s*\(\s*{_NUMBER}\s*,\s*{_NUMBER}\s*(?:,\s*{_NUMBER}\s*(M?))?\s*\)")
_PRY = rf"\s*\(\s*{_NUMBER}°?\s*,\s*{_NUMBER}°?\s*,\s*{_NUMBER}°?\s*\)"
_BODY = re.compile(rf"\bF\.PRY{_PRY}")
_GIMBAL = re.compile(rf"\bG\.PRY{_PRY}")
_LATITUDE = re.compile(rf"\[\s*latitude\s*:\s*{_NUMBER}")
_LONGITUDE = re.compile(rf"\[\s*longt?itude\s*:\s*{_NUMBER}")
_ABOVE_SEA = re.compile(rf"\babs_alt\s*:\s*{_NUMBER}")
_ABOVE_HOME = re.compile(rf"(?:\brel_alt\s*:\s*|\bBAROMETER\s*:\s*|\bHb\s*:\s*|\bH\s+){_NUMBER}")
_LON_FIRST_MARK = re.compile(r"\bHOME\s*\(|\bF/\d")

Angles = tuple[float, float, float]
_UNKNOWN_ANGLES = (math.nan, math.nan, math.nan)
_MEND = "give the .SRT that the drone wrote beside the video"


@dataclass(frozen=True, slots=True)
class Caption:
    """One subtitle with a place. NaN and None stand for what it does not tell.

    ``start_us`` counts from the start of the video; ``text_us`` is the date and time in the text as if it
    were UTC, ``whole_second`` whether that has no fraction. Angles are roll, pitch and yaw in degrees, NED
    from body and NED from gimbal. ``step_deg`` is the last digit of the place.
    """

    start_us: int
    text_us: int | None
    whole_second: bool
    lat_deg: float
    lon_deg: float
    alt_msl_m: float
    alt_above_home_m: float
    body_deg: Angles
    gimbal_deg: Angles
    step_deg: float


@dataclass(frozen=True, slots=True)
class Captions:
    """The subtitles of a file that tell a place, in order, and how many do not."""

    rows: tuple[Caption, ...]
    unread: int


@dataclass(frozen=True, slots=True)
class _Block:
    start_us: int
    text: str


def parse_srt(data: bytes, *, where: str = "subtitles") -> Captions:
    """The subtitles in bytes.

    Raises:
        InputError: none of them tells a place, or the order of latitude and longitude cannot be known.
    """
    blocks = tuple(_blocks(data.decode("utf-8", "replace")))
    lon_first = _lon_first([block.text for block in blocks], where)
    found = [_caption(block, lon_first) for block in blocks]
    rows = tuple(caption for caption in found if caption is not None)
    if not rows:
        what = f"{len(found)} subtitles, none with a place" if found else "holds no subtitle"
        raise InputError(what, where=where, mend=_MEND)
    return Captions(rows, len(found) - len(rows))


def _blocks(text: str) -> Iterator[_Block]:
    """The text between each line of times and the next."""
    marks = list(_TIMING.finditer(text))
    ends = [*(mark.start() for mark in marks), len(text)][1:]
    for mark, end in zip(marks, ends, strict=True):
        hours, minutes, seconds, fraction = mark.groups()
        whole_s = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
        yield _Block(whole_s * 1_000_000 + int(fraction.ljust(3, "0")) * 1000, text[mark.end() : end])


def _lon_first(texts: list[str], where: str) -> bool:
    """Whether ``GPS(a, b, ..)`` puts longitude first.

    A number above 90 in most of the subtitles is a longitude. Else the marks of known models: HOME(..) or an
    aperture (Phantom, Mavic) put longitude first, a third number with M for metres (Matrice) latitude.

    Raises:
        InputError: neither tells.
    """
    found = [(match, text) for text in texts if (match := _GPS.search(text)) is not None]
    if not found:
        return True
    first, second = (sum(90 < abs(float(match[place])) <= 180 for match, _ in found) for place in (1, 2))
    if max(first, second) * 2 > len(found):
        return first > second
    by_mark = sum(_LON_FIRST_MARK.search(text) is not None for _, text in found)
    by_metres = sum(match[4] == "M" for match, _ in found)
    if max(by_mark, by_metres) == 0 or (by_mark > 0 and by_metres > 0):
        raise InputError(
            "GPS(a, b) may be latitude or longitude first: nothing in it tells",
            where=where,
            mend="give another log of this flight",
        )
    return by_mark > 0


def _caption(block: _Block, lon_first: bool) -> Caption | None:
    place = _place(block.text, lon_first)
    if place is None:
        return None
    text_us, whole_second = _date(block.text)
    lat, lon = place
    return Caption(
        start_us=block.start_us,
        text_us=text_us,
        whole_second=whole_second,
        lat_deg=float(lat),
        lon_deg=float(lon),
        alt_msl_m=_one(_ABOVE_SEA, block.text),
        alt_above_home_m=_one(_ABOVE_HOME, block.text),
        body_deg=_angles(_BODY, block.text),
        gimbal_deg=_angles(_GIMBAL, block.text),
        step_deg=10.0 ** -min(len(number.partition(".")[2]) for number in place),
    )


def _place(text: str, lon_first: bool) -> tuple[str, str] | None:
    """Latitude and longitude as written."""
    lat, lon = _LATITUDE.search(text), _LONGITUDE.search(text)
    if lat is not None and lon is not None:
        return lat[1], lon[1]
    gps = _GPS.search(text)
    if gps is None:
        return None
    return (gps[2], gps[1]) if lon_first else (gps[1], gps[2])


def _date(text: str) -> tuple[int | None, bool]:
    """Microseconds of the date and time as if UTC, and whether they have no fraction."""
    found = _DATE.search(text)
    if found is None:
        return None, False
    year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
    fraction_us = int(found[7] or 0) * 1000 + int(found[8] or 0)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None, False
    return (moment - EPOCH) // timedelta(microseconds=1) + fraction_us, found[7] is None


def _one(pattern: re.Pattern[str], text: str) -> float:
    found = pattern.search(text)
    return math.nan if found is None else float(found[1])


def _angles(pattern: re.Pattern[str], text: str) -> Angles:
    """Roll, pitch, yaw; the text has pitch first."""
    found = pattern.search(text)
    if found is None:
        return _UNKNOWN_ANGLES
    pitch, roll, yaw = (float(number) for number in found.groups())
    return roll, pitch, yaw
