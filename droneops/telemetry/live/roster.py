"""Who is on a link: its components, and which of them is the autopilot of a vehicle.

A vehicle is known by its HEARTBEAT, never by a component id, as in ``telemetry/vehicles.py``.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from heapq import nsmallest

from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.frame import LiveFrame, fields_of
from droneops.telemetry.live.identity import Identity
from droneops.telemetry.live.steady import SteadyClock
from droneops.telemetry.vehicles import AUTOPILOT_INVALID, NO_VEHICLE

HEARTBEAT = 0

# A link has a handful of vehicles of some ten components each; more are made up.
MAX_COMPONENTS = 256
# Choosing takes a look at all; a flood of made-up heartbeats has to pay for it only now and then.
_FORGOTTEN_AT_ONCE = 32
# Heartbeats come at 1 Hz; after five missed ones another source of the same vehicle may be the current one.
HEARTBEAT_TIMEOUT_US = 5_000_000
# Longer than any link that comes back without having been set up anew.
_STALE_US = 60_000_000

_ARMED = 128  # MAV_MODE_FLAG_SAFETY_ARMED
# MAV_TYPE and MAV_COMPONENT; a camera or gimbal with a heartbeat of another type is known by its id.
_TYPE_GIMBAL = 26
_TYPE_CAMERA = 30
_CAMERA_IDS = range(100, 106)
_GIMBAL_IDS = (154, *range(171, 176))

_Key = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What a HEARTBEAT said: MAV_TYPE, MAV_AUTOPILOT, MAV_MODE_FLAG bits, MAV_STATE; when it came."""

    type: int
    autopilot: int
    base_mode: int
    system_status: int
    received_us: int

    @property
    def is_autopilot(self) -> bool:
        """Whether the autopilot of a vehicle sent it."""
        return self.autopilot != AUTOPILOT_INVALID and self.type not in NO_VEHICLE

    @property
    def is_armed(self) -> bool:
        """Whether the motors may turn."""
        return bool(self.base_mode & _ARMED)


@dataclass(frozen=True, slots=True)
class Component:
    """One sender as heard from one peer; times are our own clock at receipt, UTC microseconds.

    ``steady_us`` is when it was heard last by the `SteadyClock`.
    """

    system_id: int
    component_id: int
    peer: str
    first_heard_us: int
    last_heard_us: int
    frames: int
    heartbeat: Heartbeat | None
    steady_us: int

    @property
    def is_autopilot(self) -> bool:
        """Whether it is the autopilot of a vehicle, by its last heartbeat."""
        return self.heartbeat is not None and self.heartbeat.is_autopilot

    @property
    def is_camera(self) -> bool:
        """Whether it is a camera of its own, by its heartbeat or component id."""
        return self._is(_TYPE_CAMERA) or (self._is_payload and self.component_id in _CAMERA_IDS)

    @property
    def is_gimbal(self) -> bool:
        """Whether it is a gimbal of its own, by its heartbeat or component id."""
        return self._is(_TYPE_GIMBAL) or (self._is_payload and self.component_id in _GIMBAL_IDS)

    @property
    def _is_payload(self) -> bool:
        return self.heartbeat is not None and not self.heartbeat.is_autopilot

    def _is(self, mav_type: int) -> bool:
        return self._is_payload and self.heartbeat is not None and self.heartbeat.type == mav_type

    def supersedes(self, known: Component | None) -> bool:
        """Whether this is who to speak to from now on, rather than the one known so far.

        A component that is heard over two ways at once stays with the first: each change asks all anew.
        """
        if known is None or self.peer == known.peer:
            return True
        return self.steady_us - known.steady_us > HEARTBEAT_TIMEOUT_US


@dataclass(frozen=True, slots=True)
class RosterSnapshot:
    """All components by system, component and peer; what was counted besides.

    ``echoes``: frames of our own that came back. ``turned_away``: components forgotten, or never taken in,
    because there were too many.
    """

    components: tuple[Component, ...]
    echoes: int
    turned_away: int


def read_heartbeat(frame: LiveFrame) -> Heartbeat | None:
    """What the frame says if it is a HEARTBEAT."""
    if frame.message_id != HEARTBEAT or not frame.is_known:
        return None
    fields = fields_of(frame, load_dialect().by_id[HEARTBEAT])
    return Heartbeat(
        type=int(fields["type"]),
        autopilot=int(fields["autopilot"]),
        base_mode=int(fields["base_mode"]),
        system_status=int(fields["system_status"]),
        received_us=frame.received_us,
    )


class _Entry:
    """A component while it is counted."""

    __slots__ = ("first_heard_us", "frames", "heartbeat", "last_heard_us", "steady_us")

    def __init__(self, now_us: int) -> None:
        self.first_heard_us = now_us
        self.last_heard_us = now_us
        self.steady_us = 0
        self.frames = 0
        self.heartbeat: Heartbeat | None = None

    def hear(self, frame: LiveFrame, heartbeat: Heartbeat | None, steady_us: int) -> None:
        self.frames += 1
        self.last_heard_us, self.steady_us = frame.received_us, steady_us
        if heartbeat is not None and not self._is_of_another(heartbeat):
            self.heartbeat = heartbeat

    def _is_of_another(self, heartbeat: Heartbeat) -> bool:
        """Whether a companion that shares the autopilot's component id sent it, between the autopilot's."""
        known = self.heartbeat
        if known is None or not known.is_autopilot or heartbeat.is_autopilot:
            return False
        return abs(heartbeat.received_us - known.received_us) <= HEARTBEAT_TIMEOUT_US


