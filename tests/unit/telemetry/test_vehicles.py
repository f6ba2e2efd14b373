"""Which vehicle of a log is meant."""

from __future__ import annotations

import pytest
from telemetry_synthetic import (
    LogBuilder,
    attitude,
    camera_fov,
    gimbal,
    ground_station,
    heartbeat,
    position,
    shared_file,
)

from droneops.errors import UsageError
from droneops.telemetry.tlog import Tlog, parse_tlog, read_tlog
from droneops.telemetry.vehicles import Vehicle, choose_vehicle, list_vehicles


def log_of(*messages: tuple[object, tuple[int, int]]) -> Tlog:
    log = LogBuilder()
    for message, source in messages:
        log.send(message, source=source)
    return parse_tlog(log.bytes(), where="patrol.tlog")


def test_the_only_vehicle_is_chosen_whatever_its_component_id() -> None:
    log = log_of((ground_station(), (255, 190)), (heartbeat(), (7, 42)))
    assert choose_vehicle(log) == Vehicle(7, 42)


def test_gimbals_cameras_and_companions_of_a_vehicle_are_no_vehicles() -> None:
    others = [(heartbeat(kind=kind, autopilot=8), (1, 150 + kind)) for kind in (18, 26, 30)]
    log = log_of(*others, (heartbeat(kind=26, autopilot=3), (3, 154)), (heartbeat(), (1, 1)))
    assert list_vehicles(log) == (Vehicle(1, 1),)


def test_of_several_vehicles_the_one_with_a_gimbal_or_camera_is_chosen() -> None:
    pair = [(heartbeat(), (1, 1)), (heartbeat(), (2, 1))]
    assert choose_vehicle(log_of(*pair, (gimbal(1, (1, 0, 0, 0), 32), (2, 154)))) == Vehicle(2, 1)
    assert choose_vehicle(log_of(*pair, (camera_fov(1), (1, 100)))) == Vehicle(1, 1)


@pytest.mark.parametrize("with_gimbal", [(), (1, 2)])
def test_several_vehicles_that_could_be_meant_are_listed_with_the_option_that_names_one(
    with_gimbal: tuple[int, ...],
) -> None:
    gimbals = [(gimbal(1, (1, 0, 0, 0), 32), (system, 1)) for system in with_gimbal]
    log = log_of((heartbeat(), (1, 1)), (heartbeat(), (2, 1)), *gimbals)
    with pytest.raises(UsageError) as caught:
        choose_vehicle(log)
    assert str(caught.value) == (
        "patrol.tlog: holds several vehicles: system ids 1, 2 (name one with --system-id)"
    )


def test_the_vehicle_asked_for_is_chosen_and_an_absent_one_is_refused_with_the_list() -> None:
    log = log_of((heartbeat(), (1, 1)), (heartbeat(), (2, 1)), (position(5), (3, 1)))
    assert choose_vehicle(log, 2) == Vehicle(2, 1)
    assert choose_vehicle(log, 3) == Vehicle(3, 1)  # its heartbeats were lost
    with pytest.raises(UsageError, match=r"no vehicle with system id 255 \(--system-id is one of 1, 2\)"):
        choose_vehicle(log, 255)


def test_without_heartbeats_whoever_sends_its_state_is_the_vehicle() -> None:
    log = log_of((ground_station(), (255, 190)), (attitude(1), (4, 1)), (position(1), (4, 1)))
    assert choose_vehicle(log) == Vehicle(4, 1)


def test_the_log_of_a_ground_station_alone_has_no_vehicle() -> None:
    log = log_of((ground_station(), (255, 190)))
    assert choose_vehicle(log) is None
    with pytest.raises(UsageError, match="holds no vehicle with system id 1"):
        choose_vehicle(log, 1)


def test_in_the_recorded_flight_of_two_vehicles_the_one_with_the_gimbal_is_chosen() -> None:
    log = read_tlog(shared_file("flights/faults/capture.tlog"))
    assert [vehicle.system_id for vehicle in list_vehicles(log)] == [1, 2]
    assert choose_vehicle(log) == Vehicle(1, 1)
    assert choose_vehicle(log, 2) == Vehicle(2, 1)
