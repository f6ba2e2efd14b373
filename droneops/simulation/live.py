"""A rehearsal in real time: telemetry over UDP, films over RTSP."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from droneops.errors import InputError
from droneops.simulation.encoding import Packet, packets_of
from droneops.simulation.radio import Radio
from droneops.simulation.rtsp.channel import Channel
from droneops.simulation.rtsp.login import Login
from droneops.simulation.rtsp.sdp import sdp
from droneops.simulation.rtsp.server import Server
from droneops.simulation.telemetry import is_failing
from droneops.simulation.words import Vehicle
from droneops.telemetry.live.now import Clock

# Telemetry leaves in steps of this; at most so late is a message of 20 Hz.
_STEP_S = 0.02
# Services that are told to listen at the same moment are given time to.
LEAD_S = 1.0


@dataclass(frozen=True, slots=True)
class Air:
    """Where a rehearsal is sent: telemetry to (host, port), and the RTSP server's own address."""

    telemetry: tuple[str, int]
    rtsp: tuple[str, int]
    login: Login | None = None


async def fly(
    vehicles: Sequence[Vehicle],
    films: Mapping[str, Path],
    air: Air,
    clock: Clock,
    started: Callable[[int], None],
    stop: asyncio.Event,
) -> None:
    """Flies all drones of a scenario once, until its end or ``stop``. ``started`` is told the RTSP port when
    clients can connect.

    Each vehicle's ``start_us`` is when its second 0 is on the vehicle's clock, whatever ours says.

    Raises:
        UsageError: an address cannot be had.
        InputError: a film cannot be read.
    """
    loaded = {vehicle.drone.id: _film(films[vehicle.drone.id], vehicle) for vehicle in vehicles}
    channels = {name: Channel(name, sdp(name, packets[0].data)) for name, packets in loaded.items()}
    async with Server(*air.rtsp, channels, air.login, secrets.randbits) as server:
        started(server.port)
        begin_s = clock.monotonic_s() + LEAD_S
        uri = f"rtsp://{air.rtsp[0]}:{server.port}"
        jobs = [
            job
            for vehicle in vehicles
            for job in (
                _talk(vehicle, air.telemetry, f"{uri}/{vehicle.drone.id}", clock, begin_s),
                _show(vehicle, loaded[vehicle.drone.id], channels[vehicle.drone.id], clock, begin_s),
            )
        ]
        await _until_stopped(jobs, stop)


def at_time(vehicle: Vehicle, start_us: int) -> Vehicle:
    """The same drone with another second 0."""
    return Vehicle(vehicle.scenario, vehicle.drone, vehicle.camera, start_us)


def write_truth(film: Path, vehicle: Vehicle, out: Path) -> None:
    """The film's truth with the times of this flight. Raises OSError."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with (film / "truth.jsonl").open(encoding="utf-8") as source, out.open("w", encoding="utf-8") as target:
        for line in source:
            row = json.loads(line)
            row["time_us"] = vehicle.utc_us(row["frame"] / vehicle.scenario.file.video.fps)
            target.write(json.dumps(row, separators=(",", ":")) + "\n")


def _film(folder: Path, vehicle: Vehicle) -> list[Packet]:
    packets = list(packets_of(folder / "video.mp4", vehicle.scenario.file.video.fps))
    if not packets:
        raise InputError(
            "a film without pictures", where=str(folder), mend="remove that folder and begin again"
        )
    return packets


async def _talk(vehicle: Vehicle, to: tuple[str, int], uri: str, clock: Clock, begin_s: float) -> None:
    radio = await Radio.open(vehicle, to, uri, lambda: clock.monotonic_s() - begin_s)
    try:
        await radio.talk(vehicle.scenario.file.duration_s, _STEP_S)
    finally:
        radio.close()


async def _show(
    vehicle: Vehicle, packets: Sequence[Packet], channel: Channel, clock: Clock, begin_s: float
) -> None:
    fps = vehicle.scenario.file.video.fps
    for packet in packets:
        t_s = packet.number / fps
        await asyncio.sleep(max(0.0, begin_s + t_s - clock.monotonic_s()))
        if is_failing(vehicle, "off", t_s):
            channel.close()
        else:
            channel.open()
            if not is_failing(vehicle, "stall", t_s):
                channel.publish(packet, t_s, vehicle.utc_us(t_s))
    await asyncio.sleep(1.0 / fps)


async def _until_stopped(jobs: Sequence[Coroutine[Any, Any, None]], stop: asyncio.Event) -> None:
    tasks = [asyncio.ensure_future(job) for job in jobs]
    stopped = asyncio.ensure_future(stop.wait())
    whole: asyncio.Future[list[None]] = asyncio.gather(*tasks)
    try:
        either: list[asyncio.Future[Any]] = [whole, stopped]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if whole.done():
            whole.result()
    finally:
        for task in (*tasks, stopped):
            task.cancel()
        await asyncio.gather(*tasks, stopped, return_exceptions=True)
