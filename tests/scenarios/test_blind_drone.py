"""A drone over a park stops to see: whatever the cause, the pilots get one alert, and one only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from droneops.delivery.compose import Context
from droneops.delivery.outbox.store import Outbox
from droneops.fleet.blind_watch import watch_of
from droneops.fleet.drone_parts import DroneParts
from droneops.incidents.incident import Origin
from droneops.incidents.rule_set import RuleSet
from droneops.incidents.scene import Blindness
from droneops.site.desk import Desk, Office, checkpoint_of
from droneops.site.report import Report
from droneops.types import Frame, NoPose, Pose, Reason, Sigma, read_only
from geofences import ZoneIndex, load_zones

Image = npt.NDArray[np.uint8]
START_US = 1_795_136_400_000_000
LOOK_S = 0.25
ZONES = ZoneIndex(load_zones())
PARK, FAR_AWAY = (16.44, 104.75), (15.0, 101.0)
SIGMA = Sigma(1.0, "test")
QUIET_S = 60.0
"""After that a drone that sees again is said to do so."""


def _view() -> Image:
    """Ground with detail of all sizes, larger than a picture of it."""
    chance = np.random.default_rng(7)
    coarse = chance.normal(0, 1, (60, 120)).astype(np.float32)
    fine = chance.normal(0, 1, (240, 480)).astype(np.float32)
    size = (960, 480)
    ground = 110 + 30 * cv2.resize(coarse, size) + 15 * cv2.resize(fine, size)
    return np.asarray(cv2.cvtColor(np.clip(ground, 0, 255).astype(np.uint8), cv2.COLOR_GRAY2BGR), np.uint8)


GROUND = _view()
NOISE = np.random.default_rng(3).normal(0, 2, (7, 200, 356, 3)).astype(np.float32)


@dataclass
class World:
    """A drone that flies at 8 m/s; what it sees, and whether it is heard, is for the test to change."""

    place: tuple[float, float] = PARK
    now_s: float = 1000.0
    change: Callable[[Image], Image | None] = lambda image: image
    is_heard: bool = True
    has_fix: bool = True
    heard_s: float = 1000.0
    fix_s: float = 1000.0

    def monotonic_s(self) -> float:
        return self.now_s

    def utc_us(self) -> int:
        return self._us(self.now_s)

    def parts(self) -> DroneParts:
        """The telemetry as a drone's process has it: it knows no pose far ahead of what it heard."""
        told = SimpleNamespace(last_heard_us=0)
        parts = SimpleNamespace(pose=self.pose, link=SimpleNamespace(told=told))
        parts.track = lambda: SimpleNamespace(last_us=self._us(self.fix_s))
        self._told = told
        return cast(DroneParts, parts)

    def pose(self, time_us: int) -> Pose | None:
        if time_us > self._us(self.fix_s) + 250_000:
            return None
        level = read_only([1.0, 0.0, 0.0, 0.0])
        north = read_only([8.0, 0.0, 0.0])
        place = (*self.place, 250.0, 60.0)
        return Pose("patrol-1", time_us, *place, level, level, north, None, SIGMA, SIGMA, SIGMA, SIGMA, 0.0)

    def look(self) -> Frame | None:
        """A further picture, a quarter of a second later; None where none comes."""
        self.now_s += LOOK_S
        if self.is_heard:
            self.heard_s = self.now_s
        if self.is_heard and self.has_fix:
            self.fix_s = self.now_s
        self._told.last_heard_us = self._us(self.heard_s)
        along = int(self.now_s * 40) % 600
        noisy = GROUND[100:300, along : along + 356] + NOISE[int(self.now_s / LOOK_S) % len(NOISE)]
        image = self.change(np.clip(noisy, 0, 255).astype(np.uint8))
        return None if image is None else Frame("patrol-1", "eo", self.utc_us(), 0, image, "RTCP")

    def _us(self, time_s: float) -> int:
        return START_US + round((time_s - 1000.0) * 1e6)


@dataclass
class Site:
    """A drone's watch, and the desk that hears of it."""

    world: World
    desk: Desk
    outbox: Outbox
    seq: int = 0

    def __post_init__(self) -> None:
        self.watch = watch_of("patrol-1", self.world.parts(), ZONES, self.world)

    def fly(self, seconds: float) -> None:
        for _ in range(round(seconds / LOOK_S)):
            self.seq += 1
            blind = self._blind(self.world.look())
            self.desk.take(Report("patrol-1", self.seq, self.world.utc_us(), (), None, {}, tuple(blind)))

    def _blind(self, frame: Frame | None) -> Sequence[Blindness]:
        if frame is None:
            return self.watch.wait()
        nowhere = NoPose(frame.captured_at_us, Reason.POSE_TOO_OLD)
        return self.watch.look(frame, self.world.pose(frame.captured_at_us) or nowhere)

    def alerts(self) -> list[dict[str, Any]]:
        return [json.loads(alert.raw) for alert in self.outbox.alerts()]


