"""When a connection is given up although its reader says nothing: with a clock that the test moves."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from droneops.telemetry.live.now import Clock
from droneops.video.live.connection import HANGS_S, PICTURELESS_S, SILENT_S, Connection
from droneops.video.live.inbox import Inbox
from droneops.video.live.pace import Pace


class Scene:
    """A connection whose reader does only what the test says."""

    def __init__(self, looks_per_second: float | None = 2.0) -> None:
        self.now_s = 100.0
        self.reader = SimpleNamespace(
            inbox=Inbox(), decoder_context=None, last_packet_s=None, failure=None, codec="h264", where="cam"
        )
        clock = Clock(lambda: 0, lambda: self.now_s)
        pace = Pace(lambda: self.now_s, lambda: 0.5)
        self.connection = Connection(self.reader, looks_per_second, clock, pace)

    def goes_on(self, seconds: float, *, is_silent: bool) -> bool:
        """Whether it is not over after some seconds."""
        self.now_s += seconds
        if not is_silent:
            self.reader.last_packet_s = self.now_s
        return not self.connection.is_over


def test_an_opening_that_hangs_is_given_up() -> None:
    scene = Scene()
    assert scene.goes_on(HANGS_S - 0.1, is_silent=True)
    assert not scene.goes_on(0.2, is_silent=True)
    assert str(scene.connection.failure) == "cam: it does not open"


def test_a_read_that_hangs_is_given_up() -> None:
    scene = Scene()
    scene.goes_on(0.0, is_silent=False)
    assert scene.goes_on(SILENT_S - 0.1, is_silent=True)
    assert not scene.goes_on(0.2, is_silent=True)
    assert "nothing came for" in str(scene.connection.failure)


@pytest.mark.parametrize(
    ("looks_per_second", "patience_s"), [(2.0, PICTURELESS_S), (0.1, PICTURELESS_S + 20.0)]
)
def test_packets_that_never_make_a_picture_are_given_up_for_a_new_connection(
    looks_per_second, patience_s
) -> None:
    scene = Scene(looks_per_second)
    assert scene.goes_on(patience_s - 1.0, is_silent=False)
    assert not scene.goes_on(3.0, is_silent=False)
    assert "no key frame" in str(scene.connection.failure)


def test_why_a_reader_ended_is_kept() -> None:
    scene = Scene()
    scene.reader.failure = ValueError("the stream ended")
    scene.reader.inbox.close()
    assert scene.connection.is_over
    assert scene.connection.failure is scene.reader.failure
