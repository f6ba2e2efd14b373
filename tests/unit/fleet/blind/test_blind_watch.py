"""A drone that does not see says so, and why; one that flies, hovers, looks at water or at night does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from droneops.fleet.blind.picture import picture_stat
from droneops.fleet.blind.watch import BlindWatch
from droneops.types import Frame, NoPose, Pose, Reason, Sigma, read_only

Image = npt.NDArray[np.uint8]
START_US = 1_795_136_400_000_000
VIDEO = Path(__file__).parents[4] / "examples" / "park-patrol" / "video.mp4"
SIGMA = Sigma(1.0, "test")
POSE = Pose(
    drone_id="patrol-1",
    time_us=START_US,
    lat_deg=16.4,
    lon_deg=104.8,
    alt_msl_m=250.0,
    alt_above_home_m=60.0,
    ned_from_body=read_only([1.0, 0.0, 0.0, 0.0]),
    ned_from_gimbal=read_only([1.0, 0.0, 0.0, 0.0]),
    velocity_ned_mps=read_only([8.0, 0.0, 0.0]),
    hfov_rad=None,
    position_sigma_m=SIGMA,
    altitude_sigma_m=SIGMA,
    attitude_sigma_rad=SIGMA,
    gimbal_sigma_rad=SIGMA,
    age_s=0.0,
)
HOVERING = replace(POSE, velocity_ned_mps=read_only([0.0, 0.0, 0.0]))
LOOK_S = 0.2


@dataclass
class FakeClock:
    """Time that only the test moves."""

    now_s: float = 1000.0

    def monotonic_s(self) -> float:
        return self.now_s

    def utc_us(self) -> int:
        return START_US + round((self.now_s - 1000.0) * 1e6)


@dataclass
class Drone:
    """A watch with its surroundings."""

    clock: FakeClock = field(default_factory=FakeClock)
    zones: frozenset[str] = frozenset({"phu-pha-thoep"})
    link_age_s: float | None = 0.0

    def __post_init__(self) -> None:
        self.watch = BlindWatch("patrol-1", self.clock, lambda: self.zones, lambda: self.link_age_s)

    def see(self, images: Iterator[Image], looks: int, pose: Pose | NoPose = POSE) -> list[str]:
        """The reasons that were told during so many looks, each once."""
        told: list[str] = []
        for _ in range(looks):
            self.clock.now_s += LOOK_S
            frame = Frame("patrol-1", "eo", self.clock.utc_us(), 0, next(images), "RTCP")
            told += [blind.reason for blind in self.watch.look(frame, pose)]
        return list(dict.fromkeys(told))


@pytest.fixture(scope="module")
def patrol() -> list[Image]:
    """Pictures of a real flight over a park, a fifth of a second apart."""
    capture = cv2.VideoCapture(str(VIDEO))
    images = []
    while len(images) < 120:
        for _ in range(5):
            capture.grab()
        good, image = capture.retrieve()
        if not good:
            break
        images.append(np.asarray(cv2.resize(image, (640, 360), interpolation=cv2.INTER_AREA), np.uint8))
    assert len(images) >= 60
    return images


def _again(images: list[Image], change: Callable[[Image], Image] = lambda image: image) -> Iterator[Image]:
    number = 0
    while True:
        # There and back, so that no cut makes a jump.
        turn = number % (2 * len(images) - 2)
        yield change(images[min(turn, 2 * len(images) - 2 - turn)])
        number += 1


def _noise(level: float, sigma: float, seed: int = 1) -> Iterator[Image]:
    chance = np.random.default_rng(seed)
    while True:
        yield np.clip(chance.normal(level, sigma, (360, 640, 3)), 0, 255).astype(np.uint8)


def test_a_flight_that_sees_is_never_called_blind(patrol: list[Image]) -> None:
    assert Drone().see(_again(patrol), 200) == []


def test_a_black_picture_with_the_sensors_noise_is_black_after_three_seconds(patrol: list[Image]) -> None:
    drone = Drone()
    drone.see(_again(patrol), 60)
    assert drone.see(_noise(3, 3), 14) == []
    assert drone.see(_noise(3, 3, seed=2), 5) == ["black"]


def test_a_road_at_night_of_which_only_lamps_are_seen_is_not_black() -> None:
    def lamps() -> Iterator[Image]:
        for image in _noise(3, 3):
            for x in range(50, 600, 60):
                cv2.circle(image, (x, 200 + x // 20), 5, (180, 220, 255), -1)
            yield image

    assert Drone().see(lamps(), 100) == []


def test_a_hand_before_the_lens_is_a_covered_lens_after_five_seconds(patrol: list[Image]) -> None:
    drone = Drone()
    drone.see(_again(patrol), 60)
    told = drone.see(_noise(90, 4), 40)
    assert told == ["covered"]


def test_a_field_with_a_track_in_the_dimmest_light_is_not_a_covered_lens() -> None:
    """As a real flight at dawn had it: grey levels of 20 to 40, a track just brighter than its field."""

    def dim() -> Iterator[Image]:
        for number, image in enumerate(_noise(26, 3)):
            for apart in (-14, 14):
                cv2.line(image, (0, 300 + apart + number % 40), (640, 60 + apart), (30, 32, 38), 6)
            yield image

    assert Drone().see(dim(), 100) == []


@pytest.mark.parametrize(("level", "sigma"), [(25, 4), (25, 10), (40, 15), (90, 10), (200, 2)])
def test_a_covered_lens_is_told_however_dark_and_noisy(level: float, sigma: float) -> None:
    assert Drone().see(_noise(level, sigma), 40) == ["covered"]


def test_a_lens_out_of_focus_is_told_against_the_flights_own_past_and_taken_back(patrol: list[Image]) -> None:
    drone = Drone()
    drone.see(_again(patrol), 100)
    blurred = _again(patrol, lambda image: np.asarray(cv2.GaussianBlur(image, (0, 0), 3), np.uint8))
    assert drone.see(blurred, 40) == ["defocused"]
    drone.see(_again(patrol), 3)
    assert drone.see(_again(patrol), 20) == []


def test_equal_pictures_of_a_moving_drone_are_frozen_and_since_the_first_of_them(patrol: list[Image]) -> None:
    drone = Drone()
    drone.see(_again(patrol), 60)
    frozen_us = drone.clock.utc_us()
    assert drone.see(_again([patrol[0], patrol[0]]), 30) == ["frozen"]
    (blind,) = drone.watch.wait()
    assert abs(blind.since_us - frozen_us) <= 2 * LOOK_S * 1e6


def test_equal_pictures_of_a_hovering_drone_are_no_fault_for_half_a_minute(patrol: list[Image]) -> None:
    drone = Drone()
    drone.see(_again(patrol), 10, HOVERING)
    assert drone.see(_again([patrol[0], patrol[0]]), 140, HOVERING) == []
    assert drone.see(_again([patrol[0], patrol[0]]), 30, HOVERING) == ["frozen"]


def test_a_stream_that_ends_is_told_within_three_seconds_with_the_zones_that_go_unseen(
    patrol: list[Image],
) -> None:
    drone = Drone()
    drone.see(_again(patrol), 10)
    drone.clock.now_s += 2.9
    assert drone.watch.wait() == ()
    drone.clock.now_s += 0.2
    (blind,) = drone.watch.wait()
    assert (blind.reason, blind.zone_ids) == ("no_frames", {"phu-pha-thoep"})
    drone.zones = frozenset({"phu-pha-yon"})
    (later,) = drone.watch.wait()
    assert later.since_us == blind.since_us
    assert later.zone_ids == {"phu-pha-thoep", "phu-pha-yon"}


def test_a_lost_link_explains_the_missing_pictures_and_goes_first(patrol: list[Image]) -> None:
    drone = Drone()
    drone.see(_again(patrol), 10)
    drone.clock.now_s += 8.0
    drone.link_age_s = 7.0
    assert [blind.reason for blind in drone.watch.wait()] == ["link_lost"]
    drone.link_age_s = 0.1
    assert [blind.reason for blind in drone.watch.wait()] == ["no_frames"]


def test_pictures_without_a_pose_are_told_once_there_was_one(patrol: list[Image]) -> None:
    drone = Drone()
    nowhere = NoPose(START_US, Reason.POSE_TOO_OLD)
    assert drone.see(_again(patrol), 60, nowhere) == []
    drone.see(_again(patrol), 5)
    assert drone.see(_again(patrol), 40, nowhere) == ["no_pose"]


def test_a_drone_that_was_never_heard_of_is_not_blind() -> None:
    drone = Drone(link_age_s=None)
    drone.clock.now_s += 3600.0
    assert drone.watch.wait() == ()


@pytest.mark.parametrize("shape", [(1, 1), (2, 700), (480, 640), (719, 1283)])
def test_a_picture_of_any_size_has_finite_numbers(shape: tuple[int, int]) -> None:
    for level in (0, 128, 255):
        stat = picture_stat(np.full((*shape, 3), level, np.uint8))
        assert np.isfinite([stat.bright, stat.contrast, stat.sharpness]).all()
