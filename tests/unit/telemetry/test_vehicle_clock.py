"""When the vehicle's messages were true."""

from __future__ import annotations

import json

import pytest
from telemetry_synthetic import (
    START_US,
    LogBuilder,
    add_flight,
    attitude,
    gps,
    heartbeat,
    shared_file,
    system_time,
)

from droneops.telemetry.clock import RECORD_STAMPS, SYSTEM_TIME, VehicleClock, read_clock
from droneops.telemetry.tlog import Tlog, parse_tlog, read_tlog
from droneops.telemetry.vehicles import Vehicle

VEHICLE = Vehicle(1, 1)


def clock_of(log: LogBuilder) -> tuple[Tlog, VehicleClock]:
    parsed = parse_tlog(log.bytes())
    return parsed, read_clock(parsed, VEHICLE)


def test_utc_is_the_vehicles_and_not_the_recorders() -> None:
    log = LogBuilder()
    add_flight(log, stamp_late_us=40_000_000)
    parsed, clock = clock_of(log)
    assert [boot.source for boot in clock.boots] == [SYSTEM_TIME]
    assert clock.boots[0].utc_minus_boot_us == START_US
    attitudes = parsed.table("ATTITUDE")
    assert clock.utc_of(attitudes).tolist() == [START_US + ms * 1000 for ms in range(10_000, 20_000, 100)]
    # GPS_RAW_INT has no time of its own: its record stamp is set right.
    assert clock.utc_of(parsed.table("GPS_RAW_INT"))[0] == pytest.approx(START_US + 10_000_000, abs=5000)
    assert clock.warnings == ()


def test_times_before_the_first_gps_time_use_what_was_told_later() -> None:
    log = LogBuilder()
    log.send(system_time(1000, 0))
    log.send(attitude(1000))
    log.send(system_time(5000, START_US + 5_000_000))
    parsed, clock = clock_of(log)
    assert clock.utc_of(parsed.table("ATTITUDE")).tolist() == [START_US + 1_000_000]


def test_a_power_cycle_starts_a_new_boot_with_a_utc_of_its_own() -> None:
    log = LogBuilder()
    add_flight(log, boot_ms=(50_000, 60_000))
    add_flight(log, boot_ms=(3_000, 9_000), power_on_us=START_US + 70_000_000)
    parsed, clock = clock_of(log)
    assert [boot.utc_minus_boot_us for boot in clock.boots] == [START_US, START_US + 70_000_000]
    assert sorted(set(clock.boot_of(parsed.table("ATTITUDE")).tolist())) == [0, 1]
    assert clock.boots[1].first_us == START_US + 73_000_000


def test_a_power_cycle_out_of_range_is_found_though_the_time_since_boot_goes_on_rising() -> None:
    log = LogBuilder()
    add_flight(log, boot_ms=(50_000, 60_000))
    log.stamp_us = START_US + 190_000_000
    add_flight(log, boot_ms=(90_000, 120_000), power_on_us=START_US + 100_000_000)
    parsed, clock = clock_of(log)
    assert [boot.utc_minus_boot_us for boot in clock.boots] == [START_US, START_US + 100_000_000]
    numbers = clock.boot_of(parsed.table("ATTITUDE")).tolist()
    assert (numbers.count(0), numbers.count(1)) == (100, 300)
    assert clock.warnings == ()


@pytest.mark.parametrize("by_s", [2, 100])
def test_neither_clock_that_is_set_alone_in_a_gap_is_a_power_cycle(by_s: int) -> None:
    for vehicle_us, recorder_us in ((by_s * 1_000_000, 0), (0, by_s * 1_000_000)):
        log = LogBuilder()
        add_flight(log, boot_ms=(50_000, 60_000))
        add_flight(
            log,
            boot_ms=(90_000, 120_000),
            power_on_us=START_US + vehicle_us,
            stamp_late_us=recorder_us - vehicle_us,
        )
        assert len(clock_of(log)[1].boots) == 1


def test_a_system_time_that_steps_with_nothing_timed_between_is_no_power_cycle() -> None:
    log = LogBuilder()
    log.send(attitude(1000))
    for utc_us in (START_US, START_US + 60_000_000, START_US + 1_000_000):
        log.send(system_time(0, utc_us))
    log.send(attitude(2000))
    assert len(clock_of(log)[1].boots) == 1


