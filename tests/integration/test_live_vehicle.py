"""Live links with real peers: MAVSDK's server plugins as vehicle, MAVProxy as router, pymavlink's signing."""

from __future__ import annotations

import json
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from conftest import free_port
from live_peers import Listener, Peers, listening

from droneops.telemetry.live.commands import ACCEPTED
from droneops.telemetry.live.duplicates import PEERS
from droneops.telemetry.live.health import health_of
from droneops.telemetry.live.link_state import LinkState
from droneops.telemetry.live.listen import LinkRequest
from droneops.telemetry.live.station import DroneOnLink, Station
from droneops.telemetry.log import read_pose_track
from droneops.telemetry.signing import SigningKey, Verdict
from droneops.telemetry.tlog import read_tlog
from droneops.types import NoPose, Pose, Reason

# Where mavsdk_vehicle.py flies.
LAT_DEG, LON_DEG, ALT_MSL_M, ABOVE_HOME_M = 16.5, 104.7, 250.0, 120.0
METRES_PER_DEGREE_EAST = 106_600.0


@pytest.fixture
def peers(tmp_path: Path) -> Iterator[Peers]:
    with ExitStack() as stack:
        yield Peers(tmp_path, stack)


def newest_pose(station: Station, system_id: int) -> Pose | None:
    vehicle = station.vehicles.get(system_id)
    track = vehicle.track.track() if vehicle else None
    if track is None or track.last_us is None:
        return None
    pose = station.pose(system_id, track.last_us)
    return pose if isinstance(pose, Pose) else None


def has_all(station: Station, system_id: int) -> bool:
    """A pose, every autopilot's message granted, the camera and its stream found."""
    vehicle = station.vehicles.get(system_id)
    if vehicle is None or newest_pose(station, system_id) is None:
        return False
    rates = vehicle.rates.report(time.monotonic())
    cameras = vehicle.discovery.cameras()
    is_granted = bool(rates) and all(rate.state == ACCEPTED for rate in rates)
    return is_granted and bool(cameras) and bool(cameras[0].streams)


def assert_knows_vehicle(listener: Listener, system_id: int) -> None:
    """All that the vehicle said of itself has arrived, and is true."""
    station = listener.station
    listener.until(lambda station: has_all(station, system_id))
    listener.listen(2)
    pose = newest_pose(station, system_id)
    assert pose is not None
    assert (pose.lat_deg, pose.alt_msl_m, pose.alt_above_home_m) == (LAT_DEG, ALT_MSL_M, ABOVE_HOME_M)
    flown_m = (pose.lon_deg - LON_DEG) * METRES_PER_DEGREE_EAST
    assert 10 < flown_m < 500
    assert pose.velocity_ned_mps.tolist() == [0, 10, 0]
    assert pose.time_us / 1e6 == pytest.approx(time.time(), abs=1)
    assert (pose.position_sigma_m.value, pose.position_sigma_m.source) == (1.5, "GPS_RAW_INT.h_acc")
    vehicle = station.vehicles[system_id]
    (camera,) = vehicle.discovery.cameras()
    assert (camera.model, camera.width_px, camera.height_px) == ("Rehearsal", 1280, 720)
    assert camera.hfov_rad == pytest.approx(1.0803588, abs=1e-5), "61.9 degrees, by CAMERA_FOV_STATUS"
    assert camera.streams[0].uri == "rtsp://patrol:secret@10.0.0.5:8554/main"
    track = vehicle.track.track()
    assert track is not None
    assert track.home_alt_msl_m == pytest.approx(ALT_MSL_M - ABOVE_HOME_M), "HOME_POSITION says 0"
    assert track.warnings == ()
    assert vehicle.restarts == 0
    health = health_of(station, listener.clock.utc_us(), listener.clock.monotonic_s())
    assert health.vehicles[0].loss.lost_ratio == pytest.approx(0, abs=0.02)
    fix, clock = health.vehicles[0].vitals.fix, health.vehicles[0].vitals.clock
    assert fix is not None and (fix.type, fix.satellites) == (3, 17)
    assert clock is not None and abs(clock.utc_minus_ours_s) < 0.5


