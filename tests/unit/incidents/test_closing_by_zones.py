"""A zone that changed or expired closes what it held."""

from dataclasses import replace

import pytest
from made_tracks import START_US, made_track, seen

from droneops.incidents.book import IncidentBook
from droneops.incidents.closing import closed_by_zones
from droneops.incidents.incident import ChangeKind, Origin, State
from droneops.incidents.rules import PresenceRule

LATER_US = START_US + 60_000_000


def opened():
    """An incident in the park."""
    book = IncidentBook(PresenceRule(), Origin("mukdahan", "exercise", "run"))
    track = made_track()
    changes = [change for n in range(20) for change in book.observe(seen(track, n / 5))]
    assert [change.kind for change in changes] == [ChangeKind.OPENED]
    return changes[0].incident


def test_an_incident_whose_zone_changed_is_closed_with_a_further_message():
    change = closed_by_zones(opened(), frozenset({"phu-pha-thoep", "other"}), LATER_US)
    assert change is not None
    assert (change.kind, change.time_us, change.present) == (ChangeKind.CLOSED, LATER_US, ())
    assert (change.incident.state, change.incident.messages) == (State.CLOSED, 2)
    assert change.incident.id == opened().id


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
