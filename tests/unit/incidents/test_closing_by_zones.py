"""A zone that changed or expired closes what it held."""

from dataclasses import replace

import pytest
from made_tracks import START_US, made_track, park, presence_alone, seen, zones

from droneops.incidents.book import IncidentBook
from droneops.incidents.closing import closed_by_zones
from droneops.incidents.incident import ChangeKind, EndReason, Origin, State
from droneops.times import to_datetime
from geofences import ZoneIndex

LATER_US = START_US + 60_000_000


def opened():
    """An incident in the park."""
    book = IncidentBook(presence_alone(), Origin("mukdahan", "exercise", "run"), zones())
    looks = [seen(made_track(), n / 5) for n in range(20)]
    changes = [change for look in looks for change in book.observe([look], look.track.last_seen_us)]
    assert [change.kind for change in changes] == [ChangeKind.OPENED]
    return changes[0].incident


def test_an_incident_whose_zone_changed_is_closed_with_a_further_message():
    change = closed_by_zones(opened(), frozenset({"phu-pha-thoep", "other"}), LATER_US)
    assert change is not None
    assert (change.kind, change.time_us, change.present) == (ChangeKind.CLOSED, LATER_US, ())
    assert (change.incident.state, change.incident.messages) == (State.CLOSED, 2)
    assert (change.incident.id, change.reason) == (opened().id, EndReason.ZONES_CHANGED)


def test_an_incident_that_another_zone_still_holds_stays_open():
    incident = replace(opened(), zone_ids=frozenset({"phu-pha-thoep", "mekong-border"}))
    assert closed_by_zones(incident, frozenset({"phu-pha-thoep"}), LATER_US) is None
    assert closed_by_zones(incident, frozenset(), LATER_US) is None


@pytest.mark.parametrize("state", [State.CLOSED, State.CANCELLED])
def test_an_incident_that_is_over_is_not_closed_again(state):
    over = replace(opened(), state=state)
    assert closed_by_zones(over, frozenset({"phu-pha-thoep"}), LATER_US) is None


def test_an_acknowledged_incident_is_closed_too():
    known = replace(opened(), state=State.ACKNOWLEDGED)
    assert closed_by_zones(known, frozenset({"phu-pha-thoep"}), LATER_US) is not None


def looks(book: IncidentBook, start_s: float, count: int):
    """A person in the park, five looks a second."""
    seen_then = [seen(made_track(), start_s + n / 5) for n in range(count)]
    return [change for look in seen_then for change in book.observe([look], look.track.last_seen_us)]


def test_who_stays_inside_a_changed_zone_opens_a_new_incident_under_a_new_id() -> None:
    book = IncidentBook(presence_alone(), Origin("mukdahan", "exercise", "run"), zones())
    (first,) = looks(book, 0, 20)
    changed = ZoneIndex((replace(park(), version="2", accuracy_m=80.0),))
    (closed,) = book.with_zones(changed, START_US + 4_000_000)
    (second,) = looks(book, 4.2, 20)
    assert [change.kind for change in (first, closed, second)] == [
        ChangeKind.OPENED,
        ChangeKind.CLOSED,
        ChangeKind.OPENED,
    ]
    assert closed.incident.id == first.incident.id != second.incident.id
    assert second.incident.founder.time == 2


def test_a_zone_that_expires_closes_what_it_held_when_time_is_told() -> None:
    ends = to_datetime(START_US + 60_000_000)
    book = IncidentBook(
        presence_alone(),
        Origin("mukdahan", "exercise", "run"),
        ZoneIndex((replace(park(), valid_to=ends),)),
    )
    assert len(looks(book, 0, 20)) == 1
    assert book.tick(START_US + 59_000_000) == ()
    (closed,) = book.tick(START_US + 60_000_000)
    assert (closed.kind, closed.reason) == (ChangeKind.CLOSED, EndReason.ZONES_CHANGED)
    assert book.tick(START_US + 61_000_000) == ()
