"""Links over real sockets and ports, for tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from droneops.telemetry.live.address import parse_address
from droneops.telemetry.live.frame import LiveFrame
from droneops.telemetry.live.link import Link, make_link
from droneops.telemetry.live.now import system_clock

# Far above what anything here takes, also on a machine that is busy with other things.
PATIENCE_S = 20.0


@contextmanager
def real_link(address: str) -> Iterator[Link]:
    """A link with the machine's clocks and the shortest waits."""
    link = make_link(parse_address(address), system_clock(), lambda: 0.0)
    try:
        yield link
    finally:
        link.close()


def poll_until(
    link: Link, is_done: Callable[[list[LiveFrame]], bool], each_time: Callable[[], object] = lambda: None
) -> list[LiveFrame]:
    """Poll until ``is_done`` says so of all frames that came; calls ``each_time`` before each poll."""
    frames: list[LiveFrame] = []
    give_up_s = time.monotonic() + PATIENCE_S
    while not is_done(frames):
        assert time.monotonic() < give_up_s, (link.status(), link.take_events())
        each_time()
        frames += link.poll(0.05)
    return frames


def poll_until_state(
    link: Link, state: str, each_time: Callable[[], object] = lambda: None
) -> list[LiveFrame]:
    """Poll until the link is in a state."""
    return poll_until(link, lambda _: link.status().state == state, each_time)


def seconds_to_stop(link: Link) -> float:
    """How long a thread in ``poll(5.0)`` takes to return when it is woken."""
    returned: list[float] = []

    def poll() -> None:
        link.poll(5.0)
        returned.append(time.monotonic())

    thread = threading.Thread(target=poll)
    thread.start()
    time.sleep(0.1)
    woken_s = time.monotonic()
    link.wake()
    thread.join()
    return returned[0] - woken_s
