"""A station over a link without a socket: what it shows of vehicles, and what it sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import pytest
from live_conversation import CAMERA, NO_AUTOPILOT, PEER, START_US, ack_of, frame_of, heartbeat_of

from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.frame import LiveFrame, fields_of
from droneops.telemetry.live.link import Link
from droneops.telemetry.live.now import Clock
from droneops.telemetry.live.station import Station
from droneops.types import Pose

CAMERA_SOURCE = (1, 100)


class Wire:
    """In place of a link: hands in what is put into ``coming`` and keeps what is sent."""

    def __init__(self) -> None:
        self.coming: list[LiveFrame] = []
        self.sent: list[tuple[str | None, bytes]] = []

    def poll(self, _timeout_s: float) -> list[LiveFrame]:
        frames, self.coming = self.coming, []
        return frames

    def send(self, data: bytes, peer: str | None) -> bool:
        self.sent.append((peer, data))
        return True


class World:
    """A station that is stepped ten times a second; every command is granted at once."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.now_s = 0.0
        self.seq = 0
        clock = Clock(lambda: START_US + round(self.now_s * 1e6), lambda: self.now_s)
        self.station = Station(cast(Link, self.wire), clock)
        self.commands: list[tuple[float, str | None, Mapping[str, Any]]] = []

    def fly(self, seconds: float, *, peer: str = PEER, camera_peers: tuple[str, ...] = ()) -> None:
        for step in range(round(seconds * 10)):
            self.now_s += 0.1
            if step % 10 == 0:
                self._put(heartbeat_of(seq=self.seq, peer=peer, at_s=self.now_s))
            for number, name in enumerate(camera_peers):
                if step % 10 == 5 * number:
                    beat = heartbeat_of(
                        CAMERA, NO_AUTOPILOT, source=CAMERA_SOURCE, peer=name, at_s=self.now_s
                    )
                    self.wire.coming.append(beat)
            fields = {"time_boot_ms": round(self.now_s * 1000) + 5000}
            self._put(frame_of("ATTITUDE", fields, seq=self.seq, peer=peer, at_s=self.now_s))
            self.station.step(0)
            self._answer()

    def _put(self, frame: LiveFrame) -> None:
        self.wire.coming.append(frame)
        self.seq += 1

    def _answer(self) -> None:
        for peer, data in self.wire.sent:
            if int.from_bytes(data[7:10], "little") != load_dialect().by_name["COMMAND_LONG"].id:
                continue
            frame = LiveFrame(0, "", 76, 246, 191, 0, 2, signed=False, is_known=True, data=data)
            fields = fields_of(frame, load_dialect().by_id[76])
            self.commands.append((self.now_s, peer, {name: fields[name] for name in ("command", "param1")}))
            target = (int(fields["target_system"]), int(fields["target_component"]))
            ack = ack_of(int(fields["command"]), source=target)
            self.wire.coming.append(replace(ack, received_us=START_US + round(self.now_s * 1e6)))
        self.wire.sent.clear()


def test_after_a_router_has_restarted_the_vehicle_is_shown_at_its_new_port() -> None:
    for before, after in (("a:40000", "a:50000"), ("a:50000", "a:40000")):
        world = World()
        world.fly(10, peer=before)
        world.fly(20, peer=after)
        autopilot = world.station.vehicles[1].autopilot
        assert autopilot.peer == after
        assert START_US + world.now_s * 1e6 - autopilot.last_heard_us < 200_000


def test_a_camera_that_is_heard_over_two_ways_is_asked_no_more_often_than_over_one() -> None:
    counts = []
    for camera_peers in ((PEER,), (PEER, "b:2")):
        world = World()
        world.fly(30, camera_peers=camera_peers)
        counts.append(len(world.commands))
    assert counts[0] == counts[1] > 0


@pytest.mark.parametrize("other_peer", [PEER, "10.0.0.9:14550"])
@pytest.mark.parametrize("other_boot_s", [20.0, 5000.0, 100.3])
def test_a_second_vehicle_with_the_same_id_never_has_its_place_told_as_the_firsts(
    other_peer: str, other_boot_s: float
) -> None:
    world = World()
    station, wire = world.station, world.wire

    def put(boot_s: float, east_m: float, seq: int, peer: str, step: int) -> None:
        boot_ms = round((world.now_s + boot_s) * 1000)
        where = {"lat": 165_000_000, "lon": 1_047_000_000 + round((east_m + step / 5) * 93.8)}
        heights = {"alt": 250_000, "relative_alt": 100_000, "vy": 1000}
        told = [
            ("ATTITUDE", {"time_boot_ms": boot_ms}),
            ("GLOBAL_POSITION_INT", {"time_boot_ms": boot_ms, **where, **heights}),
        ]
        if step % 50 in (0, 2):
            utc_us = START_US + round(world.now_s * 1e6)
            told.append(("SYSTEM_TIME", {"time_boot_ms": boot_ms, "time_unix_usec": utc_us}))
            wire.coming.append(heartbeat_of(seq=seq + 2, peer=peer, at_s=world.now_s))
        for number, (name, fields) in enumerate(told):
            wire.coming.append(frame_of(name, fields, seq=seq + number, peer=peer, at_s=world.now_s))

    wrong_m: list[float] = []
    for step in range(1_250):
        world.now_s = step / 50
        if step % 5 == 0:
            put(100, 0, step, PEER, step)
        if world.now_s > 15 and step % 5 == 2:
            put(other_boot_s, 500, step + 111, other_peer, step)
        station.step(0)
        vehicle = station.vehicles.get(1)
        track = vehicle.track.track() if vehicle and step % 5 == 3 and world.now_s > 14 else None
        if track is None or track.last_us is None:
            continue
        pose = station.pose(1, track.last_us)
        if isinstance(pose, Pose):
            wrong_m.append(abs((pose.lon_deg - 104.7) * 106_600 - world.now_s * 10))
    assert station.refused(1) is not None
    assert wrong_m and max(wrong_m) < 20
