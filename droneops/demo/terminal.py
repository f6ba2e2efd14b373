"""What the police terminal of the live demonstration has received."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable


class Received:
    """The alerts that ``droneops watch --json`` prints, in order; a thread calls ``show`` with each."""

    def __init__(self, process: subprocess.Popen[bytes], show: Callable[[bytes], None]) -> None:
        self.alerts: list[bytes] = []
        self.last_s = time.monotonic()
        self._show = show
        self._thread = threading.Thread(target=self._read, args=(process,), name="terminal", daemon=True)
        self._thread.start()

    def wait(self, count: int, timeout_s: float) -> bool:
        """Whether ``count`` alerts have come in time."""
        deadline_s = time.monotonic() + timeout_s
        while len(self.alerts) < count and time.monotonic() < deadline_s:
            time.sleep(0.05)
        return len(self.alerts) >= count

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        # The terminal bounds a message before it prints it.
        for line in process.stdout or ():
            self.alerts.append(line.rstrip(b"\n"))
            self.last_s = time.monotonic()
            self._show(self.alerts[-1])
