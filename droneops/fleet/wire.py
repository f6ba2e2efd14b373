"""What passes between a drone's process and the site's: length, then JSON, over a connected socket.

    drone -> site   Hello, Report, Vitals, ClipDone, Bye
    site -> drone   Welcome, Taken, Wanted, ClipWanted

A drone says Hello, and waits for Welcome, which tells up to which report the site has everything on disk:
those behind it are sent again. Taken says the same whenever it has moved on. A ClipWanted is answered by a
ClipDone once the clip's last picture has come.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import UnionType
from typing import Any

from droneops.errors import InputError
from droneops.fleet.report_record import Record, report_from_record, report_to_record
from droneops.incidents.records import track_from_record, track_to_record
from droneops.site.report import Report
from droneops.types import Track

LENGTH_BYTES = 4

MAX_BYTES = 4 << 20
"""A report of 500 tracks at 2 kB with eight pictures of 64 KiB takes 1.8 MB."""

Value = float | int | str | None

Footprint = tuple[tuple[float, float], ...] | str
"""What a camera sees of the ground: (lon_deg, lat_deg), closed; or why that is not known."""


@dataclass(frozen=True, slots=True)
class Hello:
    """A drone's process has begun; ``detector`` (name and version) and its weights are what it looks with."""

    drone_id: str
    detector: str
    weights_sha256: str | None
    drill_markers: bool = False


@dataclass(frozen=True, slots=True)
class Vitals:
    """How a drone is, at ``time_us`` (UTC); None is unknown. The position is the aircraft's (WGS 84).

    ``footprints`` by camera, of cameras with video.
    """

    drone_id: str
    time_us: int
    values: Mapping[str, Value]
    lat_deg: float | None = None
    lon_deg: float | None = None
    alt_msl_m: float | None = None
    footprints: Mapping[str, Footprint] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClipDone:
    """Which files (in <data folder>/clips/<incident_id>/) came of a `ClipWanted`; ``why`` there are none or
    not all, else an empty string."""

    incident_id: str
    names: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Bye:
    """The drone's process ends because it was asked to."""

    drone_id: str


@dataclass(frozen=True, slots=True)
class Welcome:
    """All reports up to ``taken`` are on the site's disk."""

    taken: int


@dataclass(frozen=True, slots=True)
class Taken:
    """All reports up to ``seq`` are on the site's disk."""

    seq: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """The things of open incidents, which are looked for wherever they are."""

    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class ClipWanted:
    """What all cameras took in a span of the reports' time (UTC) is to be kept for an incident."""

    incident_id: str
    from_us: int
    to_us: int


FromDrone = Hello | Report | Vitals | ClipDone | Bye
FromSite = Welcome | Taken | Wanted | ClipWanted
Message = FromDrone | FromSite


def encode(message: Message) -> bytes:
    """A message with its length before it.

    Raises:
        ValueError: it is larger than `MAX_BYTES`, or holds a number that JSON has not.
    """
    record = {"type": type(message).__name__, **_TO[type(message)](message)}
    text = json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    if len(text) > MAX_BYTES:
        raise ValueError(f"a message of {len(text)} bytes is larger than {MAX_BYTES}")
    return len(text).to_bytes(LENGTH_BYTES, "big") + text


class Decoder:
    """Bytes as they come become messages."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that are whole by now.

        Raises:
            InputError: what came is no message.
        """
        self._waiting += data
        while (text := self._next()) is not None:
            yield _decoded(text)

    def _next(self) -> bytes | None:
        if len(self._waiting) < LENGTH_BYTES:
            return None
        length = int.from_bytes(self._waiting[:LENGTH_BYTES], "big")
        if length > MAX_BYTES:
            raise InputError(
                f"a message of {length} bytes is larger than {MAX_BYTES}", where="drone's socket"
            )
        end = LENGTH_BYTES + length
        if len(self._waiting) < end:
            return None
        text = bytes(self._waiting[LENGTH_BYTES:end])
        del self._waiting[:end]
        return text


def _decoded(text: bytes) -> Message:
    try:
        record = json.loads(text)
        return _FROM[record.pop("type")](record)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        what = f"a message that cannot be read: {type(error).__name__} {error}"
        raise InputError(what, where="drone's socket") from None


def _plain(message: Any) -> Record:
    return {name: getattr(message, name) for name in message.__slots__}


def _vitals_record(message: Vitals) -> Record:
    return {**_plain(message), "values": dict(message.values), "footprints": dict(message.footprints)}


def _checked(record: Record, kinds: Mapping[str, type | UnionType]) -> Record:
    """A record whose fields are of their kinds: a name that is none would only be noticed far from here."""
    for name, kind in kinds.items():
        if not isinstance(record[name], kind):
            raise TypeError(f"{name} is a {type(record[name]).__name__}")
    return record


def _vitals(record: Record) -> Vitals:
    values = _checked(record, _VITALS)["values"]
    _checked(values, dict.fromkeys(values, Value))
    shown = {name: _footprint(ring) for name, ring in record.pop("footprints").items()}
    return Vitals(**record, footprints=shown)


def _footprint(told: Any) -> Footprint:
    return told if isinstance(told, str) else tuple((float(lon), float(lat)) for lon, lat in told)


def _clip_done(record: Record) -> ClipDone:
    _checked(record, {"incident_id": str, "names": list, "why": str})
    names = [_checked({"name": name}, {"name": str})["name"] for name in record["names"]]
    return ClipDone(record["incident_id"], tuple(names), record["why"])


def _wanted_record(message: Wanted) -> Record:
    return {"tracks": [track_to_record(track) for track in message.tracks]}


def _wanted(record: Record) -> Wanted:
    return Wanted(tuple(track_from_record(item) for item in record["tracks"]))


_HELLO: Mapping[str, type | UnionType] = {
    "drone_id": str,
    "detector": str,
    "weights_sha256": str | None,
    "drill_markers": bool,
}

_KNOWN_NUMBER = float | int | None
_VITALS: Mapping[str, type | UnionType] = {
    "drone_id": str,
    "time_us": int,
    "values": dict,
    "lat_deg": _KNOWN_NUMBER,
    "lon_deg": _KNOWN_NUMBER,
    "alt_msl_m": _KNOWN_NUMBER,
    "footprints": dict,
}

_TO: Mapping[type, Callable[[Any], Record]] = {
    Hello: _plain,
    Report: report_to_record,
    Vitals: _vitals_record,
    Bye: _plain,
    Welcome: _plain,
    Taken: _plain,
    Wanted: _wanted_record,
    ClipDone: _plain,
    ClipWanted: _plain,
}

_FROM: Mapping[str, Callable[[Record], Message]] = {
    "Hello": lambda record: Hello(**_checked(record, _HELLO)),
    "Report": report_from_record,
    "Vitals": _vitals,
    "Bye": lambda record: Bye(**_checked(record, {"drone_id": str})),
    "Welcome": lambda record: Welcome(**_checked(record, {"taken": int})),
    "Taken": lambda record: Taken(**_checked(record, {"seq": int})),
    "Wanted": _wanted,
    "ClipDone": _clip_done,
    "ClipWanted": lambda record: ClipWanted(
        **_checked(record, {"incident_id": str, "from_us": int, "to_us": int})
    ),
}
