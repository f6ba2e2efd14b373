"""What a report changes is on disk when the desk returns, and a restart at any report says the same."""

from __future__ import annotations

import hashlib
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from droneops.delivery.compose import Context
from droneops.delivery.outbox.store import Outbox
from droneops.delivery.outbox.types import NewAlert
from droneops.delivery.receipt import Receipt, make_receipt, parse_receipt
from droneops.delivery.say import message_of
from droneops.errors import OutputError
from droneops.incidents.incident import Origin, message_id
from droneops.incidents.rule_set import RuleSet
from droneops.site import desk as desk_module
from droneops.site.desk import Desk, Office, checkpoint_of
from geofences import ZoneIndex, load_zones

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "benchmarks"))
from delivery_script import expected, reports

EVENTS = 4
ORIGIN = Origin("trial", "test", "live")
ZONES = ZoneIndex(load_zones())
SCRIPT = reports(1, EVENTS)
WANTED = expected(1, EVENTS, "trial", "test")

CONTEXT = Context(
    status="test",
    software="droneops test",
    detector="script",
    weights_sha256=None,
    zones_sha256=ZONES.sha256,
    site_sha256=None,
    drill_markers=False,
    near=lambda _lat, _lon, _at: None,
)


class Full:
    """An outbox whose disk is full until it is told otherwise."""

    def __init__(self, outbox: Outbox) -> None:
        self.outbox, self.is_full = outbox, True

    def put(self, alerts: Sequence[NewAlert], *, notes: Any) -> tuple[bool, ...]:
        if self.is_full:
            raise OutputError("No space left on device")
        return self.outbox.put(alerts, notes=notes)


@contextmanager
def opened(folder: Path) -> Iterator[Outbox]:
    with Outbox.open(folder / "outbox.sqlite", lambda: SCRIPT[0].time_us) as outbox:
        yield outbox


def desk_on(outbox: Any, said: list[str] | None = None, context: Context = CONTEXT) -> Desk:
    said = [] if said is None else said
    store = outbox.outbox if isinstance(outbox, Full) else outbox
    begin = checkpoint_of(store, RuleSet(), ORIGIN, ZONES)
    office = Office(ZONES, context, lambda _event, _severity, _zones: ("police",), outbox, said.append)
    return Desk(begin, office)


def stored(outbox: Outbox) -> list[tuple[str, bytes]]:
    return [(alert.id, alert.raw) for alert in outbox.alerts()]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, bytes]]:
    with opened(tmp_path_factory.mktemp("undisturbed")) as outbox:
        desk = desk_on(outbox)
        for report in SCRIPT:
            desk.take(report)
        return stored(outbox)


