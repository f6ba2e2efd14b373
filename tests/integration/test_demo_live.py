"""The live demonstration, as somebody sees it who starts it and has seen enough."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

READY_S = 180.0
"""Drawing the film and starting the service, on a machine that runs other tests."""
LEAVES_WITHIN_S = 4.0
"""Two seconds are promised; the interpreter's own end on a busy machine comes on top."""


def processes_of(folder: Path) -> list[int]:
    """Those with a path of the folder among their arguments."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(folder).encode() in path.read_bytes() and int(path.parent.name) != os.getpid():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("sign", ["site.toml", "drone.log"])
def test_ctrl_c_ends_the_demonstration_and_all_that_it_started(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, sign: str
) -> None:
    films = tmp_path_factory.getbasetemp() / "demo-films"
    out = tmp_path / "demo"
    command = [sys.executable, "-m", "droneops", "demo", "--out", str(out), "--cache", str(films)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True) as demo:
        try:
            deadline_s = time.monotonic() + READY_S
            while not (out / sign).exists():
                assert demo.poll() is None
                assert time.monotonic() < deadline_s, "it did not come about in time"
                time.sleep(0.05)
            began_s = time.monotonic()
            demo.send_signal(signal.SIGINT)
            assert demo.wait(20) == 130
            assert time.monotonic() - began_s < LEAVES_WITHIN_S
        finally:
            demo.kill()
    assert processes_of(out) == []
