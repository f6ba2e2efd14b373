"""MISB ST 0601 packets as samples for a pose track.

Platform attitude: tags 5, 6, 7 (90 and 91 where they are, whose range is not cut at 20 and 50 degrees), NED
from body as Rz(heading) Ry(pitch) Rx(roll). Sensor attitude: tags 18, 19, 20, body from sensor as
Rz(azimuth) Ry(elevation) Rx(roll), a sensor that looks along its own forward axis. Height: tag 15, above mean
sea level; the heights above the ellipsoid (75, 104) are left apart. Time: tag 2, plus tag 136 where it is
told. ST 0601.17, section 8.
"""

from __future__ import annotations

import math

import numpy as np

from droneops.errors import InputError
from droneops.telemetry.attitude import Rotations, make_rotations
from droneops.telemetry.clock import Boot
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.field_of_view import FieldOfView
from droneops.telemetry.home import Home
from droneops.telemetry.klv import EG_0104_KEY, Packet, Stream, doubt_of_leap_seconds, in_utc, parse_klv
from droneops.telemetry.quaternion import multiply
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
    unknown,
    with_home_alt,
)
from droneops.types import FloatArray

_NAMES = SourceNames("ST 0601 tags 13, 14", "ST 0601 tags 5, 6, 7", ("default",), ("default",))
_MEND = "give a recording with MISB ST 0601 metadata"
_ELLIPSOID_TAGS = (75, 104)


def parse_st0601(data: bytes, *, where: str = "stream") -> Stream:
    """The packets in a metadata stream, their times in UTC.

    Raises:
        InputError: none in it can be read.
    """
    stream = in_utc(parse_klv(data))
    if stream.packets:
        return stream
    if EG_0104_KEY in data:
        what = "its metadata is MISB EG 0104, the predecessor of ST 0601, which is not read"
    elif stream.damaged or stream.untimed:
        what = (
            "none of its ST 0601 packets can be used:"
            f" {stream.damaged} damaged, {stream.untimed} without a time"
        )
    else:
        what = "its metadata stream holds no ST 0601 packet"
    raise InputError(what, where=where, mend=_MEND)


def klv_samples(stream: Stream, *, home_alt_msl_m: float | None = None) -> Samples:
    """What the packets told. Heights above home are known where ``home_alt_msl_m`` is given."""
    kept = believable(np.array([packet.time_us for packet in stream.packets], dtype=np.float64))
    packets = [packet for packet, good in zip(stream.packets, kept.tolist(), strict=True) if good]
    time_us = np.array([packet.time_us for packet in packets], dtype=np.int64)
    fixes = _fixes(packets, time_us)
    positions, damaged = make_positions(with_home_alt(fixes, home_alt_msl_m))
    body = _body(packets)
    frame_from_gimbal = from_degrees(*(_values(packets, tag) for tag in (20, 19, 18)))
    ned_from_gimbal = make_rotations(time_us, one_boot(time_us), multiply(body, frame_from_gimbal))
    return Samples(
        vehicle=NO_MAVLINK_VEHICLE,
        boots=_boots(time_us, stream.leap_s),
        positions=positions,
        attitude=_rotations(time_us, body),
        # A sensor fixed to the platform, always level and ahead, is a sensor like any other here.
        gimbal=make_gimbal(ned_from_gimbal, frame_from_gimbal, "ST 0601 tags 18, 19, 20", flown_s=0.0),
        field_of_view=_field_of_view(packets, time_us),
        home=Home(home_alt_msl_m, "unknown" if home_alt_msl_m is None else "as told"),
        names=_NAMES,
        warnings=_warnings(stream, len(kept) - len(packets), damaged, packets, home_alt_msl_m),
    )


def _values(packets: list[Packet], tag: int) -> FloatArray:
    return np.array([packet.value(tag) for packet in packets], dtype=np.float64)


def _fixes(packets: list[Packet], time_us: Int64Array) -> Fixes:
    count = len(packets)
    lat_deg, lon_deg = _values(packets, 13), _values(packets, 14)
    told = ~np.isnan(lat_deg + lon_deg)
    return Fixes(
        time_us=time_us,
        lat_deg=np.where(told, lat_deg, 0.0),
        lon_deg=np.where(told, lon_deg, 0.0),
        alt_msl_m=_values(packets, 15),
        alt_above_home_m=unknown(count),
        has_fix=told,
        sigma_m=unknown(count),
        sigma_source=no_source(count),
        altitude_sigma_m=unknown(count),
        altitude_sigma_source=no_source(count),
    )


def _body(packets: list[Packet]) -> FloatArray:
    """``ned_from_body`` (n, 4); NaN where an angle is not known."""
    pitch, roll = (
        np.where(np.isnan(full), cut, full)
        for full, cut in ((_values(packets, wide), _values(packets, tag)) for wide, tag in ((90, 6), (91, 7)))
    )
    return from_degrees(roll, pitch, _values(packets, 5))


def _rotations(time_us: Int64Array, quaternions: FloatArray) -> Rotations:
    return make_rotations(time_us, one_boot(time_us), quaternions)


def _field_of_view(packets: list[Packet], time_us: Int64Array) -> FieldOfView:
    order = np.argsort(time_us, kind="stable")
    widths = np.radians(_values(packets, 16))[order].tolist()
    known = tuple(width if 0 < width < math.pi else None for width in widths)
    return FieldOfView(tuple(time_us[order].tolist()), known)


def _boots(time_us: Int64Array, leap_s: int | None) -> tuple[Boot, ...]:
    if len(time_us) == 0:
        return ()
    source = "ST 0601 tag 2" if leap_s is None else "ST 0601 tags 2, 136"
    return (Boot(0, 0, 0, source, int(time_us.min()), int(time_us.max())),)


def _warnings(
    stream: Stream, untimely: int, damaged: int, packets: list[Packet], home_alt_msl_m: float | None
) -> tuple[str, ...]:
    passed_over = {
        "damaged packets": stream.damaged,
        "packets without a time": stream.untimed,
        "packets with an impossible time": untimely,
        "positions with impossible numbers": damaged,
    }
    texts = [f"{count} {what} were left out" for what, count in passed_over.items() if count]
    if (doubt := _doubt_of_leap_seconds(stream)) is not None:
        texts.append(doubt)
    if np.isnan(_values(packets, 15)).all():
        others = [tag for tag in _ELLIPSOID_TAGS if any(tag in packet.items for packet in packets)]
        held = f"; heights above the ellipsoid (tags {others}) are not taken for it" if others else ""
        texts.append(f"no height above mean sea level (tag 15){held}")
    if home_alt_msl_m is None:
        texts.append("nothing tells the height of home: heights above it are unknown")
    return tuple(texts)


def _doubt_of_leap_seconds(stream: Stream) -> str | None:
    told = {packet.leap_s for packet in stream.packets if packet.leap_s is not None}
    return doubt_of_leap_seconds(told, sum(packet.has_wrong_leap_s for packet in stream.packets))
