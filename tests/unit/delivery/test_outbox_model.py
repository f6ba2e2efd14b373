"""The outbox against a plain model in memory, over random histories with restarts."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from outbox_alerts import alert, alert_id, incident, raw, receipt

from droneops.config import SEVERITIES
from droneops.delivery.outbox.store import Outbox
from droneops.evidence.journal import verify_chain

NOW = 1_795_000_000_000_000
INCIDENTS = st.integers(1, 3)
SEQUENCES = st.integers(1, 4)
AGENCIES = st.sampled_from(["fire", "park", "police"])
ACTIONS = st.sampled_from(["received", "acknowledged", "dismissed"])


@dataclass
class Sending:
    """The model's delivery."""

    order: int
    number: int
    sequence: int
    gravity: int
    state: str = "stored"
    unsent: bool = True
    attempts: int = 0
    repeat_us: int | None = None

    @property
    def is_open(self) -> bool:
        return self.state in ("stored", "sent", "received")


class OutboxAgainstModel(RuleBasedStateMachine):
    """What is stored, owed and answered is what a simple book-keeping says."""

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.stored: dict[tuple[int, int], tuple[int, int]] = {}  # (incident, sequence): (order, gravity)
        self.sendings: dict[tuple[int, int, str], Sending] = {}
        self.holders: dict[int, set[str]] = {}
        self.used: set[tuple[int, int, str, str]] = set()
        self.box = self.opened()

    def opened(self) -> Outbox:
        return Outbox.open(self.folder / "outbox.sqlite", lambda: NOW)

    def teardown(self) -> None:
        self.box.close()
        shutil.rmtree(self.folder)

    @rule(
        number=INCIDENTS, sequence=SEQUENCES, agencies=st.sets(AGENCIES), severity=st.sampled_from(SEVERITIES)
    )
    def put(self, number: int, sequence: int, agencies: set[str], severity: str) -> None:
        is_new = (number, sequence) not in self.stored
        put = self.box.put([alert(number, sequence, *sorted(agencies), severity=severity)])
        assert put == (is_new,)
        if is_new:
            self.stored[number, sequence] = (len(self.stored), SEVERITIES.index(severity))
        self.owe(number, self.holders.setdefault(number, set()) | agencies)

    @rule(number=INCIDENTS, agency=AGENCIES, next_agency=AGENCIES)
    def hand_on(self, number: int, agency: str, next_agency: str) -> None:
        before = len(self.sendings)
        owed = self.box.hand_on(incident(number), agency, next_agency, NOW)
        self.owe(number, self.holders.setdefault(number, set()) | {next_agency})
        assert owed == len(self.sendings) - before

    def owe(self, number: int, agencies: set[str]) -> None:
        self.holders[number] |= agencies
        for (of, sequence), (order, gravity) in self.stored.items():
            for agency in self.holders[number] if of == number else ():
                made = Sending(order, number, sequence, gravity)
                self.sendings.setdefault((number, sequence, agency), made)

    @rule(count=st.integers(0, 20))
    def send(self, count: int) -> None:
        owed = self.box.due(NOW, 100)[:count]
        self.box.sent([one.key for one in owed], NOW)
        by_id = {(alert_id(n, s), a): sending for (n, s, a), sending in self.sendings.items()}
        for one in owed:
            sending = by_id[one.alert_id, one.agency]
            sending.attempts += 1
            sending.unsent, sending.repeat_us = False, None
            if sending.state == "stored":
                sending.state = "sent"

    @rule(number=INCIDENTS, sequence=SEQUENCES, agency=AGENCIES, action=ACTIONS)
    def answer(self, number: int, sequence: int, agency: str, action: str) -> None:
        outcome = self.box.receipt(receipt(number, sequence, agency, action), NOW).outcome
        sending = self.sendings.get((number, sequence, agency))
        said = (number, sequence, agency, action)
        if sending is None:
            assert outcome == "refused"
        elif said in self.used or (action == "received" and self.is_settled(sending)):
            assert outcome == "repeated"
        else:
            assert outcome == "applied"
            self.used.add(said)
            self.cover(sending, action)
            for (of, _, to), earlier in self.sendings.items():
                covered = earlier.sequence < sequence and earlier.attempts and earlier.is_open
                if of == number and to == agency and covered:
                    self.cover(earlier, action)

    def is_settled(self, sending: Sending) -> bool:
        waits = sending.unsent or sending.repeat_us is not None
        return sending.state in ("received", "acknowledged", "dismissed") and not waits

    def cover(self, sending: Sending, action: str) -> None:
        if action != "received" or sending.state not in ("acknowledged", "dismissed"):
            sending.state = action
        sending.unsent, sending.repeat_us = False, None

    @rule(number=INCIDENTS, sequence=SEQUENCES, agency=AGENCIES)
    def expire(self, number: int, sequence: int, agency: str) -> None:
        sending = self.sendings.get((number, sequence, agency))
        expired = self.box.expire(alert_id(number, sequence), agency, NOW, "policy")
        assert expired == (sending is not None and sending.is_open)
        if sending is not None and expired:
            sending.state, sending.unsent, sending.repeat_us = "expired", False, None

    @rule(number=INCIDENTS, sequence=SEQUENCES, agency=AGENCIES, ahead=st.integers(0, 1))
    def plan_repeat(self, number: int, sequence: int, agency: str, ahead: int) -> None:
        sending = self.sendings.get((number, sequence, agency))
        planned = self.box.plan_repeat(alert_id(number, sequence), agency, NOW + ahead)
        assert planned == (sending is not None and sending.is_open and not sending.unsent)
        if sending is not None and planned:
            sending.repeat_us = NOW + ahead

    @rule()
    def resend(self) -> None:
        asked = [one for one in self.sendings.values() if one.is_open and not one.unsent]
        assert self.box.resend() == len(asked)
        for one in asked:
            one.unsent, one.repeat_us = True, None

    @rule()
    def restart(self) -> None:
        self.box.close()
        self.box = self.opened()

    @invariant()
    def what_is_due_is_right_and_in_order(self) -> None:
        owed = self.box.due(NOW, 1000)
        ranks = self.ranks()
        places = [(one.incident_id, one.sequence, one.agency) for one in owed]
        assert sorted(places) == sorted(ranks)
        assert [ranks[place] for place in places] == sorted(ranks.values())
        bytes_of = {alert_id(n, s): raw(n, s) for n, s in self.stored}
        assert all(one.payload == bytes_of[one.alert_id] for one in owed)

    def ranks(self) -> dict[tuple[str, int, str], tuple[int, ...]]:
        """What is due, and its rank: new ones by gravity and age, then repeats by gravity."""
        found = {}
        for number, agency in {(number, agency) for number, _, agency in self.sendings}:
            mine = [
                self.sendings[key] for key in sorted(self.sendings) if (key[0], key[2]) == (number, agency)
            ]
            new = [one for one in mine if one.unsent]
            again = [one for one in mine if one.repeat_us is not None and one.repeat_us <= NOW]
            if new or again:
                first = min(one.sequence for one in new + again)
                gravest = min(one.gravity for one in new or again)
                rank = (0, gravest, new[0].order) if new else (1, gravest)
                found[incident(number), first, agency] = rank
        return found

    @invariant()
    def the_states_are_right(self) -> None:
        found = {
            (one.alert_id, one.agency): (str(one.state), one.attempts)
            for stored in self.box.alerts()
            for one in stored.deliveries
        }
        assert found == {
            (alert_id(n, s), a): (one.state, one.attempts) for (n, s, a), one in self.sendings.items()
        }
        depth = self.box.depth()
        assert depth.alerts == len(self.stored)
        assert depth.waiting == sum(one.unsent for one in self.sendings.values())
        assert depth.unacknowledged == sum(one.is_open for one in self.sendings.values())

    @invariant()
    def the_journal_holds_together(self) -> None:
        assert verify_chain(self.box.journal()) == self.box.journal_head()


TestOutboxAgainstModel = OutboxAgainstModel.TestCase
TestOutboxAgainstModel.settings = settings(
    max_examples=40,  # each step is a few fdatasyncs
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
