"""The demonstration's processes end with it, whatever they do."""

from __future__ import annotations

import subprocess
import sys
import time

from droneops.demo.player import end

DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def test_processes_that_do_not_listen_are_ended_all_the_same_within_two_seconds() -> None:
    processes = [subprocess.Popen([sys.executable, "-c", DEAF], stdout=subprocess.PIPE) for _ in range(2)]
    for process in processes:
        assert process.stdout is not None
        with process.stdout as stream:
            stream.readline()
    began_s = time.monotonic()
    end(processes)
    assert time.monotonic() - began_s < 3.0
    assert all(process.returncode is not None for process in processes)
