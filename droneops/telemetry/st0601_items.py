"""What the items of MISB ST 0601 are called and how they are read.

Names and ranges: ST 0601.17, section 8, by tag. An item that is not listed goes by ``tag_<number>``, its
bytes as hexadecimal digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from droneops.telemetry.klv import RANGES, Range


@dataclass(frozen=True, slots=True)
class Item:
    """An item's name, with its unit, and its value from its bytes: a number, a text, None for no value."""

    name: str
    value: Callable[[bytes], object]


def item_of(tag: int) -> Item:
    """The item of a tag, known or not."""
    return ITEMS.get(tag) or Item(f"tag_{tag}", bytes.hex)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").rstrip("\0")


def _unsigned(data: bytes) -> int:
    return int.from_bytes(data, "big")


def _signed(data: bytes) -> int:
    return int.from_bytes(data, "big", signed=True)


def _mapped(told: Range, data: bytes) -> float | None:
    value = told.value(data)
    return None if math.isnan(value) else value


_LAT, _LON, _HEIGHT = Range(4, -90, 90), Range(4, -180, 180), Range(2, -900, 19_000)
_CORNER, _TILT, _DISTANCE = Range(2, -0.075, 0.075), Range(2, -20, 20), Range(4, 0, 5_000_000)
_PRESSURE, _ANGLE, _ERROR, _SPEED = (
    Range(2, 0, 5000),
    Range(2, 0, 360),
    Range(2, 0, 4095),
    Range(2, -327, 327),
)
_MAPPED: dict[int, tuple[str, Range]] = {
    5: ("platform_heading_deg", RANGES[5]),
    6: ("platform_pitch_deg", RANGES[6]),
    7: ("platform_roll_deg", RANGES[7]),
    13: ("sensor_lat_deg", RANGES[13]),
    14: ("sensor_lon_deg", RANGES[14]),
    15: ("sensor_alt_msl_m", RANGES[15]),
    16: ("sensor_hfov_deg", RANGES[16]),
    17: ("sensor_vfov_deg", RANGES[17]),
    18: ("sensor_relative_azimuth_deg", RANGES[18]),
    19: ("sensor_relative_elevation_deg", RANGES[19]),
    20: ("sensor_relative_roll_deg", RANGES[20]),
    21: ("slant_range_m", _DISTANCE),
    22: ("target_width_m", Range(2, 0, 10_000)),
    23: ("frame_center_lat_deg", _LAT),
    24: ("frame_center_lon_deg", _LON),
    25: ("frame_center_alt_msl_m", _HEIGHT),
    **{
        26 + 2 * corner + axis: (f"offset_corner_{name}_{corner + 1}_deg", _CORNER)
        for corner in range(4)
        for axis, name in enumerate(("lat", "lon"))
    },
    35: ("wind_direction_deg", _ANGLE),
    36: ("wind_speed_mps", Range(1, 0, 100)),
    37: ("static_pressure_mbar", _PRESSURE),
    38: ("density_altitude_m", _HEIGHT),
    40: ("target_lat_deg", _LAT),
    41: ("target_lon_deg", _LON),
    42: ("target_alt_msl_m", _HEIGHT),
    45: ("target_ce90_m", _ERROR),
    46: ("target_le90_m", _ERROR),
    49: ("differential_pressure_mbar", _PRESSURE),
    50: ("platform_angle_of_attack_deg", _TILT),
    51: ("platform_vertical_speed_mps", Range(2, -180, 180)),
    52: ("platform_sideslip_deg", _TILT),
    53: ("airfield_pressure_mbar", _PRESSURE),
    54: ("airfield_alt_msl_m", _HEIGHT),
    55: ("relative_humidity_percent", Range(1, 0, 100)),
    57: ("ground_range_m", _DISTANCE),
    58: ("fuel_remaining_kg", Range(2, 0, 10_000)),
    64: ("platform_magnetic_heading_deg", _ANGLE),
    67: ("alternate_platform_lat_deg", _LAT),
    68: ("alternate_platform_lon_deg", _LON),
    69: ("alternate_platform_alt_msl_m", _HEIGHT),
    71: ("alternate_platform_heading_deg", _ANGLE),
    75: ("sensor_height_ellipsoid_m", RANGES[75]),
    76: ("alternate_platform_height_ellipsoid_m", _HEIGHT),
    78: ("frame_center_height_ellipsoid_m", _HEIGHT),
    79: ("sensor_north_velocity_mps", _SPEED),
    80: ("sensor_east_velocity_mps", _SPEED),
    **{
        82 + 2 * corner + axis: (f"corner_{name}_{corner + 1}_deg", told)
        for corner in range(4)
        for axis, (name, told) in enumerate((("lat", _LAT), ("lon", _LON)))
    },
    90: ("platform_pitch_full_deg", RANGES[90]),
    91: ("platform_roll_full_deg", RANGES[91]),
    92: ("platform_angle_of_attack_full_deg", _LAT),
    93: ("platform_sideslip_full_deg", _LON),
}
_TEXTS = {
    3: "mission_id",
    4: "platform_tail_number",
    10: "platform_designation",
    11: "image_source_sensor",
    12: "image_coordinate_system",
    59: "platform_call_sign",
    70: "alternate_platform_name",
}
_UNSIGNED = {
    1: "checksum",
    2: "precision_time_stamp_us",
    8: "platform_true_airspeed_mps",
    9: "platform_indicated_airspeed_mps",
    34: "icing_detected",
    47: "generic_flag_data",
    56: "platform_ground_speed_mps",
    60: "weapon_load",
    61: "weapon_fired",
    62: "laser_prf_code",
    63: "sensor_fov_name",
    65: "uas_lds_version",
    72: "event_start_time_us",
    77: "operational_mode",
}
_SIGNED = {39: "outside_air_temperature_degc", 136: "leap_seconds_s"}

ITEMS: Mapping[int, Item] = {
    **{tag: Item(name, partial(_mapped, told)) for tag, (name, told) in _MAPPED.items()},
    **{tag: Item(name, _text) for tag, name in _TEXTS.items()},
    **{tag: Item(name, _unsigned) for tag, name in _UNSIGNED.items()},
    **{tag: Item(name, _signed) for tag, name in _SIGNED.items()},
}
"""The items known, by tag."""
