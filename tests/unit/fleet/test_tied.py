"""A program that is tied to its starter ends with it, even where that one is killed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from droneops.fleet.tied import tied

STARTER = """
import subprocess, sys, time
from droneops.fleet.tied import tied
program = "import time; print('runs', flush=True); time.sleep(60)"
child = subprocess.Popen(tied([sys.executable, "-c", program]))
print(child.pid, flush=True)
time.sleep(60)
"""


def is_gone(pid: int) -> bool:
    """A process of nobody's may be listed as a zombie until init takes it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux")
def test_it_ends_when_its_starter_is_killed() -> None:
    command = [sys.executable, "-c", STARTER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        told = {starter.stdout.readline().strip() for _ in range(2)}
        (pid,) = (int(line) for line in told if line.isdigit())
        assert "runs" in told
        assert not is_gone(pid)
        starter.kill()
        deadline_s = time.monotonic() + 20
        while not is_gone(pid):
            assert time.monotonic() < deadline_s
            time.sleep(0.02)


def test_it_has_its_arguments_and_gives_its_exit_status() -> None:
    command = [sys.executable, "-c", "import sys; print(*sys.argv[1:]); sys.exit(3)", "a b", "c"]
    done = subprocess.run(tied(command), capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("a b c\n", 3)


def test_it_does_not_begin_where_its_starter_is_gone() -> None:
    program = [sys.executable, "-c", "print('runs')"]
    whose = "from droneops.fleet.tied import main; import sys; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", whose, "1", *program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 1)