@contextmanager
def site_below(world: World, folder: Path) -> Iterator[Site]:
    origin = Origin("trial", "exercise", "live")
    context = Context(
        status="exercise",
        software="droneops test",
        detector="forest 1",
        weights_sha256=None,
        zones_sha256=ZONES.sha256,
        site_sha256=None,
        drill_markers=False,
        near=lambda _lat, _lon, _at: "",
    )
    with Outbox.open(folder / "outbox.sqlite", world.utc_us) as outbox:
        office = Office(ZONES, context, lambda *_: ("pilots",), outbox, pytest.fail)
        yield Site(world, Desk(checkpoint_of(outbox, RuleSet(), origin, ZONES), office), outbox)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with site_below(World(), tmp_path) as made:
        yield made


def _noise(level: float) -> Callable[[Image], Image]:
    images = np.clip(level + 2 * NOISE, 0, 255).astype(np.uint8)
    turn = cycle(images)
    return lambda _: next(turn)


def _frozen() -> Callable[[Image], Image]:
    kept: list[Image] = []

    def first(image: Image) -> Image:
        kept.append(image)
        return kept[0]

    return first


def _blurred(image: Image) -> Image:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 4), np.uint8)


PICTURE_FAULTS: dict[str, Callable[[], Callable[[Image], Image | None]]] = {
    "black": lambda: _noise(3),
    "covered": lambda: _noise(60),
    "frozen": _frozen,
    "defocused": lambda: _blurred,
    "no_frames": lambda: lambda _: None,
}


@pytest.mark.parametrize("fault", PICTURE_FAULTS)
def test_pictures_that_show_nothing_are_one_alert_within_a_quarter_of_a_minute_and_its_end_is_told(
    site: Site, fault: str
) -> None:
    seeing = site.world.change
    site.fly(20)
    site.world.change = PICTURE_FAULTS[fault]()
    site.fly(15.5)
    (alert,) = site.alerts()
    assert (alert["event"], alert["drone"]["id"], alert["sequence"]) == ("drone_blind", "patrol-1", 1)
    assert alert["headline"]["th"] and alert["headline"]["en"]
    assert alert["position"] is None
    site.fly(20)
    site.world.change = seeing
    site.fly(QUIET_S + 5)
    _, end = site.alerts()
    assert (end["incident_id"], end["sequence"]) == (alert["incident_id"], 2)


def test_a_link_that_is_lost_is_an_alert_though_nobody_knows_where_the_drone_is_now(site: Site) -> None:
    site.fly(20)
    site.world.is_heard = False
    site.world.change = lambda _: None
    site.fly(16)
    (alert,) = site.alerts()
    assert alert["event"] == "drone_blind"
    assert "phu-pha-thoep" in site.watch.wait()[0].zone_ids


def test_pictures_without_a_place_are_an_alert(site: Site) -> None:
    site.fly(20)
    site.world.has_fix = False
    site.fly(16)
    (alert,) = site.alerts()
    assert alert["event"] == "drone_blind"
    assert [blind.reason for blind in site.watch.wait()] == ["no_pose"]


def test_one_cause_that_becomes_another_is_one_alert(site: Site) -> None:
    """A mast that dies takes the pictures first, then the telemetry; the pictures come back before it."""
    seeing = site.world.change
    site.fly(20)
    site.world.change = lambda _: None
    site.fly(14)
    site.world.is_heard = False
    site.fly(20)
    site.world.change = seeing
    site.fly(10)
    site.world.is_heard = True
    site.world.change = _noise(60)
    site.fly(20)
    assert len(site.alerts()) == 1


def test_a_hiccup_of_a_few_seconds_is_no_alert(site: Site) -> None:
    seeing = site.world.change
    for fault in PICTURE_FAULTS.values():
        site.fly(20)
        site.world.change = fault()
        site.fly(6)
        site.world.change = seeing
    site.fly(10)
    assert site.alerts() == []


def test_a_flight_that_sees_has_no_alert(site: Site) -> None:
    site.fly(120)
    assert site.alerts() == []


def test_a_drone_that_is_blind_where_no_zone_matters_has_no_alert(tmp_path: Path) -> None:
    with site_below(World(place=FAR_AWAY), tmp_path) as site:
        site.fly(20)
        site.world.change = _noise(60)
        site.fly(40)
        assert site.alerts() == []
