"""The processes of the demonstration: droneops commands that end with it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from droneops.errors import DroneopsError
from droneops.fleet.tied import tied

END_S = 1.2
"""All are asked to end at once; who has not by then is killed: two seconds must hold for all."""

Start = Callable[..., subprocess.Popen[bytes]]


@contextmanager
def company() -> Iterator[Start]:
    """Starts commands (:func:`started`'s arguments); those that still run end with the block."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str | Path, log: Path, is_read: bool = False) -> subprocess.Popen[bytes]:
        processes.append(started(arguments, log, is_read))
        return processes[-1]

    try:
        yield start
    finally:
        end(processes)


def started(arguments: Sequence[str | Path], log: Path, is_read: bool) -> subprocess.Popen[bytes]:
    """``droneops`` with these arguments; what it says goes to ``log``, its stdout to us if it ``is_read``.

    In a session of its own, so that Ctrl-C comes to us alone and all end in order.
    """
    command = tied([sys.executable, "-m", "droneops", *map(str, arguments)])
    with log.open("ab") as file:
        out = subprocess.PIPE if is_read else file
        return subprocess.Popen(  # noqa: S603 - commands of ours
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=file, start_new_session=True
        )


def end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Asks all to end, and sees to it."""
    for process in processes:
        process.terminate()
    deadline_s = time.monotonic() + END_S
    for process in processes:
        try:
            process.wait(max(0.0, deadline_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def play_out(start: Start, *arguments: str | Path, log: Path) -> None:
    """A command to its own end.

    Raises:
        DroneopsError: its status is not zero.
    """
    status = start(*arguments, log=log).wait()
    if status != 0:
        raise DroneopsError(f"droneops {arguments[0]} ended with status {status}", where=str(log))
