"""The telemetry of one drone while it flies: a thread that listens to its link, and poses for any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from droneops.config import DroneSection
from droneops.telemetry.live.health import LinkHealth, health_of
from droneops.telemetry.live.listen import LinkRequest, open_station
from droneops.telemetry.live.now import Clock
from droneops.telemetry.live.station import DroneOnLink
from droneops.telemetry.live.vehicle import LiveVehicle
from droneops.telemetry.pose_track import PoseTrack
from droneops.telemetry.tlog import Tlog
from droneops.types import NoPose, Pose, Reason

# Long enough to cost nothing, short enough that a stop is not felt.
_STEP_S = 0.1
_HEALTH_EVERY_S = 1.0


def link_request(drone: DroneSection, record: Path | None) -> LinkRequest | None:
    """What to listen to for a drone; None for one without telemetry.

    ``record`` is the folder for its .tlog files.
    """
    if drone.telemetry is None:
        return None
    known = () if drone.system_id is None else (DroneOnLink(drone.id, drone.system_id, drone.gimbal_frame),)
    return LinkRequest(drone.telemetry, drones=known, record=record, name=drone.id)


@dataclass(frozen=True, slots=True)
class LinkTold:
    """How the link was when it was last asked: at most a second ago while the thread runs."""

    health: LinkHealth | None = None
    last_heard_us: int | None = None
    position_rate_hz: float | None = None


class TelemetryLink:
    """Poses of the drone that the site file names, else of the only vehicle on its link.

    Raises:
        UsageError: the address cannot be used.
        OutputError: the folder for recordings cannot be made.
    """

    def __init__(
        self, request: LinkRequest, drone: DroneSection, clock: Clock, chance: Callable[[], float]
    ) -> None:
        self._station = open_station(request, clock, chance)
        self._drone_id, self._system_id, self._clock = drone.id, drone.system_id, clock
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"telemetry {drone.id}", daemon=True)
        self.told = LinkTold()
        self.failure: BaseException | None = None

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """End within two seconds."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(2.0)

    def at(self, time_us: int) -> Pose | NoPose:
        """The pose at a UTC time in microseconds."""
        system_id = self._followed()
        if system_id is None:
            return NoPose(time_us, Reason.NO_POSE)
        pose = self._station.pose(system_id, time_us)
        return replace(pose, drone_id=self._drone_id) if isinstance(pose, Pose) else pose

    def track(self) -> PoseTrack | None:
        """The last minute and a half of the drone's flight; None where nothing has come yet."""
        vehicle = self._vehicle()
        return None if vehicle is None else vehicle.track.track()

    def log(self) -> Tlog | None:
        """The frames behind `track`, as a log."""
        vehicle = self._vehicle()
        return None if vehicle is None else vehicle.track.log()

    def _followed(self) -> int | None:
        if self._system_id is not None:
            return self._system_id
        heard = list(self._station.vehicles)
        return heard[0] if len(heard) == 1 else None

    def _vehicle(self) -> LiveVehicle | None:
        system_id = self._followed()
        return None if system_id is None else self._station.vehicles.get(system_id)

    def _run(self) -> None:
        try:
            self._listen()
        except BaseException as error:  # noqa: BLE001 - the process must hear of a thread that died
            self.failure = error
        finally:
            self._station.close()

    def _listen(self) -> None:
        next_s = self._clock.monotonic_s()
        while not self._stopping.is_set():
            self._station.step(_STEP_S)
            if self._clock.monotonic_s() >= next_s:
                next_s = self._clock.monotonic_s() + _HEALTH_EVERY_S
                self.told = self._look()

    def _look(self) -> LinkTold:
        health = health_of(self._station, self._clock.utc_us(), self._clock.monotonic_s())
        system_id = self._followed()
        mine = next((v for v in health.vehicles if v.system_id == system_id), None)
        if mine is None or mine.refused is not None:
            return LinkTold(health)
        rates = [rate.measured_hz for rate in mine.rates if rate.name == "GLOBAL_POSITION_INT"]
        known = [rate for rate in rates if rate is not None]
        return LinkTold(health, mine.last_heard_us, max(known, default=None))
