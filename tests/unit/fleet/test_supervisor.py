"""A drone's process that dies is started again, later each time, and the others never notice."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from droneops.fleet.supervisor import FIRST_WAIT_S, LONGEST_WAIT_S, WELL_AFTER_S, Supervisor

WAITS = "import signal, sys; signal.pause()"
FAILS = "import sys; sys.exit(3)"
SPEAKS = "import socket, sys; socket.socket(fileno=int(sys.argv[2])).sendall(sys.argv[1].encode())"


class Site:
    """A supervisor whose time is ours."""

    def __init__(self, program: str) -> None:
        self.lines: list[str] = []
        command = (sys.executable, "-c", program)
        self.supervisor = Supervisor(command, lambda: 0.5, self.lines.append)

    def until_ended(self, now_s: float) -> tuple[str, ...]:
        return until(lambda: self.supervisor.step(now_s).ended)

    def pid(self, drone_id: str) -> int:
        process = self.supervisor.children[drone_id].process
        assert process is not None
        return process.pid


def until(found: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.01)
    raise AssertionError("it did not come about in time")


@pytest.fixture
def site_of() -> Iterator[Callable[[str], Site]]:
    made: list[Site] = []

    def make(program: str) -> Site:
        made.append(Site(program))
        return made[-1]

    yield make
    for site in made:
        site.supervisor.kill()


def test_each_drone_has_a_process_of_its_own(site_of: Callable[[str], Site]) -> None:
    site = site_of(WAITS)
    site.supervisor.follow(["a", "b"])
    assert site.supervisor.step(0.0).begun == ("a", "b")
    assert site.pid("a") != site.pid("b")
    assert site.supervisor.step(0.1).begun == ()


def test_one_that_is_killed_is_started_again_and_the_other_goes_on(site_of: Callable[[str], Site]) -> None:
    site = site_of(WAITS)
    site.supervisor.follow(["a", "b"])
    site.supervisor.step(0.0)
    other = site.pid("b")
    os.kill(site.pid("a"), signal.SIGKILL)
    assert site.until_ended(1.0) == ("a",)
    assert "SIGKILL" in site.lines[0]
    assert site.supervisor.step(1.0 + FIRST_WAIT_S - 0.01).begun == ()
    assert site.supervisor.step(1.0 + FIRST_WAIT_S).begun == ("a",)
    assert site.pid("b") == other


def test_one_that_fails_again_and_again_is_started_ever_more_seldom(site_of: Callable[[str], Site]) -> None:
    site, now_s, waits = site_of(FAILS), 0.0, []
    site.supervisor.follow(["a"])
    for _ in range(7):
        assert site.supervisor.step(now_s).begun == ("a",)
        site.until_ended(now_s)
        waits.append(site.supervisor.children["a"].next_start_s - now_s)
        now_s = site.supervisor.children["a"].next_start_s
    assert waits[0] == FIRST_WAIT_S
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT_S


def test_one_that_lived_long_is_started_again_soon(site_of: Callable[[str], Site]) -> None:
    site = site_of(FAILS)
    site.supervisor.follow(["a"])
    site.supervisor.step(0.0)
    site.supervisor.children["a"].failures = 5
    site.until_ended(WELL_AFTER_S)
    assert site.supervisor.children["a"].next_start_s == WELL_AFTER_S + FIRST_WAIT_S


def test_its_last_words_are_heard_before_its_socket_is_closed(site_of: Callable[[str], Site]) -> None:
    site, heard = site_of(SPEAKS), []
    site.supervisor.follow(["a"])
    site.supervisor.step(0.0)

    def listen(drone_id: str) -> None:
        end = site.supervisor.children[drone_id].site_end
        assert end is not None
        heard.append(end.recv(100))

    until(lambda: site.supervisor.step(0.1, listen).ended)
    assert heard == [b"a"]


def test_a_drone_that_is_no_longer_wanted_ends_and_a_changed_one_begins_anew(
    site_of: Callable[[str], Site],
) -> None:
    site = site_of(WAITS)
    site.supervisor.follow(["a", "b"])
    site.supervisor.step(0.0)
    gone, old = site.pid("a"), site.pid("b")
    assert site.supervisor.follow(["b"]) == ("a",)
    assert not Path(f"/proc/{gone}").exists()
    site.supervisor.restart("b", 1.0)
    assert site.supervisor.step(1.0).begun == ("b",)
    assert site.pid("b") != old
