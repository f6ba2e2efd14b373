"""One live link from frames to vehicles: who is there, what they are asked, where they are.

A `Station` is passive like its `Link`: one thread calls `step` in a loop. Only `pose` is for any thread.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.gimbal import GimbalFrame
from droneops.telemetry.live.commands import Commands
from droneops.telemetry.live.duplicates import Duplicate, DuplicateWatch
from droneops.telemetry.live.encode import encode
from droneops.telemetry.live.frame import LiveFrame, Outgoing
from droneops.telemetry.live.identity import Identity, heartbeat
from droneops.telemetry.live.link import Link
from droneops.telemetry.live.loss import LinkLoss
from droneops.telemetry.live.now import Clock
from droneops.telemetry.live.recorder import TlogRecorder
from droneops.telemetry.live.roster import Roster
from droneops.telemetry.live.vehicle import LiveVehicle
from droneops.telemetry.signing import Signer, Verifier
from droneops.telemetry.signing_state import SigningState, save_signing_state
from droneops.types import NoPose, Pose, Reason

# HEARTBEAT is sent at 1 Hz by everybody.
_HEARTBEAT_S = 1.0
# State machines are asked for what is due ten times a second: a tenth of the shortest time they wait for.
_TICK_S = 0.1
# The standard asks for once a minute; what is saved has a minute in hand.
_SAVE_S = 20.0
# Each vehicle keeps a minute of frames. More than these on one link, beside the operator's own, are made up.
MAX_VEHICLES = 16
# A made-up or damaged heartbeat comes once; a vehicle goes on.
_FRAMES_OF_A_VEHICLE = 3


@dataclass(frozen=True, slots=True)
class DroneOnLink:
    """What the operator calls a vehicle, by its MAVLink system id, and how its gimbal is to be read."""

    drone_id: str
    system_id: int
    gimbal_frame: GimbalFrame = "auto"


@dataclass(frozen=True, slots=True)
class Signing:
    """Frames are believed only with a good signature, and ours carry one.

    ``path``: where the timestamps are kept for the next run, None for nowhere.
    """

    verifier: Verifier
    signer: Signer
    path: Path | None = None

    def save(self) -> None:
        """Keeps the timestamps. Raises OSError."""
        if self.path is not None:
            state = SigningState(self.signer.timestamp_to_save, self.verifier.highest_believed)
            save_signing_state(self.path, state)


class Station:
    """Takes what a link brings. With ``listen_only`` it sends nothing at all, not even a heartbeat."""

    def __init__(
        self,
        link: Link,
        clock: Clock,
        *,
        identity: Identity | None = None,
        drones: Sequence[DroneOnLink] = (),
        recorder: TlogRecorder | None = None,
        signing: Signing | None = None,
        listen_only: bool = False,
    ) -> None:
        self.link = link
        self.identity = identity or Identity()
        self.recorder = recorder
        self.signing = signing
        self.roster = Roster(self.identity)
        self.loss = LinkLoss()
        self.vehicles: dict[int, LiveVehicle] = {}
        self._clock = clock
        self._drones = {drone.system_id: drone for drone in drones}
        self._commands = Commands(self.identity)
        self._duplicates = DuplicateWatch()
        self._refused: dict[int, Duplicate] = {}
        self._listen_only = listen_only
        self._seq = 0
        self._next_heartbeat_s = self._next_tick_s = self._next_save_s = 0.0
        self.signing_trouble = ""
        self.opened_s = clock.monotonic_s()

    def step(self, timeout_s: float) -> None:
        """Takes in what comes within ``timeout_s`` and sends what is due."""
        frames = self.link.poll(timeout_s)
        now_s = self._clock.monotonic_s()
        for frame in frames:
            self._take(frame, now_s)
        if now_s >= self._next_tick_s:
            self._next_tick_s = now_s + _TICK_S
            self._tick(now_s)

    def pose(self, system_id: int, time_us: int) -> Pose | NoPose:
        """The pose of a vehicle at a UTC time of its own; none of one that is not there, or refused."""
        vehicle = self.vehicles.get(system_id)
        if vehicle is None or system_id in self._refused:
            return NoPose(time_us, Reason.NO_POSE)
        return vehicle.track.at(time_us)

    @property
    def has_clash(self) -> bool:
        """Whether a vehicle has our system id: it would take our frames for its own, so none are sent."""
        return self.identity.system_id in self.vehicles

    def refused(self, system_id: int) -> Duplicate | None:
        """Why a vehicle is not followed; None if it is."""
        return self._refused.get(system_id)

    def close(self) -> None:
        """Closes the link and the recording; for the thread that steps, or after it has ended."""
        self.link.close()
        if self.recorder is not None:
            self.recorder.close()
        self._save_signing()

    def _take(self, frame: LiveFrame, now_s: float) -> None:
        if not self._is_believed(frame) or not self.roster.hear(frame):
            return
        if self.recorder is not None:
            self.recorder.append(frame.received_us, frame.data)
        self.loss.hear(frame)
        self._duplicates.hear(frame)
        self._commands.hear(frame, now_s)
        vehicle = self.vehicles.get(frame.system_id)
        if vehicle is not None and self._duplicates.refused(frame.system_id) is None:
            vehicle.hear(frame, now_s)

    def _is_believed(self, frame: LiveFrame) -> bool:
        if self.signing is None:
            return True
        return self.signing.verifier.check(frame.data, frame.received_us).is_believed

    def _tick(self, now_s: float) -> None:
        self._note_duplicates()
        self._note_vehicles(now_s)
        for outcome in self._commands.outcomes():
            vehicle = self.vehicles.get(outcome.command.system_id)
            if vehicle is not None:
                vehicle.settle(outcome, now_s)
        outgoing = [
            message
            for system_id, vehicle in self.vehicles.items()
            if system_id not in self._refused
            for message in vehicle.due(now_s)
        ]
        outgoing += self._commands.due(now_s, silenced=self._refused.keys())
        if now_s >= self._next_heartbeat_s:
            self._next_heartbeat_s = now_s + _HEARTBEAT_S
            outgoing.append(heartbeat())
        for message in outgoing:
            self._send(message)
        if now_s >= self._next_save_s:
            self._next_save_s = now_s + _SAVE_S
            self._save_signing()

    def _save_signing(self) -> None:
        """A disk that fails must not end the link; ``signing_trouble`` says so."""
        try:
            if self.signing is not None:
                self.signing.save()
            self.signing_trouble = ""
        except OSError as error:
            self.signing_trouble = f"signing timestamps cannot be kept: {error.strerror or error}"

    def _note_duplicates(self) -> None:
        refused = {duplicate.system_id: duplicate for duplicate in self._duplicates.duplicates()}
        for system_id in refused.keys() - self._refused.keys():
            # What came before the two were told apart may be from either.
            if system_id in self.vehicles:
                self.vehicles[system_id].track.forget()
        self._refused = refused

    def _note_vehicles(self, now_s: float) -> None:
        for component in self.roster.snapshot().components:
            vehicle = self.vehicles.get(component.system_id) or self._new_vehicle(component.system_id)
            if vehicle is not None:
                vehicle.attend(component, now_s)

    def _new_vehicle(self, system_id: int) -> LiveVehicle | None:
        autopilot = self.roster.autopilot(system_id)
        if autopilot is None or autopilot.frames < _FRAMES_OF_A_VEHICLE:
            return None
        if system_id not in self._drones and len(self.vehicles.keys() - self._drones.keys()) >= MAX_VEHICLES:
            return None
        drone = self._drones.get(system_id) or DroneOnLink(f"system-{system_id}", system_id)
        vehicle = LiveVehicle(
            autopilot,
            self._commands,
            drone_id=drone.drone_id,
            gimbal_frame=drone.gimbal_frame,
            listen_only=self._listen_only,
        )
        self.vehicles[system_id] = vehicle
        return vehicle

    def _send(self, message: Outgoing) -> None:
        if self._listen_only or self.has_clash:
            return
        data = encode(
            load_dialect().by_name[message.name],
            message.fields,
            system_id=self.identity.system_id,
            component_id=self.identity.component_id,
            seq=self._seq,
            to_be_signed=self.signing is not None,
        )
        now_us = self._clock.utc_us()
        if self.signing is not None:
            believed = self.signing.verifier.highest_believed
            data = self.signing.signer.sign(data, now_us, believed_timestamp=believed)
        if self.link.send(data, message.peer):
            self._seq = (self._seq + 1) & 0xFF
            if self.recorder is not None:
                self.recorder.append(now_us, data)
