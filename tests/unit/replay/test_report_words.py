"""Sentences, times and probabilities as a reader meets them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_report_page import T0, empty, flight, incident

from droneops.replay.report.answer import answer, extent
from droneops.replay.report.cards import gaps, incident_cards
from droneops.replay.report.clock import clock_for, duration


def test_local_time_is_the_sites() -> None:
    clock = clock_for("Asia/Bangkok", T0)
    assert clock.utc(T0) == "2025-11-25 11:00:00"
    assert clock.local(T0) == "2025-11-25 18:00:00"
    assert clock.local_time(None) == "–"


@pytest.mark.parametrize("name", ["Nowhere/Land", "", "../etc/passwd"])
def test_unknown_time_zone_is_utc(name: str) -> None:
    assert clock_for(name, T0).name == "UTC"


@pytest.mark.parametrize(
    ("seconds", "english"), [(0.0, "0 s"), (59.6, "1 min 0 s"), (110.0, "1 min 50 s"), (3660.0, "1 h 1 min")]
)
def test_durations(seconds: float, english: str) -> None:
    assert duration(seconds).en == english


def test_answer_counts_messages_and_incidents() -> None:
    data = replace(empty(), incidents=(incident(), replace(incident(), messages=1)))
    assert answer(data).en == "4 alerts in 2 incidents"
    assert answer(data).th == "แจ้งเตือน 4 ครั้ง ใน 2 เหตุการณ์"
    assert answer(replace(data, incidents=(replace(incident(), messages=1),))).en == "1 alert in 1 incident"


def test_answer_without_alert_says_how_much_was_seen() -> None:
    data = replace(flight(), incidents=())
    assert answer(data).en == "No alert"
    assert extent(data).en == "Looked at 0.412 km² for 8 min 10 s; did not look during 1 min 50 s."


def test_probability_is_never_certain() -> None:
    (card,) = incident_cards(flight(), clock_for("UTC", T0))
    assert card.border is not None
    assert ">\u00a099\u00a0%" in card.border.en
    assert card.zones[0][1] == "93\u00a0%"


def test_gap_carries_its_reason() -> None:
    (gap,) = gaps(flight("cable"), clock_for("UTC", T0))
    assert (gap.begin, gap.end, gap.note) == ("11:00:00", "11:01:00", "cable")
    assert gap.reason.en == "no picture was looked at"