class Roster:
    """Takes every frame of a link; holds at most MAX_COMPONENTS components."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._without_heartbeat: OrderedDict[_Key, _Entry] = OrderedDict()
        self._with_heartbeat: dict[_Key, _Entry] = {}
        self._echoes = 0
        self._turned_away = 0
        self._steady = SteadyClock()

    def hear(self, frame: LiveFrame) -> bool:
        """Takes in one frame; False if it is our own come back, which nobody is to look at further."""
        if (frame.system_id, frame.component_id) == (self._identity.system_id, self._identity.component_id):
            self._echoes += 1
            return False
        key = (frame.system_id, frame.component_id, frame.peer)
        heartbeat = read_heartbeat(frame)
        entry = self._entry(key, frame, heartbeat)
        if entry is not None:
            entry.hear(frame, heartbeat, self._steady.at(frame.received_us))
        return True

    def snapshot(self) -> RosterSnapshot:
        """Who is there now."""
        entries = {**self._without_heartbeat, **self._with_heartbeat}
        components = tuple(_component(key, entries[key]) for key in sorted(entries))
        return RosterSnapshot(components, self._echoes, self._turned_away)

    def autopilot(self, system_id: int) -> Component | None:
        """The autopilot of a vehicle, at the peer where its heartbeat was heard last.

        Of several in one system, the one that sends most, then the lower id.
        """
        heard = [c for c in self._autopilots() if c.system_id == system_id]
        if not heard:
            return None
        newest_us = max(_beat_us(component) for component in heard)
        current = [c for c in heard if newest_us - _beat_us(c) <= HEARTBEAT_TIMEOUT_US]
        frames = {c.component_id: 0 for c in current}
        for component in current:
            frames[component.component_id] += component.frames
        chosen = min(frames, key=lambda component_id: (-frames[component_id], component_id))
        return max((c for c in current if c.component_id == chosen), key=_beat_us)

    def vehicles(self) -> tuple[int, ...]:
        """The system ids of which an autopilot was heard."""
        return tuple(sorted({component.system_id for component in self._autopilots()}))

    def _autopilots(self) -> list[Component]:
        found = (_component(key, entry) for key, entry in self._with_heartbeat.items())
        return [component for component in found if component.is_autopilot]

    def _entry(self, key: _Key, frame: LiveFrame, heartbeat: Heartbeat | None) -> _Entry | None:
        if heartbeat is not None:
            return self._beating(key, frame.received_us)
        if key in self._with_heartbeat:
            return self._with_heartbeat[key]
        if key in self._without_heartbeat:
            self._without_heartbeat.move_to_end(key)
            return self._without_heartbeat[key]
        # The checksum of an unknown message was not checked: its sender may be damage.
        if not frame.is_known or not self._has_room(for_heartbeat=False):
            return None
        return self._without_heartbeat.setdefault(key, _Entry(frame.received_us))

    def _beating(self, key: _Key, now_us: int) -> _Entry:
        if key not in self._with_heartbeat:
            entry = self._without_heartbeat.pop(key, None)
            if entry is None:
                self._has_room(for_heartbeat=True)
                entry = _Entry(now_us)
            self._with_heartbeat[key] = entry
        return self._with_heartbeat[key]

    def _has_room(self, *, for_heartbeat: bool) -> bool:
        """Makes room, first at the cost of who never sent a heartbeat; False if a newcomer has to wait."""
        if len(self._without_heartbeat) + len(self._with_heartbeat) < MAX_COMPONENTS:
            return True
        if self._without_heartbeat:
            self._without_heartbeat.popitem(last=False)
            self._turned_away += 1
        elif for_heartbeat:
            for key in self._least_missed():
                del self._with_heartbeat[key]
                self._turned_away += 1
        else:
            self._turned_away += 1
            return False
        return True

    def _least_missed(self) -> list[_Key]:
        """Silent for long, else with the fewest frames: a made-up sender has one, a vehicle thousands."""
        newest_us = max(entry.last_heard_us for entry in self._with_heartbeat.values())

        def worth(key: _Key) -> tuple[bool, int, int]:
            entry = self._with_heartbeat[key]
            return newest_us - entry.last_heard_us <= _STALE_US, entry.frames, entry.last_heard_us

        return nsmallest(_FORGOTTEN_AT_ONCE, self._with_heartbeat, key=worth)


def _component(key: _Key, entry: _Entry) -> Component:
    heard_us = (entry.first_heard_us, entry.last_heard_us)
    return Component(*key, *heard_us, entry.frames, entry.heartbeat, entry.steady_us)


def _beat_us(component: Component) -> int:
    return component.heartbeat.received_us if component.heartbeat else 0
