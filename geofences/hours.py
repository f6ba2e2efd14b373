"""The hours of the week in which a zone is in force."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))
TIMEZONE = "Asia/Bangkok"
"""The time of Thailand and of Laos, both without summer time."""

_MINUTES = 24 * 60
_HOURS = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


@dataclass(frozen=True, slots=True)
class Hours:
    """From `start_minute` until (not including) `end_minute`, of the wall clock of `timezone`.

    `start_minute` is in [0, 1440), `end_minute` in (0, 1440]. An end not after the start is on the next day,
    and such a night belongs to the day on which it begins: `days` (0 is Monday) are the days of the start.
    """

    start_minute: int
    end_minute: int
    days: frozenset[int]
    timezone: str


def hours_of(hours: str | None, days: tuple[str, ...] | None, timezone: str | None) -> Hours:
    """`hours` as `18:00-06:00` (None: all day), `days` as mon to sun (None: every day), an IANA time zone.

    Raises ValueError, its text saying what is wrong and the mend.
    """
    start_minute, end_minute = (0, _MINUTES) if hours is None else _minutes(hours)
    return Hours(start_minute, end_minute, _days(days), _known_timezone(timezone or TIMEZONE))


def holds_at(hours: Hours, at: datetime) -> bool:
    """Whether `at` (aware) is within the hours, by the wall clock of their time zone."""
    local = at.astimezone(ZoneInfo(hours.timezone))
    minute = local.hour * 60 + local.minute
    today = local.weekday() in hours.days
    if hours.start_minute < hours.end_minute:
        return today and hours.start_minute <= minute < hours.end_minute
    since_yesterday = (local.weekday() - 1) % 7 in hours.days and minute < hours.end_minute
    return (today and minute >= hours.start_minute) or since_yesterday


def hours_text(hours: Hours) -> str:
    """The hours as they are written in a file: `18:00-06:00`."""
    return f"{_clock(hours.start_minute)}-{_clock(hours.end_minute)}"


def days_text(hours: Hours) -> tuple[str, ...]:
    """The days as they are written in a file, Monday first."""
    return tuple(DAYS[day] for day in sorted(hours.days))


def _minutes(text: str) -> tuple[int, int]:
    found = _HOURS.fullmatch(text)
    if found is None:
        raise ValueError(f"`hours` is {text!r:.60}; write them as 18:00-06:00")
    start_hour, start, end_hour, end = (int(number) for number in found.groups())
    start_minute, end_minute = start_hour * 60 + start, end_hour * 60 + end
    fits = start < 60 and end < 60 and start_minute < _MINUTES and 0 < end_minute <= _MINUTES
    # Until midnight is 24:00; 00:00 as an end would be read by some as no time at all, by others as a day.
    if not fits or start_minute == end_minute:
        raise ValueError(f"`hours` is {text!r:.60}; write two different times, from 00:00 to 24:00")
    return start_minute, end_minute


def _days(days: tuple[str, ...] | None) -> frozenset[int]:
    if days is None:
        return EVERY_DAY
    unknown = [day for day in days if day not in DAYS]
    if unknown or not days:
        raise ValueError(f"`days` is {list(days)!r:.60}; list some of {', '.join(DAYS)}")
    return frozenset(DAYS.index(day) for day in days)


def _known_timezone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"`timezone` is {name!r:.60}; write one such as {TIMEZONE}") from None
    return name


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
