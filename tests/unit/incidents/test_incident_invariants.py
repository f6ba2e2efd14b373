"""What holds of incidents whatever is found, in whatever order, and whatever people say of them."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from made_tracks import START_US, blind, found, made_track, seen, zones

from droneops.incidents.grade import family_of, grade
from droneops.incidents.incident import ChangeKind, Origin, State
from droneops.incidents.ledger import Ledger
from droneops.incidents.life import Life
from droneops.incidents.records import zones_by_id
from droneops.incidents.shelf import Shelf
from droneops.incidents.stored import entry_from_record, entry_to_record
from droneops.types import TrackState

ORIGIN = Origin("mukdahan", "exercise", "run")
LIFE = Life(most_members=4, most_over=3)
EVENTS = ("intrusion", "border_crossing", "illegal_logging", "fire")
LABELS = ("person", "boat")
OVER = (ChangeKind.CLOSED, ChangeKind.CANCELLED)
NUMBERS = st.integers(1, 6)


class Book(RuleBasedStateMachine):
    """Findings about six things within and beyond reach of each other, and what people do, over hours."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger(ORIGIN, LIFE)
        self.time_s = 0.0
        self.said: dict[str, list] = {}
        self.ended: set[str] = set()
        self.last_us = 0

    def tell(self, changes) -> None:
        for change in changes:
            said = self.said.setdefault(change.incident.id, [])
            assert (change.kind is ChangeKind.OPENED) == (not said), "ids are unique, the first message opens"
            assert change.incident.messages == len(said) + 1, "sequences have no hole"
            assert change.incident.id not in self.ended, "nothing is said of what is over"
            assert change.time_us >= self.last_us, "in order of time"
            if said:
                assert grade(change.incident.severity) >= grade(said[-1].incident.severity)
            if change.replaced_by is not None:
                older = self.said[change.replaced_by]
                assert older[0].time_us <= said[0].time_us, "the older survives"
                assert change.replaced_by not in self.ended
            if change.kind in OVER:
                self.ended.add(change.incident.id)
            self.last_us = change.time_us
            said.append(change)

    @property
    def now_us(self) -> int:
        return START_US + round(self.time_s * 1e6)

    def thing(self, number: int, is_doubted: bool = False):
        track = made_track(number, east_m=70.0 * number, label=LABELS[number % 2])
        state = TrackState.TENTATIVE if is_doubted else TrackState.CONFIRMED
        return seen(replace(track, state=state), self.time_s)

    def known(self, number: int) -> str | None:
        ids = list(self.said)
        return ids[number % len(ids)] if ids else None

    @rule(wait_s=st.sampled_from([0.2, 1, 8, 15, 70, 400, 3000, 4000, 90_000]))
    def time_goes_on(self, wait_s: float) -> None:
        self.time_s += wait_s
        self.tell(self.ledger.close_outlived(self.now_us))
        self.tell(self.ledger.say(self.now_us))

    @rule(
        groups=st.lists(
            st.tuples(
                st.lists(NUMBERS, min_size=1, max_size=3, unique=True),
                st.sampled_from(EVENTS),
                st.sampled_from(["minor", "moderate", "severe", "extreme"]),
                st.sampled_from(["R0", "R3", "R4", "R9"]),
                st.none() | st.integers(0, 9),
                st.booleans(),
            ),
            max_size=3,
        )
    )
    def a_look(self, groups) -> None:
        findings = [
            found(
                *(self.thing(number, is_doubted and number == 1) for number in numbers),
                rule=rule_id,
                event=event,
                severity=severity,
                updates=None if target is None else self.known(target),
            )
            for numbers, event, severity, rule_id, target, is_doubted in groups
        ]
        things = [thing for finding in findings for thing in finding.things]
        self.tell(self.ledger.close_outlived(self.now_us))
        self.ledger.see(things)
        self.tell(self.ledger.take(findings, things, self.now_us))
        self.tell(self.ledger.say(self.now_us))

    @rule(since_s=st.integers(0, 3), severity=st.sampled_from(["minor", "moderate"]))
    def a_drone_is_blind(self, since_s: int, severity: str) -> None:
        self.tell(self.ledger.close_outlived(self.now_us))
        self.tell(self.ledger.take([blind(since_s, severity=severity)], [], self.now_us))

    @precondition(lambda self: self.said)
    @rule(number=st.integers(0, 9))
    def acknowledged(self, number: int) -> None:
        self.ledger.acknowledge(self.known(number))

    @precondition(lambda self: self.said)
    @rule(number=st.integers(0, 9))
    def dismissed(self, number: int) -> None:
        self.ledger.dismiss(self.known(number), self.now_us)
        self.ended.add(self.known(number))

    @precondition(lambda self: self.said)
    @rule(number=st.integers(0, 9))
    def withdrawn(self, number: int) -> None:
        self.tell(self.ledger.cancel(self.known(number), self.now_us))

    @precondition(lambda self: self.said)
    @rule()
    def the_zone_changes(self) -> None:
        self.tell(self.ledger.close_zones(frozenset({"phu-pha-thoep"}), self.now_us))

    @rule()
    def the_process_starts_anew(self) -> None:
        shelf = self.ledger.shelf
        records = {key: entry_to_record(entry) for key, entry in shelf.entries.items()}
        index, records = json.loads(json.dumps([shelf.index(), records], allow_nan=False))
        known = zones_by_id(zones())
        entries = {key: entry_from_record(record, known) for key, record in records.items()}
        self.ledger = Ledger(ORIGIN, LIFE, Shelf.of(index, entries))

    @invariant()
    def a_thing_is_in_one_incident_of_a_family(self) -> None:
        held = [
            (family_of(entry.incident.founder.event), track.id)
            for entry in self.ledger.shelf
            if entry.holds_things
            for track in entry.incident.tracks
        ]
        assert len(held) == len(set(held))
        for family, track_id in held:
            owner = self.ledger.shelf.owner(track_id, family)
            assert owner is not None
            assert track_id in [track.id for track in owner.incident.tracks]

    @invariant()
    def memory_is_bounded(self) -> None:
        entries = list(self.ledger.shelf)
        assert all(len(entry.incident.members) <= LIFE.most_members for entry in entries)
        for entry in entries:
            assert set(entry.said) <= {track.id for track in entry.incident.tracks}

    @invariant()
    def what_is_over_waits_for_nothing(self) -> None:
        for entry in self.ledger.shelf:
            assert entry.news is None or entry.incident.state in (State.OPEN, State.ACKNOWLEDGED)


Book.TestCase.settings = settings(max_examples=100, stateful_step_count=25, deadline=None)
TestBook = Book.TestCase