def test_each_message_of_each_event_is_stored_once_and_in_order(
    undisturbed: list[tuple[str, bytes]],
) -> None:
    assert [alert_id for alert_id, _ in undisturbed] == list(WANTED)
    assert len({incident for incident, _ in WANTED.values()}) == EVENTS


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.integers(0, len(SCRIPT)), max_size=3), again=st.integers(0, 5))
def test_a_restart_at_any_report_and_reports_told_again_change_nothing(
    cuts: list[int],
    again: int,
    undisturbed: list[tuple[str, bytes]],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("restarted")
    done = 0
    for end in [*sorted(cuts), len(SCRIPT)]:
        with opened(folder) as outbox:
            desk = desk_on(outbox)
            left = desk.taken.get("patrol-1", 0)
            assert left <= done
            for report in [*SCRIPT[max(left - again, 0) : left], *SCRIPT[left:end]]:
                desk.take(report)
            done = max(done, end)
            if done == len(SCRIPT):
                assert stored(outbox) == undisturbed


def test_what_a_full_disk_refused_is_stored_as_soon_as_there_is_room(
    tmp_path: Path, undisturbed: list[tuple[str, bytes]]
) -> None:
    with opened(tmp_path) as outbox:
        full = Full(outbox)
        desk = desk_on(full)
        refused = 0
        for report in SCRIPT[: len(SCRIPT) // 2]:
            try:
                desk.take(report)
            except OutputError:
                refused += 1
        assert refused > 0
        assert stored(outbox) == []
        full.is_full = False
        for report in SCRIPT[len(SCRIPT) // 2 :]:
            desk.take(report)
        assert stored(outbox) == undisturbed


def test_after_a_crash_on_a_full_disk_the_reports_are_asked_for_again(
    tmp_path: Path, undisturbed: list[tuple[str, bytes]]
) -> None:
    with opened(tmp_path) as outbox:
        desk = desk_on(Full(outbox))
        for report in SCRIPT:
            with pytest.raises(OutputError):
                desk.take(report)
    with opened(tmp_path) as outbox:
        desk = desk_on(outbox)
        assert desk.taken == {}
        for report in SCRIPT:
            desk.take(report)
        assert stored(outbox) == undisturbed


def answer(alert: tuple[str, bytes], action: str) -> Receipt:
    alert_id, raw = alert
    made = make_receipt(
        {"id": alert_id, "sha256": hashlib.sha256(raw).hexdigest()},
        action,
        receipt_id=str(uuid.uuid5(uuid.UUID(alert_id), action)),
        agency="police",
        at_us=SCRIPT[0].time_us,
        by="Sgt Somchai",
    )
    return parse_receipt(made, "police", None)


def test_what_an_agency_answers_reaches_the_incident_once_also_over_a_restart(tmp_path: Path) -> None:
    half = len(SCRIPT) // 2
    with opened(tmp_path) as outbox:
        desk = desk_on(outbox)
        for report in SCRIPT[:half]:
            desk.take(report)
        first, *_, other = [incident.id for incident in desk.book.incidents]
        by_incident = {WANTED[alert_id][0]: (alert_id, raw) for alert_id, raw in reversed(stored(outbox))}
        for owed in outbox.due(SCRIPT[0].time_us, 99):
            outbox.sent([owed.key], SCRIPT[0].time_us)
        outbox.receipt(answer(by_incident[first], "dismissed"), SCRIPT[0].time_us)
        outbox.receipt(answer(by_incident[other], "acknowledged"), SCRIPT[0].time_us)
        assert len(desk.hear(SCRIPT[half].time_us)) == 2
    with opened(tmp_path) as outbox:
        desk = desk_on(outbox)
        assert not desk.hear(SCRIPT[half].time_us)
        states = {incident.id: incident.state for incident in desk.book.incidents}
        assert (states[first], states[other]) == ("closed", "acknowledged")
        before = {alert_id for alert_id, _ in stored(outbox)}
        for report in SCRIPT[half:]:
            desk.take(report)
        said = {WANTED[alert_id][0] for alert_id, _ in stored(outbox) if alert_id not in before}
        assert first not in said
        assert other in said


def test_an_id_that_is_taken_and_a_message_that_cannot_be_made_cost_no_other(
    tmp_path: Path, undisturbed: list[tuple[str, bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    taken, unsayable = undisturbed[1][0], undisturbed[2][0]

    def say(change: Any, *rest: Any) -> Any:
        if message_id(change.incident.id, change.incident.messages) == unsayable:
            raise ValueError("too long")
        return message_of(change, *rest)

    monkeypatch.setattr(desk_module, "message_of", say)
    with opened(tmp_path) as outbox:
        incident, sequence = WANTED[taken]
        outbox.put(
            [NewAlert(taken, incident, sequence, b"other", "fire", "minor", "test", frozenset(), (), False)]
        )
        desk = desk_on(outbox, said)
        for report in SCRIPT:
            desk.take(report)
        rest = [alert for alert in undisturbed if alert[0] not in (taken, unsayable)]
        assert [alert for alert in stored(outbox) if alert[0] != taken] == rest
    assert [text for text in said if "cannot be made" in text]
    assert [text for text in said if "stored with other content" in text]