def test_a_vehicle_that_calls_us_is_known_with_its_pose_its_camera_and_its_stream(
    peers: Peers, tmp_path: Path
) -> None:
    port = free_port()
    peers.vehicle(f"udpout://127.0.0.1:{port}", 7)
    drones = (DroneOnLink("patrol-1", 7),)
    request = LinkRequest(f"udpin:127.0.0.1:{port}", drones=drones, record=tmp_path / "tlogs")
    with listening(request) as listener:
        assert_knows_vehicle(listener, 7)
        live = newest_pose(listener.station, 7)
    assert live is not None and live.drone_id == "patrol-1"
    (recording,) = (tmp_path / "tlogs").glob("link-*.tlog")
    replayed = read_pose_track(recording, drone_id="patrol-1").at(live.time_us)
    assert isinstance(replayed, Pose)
    assert (replayed.lat_deg, replayed.alt_msl_m) == (live.lat_deg, live.alt_msl_m)
    assert replayed.lon_deg == pytest.approx(live.lon_deg, abs=2e-7), "2 cm: the clock is of another median"
    ours = read_tlog(recording).table("HEARTBEAT").sent_by(246, 191)
    assert set(ours["type"].tolist()) == {18}, "never a ground station's heartbeat"


def test_a_vehicle_behind_a_router_is_known_as_well(peers: Peers) -> None:
    vehicle_port, our_port = free_port(), free_port()
    peers.router(f"udpin:127.0.0.1:{vehicle_port}", f"udpout:127.0.0.1:{our_port}")
    peers.vehicle(f"udpout://127.0.0.1:{vehicle_port}", 7)
    with listening(LinkRequest(f"udpin:127.0.0.1:{our_port}")) as listener:
        assert_knows_vehicle(listener, 7)


def test_a_vehicle_that_waits_to_be_called_is_called(peers: Peers) -> None:
    port = free_port()
    peers.vehicle(f"udpin://127.0.0.1:{port}", 7)
    with listening(LinkRequest(f"udpout:127.0.0.1:{port}")) as listener:
        listener.until(lambda station: newest_pose(station, 7))


@pytest.mark.parametrize(("theirs", "ours"), [("udpout", "udpin"), ("tcpin", "tcp")])
def test_after_the_vehicle_is_killed_and_comes_back_all_is_asked_again(
    peers: Peers, theirs: str, ours: str
) -> None:
    port = free_port()
    vehicle = peers.vehicle(f"{theirs}://127.0.0.1:{port}", 7)
    with listening(LinkRequest(f"{ours}:127.0.0.1:{port}")) as listener:
        station = listener.station
        listener.until(lambda station: has_all(station, 7))
        listener.listen(3)
        vehicle.kill()
        gone = {LinkState.SILENT, LinkState.BACKOFF, LinkState.OPENING}
        listener.until(lambda station: station.link.status().state in gone)
        peers.vehicle(f"{theirs}://127.0.0.1:{port}", 7)
        listener.until(lambda station: station.vehicles[7].restarts == 1)
        listener.until(lambda station: has_all(station, 7))
        pose = newest_pose(station, 7)
        assert pose is not None
        flown_m = (pose.lon_deg - LON_DEG) * METRES_PER_DEGREE_EAST
        assert flown_m < 250, "the new flight, from its beginning"
        assert pose.time_us / 1e6 == pytest.approx(time.time(), abs=2)
        states = [event.state for event in station.link.take_events()]
        assert states[-1] == LinkState.CONNECTED and gone & set(states)


def test_two_vehicles_on_one_port_are_kept_apart(peers: Peers) -> None:
    port = free_port()
    for system_id in (7, 8):
        peers.vehicle(f"udpout://127.0.0.1:{port}", system_id)
        time.sleep(1)
    with listening(LinkRequest(f"udpin:127.0.0.1:{port}")) as listener:
        station = listener.station
        listener.until(lambda station: has_all(station, 7) and has_all(station, 8))
        listener.listen(1)
        first, second = newest_pose(station, 7), newest_pose(station, 8)
        assert first is not None and second is not None
        assert first.lon_deg > second.lon_deg, "the second set off a second later"
        assert [station.refused(n) for n in (7, 8)] == [None, None]
        assert station.vehicles[7].autopilot.peer != station.vehicles[8].autopilot.peer


def test_two_vehicles_with_one_system_id_are_both_refused_and_told_to_the_pilot(peers: Peers) -> None:
    port = free_port()
    for _ in range(2):
        peers.vehicle(f"udpout://127.0.0.1:{port}", 7)
    with listening(LinkRequest(f"udpin:127.0.0.1:{port}")) as listener:
        station = listener.station
        listener.until(lambda station: station.refused(7))
        duplicate = station.refused(7)
        assert duplicate is not None and duplicate.how == PEERS
        assert "system id 7" in duplicate.one_line() and "SYSID_THISMAV" in duplicate.one_line()
        pose = station.pose(7, 1)
        assert pose == NoPose(1, Reason.NO_POSE)
        health = health_of(station, listener.clock.utc_us(), listener.clock.monotonic_s())
        assert health.vehicles[0].refused == duplicate.one_line()
        assert health.vehicles[0].pose is None


