"""What is said of drones, and when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from droneops.delivery.drone_topics import DroneTopics
from droneops.delivery.said import MOST_TOPICS, NewestSaid, Said

START_US = 1_795_000_000_000_000
STATE, POSITION = "droneops/v1/s/drones/d1/state", "droneops/v1/s/drones/d1/position"


@dataclass(frozen=True)
class Vitals:
    drone_id: str = "d1"
    time_us: int = START_US
    values: Mapping[str, float | int | str | None] = field(
        default_factory=lambda: {"link_state": "connected", "video_state": "streaming", "blind": None}
    )
    lat_deg: float | None = 16.54
    lon_deg: float | None = 104.72
    alt_msl_m: float | None = 240.04


def topics_over(seconds: float, vitals: Vitals, topics: DroneTopics) -> list[str]:
    """The topics said on within so long, asked four times a second, with new vitals once a second."""
    found = []
    for quarter in range(int(seconds * 4)):
        now_us = START_US + quarter * 250_000
        latest = replace(vitals, time_us=START_US + (quarter // 4) * 1_000_000)
        found += [said.topic for said in topics.due([latest], now_us)]
    return found


def test_a_position_is_said_each_second_and_the_state_every_ten() -> None:
    found = topics_over(30, Vitals(), DroneTopics("s"))
    assert found.count(POSITION) == 30
    assert found.count(STATE) == 3


def test_the_state_tells_what_is_known_and_until_when() -> None:
    state, position = DroneTopics("s").due([Vitals()], START_US)
    assert state.is_retained
    assert json.loads(state.payload) == {
        "schema": "droneops.drone/1",
        "site": "s",
        "drone": "d1",
        "at": "2026-11-18T11:06:40.000000Z",
        "valid_s": 30,
        "link": "connected",
        "video": "streaming",
        "blind": None,
        "position": {"lat_deg": 16.54, "lon_deg": 104.72, "alt_msl_m": 240.0},
    }
    assert not position.is_retained
    assert json.loads(position.payload)["position"]["lat_deg"] == 16.54


def test_a_change_is_said_at_once() -> None:
    topics = DroneTopics("s")
    topics.due([Vitals()], START_US)
    blind = Vitals(time_us=START_US + 100_000, values={"link_state": "connected", "blind": "covered"})
    (state,) = topics.due([blind], START_US + 100_000)
    assert json.loads(state.payload)["blind"] == "covered"


def test_a_drone_that_is_silent_is_not_spoken_for() -> None:
    topics = DroneTopics("s")
    assert topics.due([Vitals()], START_US)
    assert not topics.due([Vitals()], START_US + 31_000_000)


def test_a_drone_without_a_position_has_a_state_and_no_position() -> None:
    (state,) = DroneTopics("s").due([Vitals(lat_deg=None, lon_deg=None, alt_msl_m=None)], START_US)
    assert json.loads(state.payload)["position"] is None


def test_a_clock_that_is_set_back_silences_nobody() -> None:
    topics = DroneTopics("s")
    topics.due([Vitals()], START_US)
    earlier_us = START_US - 3_600_000_000
    assert len(topics.due([Vitals(time_us=earlier_us)], earlier_us)) == 2


def test_of_a_topic_only_the_newest_waits_and_the_longest_waiting_goes_first() -> None:
    waiting = NewestSaid()
    waiting.put([Said("a", b"1"), Said("b", b"1"), Said("a", b"2")])
    assert [waiting.take(), waiting.take(), waiting.take()] == [Said("a", b"2"), Said("b", b"1"), None]


def test_what_waits_is_bounded() -> None:
    waiting = NewestSaid()
    waiting.put(Said(str(number), b"") for number in range(2 * MOST_TOPICS))
    assert len(waiting) == MOST_TOPICS
