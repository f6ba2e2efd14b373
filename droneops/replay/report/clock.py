"""Times and durations as a reader writes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from droneops.replay.report.wording import Words

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """The site's local time. ``offset_min`` is minutes east of UTC at the flight's start."""

    name: str
    offset_min: int

    def local(self, time_us: int | None) -> str:
        """Local date and time to the second."""
        return _text(time_us, self.offset_min)

    def local_time(self, time_us: int | None) -> str:
        """Local time of day to the second, without the date."""
        return self.local(time_us).rpartition(" ")[2]

    def utc(self, time_us: int | None) -> str:
        """UTC date and time to the second."""
        return _text(time_us, 0)


def clock_for(timezone_name: str, at_us: int | None) -> Clock:
    """The clock of a time zone; UTC where this machine does not know the zone."""
    at = _EPOCH + timedelta(microseconds=at_us or 0)
    try:
        offset = at.astimezone(ZoneInfo(timezone_name)).utcoffset() or timedelta()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return Clock("UTC", 0)
    return Clock(timezone_name, round(offset.total_seconds() / 60))


def duration(seconds: float) -> Words:
    """A length of time in minutes and seconds, or hours and minutes."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    if hours:
        return Words(f"{hours} ชม. {minutes} นาที", f"{hours} h {minutes} min")
    if minutes:
        return Words(f"{minutes} นาที {rest} วินาที", f"{minutes} min {rest} s")
    return Words(f"{rest} วินาที", f"{rest} s")


def _text(time_us: int | None, offset_min: int) -> str:
    if time_us is None:
        return "–"
    return f"{_EPOCH + timedelta(microseconds=time_us, minutes=offset_min):%Y-%m-%d %H:%M:%S}"
