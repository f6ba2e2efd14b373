"""UTC in whole microseconds since the Unix epoch, and its text form (RFC 3339 with microseconds and Z)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_text(time_us: int) -> str:
    """``2026-11-20T10:05:00.843468Z``"""
    moment = EPOCH + timedelta(microseconds=time_us)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06d}Z"


def to_datetime(time_us: int) -> datetime:
    """The same instant as an aware datetime."""
    return EPOCH + timedelta(microseconds=time_us)


def from_text(text: str) -> int:
    """Microseconds of an RFC 3339 time.

    Raises:
        ValueError: not a time, or without a zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no zone; add Z for UTC")
    return (moment - EPOCH) // timedelta(microseconds=1)
