"""A serial link over a pseudo terminal behind a symbolic link, as udev names a device."""

from __future__ import annotations

import os
import tty
from pathlib import Path

from live_frames import attitude, data_of, heartbeat
from live_real import poll_until, poll_until_state, real_link, seconds_to_stop

from droneops.telemetry.live.link_state import LinkState


class Plug:
    """A device under ``path`` while plugged in."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.vehicle = -1

    def put_in(self) -> None:
        self.vehicle, device = os.openpty()
        tty.setraw(device)
        self._path.unlink(missing_ok=True)
        self._path.symlink_to(os.ttyname(device))
        os.close(device)

    def pull_out(self) -> None:
        os.close(self.vehicle)
        self._path.unlink()

    def __enter__(self) -> Plug:
        self.put_in()
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.vehicle)


def test_frames_go_both_ways(tmp_path: Path) -> None:
    path = tmp_path / "radio"
    with Plug(path) as plug, real_link(f"serial:{path}:115200") as link:
        poll_until_state(link, LinkState.LISTENING)
        os.write(plug.vehicle, heartbeat(1) + attitude(2)[:9])
        poll_until(link, lambda frames: len(frames) == 1)
        os.write(plug.vehicle, attitude(2)[9:])
        (frame,) = poll_until(link, lambda frames: len(frames) == 1)
        assert (frame.data, frame.peer) == (attitude(2), str(path))
        # A line that is not raw would change these two on the way.
        assert link.send(b"\x0a\x0d", None)
        assert os.read(plug.vehicle, 100) == b"\x0a\x0d"


def test_a_device_unplugged_and_plugged_in_again_is_the_same_link(tmp_path: Path) -> None:
    path = tmp_path / "radio"
    with Plug(path) as plug, real_link(f"serial:{path}:57600") as link:
        poll_until_state(link, LinkState.LISTENING)
        os.write(plug.vehicle, heartbeat(1) + attitude(2)[:20])
        poll_until_state(link, LinkState.CONNECTED)
        plug.pull_out()
        poll_until_state(link, LinkState.BACKOFF)
        poll_until(link, lambda _: "No such file" in link.status().detail)
        plug.put_in()
        poll_until_state(link, LinkState.LISTENING)
        os.write(plug.vehicle, heartbeat(3))
        assert data_of(poll_until(link, bool)) == [heartbeat(3)]
        assert link.status().counts.junk_bytes == 20
        assert link.status().state is LinkState.CONNECTED


def test_a_device_that_is_no_terminal_is_said(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"")
    with real_link(f"serial:{path}:57600") as link:
        poll_until_state(link, LinkState.BACKOFF)
        assert "Inappropriate ioctl" in link.status().detail


def test_a_device_in_use_by_another_link_is_not_shared(tmp_path: Path) -> None:
    path = tmp_path / "radio"
    with Plug(path), real_link(f"serial:{path}:57600") as first, real_link(f"serial:{path}:57600") as second:
        poll_until_state(first, LinkState.LISTENING)
        poll_until_state(second, LinkState.BACKOFF)
        assert "lock" in second.status().detail


def test_a_port_that_takes_nothing_costs_frames_and_never_time(tmp_path: Path) -> None:
    path = tmp_path / "radio"
    with Plug(path), real_link(f"serial:{path}:57600") as link:
        poll_until_state(link, LinkState.LISTENING)
        while link.send(attitude(1), None):
            pass
        assert link.status().transport.unsent_frames == 1
        assert link.status().state is LinkState.LISTENING


def test_a_thread_that_waits_for_frames_stops_at_once(tmp_path: Path) -> None:
    path = tmp_path / "radio"
    with Plug(path), real_link(f"serial:{path}:57600") as link:
        poll_until_state(link, LinkState.LISTENING)
        assert seconds_to_stop(link) < 0.5
