"""Cameras and gimbals, found by asking."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_conversation import (
    CAMERA,
    GCS,
    GIMBAL,
    NO_AUTOPILOT,
    any_frames,
    component_of,
    exchange,
    frame_of,
    heartbeat_of,
)

from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.commands import REFUSED, UNANSWERED, Commands
from droneops.telemetry.live.discovered import FOCAL_LENGTH, FOV_STATUS, STREAM_HFOV, VideoStream
from droneops.telemetry.live.discovery import (
    ANSWERED,
    MAX_CAMERAS,
    MAX_GIMBALS,
    MAX_STREAMS,
    REQUEST_MESSAGE,
    Discovery,
    Request,
)
from droneops.telemetry.live.frame import LiveFrame, Outgoing
from droneops.telemetry.live.identity import Identity
from droneops.telemetry.live.untrusted import clean_text, why_unusable, without_secrets

CAMERA_ID = 100
STREAM = "VIDEO_STREAM_INFORMATION"
RTSP = b"rtsp://10.0.0.5:8554/main"


def text_of(text: bytes, size: int) -> np.ndarray[Any, Any]:
    return np.frombuffer(text.ljust(size, b"\0"), dtype=np.uint8)


def information(component: int = CAMERA_ID, **fields: Any) -> LiveFrame:
    told = {
        "vendor_name": text_of(b"Siyi", 32),
        "model_name": text_of(b"A8 mini", 32),
        "resolution_h": 1920,
        "resolution_v": 1080,
        "focal_length": 5.0,
        "sensor_size_h": 6.0,
    }
    return frame_of("CAMERA_INFORMATION", told | fields, source=(1, component))


def stream(stream_id: int = 1, count: int = 1, component: int = CAMERA_ID, **fields: Any) -> LiveFrame:
    told = {"stream_id": stream_id, "count": count, "uri": RTSP, "encoding": 1}
    return frame_of(STREAM, told | fields, source=(1, component))


def fov(hfov_deg: float, component: int = CAMERA_ID) -> LiveFrame:
    return frame_of("CAMERA_FOV_STATUS", {"hfov": hfov_deg}, source=(1, component))


class Drone:
    """A drone with one component of interest, which gives the frames ``holds`` names or a MAV_RESULT."""

    def __init__(self, beat: LiveFrame | None = None, *, listen_only: bool = False) -> None:
        self.commands = Commands(Identity())
        self.discovery = Discovery(1, self.commands, listen_only=listen_only)
        self.beat = beat or heartbeat_of(CAMERA, NO_AUTOPILOT, source=(1, CAMERA_ID))
        self.holds: dict[tuple[str, int], Iterable[LiveFrame] | int | None] = {}
        self.asked: list[tuple[str, int]] = []
        self.holds_by_older: dict[tuple[int, int], Iterable[LiveFrame] | int | None] = {}
        self.asked_by_older: list[tuple[int, int]] = []
        self.now_s = 0.0
        self.discovery.attend(component_of(self.beat), 0.0)

    def answer(self, out: Outgoing) -> int | None:
        number, first = int(out.fields["command"]), int(out.fields["param1"])
        if number == REQUEST_MESSAGE:
            key = (load_dialect().by_id[first].name, int(out.fields["param2"]))
            self.asked.append(key)
            held = self.holds.get(key, 3)
        else:
            self.asked_by_older.append((number, first))
            held = self.holds_by_older.get((number, first), 3)
        if held is None or isinstance(held, int):
            return held
        for frame in held:
            self.discovery.hear(frame, self.now_s)
        return 0

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds * 2)):
            self.now_s += 0.5
            self.discovery.hear(self.beat, self.now_s)
            self.discovery.due(self.now_s)
            exchange(self.commands, self.answer, self.now_s)
            for outcome in self.commands.outcomes():
                self.discovery.settle(outcome, self.now_s)

    def request(self, name: str, stream_id: int = 0) -> Request:
        return next(r for r in self.discovery.requests() if (r.name, r.stream_id) == (name, stream_id))


def told(*frames: LiveFrame) -> Discovery:
    drone = Drone()
    for frame in frames:
        drone.discovery.hear(frame, 0.0)
    return drone.discovery


def only_stream(**fields: Any) -> VideoStream:
    (camera,) = told(stream(**fields)).cameras()
    return camera.streams[0]


def test_a_cameras_lens_picture_and_video_address_are_found_by_asking() -> None:
    drone = Drone()
    drone.holds = {
        ("CAMERA_INFORMATION", 0): [information()],
        (STREAM, 0): [stream(name=b"main", resolution_h=1280, resolution_v=720, framerate=30.0, flags=1)],
    }
    drone.wait(5)
    (camera,) = drone.discovery.cameras()
    assert (camera.system_id, camera.component_id, camera.camera_device_id) == (1, CAMERA_ID, 0)
    assert (camera.vendor, camera.model, camera.width_px, camera.height_px) == ("Siyi", "A8 mini", 1920, 1080)
    (found,) = camera.streams
    assert (found.uri, found.unusable, found.encoding, found.name) == (RTSP.decode(), "", "h264", "main")
    assert (found.width_px, found.framerate_hz, found.is_running, found.is_thermal) == (1280, 30, True, False)
    assert (found.bitrate_bps, found.hfov_deg) == (None, None)
    assert drone.request("CAMERA_INFORMATION").state == ANSWERED
    assert len(drone.asked) == len(set(drone.asked)) == 5


def test_a_refused_request_keeps_its_reason_and_is_not_repeated() -> None:
    drone = Drone()
    drone.wait(600)
    assert drone.request("CAMERA_INFORMATION").state == REFUSED
    assert drone.request("CAMERA_INFORMATION").reason == "UNSUPPORTED"
    assert len(drone.asked) == 5


def test_a_camera_that_knows_only_the_older_requests_is_found_by_them() -> None:
    drone = Drone()
    drone.holds = {("CAMERA_INFORMATION", 0): 3, (STREAM, 0): 2}
    drone.holds_by_older = {(521, 1): [information()], (2504, 0): [stream(stream_id=0, count=0)]}
    drone.wait(10)
    (camera,) = drone.discovery.cameras()
    assert (camera.model, camera.streams[0].uri) == ("A8 mini", RTSP.decode())
    assert sorted(drone.asked_by_older) == [(521, 1), (2504, 0)]
    assert drone.request(STREAM).state == ANSWERED


def test_a_camera_that_starts_up_later_than_its_autopilot_is_found() -> None:
    drone = Drone(heartbeat_of())
    drone.holds = {("CAMERA_INFORMATION", 0): 4}
    drone.wait(20)
    assert drone.request("CAMERA_INFORMATION").reason == "FAILED"
    drone.holds = {("CAMERA_INFORMATION", 0): [information(component=1, camera_device_id=1)]}
    drone.wait(60)
    (camera,) = drone.discovery.cameras()
    assert (camera.component_id, camera.camera_device_id) == (1, 1)


def test_an_answer_lost_after_its_acknowledgement_is_asked_for_again_ever_more_rarely() -> None:
    drone = Drone()
    drone.holds = {("CAMERA_INFORMATION", 0): 0}
    drone.wait(600)
    assert drone.request("CAMERA_INFORMATION").reason == "accepted, but it does not come"
    assert 4 <= drone.asked.count(("CAMERA_INFORMATION", 0)) <= 7
    drone.holds = {("CAMERA_INFORMATION", 0): [information()]}
    drone.wait(300)
    assert drone.request("CAMERA_INFORMATION") == Request(CAMERA_ID, "CAMERA_INFORMATION", 0, ANSWERED, "")


def test_a_camera_that_does_not_answer_is_said_to_and_asked_again() -> None:
    drone = Drone()
    drone.holds = {("CAMERA_INFORMATION", 0): None}
    drone.wait(60)
    assert drone.request("CAMERA_INFORMATION").state == UNANSWERED
    drone.holds = {("CAMERA_INFORMATION", 0): [information()]}
    drone.wait(120)
    assert len(drone.discovery.cameras()) == 1


def test_streams_that_were_promised_and_did_not_come_are_asked_for_singly() -> None:
    drone = Drone()
    drone.holds = {
        (STREAM, 0): [stream(1, count=3)],
        (STREAM, 2): [stream(2, count=3, flags=2)],
        (STREAM, 3): 2,
    }
    drone.holds_by_older = {(2504, 3): 2}
    drone.wait(10)
    (camera,) = drone.discovery.cameras()
    assert [(s.stream_id, s.is_thermal) for s in camera.streams] == [(1, False), (2, True)]
    assert drone.request(STREAM, 3).reason == "DENIED"


def test_streams_that_follow_by_themselves_are_not_asked_for_singly() -> None:
    drone = Drone()
    drone.holds = {(STREAM, 0): [stream(1, count=2)]}
    drone.wait(1)
    drone.discovery.hear(stream(2, count=2), drone.now_s)
    drone.wait(10)
    assert [key for key in drone.asked if key[0] == STREAM] == [(STREAM, 0)]


@pytest.mark.parametrize(
    ("frames", "hfov_deg", "source"),
    [
        ((information(), stream(hfov=50), fov(40)), 40, FOV_STATUS),
        ((information(), stream(hfov=50), fov(math.nan)), 50, STREAM_HFOV),
        ((information(), stream(hfov=50, flags=2)), 2 * math.degrees(math.atan(0.6)), FOCAL_LENGTH),
        ((information(), stream(hfov=0), fov(0)), 2 * math.degrees(math.atan(0.6)), FOCAL_LENGTH),
        ((information(focal_length=math.inf), stream(hfov=400), fov(1e38)), None, ""),
        ((information(sensor_size_h=0), fov(-3)), None, ""),
        ((information(focal_length=math.nan),), None, ""),
    ],
)
def test_the_field_of_view_is_the_best_known_one_and_says_where_from(
    frames: tuple[LiveFrame, ...], hfov_deg: float | None, source: str
) -> None:
    (camera,) = told(*frames).cameras()
    assert camera.hfov_source == source
    assert camera.hfov_rad == (None if hfov_deg is None else pytest.approx(math.radians(hfov_deg)))


@pytest.mark.parametrize(
    "uri",
    [b"rtsp://10.0.0.5/main", b"RTSPS://h/x", b"udp://@239.0.0.1:5600", b"tcp://h:1", b"rtsp://[fe80::1]/x"],
)
def test_an_address_of_a_video_protocol_can_be_used(uri: bytes) -> None:
    assert only_stream(uri=uri).unusable == ""


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        (b"", "no address"),
        (b"file:///etc/passwd", "begins with none of rtsp://"),
        (b"http://169.254.169.254/", "begins with none of"),
        (b"concat:a|b", "begins with none of"),
        (b"-i", "begins with none of"),
        (b"10.0.0.5:8554", "begins with none of"),
        (b"rtsp:main", "names no host"),
        (b"rtsp://[::1/x", "cannot be read"),
        (b"rtsp://h:99999/x", "cannot be read"),
        (b"rtsp://h/a b", "holds blanks"),
    ],
)
def test_any_other_address_is_shown_with_the_reason_why_it_is_not_used(uri: bytes, reason: str) -> None:
    assert reason in only_stream(uri=uri).unusable


def test_a_stream_of_rtp_over_udp_names_a_port_to_listen_at() -> None:
    found = only_stream(uri=b"5600", type=1)
    assert (found.type, found.uri, found.unusable) == ("rtp_udp", "rtp://0.0.0.0:5600", "")
    assert only_stream(uri=b"70000", type=1).unusable != ""
    assert only_stream(uri=b"5600", type=0).unusable != ""


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("rtsp://admin:1234@10.0.0.5/main", "rtsp://***@10.0.0.5/main"),
        ("rtsp://admin:p@ss/w@10.0.0.5/main", "rtsp://***@10.0.0.5/main"),
        ("rtsp://h/user=admin&password=x&channel=1", "rtsp://h/user=***&password=***&channel=***"),
        ("rtsp:admin:geheim@10.0.0.5/x", "rtsp:***@10.0.0.5/x"),
        ("rtsp://h/?auth=YWRtaW4&p=geheim", "rtsp://h/?auth=***&p=***"),
        ("rtsp://h/main", "rtsp://h/main"),
    ],
)
def test_an_address_is_shown_without_its_login(uri: str, shown: str) -> None:
    found = only_stream(uri=uri.encode())
    assert found.uri_shown == shown
    assert found.uri == uri


def test_a_text_from_the_air_is_one_printable_line() -> None:
    raw = b" Si\x1b[31myi\r\n\xe2\x80\xae\xff" + "ภา".encode() + b"\0bage"
    (camera,) = told(information(vendor_name=text_of(raw, 32))).cameras()
    assert camera.vendor == "Si[31myi\ufffdภา"


@given(st.binary(max_size=160))
def test_any_text_is_cleaned_and_judged(raw: bytes) -> None:
    text = clean_text(raw)
    assert len(text) <= len(raw)
    assert not any(ord(c) < 32 or ord(c) == 127 for c in text)
    assert "\n" not in why_unusable(text)
    assert len(without_secrets(text)) <= 4 * len(text) + 4


@given(st.text(st.characters(exclude_characters="@\0"), min_size=1, max_size=20).map(lambda s: f"<{s}>"))
def test_no_login_is_ever_shown(secret: str) -> None:
    assert secret not in without_secrets(f"rtsp://admin:{secret}@10.0.0.5/main")


def test_a_gimbals_names_and_limits_are_found_and_its_manager_is_the_same_gimbal() -> None:
    limits = {"pitch_min": -1.57, "pitch_max": 0.5, "yaw_min": math.nan, "yaw_max": 3.0}
    device = frame_of(
        "GIMBAL_DEVICE_INFORMATION",
        limits | {"vendor_name": b"Gremsy", "model_name": b"T3", "cap_flags": 0x7},
        source=(1, 154),
    )
    manager = frame_of("GIMBAL_MANAGER_INFORMATION", {"gimbal_device_id": 154, "cap_flags": 1}, source=(1, 1))
    for order in ((device, manager), (manager, device)):
        drone = Drone(heartbeat_of(GIMBAL, NO_AUTOPILOT, source=(1, 154)))
        drone.discovery.attend(component_of(heartbeat_of()), 0.0)
        for frame in order:
            drone.discovery.hear(frame, 0.0)
        (gimbal,) = drone.discovery.gimbals()
        assert (gimbal.vendor, gimbal.model, gimbal.device_id, gimbal.capabilities) == (
            "Gremsy",
            "T3",
            154,
            7,
        )
        assert gimbal.pitch is not None
        assert gimbal.pitch.low_rad == pytest.approx(-1.57)
        assert (gimbal.roll, gimbal.yaw) == (None, None)


def test_gimbals_are_asked_as_gimbals_and_ground_stations_not_at_all() -> None:
    gimbal = Drone(heartbeat_of(GIMBAL, NO_AUTOPILOT, source=(1, 154)))
    gimbal.wait(5)
    assert {name for name, _ in gimbal.asked} == {"GIMBAL_MANAGER_INFORMATION", "GIMBAL_DEVICE_INFORMATION"}
    station = Drone(heartbeat_of(GCS, NO_AUTOPILOT, source=(1, 190)))
    station.wait(5)
    assert station.asked == []


def test_a_camera_id_alone_is_enough_with_any_heartbeat() -> None:
    drone = Drone(heartbeat_of(0, NO_AUTOPILOT, source=(1, 101)))
    drone.wait(5)
    assert ("CAMERA_INFORMATION", 0) in drone.asked


@pytest.mark.parametrize("how", ["reboot", "reconnect", "silence"])
def test_everything_is_asked_again_and_what_was_told_stands_meanwhile(how: str) -> None:
    drone = Drone()
    drone.holds = {("CAMERA_INFORMATION", 0): [information()], (STREAM, 0): [stream(1, count=2)]}
    drone.wait(10)
    before = len(drone.asked)
    if how == "reboot":
        drone.discovery.rebooted()
    elif how == "reconnect":
        moved = heartbeat_of(CAMERA, NO_AUTOPILOT, source=(1, CAMERA_ID), peer="b:1", at_s=9)
        drone.discovery.attend(component_of(moved), drone.now_s)
    else:
        drone.now_s += 60
        drone.discovery.due(drone.now_s)
        assert len(drone.commands) == 0
    assert len(drone.discovery.cameras()) == 1
    drone.wait(10)
    assert sorted(drone.asked[before:]) == sorted(drone.asked[:before])


def test_a_camera_that_moved_is_not_asked_at_its_old_address_any_more() -> None:
    drone = Drone()
    drone.holds = {("CAMERA_INFORMATION", 0): None}
    drone.wait(0.5)
    moved = heartbeat_of(CAMERA, NO_AUTOPILOT, source=(1, CAMERA_ID), peer="b:1", at_s=9)
    drone.discovery.attend(component_of(moved), drone.now_s)
    drone.discovery.due(drone.now_s)
    assert {out.peer for second in range(2, 9) for out in drone.commands.due(second)} == {"b:1"}


def test_a_listener_that_is_to_be_silent_reads_but_does_not_ask() -> None:
    drone = Drone(listen_only=True)
    drone.wait(60)
    drone.discovery.hear(information(), drone.now_s)
    assert drone.asked == []
    assert len(drone.discovery.cameras()) == 1


def test_more_cameras_streams_and_gimbals_than_a_drone_can_carry_are_not_kept() -> None:
    discovery = told(*(stream(n, count=255) for n in range(1, 200)))
    (camera,) = discovery.cameras()
    assert len(camera.streams) == MAX_STREAMS
    assert len(discovery.requests()) <= 5 + MAX_STREAMS
    many = [information(camera_device_id=n) for n in range(100)]
    devices = [
        frame_of("GIMBAL_DEVICE_INFORMATION", {"gimbal_device_id": n}, source=(1, CAMERA_ID))
        for n in range(1, 100)
    ]
    discovery = told(*many, *devices)
    assert (len(discovery.cameras()), len(discovery.gimbals())) == (MAX_CAMERAS, MAX_GIMBALS)


def test_what_another_system_or_an_unannounced_component_says_is_not_taken() -> None:
    foreign = frame_of("CAMERA_INFORMATION", {"resolution_h": 1}, source=(2, CAMERA_ID))
    assert told(foreign, information(component=103)).cameras() == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(any_frames(), st.floats(0, 20), st.sampled_from([0, 1, 3, 4, None]))))
def test_any_frames_and_answers_are_survived(steps: list[tuple[LiveFrame, float, int | None]]) -> None:
    drone = Drone(heartbeat_of())
    drone.discovery.attend(component_of(heartbeat_of(CAMERA, NO_AUTOPILOT, source=(1, CAMERA_ID))), 0.0)
    for frame, wait_s, result in steps:
        drone.now_s += wait_s
        drone.discovery.hear(frame, drone.now_s)
        drone.discovery.due(drone.now_s)
        exchange(drone.commands, lambda out, result=result: result, drone.now_s)
        for outcome in drone.commands.outcomes():
            drone.discovery.settle(outcome, drone.now_s)
    assert len(drone.discovery.cameras()) <= MAX_CAMERAS
    for camera in drone.discovery.cameras():
        assert camera.hfov_rad is None or 0 < camera.hfov_rad < math.pi
        assert all(math.isfinite(s.framerate_hz or 0) for s in camera.streams)
    assert len(drone.discovery.requests()) <= 2 * (5 + MAX_STREAMS)
