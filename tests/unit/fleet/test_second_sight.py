"""A second model is asked beside the flight: nobody waits for it, and it asks no more than it must."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from detectors import Detections
from droneops.errors import ConfigError
from droneops.fleet.second_sight import AGAIN_AFTER_US, MOST_WAITING, SecondThread
from droneops.pipeline import Seen
from droneops.second_look.answer import Answer, SecondLook, Why
from droneops.second_look.ask import Second
from droneops.second_look.record import second_from_record, second_to_record
from droneops.types import Frame, NoGroundPoint, NoPose, Reason, Sighting

FRAME = np.random.default_rng(1).integers(0, 255, (720, 1280, 3), np.uint8)


@dataclass
class Model:
    """Sees one boat in the middle of whatever it is shown; may be made to wait, or to fail."""

    name: str = "large"
    version: str = "2"
    weights_sha256: str | None = None
    label_map: Any = field(default_factory=dict)
    wants_gsd: bool = False
    labels: tuple[str, ...] = ("boat",)
    go_on: threading.Event = field(default_factory=threading.Event)
    shown: int = 0
    fails: bool = False

    def detect(self, image_bgr: Any, gsd_m: float | None = None) -> Detections:
        self.shown += 1
        assert self.go_on.wait(30)
        if self.fails:
            raise RuntimeError("out of memory")
        height, width = image_bgr.shape[:2]
        boxes = np.array([[0.25, 0.25, 0.75, 0.75]], np.float32) * [width, height, width, height]
        one, anchors = np.array([0.8], np.float32), np.zeros((1, 2), np.float32)
        ids = np.zeros(1, np.int64)
        return Detections(boxes, ids, one, anchors, self.labels, (None,), self.name, self.version)


@dataclass(frozen=True)
class Named:
    """Of a track what is asked for."""

    id: str
    label: str


def seen(time_us: int, *things: tuple[str, str], width_px: float = 40.0) -> Seen:
    """A look that shows these (track id, label)."""
    frame = Frame("d1", "eo", time_us, 1, FRAME, "RTCP")
    nowhere = NoGroundPoint(Reason.NO_POSE)
    box = (600.0, 300.0, 600.0 + width_px, 340.0)
    rows = tuple(
        Sighting("d1", time_us, row, label, label, None, 0.9, box, nowhere, 0.0)
        for row, (_, label) in enumerate(things)
    )
    tracks: Any = tuple(Named(*thing) for thing in things)
    return Seen(frame, NoPose(time_us, Reason.NO_POSE), None, None, rows, tracks)


@dataclass
class Sight:
    """A thread that asks a model of ours."""

    model: Model
    lines: list[str]
    thread: SecondThread

    def offer(self, time_us: int, *names: str, label: str = "boat", width_px: float = 40.0) -> None:
        things = [(name, label) for name in names]
        self.thread.offer(seen(time_us, *things, width_px=width_px), names)

    def answers(self, count: int = 1) -> dict[str, SecondLook]:
        found: dict[str, SecondLook] = {}
        until(lambda: found.update(self.thread.answers()) or len(found) >= count)
        return found


def until(is_so: Callable[[], object]) -> None:
    deadline_s = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


@pytest.fixture
def sight() -> Iterator[Sight]:
    model, lines = Model(), list[str]()
    made = Second(model, lambda label: label, lines.append)
    thread = SecondThread(lambda: made, frozenset({"boat", "person"}), lines.append)
    thread.start()
    until(lambda: thread._second is not None)
    try:
        yield Sight(model, lines, thread)
    finally:
        model.go_on.set()
        thread.close()


def test_what_is_pictured_is_asked_about_and_the_answer_comes_later(sight: Sight) -> None:
    sight.offer(0, "d1/1")
    assert sight.thread.answers() == {}
    sight.model.go_on.set()
    said = sight.answers()["d1/1"]
    assert (said.answer, said.label, said.detector) == (Answer.AGREED, "boat", "large 2")
    assert sight.thread.answers() == {}


def test_a_thing_is_asked_about_once_and_once_more_after_a_while(sight: Sight) -> None:
    sight.model.go_on.set()
    for time_us in (0, 2_000_000, AGAIN_AFTER_US - 1):
        sight.offer(time_us, "d1/1")
    sight.answers()
    assert sight.model.shown == 1
    sight.offer(AGAIN_AFTER_US, "d1/1")
    sight.answers()
    assert sight.model.shown == 2


def test_nobody_waits_and_what_does_not_fit_is_asked_about_with_its_next_picture(sight: Sight) -> None:
    names = [f"d1/{number}" for number in range(3 * MOST_WAITING)]
    sight.offer(0, *names)
    sight.model.go_on.set()
    for time_us in range(1_000_000, 60_000_000, 1_000_000):
        time.sleep(0.01)
        sight.offer(time_us, *names)
    assert set(sight.answers(len(names))) == set(names)


def test_what_no_rule_looks_for_is_not_asked_about(sight: Sight) -> None:
    sight.model.go_on.set()
    sight.offer(0, "d1/1", label="cow")
    sight.offer(0, "d1/2")
    assert set(sight.answers()) == {"d1/2"}
    assert sight.model.shown == 1


@pytest.mark.parametrize(
    ("label", "width_px", "reason"), [("person", 40.0, Why.LABEL_UNKNOWN), ("boat", 4.0, Why.TOO_SMALL)]
)
def test_what_the_model_cannot_tell_is_said_without_running_it(
    sight: Sight, label: str, width_px: float, reason: Why
) -> None:
    sight.offer(0, "d1/1", label=label, width_px=width_px)
    assert sight.answers()["d1/1"].reason is reason
    assert sight.model.shown == 0


def test_a_model_that_fails_at_its_work_says_so_and_is_asked_on(sight: Sight) -> None:
    sight.model.fails = True
    sight.model.go_on.set()
    sight.offer(0, "d1/1")
    assert sight.answers()["d1/1"].reason is Why.MODEL_FAILED
    sight.model.fails = False
    sight.offer(0, "d1/2")
    assert sight.answers()["d1/2"].answer is Answer.AGREED
    assert "out of memory" in sight.lines[0]


def test_a_model_that_cannot_be_loaded_is_told_once_and_the_drone_flies_on() -> None:
    def make() -> Second:
        raise ConfigError("no such detector")

    lines: list[str] = []
    thread = SecondThread(make, frozenset({"boat"}), lines.append)
    thread.start()
    until(lambda: lines)
    thread.offer(seen(0, ("d1/1", "boat")), ["d1/1"])
    assert thread.answers() == {}
    thread.close()
    assert lines == ["nobody is asked for a second look: no such detector"]


def test_closing_does_not_wait_for_a_model_that_is_at_work(sight: Sight) -> None:
    sight.offer(0, "d1/1")
    until(lambda: sight.model.shown)
    began_s = time.monotonic()
    sight.thread.close()
    assert time.monotonic() - began_s < 2.0


@pytest.mark.parametrize(
    "said",
    [
        SecondLook("large 2", None, Answer.AGREED, None, "boat", 0.8),
        SecondLook("large 2", "ab" * 32, Answer.COULD_NOT_TELL, Why.TOO_SMALL),
    ],
)
def test_a_word_comes_back_from_its_record(said: SecondLook) -> None:
    assert second_from_record(second_to_record(said)) == said


@pytest.mark.parametrize("change", [{"answer": "perhaps"}, {"score": 7}, {"score": "x"}, {"reason": "so"}])
def test_a_record_that_is_no_word_is_refused(change: dict[str, Any]) -> None:
    record = second_to_record(SecondLook("large 2", None, Answer.AGREED, None, "boat", 0.8))
    with pytest.raises((ValueError, TypeError)):
        second_from_record({**record, **change})
