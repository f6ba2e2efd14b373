"""The site's process while it runs: drones' processes, their reports, and what becomes of them.

Passive: one thread calls `step` in a loop, and must be the one that lives longest (`fleet.supervisor`).
"""

from __future__ import annotations

import select
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from droneops.errors import DroneopsError
from droneops.fleet.supervisor import Supervisor
from droneops.fleet.wire import Bye, ClipDone, ClipWanted, Hello, Message, Taken, Vitals, Wanted, Welcome
from droneops.site.drone_port import DronePort
from droneops.site.live_parts import Front, Looker, Tell
from droneops.site.load import LoadWatch, load_of
from droneops.site.reception import Reception
from droneops.site.reception import Taken as TakenIn
from droneops.site.report import Report
from droneops.telemetry.live.now import Clock

WANTED_EVERY_S = 1.0
"""How old a drone may know the incidents that it follows: what it saw a second ago is still near."""


LOAD_EVERY_S = 5.0
"""Three times in a row is a quarter of a minute: by then a drone that starts has loaded its model."""


@dataclass(frozen=True, slots=True)
class Ears:
    """Who else hears of what comes in: the fleet's mirror."""

    on_reports: Callable[[TakenIn], None]
    on_vitals: Callable[[Vitals], None]
    on_clip: Callable[[ClipDone], None]


class LiveSite:
    """Owns the drones' processes and the reception."""

    def __init__(
        self, front: Front, supervisor: Supervisor, reception: Reception, clock: Clock, ears: Ears, tell: Tell
    ) -> None:
        self.front, self.supervisor, self.reception = front, supervisor, reception
        self._clock, self._ears, self._tell = clock, ears, tell
        self._ports: dict[str, DronePort] = {}
        self._next_wanted_s = self._next_load_s = 0.0
        self._load = LoadWatch()
        self.vitals: dict[str, Vitals] = {}

    @property
    def restarts(self) -> Mapping[str, int]:
        """How often each drone's process was started anew."""
        return {child.drone_id: max(child.starts - 1, 0) for child in self.supervisor.children.values()}

    def step(self, timeout_s: float) -> None:
        """Take in what comes within ``timeout_s``, and do what is due."""
        now_s = self._clock.monotonic_s()
        self._watch_processes(now_s)
        for port in self._ready(timeout_s):
            self._listen(port)
        now_s, now_us = self._clock.monotonic_s(), self._clock.utc_us()
        self._ears.on_reports(self.reception.step(now_s, now_us))
        self._confirm()
        if now_s >= self._next_wanted_s:
            self._next_wanted_s = now_s + WANTED_EVERY_S
            self._tell_wanted(now_us)
        if now_s >= self._next_load_s:
            self._next_load_s = now_s + LOAD_EVERY_S
            self._tell_load()

    def ask(self, drone_id: str, wanted: ClipWanted) -> bool:
        """Have a drone's process cut a clip; False where it has none that has begun."""
        port = self._ports.get(drone_id)
        if port is None or not port.is_begun or port.link.is_closed:
            return False
        port.send(wanted)
        return True

    def listen(self, timeout_s: float) -> None:
        """Take in what comes within ``timeout_s``, and start nothing."""
        for port in self._ready(timeout_s):
            self._listen(port)

    def drain(self) -> None:
        """Take in what drones' processes have said before they ended, and put everything on disk."""
        for port in self._ports.values():
            self._listen(port)
        self._ears.on_reports(self.reception.finish(self._clock.utc_us()))

    def renew(self, front: Front, time_us: int) -> None:
        """Go on with another front, between two reports; ``time_us`` is when it came into force."""
        self.front = front
        self.reception.renew(front.desk, front.in_force, time_us)

    def _watch_processes(self, now_s: float) -> None:
        moved = self.supervisor.step(now_s, self._before_closing)
        for drone_id in moved.ended:
            self._ports.pop(drone_id, None)
            self._ears.on_reports(self.reception.end(drone_id, now_s, self._clock.utc_us()))
        for drone_id in moved.begun:
            end = self.supervisor.children[drone_id].site_end
            if end is not None:
                self._ports[drone_id] = DronePort(drone_id, end)

    def _before_closing(self, drone_id: str) -> None:
        """A process has ended; what it said before that is still in the socket."""
        port = self._ports.get(drone_id)
        if port is not None:
            self._listen(port)

    def _ready(self, timeout_s: float) -> list[DronePort]:
        ports = {port.connected.fileno(): port for port in self._ports.values() if not port.link.is_closed}
        poller = select.poll()
        for number in ports:
            poller.register(number, select.POLLIN)
        ready = {number for number, _ in poller.poll(round(timeout_s * 1000))}
        return [port for number, port in ports.items() if number in ready]

    def _listen(self, port: DronePort) -> None:
        for message in port.receive():
            self._hear(port, message)
        port.link.flush()

    def _hear(self, port: DronePort, message: Message) -> None:
        now_s, now_us = self._clock.monotonic_s(), self._clock.utc_us()
        if isinstance(message, Hello):
            self._welcome(port, message)
        elif isinstance(message, Report) and message.drone_id == port.drone_id:
            self._ears.on_reports(self.reception.report(message, now_s, now_us))
        elif isinstance(message, Vitals) and message.drone_id == port.drone_id:
            values = {**message.values, "restarts": self.restarts.get(port.drone_id, 0)}
            vitals = replace(message, values=values)
            self.vitals[port.drone_id] = vitals
            self._ears.on_vitals(vitals)
        elif isinstance(message, ClipDone):
            self._ears.on_clip(message)
        elif not isinstance(message, Bye):
            self._tell(f"drone {port.drone_id}: its process said {type(message).__name__}, which is not its")

    def _welcome(self, port: DronePort, hello: Hello) -> None:
        try:
            looker = Looker(hello.detector, hello.weights_sha256, hello.drill_markers)
            self.front.looks_with(port.drone_id, looker)
        except DroneopsError as error:
            self._tell(error.one_line())
        port.send(Welcome(self.reception.begin(port.drone_id)))
        port.is_begun = True
        self._tell(f"drone {port.drone_id}: looks with {hello.detector}")

    def _confirm(self) -> None:
        for drone_id, seq in self.reception.confirmations().items():
            port = self._ports.get(drone_id)
            if port is not None:
                port.send(Taken(seq))

    def _tell_load(self) -> None:
        asked = {drone.id: float(drone.looks_per_second) for drone in self.front.site.file.drone}
        line = self._load.step(load_of(list(self.vitals.values()), asked))
        if line is not None:
            self._tell(line)

    def _tell_wanted(self, now_us: int) -> None:
        selective = {drone.id for drone in self.front.site.file.drone if drone.infer == "zones"}
        if not selective:
            return
        wanted = Wanted(self.reception.wanted(now_us))
        for port in self._ports.values():
            if port.is_begun and port.drone_id in selective:
                port.send(wanted)
