"""When a video begins, and how that is known."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from droneops import times
from droneops.errors import InputError
from droneops.video.stream_time import FIRST_CREDIBLE_US, LAST_CREDIBLE_US, StreamTime, stream_time

MAX_SIDECAR_BYTES = 1 << 20

CREATION_TIME_SIGMA_S = 3.0
"""A file's creation time is in whole seconds and may be when the recording was opened or closed: seconds, and
where it is local time or the end, far more, which no sigma covers. Hence the warning. An assumption."""
MEND_OF_DOUBT = "give --video-start UTC where you know better, or --video-offset auto"
MEND = "give --video-start UTC, or a sidecar with start_utc beside the video"

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class VideoStart:
    """The UTC time of a video's first frame, in microseconds since the Unix epoch.

    ``source`` is "--video-start", "SEI (MISP)", "KLV", "sidecar" or "creation time". ``warning`` says why the
    time is doubtful, None when it is not. ``sigma_s`` is its error, 1 sigma, beyond the camera's own time
    offset.
    """

    start_us: int
    source: str
    warning: str | None = None
    sigma_s: float = 0.0


def video_start(path: Path, *, given_utc: str | None = None) -> VideoStart:
    """When the video at ``path`` begins: the first of the sources below that knows.

    Raises:
        InputError: none knows, or the one that is asked for says something that is no UTC time.
    """
    if given_utc is not None:
        return VideoStart(utc_us(given_utc, where="--video-start"), "--video-start")
    told = stream_time(path)
    if isinstance(told, StreamTime):
        warning = None if told.doubt is None else f"{path}: {told.doubt} ({MEND_OF_DOUBT})"
        return VideoStart(told.start_us, told.source, warning, told.sigma_s)
    sources: tuple[Callable[[Path], VideoStart | None], ...] = (_from_sidecar, _from_creation_time)
    for source in sources:
        start = source(path)
        if start is not None:
            return _with_reason(start, path, told.reason)
    what = "nothing says when this video begins"
    raise InputError(f"{what}: {told.reason}" if told.reason else what, where=str(path), mend=MEND)


def _with_reason(start: VideoStart, path: Path, reason: str | None) -> VideoStart:
    """The start with a word on why the stream's own time, which would go before it, is not used."""
    if reason is None:
        return start
    text = f"{path}: {reason}; the start is the {start.source}'s"
    return replace(start, warning=text if start.warning is None else f"{text}; {start.warning}")


def utc_us(text: str, *, where: str) -> int:
    """The RFC 3339 time ``text`` in microseconds since the Unix epoch; finer digits are cut off.

    Raises:
        InputError: not such a time, or without a zone.
    """
    try:
        if not _RFC3339.fullmatch(text):
            raise ValueError(text)
        start_us = times.from_text(text.upper())
        if not FIRST_CREDIBLE_US <= start_us < LAST_CREDIBLE_US:
            raise ValueError(text)
        return start_us
    except (ValueError, OverflowError):
        raise InputError(
            f"{text[:60]!r} is not a time with a zone from 2000 to 2100",
            where=where,
            mend="write it like 2026-11-20T10:07:30.400Z",
        ) from None


def _from_sidecar(video: Path) -> VideoStart | None:
    path = video.with_suffix(".json")
    if not path.is_file():
        return None
    start_utc = _sidecar(path).get("start_utc")
    if not isinstance(start_utc, str):
        raise InputError("no start_utc, a text", where=str(path), mend=MEND)
    return VideoStart(utc_us(start_utc, where=f"{path}: start_utc"), "sidecar")


def _sidecar(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_SIDECAR_BYTES + 1)
        values = json.loads(text) if len(text) <= MAX_SIDECAR_BYTES else None
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(path), mend=MEND) from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON: {error}", where=str(path), mend=MEND) from error
    if not isinstance(values, dict):
        raise InputError(
            f"not a JSON object of at most {MAX_SIDECAR_BYTES} bytes", where=str(path), mend=MEND
        )
    return values


def _from_creation_time(path: Path) -> VideoStart | None:
    from droneops.video.container import metadata

    text = metadata(path).get("creation_time", "")
    if not _RFC3339.fullmatch(text):
        return None
    try:
        start_us = utc_us(text, where=str(path))
    except InputError:
        return None
    return VideoStart(
        start_us,
        "creation time",
        f"{path}: the start is the file's creation time {text}, which may be whole seconds, local time,"
        f" or the end of the recording ({MEND})",
        CREATION_TIME_SIGMA_S,
    )
