"""Drones in the air for the live benchmarks: a film over RTSP and telemetry over UDP, apart from each other.

    python benchmarks/live_sender.py video|telemetry COURSE.json

Each is a process of its own that can be killed, held and started again: it joins the flight where it is by
then, as a camera or a radio does that comes back. The film begins anew when it is over; the flight goes on.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from live_bad_radio import BadRadio
from live_bad_video import BadVideo, other_films
from live_events import CAMERA, HEIGHT_M, SCENARIO

from droneops.camera_file import load_camera
from droneops.simulation.encoding import packets_of
from droneops.simulation.radio import Radio
from droneops.simulation.rtsp.channel import Channel
from droneops.simulation.rtsp.sdp import sdp
from droneops.simulation.rtsp.server import Server
from droneops.simulation.scenario import FlightPoint, GazePoint, Scenario, load_scenario
from droneops.simulation.words import Vehicle
from droneops.telemetry.live.now import Clock, system_clock

TELEMETRY_STEP_S = 0.02
FOREVER_S = 86_400.0
HEARD_S = 20.0
"""Between the last marker's end and the flight's: what is told of it has come by then."""


@dataclass(frozen=True, slots=True)
class Course:
    """Drones that all fly the same way: a stop every ``event_s`` and ``hop_m`` further north, over a marker.

    ``film`` is what their cameras show, from ``start_us`` on and again and again. ``rtsp_port`` serves it
    under each drone's name; ``telemetry_ports`` are where each drone speaks to. Over ``spread_s`` the drones'
    films are shifted against each other: no two cameras have their key frames at the same instant.
    """

    folder: str
    film: str
    size_px: tuple[int, int]
    fps: int
    start_us: int
    event_s: float
    hop_m: float
    events: int
    rtsp_port: int
    telemetry_ports: tuple[int, ...]
    spread_s: float = 0.0

    @property
    def drone_ids(self) -> tuple[str, ...]:
        """One for each address of telemetry."""
        return tuple(f"patrol-{number}" for number in range(1, len(self.telemetry_ports) + 1))

    def write(self) -> Path:
        """The file that a sender is given."""
        path = Path(self.folder) / "course.json"
        path.write_text(json.dumps(asdict(self)))
        return path


def read_course(path: Path) -> Course:
    """A course from its file."""
    table = json.loads(path.read_text())
    size_px, ports = tuple(table.pop("size_px")), tuple(table.pop("telemetry_ports"))
    return Course(**table, size_px=size_px, telemetry_ports=ports)


def write_camera(course: Course) -> None:
    """The camera file that both the sender and the service use."""
    width, height = course.size_px
    (Path(course.folder) / "camera.toml").write_text(CAMERA.format(width=width, height=height))


def vehicles(course: Course) -> list[Vehicle]:
    """The drones on their way; each hovers over a marker and then hurries to the next."""
    folder = Path(course.folder)
    text = SCENARIO.format(duration=60, fps=course.fps, kbit_s=4000)
    (folder / "scenario.toml").write_text(text)
    read = load_scenario(folder / "scenario.toml")
    stops = [(k * course.event_s, k * course.hop_m) for k in range(course.events + 1)]
    corners = [
        (t, north) for t0, north in stops for t, north in ((t0, north), (t0 + course.event_s / 2, north))
    ]
    flight, gaze = FlightPoint.model_construct, GazePoint.model_construct
    path = [flight(t_s=t, east_m=0.0, north_m=north, above_ground_m=HEIGHT_M) for t, north in corners]
    looks = [gaze(t_s=t, east_m=0.0, north_m=north) for t, north in corners]
    drones = [
        read.file.drone[0].model_copy(update={"id": name, "system_id": number, "path": path, "gaze": looks})
        for number, name in enumerate(course.drone_ids, 1)
    ]
    scenario = Scenario(read.file.model_copy(update={"drone": drones}), folder, read.sha256)
    camera = load_camera(scenario.camera_path)
    return [Vehicle(scenario, drone, camera, course.start_us) for drone in drones]


async def show(course: Course, clock: Clock) -> None:
    """Serve the film until killed."""
    packets = list(packets_of(Path(course.film), course.fps))
    films = {"": packets, **other_films(Path(course.film), course.fps)}
    channels = {name: Channel(name, sdp(name, packets[0].data)) for name in course.drone_ids}
    async with Server("127.0.0.1", course.rtsp_port, channels, None, secrets.randbits):
        bad = BadVideo(Path(course.folder) / "video.mode", films, sdp("", packets[0].data))
        await _publish(course, bad, tuple(channels.values()), clock)


async def _publish(course: Course, video: BadVideo, channels: Sequence[Channel], clock: Clock) -> None:
    number = max(round((clock.utc_us() - course.start_us) / 1e6 * course.fps), 0)
    while True:
        t_s = number / course.fps
        late_s = clock.utc_us() / 1e6 - course.start_us / 1e6 - t_s
        await asyncio.sleep(max(-late_s, 0.0))
        for k, channel in enumerate(channels):
            shifted = number + round(k * course.spread_s * course.fps / len(channels))
            video.publish(channel, shifted, t_s, course.start_us + round(t_s * 1e6))
        number += 1


async def talk(course: Course, clock: Clock) -> None:
    """Speak MAVLink for all drones until killed."""

    def second() -> float:
        return (clock.utc_us() - course.start_us) / 1e6

    radios = [
        await Radio.open(vehicle, ("127.0.0.1", port), f"rtsp://127.0.0.1:{course.rtsp_port}", second)
        for vehicle, port in zip(vehicles(course), course.telemetry_ports, strict=True)
    ]
    for radio in radios:
        BadRadio(radio, Path(course.folder) / "telemetry.mode", second).spoil()
    await asyncio.gather(*(radio.talk(FOREVER_S, TELEMETRY_STEP_S) for radio in radios))


def main() -> None:
    """Fly until killed."""
    part, path = sys.argv[1:3]
    course, clock = read_course(Path(path)), system_clock()
    asyncio.run(show(course, clock) if part == "video" else talk(course, clock))


if __name__ == "__main__":
    main()
