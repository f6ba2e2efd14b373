"""Clips of incidents, cut by a drone's process out of what its cameras' rings hold.

A clip is written once the last picture that is wanted has come, in a thread that nobody waits for.
"""

from __future__ import annotations

import hashlib
import queue
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from droneops.errors import DroneopsError, OutputError
from droneops.fleet.wire import ClipDone, ClipWanted
from droneops.telemetry.live.now import Clock
from droneops.video.out.clips import write_clip
from droneops.video.out.ring import PacketRing

POST_ROLL_S = 10.0
"""What a thing does once it is noticed: it stops, goes on, or leaves."""

SLACK_S = 10.0
"""What a ring holds beyond both rolls: the way from a picture to its alert and back, and the key frame."""

PATIENCE_S = 5.0
"""How much later than it ought to come the last picture is waited for: a stream's buffer and its clock."""

MOST_WAITING = 32
"""As many incidents in half a minute are no incidents any more; each costs nothing until it is written."""

LONGEST_US = 120_000_000
"""More than any ring holds: an order that is longer is a mistake."""

TICK_S = 0.25

STOP_S = 1.0
"""What was asked for is written then with what has come; a disk that takes longer has it not."""

_ONE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True)
class Reel:
    """A camera's ring, and how far the reports' time is ahead of its pictures' (the camera file's offset)."""

    ring: PacketRing
    offset_us: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """A clip that is wanted; it is written at ``until_s`` (monotonic) at the latest.

    ``ahead_us``: how far the reports' time is ahead of each camera's pictures'.
    """

    wanted: ClipWanted
    until_s: float
    ahead_us: Mapping[str, int]


class ClipWriter:
    """``folder`` is <data folder>/clips. One thread asks (`want`, `done`), another writes."""

    def __init__(
        self,
        folder: Path,
        drone_id: str,
        reels: Mapping[str, Reel],
        clock: Clock,
        tell: Callable[[str], None],
    ) -> None:
        self._folder, self._drone_id, self._reels = folder, drone_id, reels
        self._clock, self._tell = clock, tell
        self._asked: queue.Queue[Order] = queue.Queue(MOST_WAITING)
        self._answers: queue.SimpleQueue[ClipDone] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="clips", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what was asked for with what has come, and end within `STOP_S`."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def want(self, wanted: ClipWanted, shifts_us: Mapping[str, int]) -> None:
        """Have a clip written; never waits. ``shifts_us``: by how much more than its offset a camera's times
        are moved now, where its clock is wrong (`droneops.fleet.clock_gap`)."""
        if not _ONE_NAME.fullmatch(wanted.incident_id) or not 0 < wanted.to_us - wanted.from_us <= LONGEST_US:
            self._answer(wanted, (), "it is asked for with a wrong name or span")
            return
        wait_s = (wanted.to_us - wanted.from_us) / 1e6 + PATIENCE_S
        ahead_us = {name: reel.offset_us + shifts_us.get(name, 0) for name, reel in self._reels.items()}
        try:
            self._asked.put_nowait(Order(wanted, self._clock.monotonic_s() + wait_s, ahead_us))
        except queue.Full:
            self._answer(wanted, (), "too many are asked for")

    def done(self) -> list[ClipDone]:
        """What was answered since the last call."""
        found = []
        while not self._answers.empty():
            found.append(self._answers.get())
        return found

    def _run(self) -> None:
        orders: list[Order] = []
        while not self._stopped.wait(TICK_S):
            self._take(orders)
            for order in [order for order in orders if self._is_due(order)]:
                orders.remove(order)
                self._write(order)
        self._take(orders)
        for order in orders:
            self._write(order)

    def _take(self, orders: list[Order]) -> None:
        while len(orders) < MOST_WAITING and not self._asked.empty():
            orders.append(self._asked.get_nowait())

    def _is_due(self, order: Order) -> bool:
        to_us = order.wanted.to_us
        newest = [(reel.ring.newest_us, order.ahead_us[name]) for name, reel in self._reels.items()]
        has_all = all(at_us is not None and at_us + ahead_us >= to_us for at_us, ahead_us in newest)
        return has_all or self._clock.monotonic_s() >= order.until_s

    def _write(self, order: Order) -> None:
        names: list[str] = []
        troubles = [] if self._reels else ["there is no camera with video"]
        for camera_id in self._reels:
            try:
                names += self._of_camera(order, camera_id)
            except (DroneopsError, OSError) as error:
                told = error.one_line() if isinstance(error, DroneopsError) else str(error)
                troubles.append(f"camera {camera_id}: {told}")
        self._answer(order.wanted, tuple(names), "; ".join(troubles))

    def _of_camera(self, order: Order, camera_id: str) -> list[str]:
        ring, ahead_us = self._reels[camera_id].ring, order.ahead_us[camera_id]
        from_us, to_us = order.wanted.from_us - ahead_us, order.wanted.to_us - ahead_us
        folder = self._folder / order.wanted.incident_id
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{file_name(self._drone_id)}-{file_name(camera_id)}-{from_us}.mp4"
        clips = write_clip(ring, from_us, to_us, path)
        if not clips:
            raise OutputError(_why_nothing(ring, from_us, to_us))
        return [clip.path.name for clip in clips]

    def _answer(self, wanted: ClipWanted, names: tuple[str, ...], why: str) -> None:
        if why:
            self._tell(f"incident {wanted.incident_id}: no clip, or not all of it: {why}")
        self._answers.put(ClipDone(wanted.incident_id, names, why))


def file_name(name: str) -> str:
    """An id as part of a file's name: itself where it is short and plain, else what is left of it and a
    digest, so that two ids have two names."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip(".")[:40]
    return name if plain == name else f"{plain}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _why_nothing(ring: PacketRing, from_us: int, to_us: int) -> str:
    packets = ring.between(from_us, to_us)
    if not packets:
        return "no picture of that time came"
    if not any(packet.is_key for packet in packets):
        return "no key frame came in that time: have the camera send one a second"
    return f"{packets[0].form.codec} goes into no clip, or its parameter sets did not come"
