"""One process for each drone: started, restarted when it dies, ended together.

Passive: one thread calls `step`, and must be the one that lives longest, for a drone's process ends with the
thread that started it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 10.0
"""A crash that passes by costs one look or two; one that stays must not fill the disk with its complaints."""

WELL_AFTER_S = 30.0
"""A process that has lived so long died of something new."""

JITTER = 0.2
"""So that drones that died together do not all start in the same instant."""

PATIENCE_S = 0.5
"""A look with a slow detector that is under way is given up then: it is in nobody's hands yet."""

SOCKET_BYTES = 1 << 20
"""Some looks with all their pictures: a drone goes on while the site writes to a slow disk."""


@dataclass(slots=True)
class Child:
    """A drone's process. ``site_end`` is our end of the socket between us, None while there is no process."""

    drone_id: str
    process: subprocess.Popen[bytes] | None = None
    site_end: socket.socket | None = None
    started_s: float = 0.0
    next_start_s: float = 0.0
    failures: int = 0
    starts: int = 0


@dataclass(frozen=True, slots=True)
class Moved:
    """Drones whose process has begun and those whose process has ended since the last step."""

    begun: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()


@dataclass(slots=True)
class Supervisor:
    """``chance`` is uniform in [0, 1); ``tell`` hears a line for each process that ends unasked.

    ``command`` starts a drone's process; its name and the number of its end of the socket are added.
    """

    command: Sequence[str]
    chance: Callable[[], float]
    tell: Callable[[str], None]
    children: dict[str, Child] = field(default_factory=dict)

    def follow(self, drone_ids: Iterable[str]) -> tuple[str, ...]:
        """Have a process for each of these drones and for no others; the drones that are followed no more."""
        wanted = set(drone_ids)
        gone = tuple(sorted(self.children.keys() - wanted))
        for drone_id in gone:
            self._end(self.children.pop(drone_id))
        for drone_id in sorted(wanted - self.children.keys()):
            self.children[drone_id] = Child(drone_id)
        return gone

    def step(self, now_s: float, before_closing: Callable[[str], None] = lambda _: None) -> Moved:
        """Note what has ended, and start what is due.

        ``before_closing`` is told of a drone whose socket still holds the last words of its process.
        """
        over = [
            child for child in self.children.values() if child.process and child.process.poll() is not None
        ]
        for child in over:
            before_closing(child.drone_id)
            self._bury(child, now_s)
        ended = tuple(child.drone_id for child in over)
        due = [child for child in self.children.values() if child.process is None]
        begun = [child for child in due if now_s >= child.next_start_s and self._start(child, now_s)]
        return Moved(tuple(child.drone_id for child in begun), ended)

    def restart(self, drone_id: str, now_s: float) -> None:
        """End a drone's process and start it anew, for its settings have changed."""
        child = self.children[drone_id]
        self._end(child)
        child.failures, child.next_start_s = 0, now_s

    def ask_to_stop(self) -> None:
        """Ask all processes to end."""
        for child in self.children.values():
            if child.process is not None:
                child.process.send_signal(signal.SIGTERM)

    @property
    def alive(self) -> int:
        """How many processes have not ended."""
        return sum(
            child.process is not None and child.process.poll() is None for child in self.children.values()
        )

    def kill(self) -> None:
        """End all that is left, now."""
        for child in self.children.values():
            self._end(child, signal.SIGKILL)

    def _start(self, child: Child, now_s: float) -> bool:
        ours, theirs = socket.socketpair()
        try:
            for end in (ours, theirs):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)
            command = [*self.command, child.drone_id, str(theirs.fileno())]
            # Its products are small: OpenBLAS's threads, one a core, would only wait for each other.
            environment = {"OPENBLAS_NUM_THREADS": "1"} | os.environ
            child.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command, pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, env=environment
            )
        except OSError as error:
            ours.close()
            self._wait(child, now_s, f"cannot be started: {error.strerror}")
            return False
        finally:
            theirs.close()
        ours.setblocking(False)
        child.site_end, child.started_s, child.starts = ours, now_s, child.starts + 1
        return True

    def _bury(self, child: Child, now_s: float) -> None:
        status = 0 if child.process is None else child.process.wait()
        self._end(child)
        if now_s - child.started_s >= WELL_AFTER_S:
            child.failures = 0
        self._wait(child, now_s, f"its process ended with {_told(status)}")

    def _wait(self, child: Child, now_s: float, why: str) -> None:
        wait_s = min(FIRST_WAIT_S * 2.0 ** min(child.failures, 16), LONGEST_WAIT_S)
        wait_s *= 1.0 + JITTER * (2.0 * self.chance() - 1.0)
        child.failures += 1
        child.next_start_s = now_s + wait_s
        self.tell(f"drone {child.drone_id}: {why}; it is started again in {wait_s:.1f} s")

    def _end(self, child: Child, number: signal.Signals = signal.SIGTERM) -> None:
        process, child.process = child.process, None
        if child.site_end is not None:
            child.site_end.close()
            child.site_end = None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(number)
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def drone_command(site: Path, log_form: str) -> tuple[str, ...]:
    """What starts a drone's process of a site; its lines are json or console (`droneops.fleet.logs`)."""
    return (sys.executable, "-m", "droneops.fleet.drone_process", str(site), log_form)


def _told(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    try:
        return f"signal {signal.Signals(-status).name}"
    except ValueError:
        return f"signal {-status}"
