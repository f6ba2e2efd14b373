"""Zones that are in force at some hours of some days only."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_zones import made_zone

from geofences import ZoneError, ZoneIndex, load_layer
from geofences.hours import DAYS, days_text, holds_at, hours_of, hours_text
from geofences.zone import is_valid_at

BANGKOK = timezone(timedelta(hours=7))
MONDAY = datetime(2026, 11, 23, tzinfo=BANGKOK)


def at(day, hour, minute=0):
    """That hour of a day of the week from Monday, 23 November 2026, as UTC."""
    return (MONDAY + timedelta(days=DAYS.index(day), hours=hour, minutes=minute)).astimezone(UTC)


def test_a_night_reaches_into_the_next_morning():
    night = hours_of("18:00-06:00", None, None)
    assert [
        holds_at(night, at("tue", *time)) for time in [(17, 59), (18,), (23, 59), (0,), (5, 59), (6,)]
    ] == [
        False,
        True,
        True,
        True,
        True,
        False,
    ]


def test_a_night_belongs_to_the_day_on_which_it_begins():
    saturday_night = hours_of("18:00-06:00", ("sat",), None)
    assert holds_at(saturday_night, at("sat", 19))
    assert holds_at(saturday_night, at("sun", 5))
    assert not holds_at(saturday_night, at("sat", 5))
    assert not holds_at(saturday_night, at("sun", 19))


def test_sunday_night_ends_on_monday_morning():
    assert holds_at(hours_of("22:00-04:00", ("sun",), None), at("mon", 3))


def test_days_alone_are_whole_days():
    weekend = hours_of(None, ("sat", "sun"), None)
    assert holds_at(weekend, at("sat", 0)) and holds_at(weekend, at("sun", 23, 59))
    assert not holds_at(weekend, at("mon", 0))


def test_the_clock_is_that_of_the_zones_place():
    assert holds_at(hours_of("06:00-07:00", None, "UTC"), datetime(2026, 11, 23, 6, 30, tzinfo=UTC))
    assert not holds_at(hours_of("06:00-07:00", None, None), datetime(2026, 11, 23, 6, 30, tzinfo=UTC))


@given(
    start=st.integers(0, 1439),
    end=st.integers(1, 1440),
    minute=st.integers(0, 7 * 1440 - 1),
    days=st.sets(st.sampled_from(DAYS), min_size=1),
)
def test_hours_hold_exactly_for_their_length_after_each_start(start, end, minute, days):
    if start == end:
        return
    hours = hours_of(f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}", tuple(days), None)
    length = (end - start) % 1440 or 1440
    starts = {DAYS.index(day) * 1440 + start for day in days}
    # The week is a ring: what began on Sunday goes on into Monday.
    expected = any((minute - begun) % (7 * 1440) < length for begun in starts)
    assert holds_at(hours, MONDAY + timedelta(minutes=minute)) == expected
    assert hours_of(hours_text(hours), days_text(hours), hours.timezone) == hours


def test_a_zone_out_of_its_hours_holds_nothing_and_counts_when_no_time_is_asked():
    index = ZoneIndex([made_zone(hours=hours_of("18:00-06:00", None, None))])
    place = {"lat_deg": 16.45, "lon_deg": 104.75, "cov_m2": [[9.0, 0.0], [0.0, 9.0]]}
    assert len(index.hits(**place, at=at("mon", 19))) == 1
    assert index.hits(**place, at=at("mon", 12)) == ()
    assert len(index.hits(**place)) == 1


def test_a_zone_is_in_force_only_when_both_its_dates_and_its_hours_are():
    zone = made_zone(hours=hours_of("08:00-16:00", None, None), valid_to=at("wed", 0))
    assert is_valid_at(zone, at("tue", 9))
    assert not is_valid_at(zone, at("thu", 9))


BAD = {
    "no hours": {"hours": "night"},
    "an hour too many": {"hours": "18:00-25:00"},
    "a minute too many": {"hours": "18:60-20:00"},
    "no length": {"hours": "18:00-18:00"},
    "until midnight as 00:00": {"hours": "18:00-00:00"},
    "from 24:00": {"hours": "24:00-06:00"},
    "an unknown day": {"days": ["monday"]},
    "no day": {"days": []},
    "days as text": {"days": "mon"},
    "no such place": {"hours": "18:00-06:00", "timezone": "Asia/Mukdahan"},
    "labels as text": {"labels": "log_pile"},
}


@pytest.mark.parametrize("properties", BAD.values(), ids=BAD)
def test_hours_that_cannot_be_are_refused_with_the_mend(tmp_path, properties):
    plain = {"id": "a", "kind": "permit", "accuracy_m": 1, "within_m": 5}
    point = {"type": "Point", "coordinates": [104.7, 16.5]}
    feature = {"type": "Feature", "properties": plain | properties, "geometry": point}
    path = tmp_path / "own.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    with pytest.raises(ZoneError, match=r"own.geojson: feature 0 \(id 'a'\): `\w+` is .*; \w+") as refusal:
        load_layer(path)
    assert "\n" not in str(refusal.value)