def test_messages_that_come_seconds_late_are_not_a_power_cycle() -> None:
    log = LogBuilder()
    add_flight(log, boot_ms=(50_000, 60_000))
    add_flight(log, boot_ms=(57_000, 65_000))
    assert len(clock_of(log)[1].boots) == 1


def test_one_message_with_an_absurd_time_is_not_a_power_cycle() -> None:
    for absurd_ms in (0, 4_000_000_000):
        log = LogBuilder()
        add_flight(log, tell_utc=False)
        log.send(attitude(absurd_ms))
        add_flight(log, boot_ms=(20_000, 30_000), tell_utc=False)
        assert len(clock_of(log)[1].boots) == 1, absurd_ms


def test_without_system_time_the_recorders_clock_is_used_and_said() -> None:
    log = LogBuilder()
    add_flight(log, tell_utc=False, stamp_late_us=2_000_000)
    _, clock = clock_of(log)
    assert clock.boots[0].source == RECORD_STAMPS
    assert clock.boots[0].utc_minus_boot_us == pytest.approx(START_US + 2_000_000, abs=5000)
    assert clock.warnings == ("the vehicle never told UTC (SYSTEM_TIME); the recorder's clock is used",)


def test_a_clock_set_in_flight_is_said_with_its_size() -> None:
    log = LogBuilder()
    for second in range(20):
        log.send(
            system_time(second * 1000, START_US + second * 1_000_000 + (18_000_000 if second > 11 else 0))
        )
    _, clock = clock_of(log)
    assert clock.boots[0].utc_minus_boot_us == START_US
    assert clock.warnings == ("UTC from SYSTEM_TIME is only good to 18.00 s",)


def test_a_vehicle_without_any_time_has_no_boots() -> None:
    log = LogBuilder()
    log.send(heartbeat())
    log.send(gps())
    parsed, clock = clock_of(log)
    assert clock.boots == ()
    assert clock.utc_of(parsed.table("GPS_RAW_INT")).tolist() == [START_US + 1000]


def test_the_recorded_flights_are_on_the_simulators_clock_to_a_millisecond() -> None:
    for name, boots in (("park-patrol", 1), ("faults", 2)):
        truth = json.loads(shared_file(f"flights/{name}/clock.json").read_text())
        clock = read_clock(read_tlog(shared_file(f"flights/{name}/capture.tlog")), VEHICLE)
        assert len(clock.boots) == boots
        assert clock.boots[-1].utc_minus_boot_us / 1e6 == pytest.approx(
            truth["vehicle_utc_minus_boot_s"], abs=1e-3
        )


def test_a_system_time_without_a_time_since_boot_takes_that_of_the_messages_around_it() -> None:
    log = LogBuilder()
    for second in range(60):
        log.stamp_us = START_US + second * 1_000_000 + 40_000
        log.send(system_time(0, START_US + second * 1_000_000))
        log.send(attitude(500_000 + second * 1000))
    parsed, clock = clock_of(log)
    assert len(clock.boots) == 1
    assert clock.warnings == ()
    off_us = clock.utc_of(parsed.table("ATTITUDE")) - [START_US + s * 1_000_000 for s in range(60)]
    assert abs(off_us).max() <= 1000, "a millisecond after the SYSTEM_TIME beside it"


def test_a_vehicle_that_never_tells_its_time_since_boot_has_the_time_of_system_time() -> None:
    log = LogBuilder()
    log.send(heartbeat())
    for second in range(60):
        log.stamp_us = START_US + second * 1_000_000 + 7_000_000
        log.send(system_time(0, START_US + second * 1_000_000))
        log.send(attitude(0))
    parsed, clock = clock_of(log)
    assert clock.boots == ()
    off_us = clock.utc_of(parsed.table("ATTITUDE")) - [START_US + s * 1_000_000 for s in range(60)]
    assert abs(off_us).max() <= 1000
    assert clock.warnings == (
        "the vehicle tells no time since boot; its messages have the time of SYSTEM_TIME at its receipt",
    )
