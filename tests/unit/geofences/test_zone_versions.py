"""What another version of the zones closes."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from made_zones import made_zone
from shapely.geometry import box

from geofences import Kind, ZoneIndex
from geofences.hours import hours_of
from geofences.versions import closed_by, diff

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)


def index(*zones):
    return ZoneIndex(zones)


def test_the_same_zones_close_nothing_even_from_another_file():
    zone = made_zone()
    found = diff(index(zone), index(dataclasses.replace(zone, sha256="f" * 64)), at=NOW)
    assert (found.added, found.changed, found.removed, found.expired) == ((), (), (), ())
    assert closed_by(index(zone), index(zone), at=NOW) == frozenset()


def test_each_zone_is_in_one_list():
    old = index(made_zone("stays"), made_zone("moves"), made_zone("goes"), made_zone("ends"))
    ended = made_zone("ends", valid_to=NOW, accuracy_m=5.0)
    new = index(made_zone("stays"), made_zone("moves", box(1, 2, 3, 4)), made_zone("comes"), ended)
    found = diff(old, new, at=NOW)
    assert (found.added, found.changed) == (("comes",), ("moves",))
    assert (found.removed, found.expired) == (("goes",), ("ends",))
    assert closed_by(old, new, at=NOW) == {"moves", "goes", "ends"}


def test_a_zone_expires_under_an_unchanged_file_when_its_time_has_come():
    zones = index(made_zone(valid_to=NOW))
    assert closed_by(zones, zones, at=NOW - timedelta(seconds=1)) == frozenset()
    assert closed_by(zones, zones, at=NOW) == {"a"}


def test_the_end_of_the_night_is_no_expiry():
    zones = index(made_zone(hours=hours_of("18:00-06:00", None, None)))
    assert closed_by(zones, zones, at=NOW) == frozenset()


CHANGES = {
    "its outline": {"geometry": box(1, 2, 3, 4)},
    "its accuracy": {"accuracy_m": 11.0},
    "its kind": {"kind": Kind.PERMIT},
    "its hours": {"hours": hours_of("18:00-06:00", None, None)},
    "what it permits": {"labels": ("log_pile",)},
    "its holder": {"holder": "x"},
    "that it is no stand-in any more": {"placeholder": True},
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_zone_has_changed_with(change):
    changed = dataclasses.replace(made_zone(), **change)
    assert diff(index(made_zone()), index(changed), at=NOW).changed == ("a",)


def test_a_time_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        diff(index(), index(), at=datetime(2026, 1, 1))  # noqa: DTZ001 - the fault