def test_two_vehicles_with_one_system_id_behind_one_router_are_refused_too(peers: Peers) -> None:
    vehicle_port, our_port = free_port(), free_port()
    peers.router(f"udpin:127.0.0.1:{vehicle_port}", f"udpout:127.0.0.1:{our_port}")
    peers.vehicle(f"udpout://127.0.0.1:{vehicle_port}", 7)
    time.sleep(4)
    peers.vehicle(f"udpout://127.0.0.1:{vehicle_port}", 7)
    with listening(LinkRequest(f"udpin:127.0.0.1:{our_port}")) as listener:
        listener.until(lambda station: station.refused(7))
        assert listener.station.pose(7, 1) == NoPose(1, Reason.NO_POSE)


def test_with_a_key_only_frames_that_pymavlink_signed_with_it_are_believed(tmp_path: Path) -> None:
    from pymavlink.dialects.v20 import ardupilotmega as mavlink

    port, secret = free_port(), bytes(range(32))
    theirs = mavlink.MAVLink(None, srcSystem=9, srcComponent=1)
    answers: list[bytes] = []
    request = LinkRequest(
        f"udpin:127.0.0.1:{port}", signing_key=SigningKey(secret), signing_state=tmp_path / "state"
    )

    def fly(key: bytes | None) -> None:
        theirs.signing.secret_key, theirs.signing.sign_outgoing = key, key is not None
        theirs.signing.timestamp = int((time.time() - 1_420_070_400) * 1e5)
        for _ in range(15):
            vehicle.sendto(theirs.heartbeat_encode(2, 3, 0, 0, 4).pack(theirs), ("127.0.0.1", port))
            listener.listen(0.1)
        while select.select([vehicle], [], [], 0)[0]:
            answers.append(vehicle.recv(4096))

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as vehicle, listening(request) as listener:
        station = listener.station
        assert station.signing is not None
        listener.until(lambda station: station.link.status().state == LinkState.LISTENING)
        fly(None)
        fly(bytes(32 * [7]))
        assert station.vehicles == {}
        assert station.signing.verifier.counts == {Verdict.UNSIGNED: 15, Verdict.BAD_SIGNATURE: 15}
        answers.clear()
        fly(secret)
        assert set(station.vehicles) == {9}
        assert station.signing.verifier.counts[Verdict.GOOD] == 15
    # pymavlink raises where a signature is not good.
    heard = [message for answer in answers for message in theirs.parse_buffer(answer) or []]
    assert {(message.get_srcSystem(), message.get_signed()) for message in heard} == {(246, True)}
    assert json.loads((tmp_path / "state").read_text())["believed"] > 0


def test_the_link_command_shows_the_vehicle_and_never_the_cameras_password(
    peers: Peers, tmp_path: Path
) -> None:
    port = free_port()
    peers.vehicle(f"udpout://127.0.0.1:{port}", 7)
    command = [sys.executable, "-m", "droneops", "link", f"udpin:127.0.0.1:{port}", "--seconds", "8"]
    shown = subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=60)
    assert shown.returncode == 0, shown.stderr
    last = json.loads(shown.stdout.splitlines()[-1])
    (vehicle,) = last["vehicles"]
    assert vehicle["system_id"] == 7
    assert vehicle["pose"]["lat_deg"] == LAT_DEG
    assert vehicle["cameras"][0]["streams"][0]["uri"] == "rtsp://***@10.0.0.5:8554/main"
    assert "secret" not in shown.stdout + shown.stderr


def test_the_link_command_says_so_when_nobody_is_there_and_stops_at_once_when_told() -> None:
    command = [sys.executable, "-m", "droneops", "link", f"udpin:127.0.0.1:{free_port()}"]
    silent = subprocess.run([*command, "--seconds", "1"], capture_output=True, text=True, timeout=30)
    assert silent.returncode == 1
    assert "no vehicle heard" in silent.stdout
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        time.sleep(2)
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        _, stderr = process.communicate(timeout=10)
    assert time.monotonic() - begun < 2
    assert process.returncode == 143
    assert b"Traceback" not in stderr
