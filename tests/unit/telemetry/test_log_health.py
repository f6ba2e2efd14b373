"""What a log tells of a vehicle's health: losses, positioning, estimator, battery, radio, errors."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from telemetry_synthetic import START_US, LogBuilder, heartbeat, shared_file

from droneops.telemetry.clock import read_clock
from droneops.telemetry.health_text import health_lines
from droneops.telemetry.log_health import LONGEST_HELD_US, error_texts, held_s
from droneops.telemetry.tlog import parse_tlog
from droneops.telemetry.tlog_health import tlog_health
from droneops.telemetry.vehicles import Vehicle
from droneops.times import to_text

SECOND_US = 1_000_000


def health_of(log: LogBuilder) -> dict[str, Any]:
    decoded = parse_tlog(log.bytes())
    vehicle = Vehicle(1, 1)
    return tlog_health(decoded, vehicle, read_clock(decoded, vehicle))


def at(second: float) -> int:
    return START_US + round(second * SECOND_US)


def gps(fix_type: int, *, satellites: int = 10, h_acc_mm: int = 800, eph: int = 90) -> Any:
    return mavlink.MAVLink_gps_raw_int_message(
        0, fix_type, 0, 0, 0, eph, 65535, 0, 0, satellites, h_acc=h_acc_mm, v_acc=0
    )


def ekf(flags: int, velocity: float = 0.1, compass: float = 0.2) -> Any:
    return mavlink.MAVLink_ekf_status_report_message(flags, velocity, 0.1, 0.1, compass, 0.0, 0.0)


def sys_status(remaining: int, millivolt: int = 12_000) -> Any:
    return mavlink.MAVLink_sys_status_message(0, 0, 0, 0, millivolt, -1, remaining, 0, 0, 0, 0, 0, 0)


def beats(seqs: list[int], *, per_second: int = 1) -> LogBuilder:
    """A log of heartbeats with these sequence numbers."""
    log = LogBuilder()
    for index, seq in enumerate(seqs):
        sender = mavlink.MAVLink(None, srcSystem=1, srcComponent=1)
        sender.seq = seq
        log.add(bytes(heartbeat().pack(sender)), at(index / per_second))
    return log


def test_numbers_that_never_came_are_lost_and_the_worst_minute_is_named() -> None:
    first_minute = [n % 256 for n in range(60) if n != 7]
    second_minute = [n % 256 for n in range(60, 140) if n not in range(70, 90)]
    (loss,) = health_of(beats(first_minute + second_minute))["loss"]
    assert (loss["system_id"], loss["component_id"]) == (1, 1)
    assert (loss["received"], loss["lost"]) == (119, 21)
    assert loss["share"] == pytest.approx(21 / 140)
    assert loss["worst_minute"]["start"] == to_text(at(60))
    assert loss["worst_minute"]["lost"] == 20


def test_a_link_that_lost_nothing_has_no_worst_minute() -> None:
    (loss,) = health_of(beats([n % 256 for n in range(600)]))["loss"]
    assert (loss["lost"], loss["share"], loss["worst_minute"]) == (0, 0.0, None)


def test_each_component_of_the_vehicle_is_counted_and_no_other_system() -> None:
    log = LogBuilder()
    for component in (1, 1, 154, 154):
        log.send(heartbeat(), source=(1, component))
    log.send(heartbeat(kind=6, autopilot=8), source=(255, 190))
    assert [part["component_id"] for part in health_of(log)["loss"]] == [1, 154]


def test_seconds_are_counted_in_each_fix_type_and_not_across_a_gap() -> None:
    log = LogBuilder()
    for second, kind in ((0, 1), (1, 1), (2, 3), (3, 3), (4, 3), (100, 4), (101, 4)):
        log.send(gps(kind), stamp_us=at(second))
    seconds = health_of(log)["gps"]["fix_types_s"]
    assert seconds == {"no_fix": 2.0, "3d": 2.0 + LONGEST_HELD_US / 1e6, "dgps": 1.0}


def test_satellites_and_accuracy_are_those_of_messages_with_a_fix() -> None:
    log = LogBuilder()
    for kind, satellites, h_acc_mm in ((1, 0, 0xFFFF_FFFF), (3, 8, 1500), (3, 9, 500), (3, 10, 700)):
        log.send(gps(kind, satellites=satellites, h_acc_mm=h_acc_mm))
    told = health_of(log)["gps"]
    assert told["satellites"] == {"min": 8.0, "median": 9.0}
    assert told["h_acc_m"] == {"worst": 1.5, "median": 0.7}
    assert told["hdop"] == {"worst": 0.9, "median": 0.9}


def test_what_the_receiver_did_not_say_is_unknown_with_the_reason() -> None:
    log = LogBuilder()
    log.send(gps(3, satellites=255, h_acc_mm=0, eph=65535), version=1)
    told = health_of(log)["gps"]
    assert (told["satellites"], told["h_acc_m"], told["hdop"]) == (None, None, None)
    assert set(told["unknown"]) == {"satellites", "h_acc_m", "v_acc_m", "hdop"}
    assert "MAVLink 1" in told["unknown"]["h_acc_m"]
    never = LogBuilder()
    never.send(gps(1))
    assert health_of(never)["gps"]["unknown"]["h_acc_m"] == "there never was a fix"


def test_the_estimators_seconds_without_a_position_and_its_worst_ratios_are_told() -> None:
    log = LogBuilder()
    for second, (flags, velocity) in enumerate([(16, 0.1), (1, 0.9), (1, math.nan), (16, 0.3), (16, 0.2)]):
        log.send(ekf(flags, velocity), stamp_us=at(second))
    told = health_of(log)["ekf"]
    assert (told["known_s"], told["without_horizontal_position_s"]) == (4.0, 2.0)
    assert told["worst_ratios"]["velocity"] == {"ratio": 0.9, "time": to_text(at(1))}


def test_px4_tells_the_same_in_its_own_message() -> None:
    log = LogBuilder()
    for second in range(3):
        message = mavlink.MAVLink_estimator_status_message(0, 1, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 1.0, 2.0)
        log.send(message, stamp_us=at(second))
    told = health_of(log)["ekf"]
    assert (told["source"], told["without_horizontal_position_s"]) == ("ESTIMATOR_STATUS", 2.0)
    assert told["worst_ratios"]["airspeed"]["ratio"] == 0.6


def test_the_lowest_battery_is_told_and_minus_one_is_unknown() -> None:
    log = LogBuilder()
    for second, (percent, millivolt) in enumerate([(90, 0), (-1, 11_500), (40, 11_900), (60, 65535)]):
        log.send(sys_status(percent, millivolt), stamp_us=at(second))
    told = health_of(log)["battery"]
    assert told["lowest_percent"] == {"percent": 40.0, "time": to_text(at(2))}
    assert told["lowest_voltage"] == {"volt": 11.5, "time": to_text(at(1))}
    silent = LogBuilder()
    silent.send(sys_status(-1))
    assert health_of(silent)["battery"]["lowest_percent"] is None


def test_the_weakest_signal_is_the_radios_own_word() -> None:
    log = LogBuilder()
    log.send(heartbeat())
    for second, rssi in enumerate((200, 90, 255)):
        message = mavlink.MAVLink_radio_status_message(rssi, 100 + rssi // 4, 0, 0, 0, 0, 0)
        log.send(message, source=(51, 68), stamp_us=at(second))
    told = health_of(log)["radio"]
    assert told["rssi"] == {"value": 90.0, "time": to_text(at(1))}
    assert told["remrssi"]["value"] == 122.0


def test_errors_are_told_without_control_characters_and_in_whole() -> None:
    log = LogBuilder()
    log.send(mavlink.MAVLink_statustext_message(6, b"just so"))
    log.send(mavlink.MAVLink_statustext_message(2, b"\x1b[2JPreArm: \xe2\x80\xaeno fix\r\n"))
    log.send(mavlink.MAVLink_statustext_message(3, b"a" * 50, id=9, chunk_seq=0))
    log.send(mavlink.MAVLink_statustext_message(3, b"bcd", id=9, chunk_seq=1))
    errors = health_of(log)["errors"]
    assert errors["count"] == 2
    assert [error["text"] for error in errors["first"]] == ["[2JPreArm: no fix", "a" * 50 + "bcd"]
    assert [error["severity"] for error in errors["first"]] == [2, 3]


def test_only_the_first_errors_are_listed_and_all_are_counted() -> None:
    told = error_texts([START_US] * 50, [3] * 50, ["x"] * 50)
    assert (told["count"], len(told["first"])) == (50, 20)


def test_what_the_log_tells_nothing_of_is_none_with_the_reason() -> None:
    log = LogBuilder()
    log.send(heartbeat())
    told = health_of(log)
    for part in ("gps", "ekf", "battery", "radio"):
        assert told[part] is None
        assert told["unknown"][part].startswith("no ")
    assert any("unknown: no GPS_RAW_INT" in line for line in health_lines(told))


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=30))
@settings(max_examples=100, deadline=None)
def test_no_stamps_make_seconds_negative_or_endless(stamps: list[int]) -> None:
    seconds = held_s(np.array(stamps, dtype=np.int64))
    assert len(seconds) == len(stamps)
    assert all(0 <= held <= LONGEST_HELD_US / 1e6 for held in seconds.tolist())


@given(st.lists(st.tuples(st.binary(max_size=60), st.integers(0, 2**63)), min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_no_numbers_and_no_stamps_stop_the_health_from_being_told(rows: list[tuple[bytes, int]]) -> None:
    log = LogBuilder()
    log.send(heartbeat())
    kinds = (mavlink.MAVLINK_MSG_ID_GPS_RAW_INT, 193, 1, 253, 230, 109)
    for place, (payload, stamp_us) in enumerate(rows):
        message = mavlink.mavlink_map[kinds[place % len(kinds)]]
        body = payload[: message.unpacker.size].ljust(message.unpacker.size, b"\xff")
        head = bytes([0xFD, len(body), 0, 0, place, 1, 1]) + message.id.to_bytes(3, "little")
        crc = mavlink.x25crc(head[1:] + body + bytes([message.crc_extra])).crc
        log.add(head + body + crc.to_bytes(2, "little"), stamp_us)
    told = health_of(log)
    json.dumps(told, allow_nan=False)
    assert list(health_lines(told))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("logs/bruno_00061_20211121.bin", {"gps", "ekf", "battery"}),
        ("logs/pymavlink_test.BIN", {"gps", "ekf", "battery"}),
        ("logs/px4_sample_log_small.ulg", {"gps", "ekf", "battery"}),
        ("logs/px4_sample_px4_events_position.ulg", {"gps", "ekf", "battery"}),
        ("logs/dronekit_flight.tlog", {"gps", "ekf", "battery", "radio"}),
        ("logs/bruno_20211202-132613.tlog", {"gps", "ekf", "battery"}),
    ],
)
def test_recorded_logs_tell_their_vehicles_health(droneops, name: str, parts: set[str]) -> None:
    path: Path = shared_file(name)
    summary = json.loads(droneops("telemetry", path, "--json").stdout)
    told = summary["vehicles"][0]["health"]
    assert {part for part in ("gps", "ekf", "battery", "radio") if told.get(part)} == parts
    assert 4 <= told["gps"]["satellites"]["min"] <= told["gps"]["satellites"]["median"] <= 30
    assert 0 < told["gps"]["hdop"]["median"] < 5 if told["gps"]["hdop"] else True
    page = droneops("telemetry", path).stdout
    assert "\n  gps        " in page
    assert "\n  ekf        " in page


def test_a_recorded_link_tells_its_losses_and_errors(droneops) -> None:
    path = shared_file("logs/dronekit_flight.tlog")
    told = json.loads(droneops("telemetry", path, "--json").stdout)["vehicles"][0]["health"]
    (loss,) = told["loss"]
    assert loss["received"] == 70_977
    assert 0 < loss["share"] < loss["worst_minute"]["share"]
    assert told["errors"]["count"] == 25
    assert told["errors"]["first"][0]["text"] == "PreArm: Need 3D Fix"


def test_logs_of_pictures_and_captions_tell_no_health(droneops) -> None:
    for name in ("video/osh_st0601_sample-stream.ts", "video/dji_srt/matrice_300.srt"):
        summary = json.loads(droneops("telemetry", shared_file(name), "--json").stdout)
        assert summary["vehicles"][0]["health"] is None
