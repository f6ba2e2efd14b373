"""All that is known of one vehicle on a live link, and what it is asked."""

from __future__ import annotations

from droneops.telemetry.gimbal import GimbalFrame
from droneops.telemetry.live.boot_watch import BootWatch
from droneops.telemetry.live.commands import Commands, Outcome
from droneops.telemetry.live.discovery import Discovery
from droneops.telemetry.live.frame import LiveFrame, Outgoing
from droneops.telemetry.live.live_track import LiveTrack
from droneops.telemetry.live.rates import Rates
from droneops.telemetry.live.roster import HEARTBEAT_TIMEOUT_US, Component
from droneops.telemetry.live.vitals import VitalSigns
from droneops.telemetry.vehicles import Vehicle


class LiveVehicle:
    """One autopilot and what belongs to its system. Times are monotonic seconds.

    ``track`` may be asked for poses from any thread; all else belongs to the link's thread.
    """

    def __init__(
        self,
        autopilot: Component,
        commands: Commands,
        *,
        drone_id: str,
        gimbal_frame: GimbalFrame = "auto",
        listen_only: bool = False,
    ) -> None:
        self.autopilot = autopilot
        self.vitals = VitalSigns()
        self.rates = Rates(autopilot.system_id, commands, listen_only=listen_only)
        self.discovery = Discovery(autopilot.system_id, commands, listen_only=listen_only)
        self.track = LiveTrack(
            Vehicle(autopilot.system_id, autopilot.component_id),
            drone_id=drone_id,
            gimbal_frame=gimbal_frame,
        )
        self._boots = BootWatch()
        # By component id: the peer it is heard over, and when it was last.
        self._peers: dict[int, tuple[str, float]] = {}

    @property
    def restarts(self) -> int:
        """How often the autopilot has restarted since it was first heard."""
        return self._boots.restarts

    def attend(self, component: Component, now_s: float) -> None:
        """Names a component of the vehicle's system."""
        is_autopilot = component.component_id == self.autopilot.component_id
        if is_autopilot and component.supersedes(self.autopilot):
            self.autopilot = component
        self.rates.attend(component, now_s)
        self.discovery.attend(component, now_s)

    def hear(self, frame: LiveFrame, now_s: float) -> None:
        """Takes in one frame of the vehicle's system.

        A component is heard over one peer at a time, and nothing of the system goes into its track while its
        clock is doubtful: until two vehicles with one id are found out, neither's place may be told as the
        other's.
        """
        if not self._is_over_its_peer(frame, now_s):
            return
        if frame.component_id == self.autopilot.component_id:
            if self._boots.hear(frame, now_s):
                self._begin_again()
            self.vitals.hear(frame)
        if not self._boots.is_doubtful(now_s):
            self.track.append(frame)
        self.rates.hear(frame, now_s)
        self.discovery.hear(frame, now_s)

    def settle(self, outcome: Outcome, now_s: float) -> None:
        """Takes in what became of a command."""
        self.rates.settle(outcome, now_s)
        self.discovery.settle(outcome, now_s)

    def due(self, now_s: float) -> list[Outgoing]:
        """What is to be sent beside commands, which go their own way."""
        # Where the vehicle is comes before which camera it has.
        outgoing = self.rates.due(now_s)
        self.discovery.due(now_s)
        return outgoing

    def _is_over_its_peer(self, frame: LiveFrame, now_s: float) -> bool:
        peer, heard_s = self._peers.get(frame.component_id, (frame.peer, now_s))
        if peer != frame.peer and now_s - heard_s <= HEARTBEAT_TIMEOUT_US / 1e6:
            return False
        self._peers[frame.component_id] = (frame.peer, now_s)
        return True

    def _begin_again(self) -> None:
        """What it said before it restarted holds no longer."""
        self.track.forget()
        self.vitals.forget()
        self.rates.rebooted()
        self.discovery.rebooted()
