"""What a terminal does with messages, without a broker."""

from __future__ import annotations

import json
import uuid

from hypothesis import given
from hypothesis import strategies as st

from droneops.delivery.alert import read_alert
from droneops.delivery.receipt import parse_receipt
from droneops.watch.answers import Answer, Answerer
from droneops.watch.card import card
from droneops.watch.desk import Desk, Post
from droneops.watch.memory import Bounded
from droneops.watch.reading import AlertCame, Subject
from droneops.watch.request import WatchRequest, plan
from droneops.watch.screen import Colours, Lines

INCIDENTS = tuple(str(uuid.UUID(int=number)) for number in range(1, 4))


def alert(incident: str, sequence: int, **changes: object) -> bytes:
    table = {
        "schema": "droneops.alert/1",
        "id": str(uuid.uuid5(uuid.UUID(incident), str(sequence))),
        "incident_id": incident,
        "sequence": sequence,
        "message_type": "alert" if sequence == 1 else "update",
        "references": [],
        "replaced_by": None,
        "status": "exercise",
        "sent": "2026-11-20T10:07:56.800000Z",
        "onset": "2026-11-20T10:07:50.000000Z",
        "last_seen": "2026-11-20T10:07:56.800000Z",
        "event": "fire",
        "severity": "severe",
        "certainty": "likely",
        "headline": {"th": "ไฟ", "en": "fire"},
        "instruction": {"th": "ตรวจสอบ", "en": "Check."},
        "position": None,
        "zones": [],
        "border": None,
        "subjects": [],
        "motion": None,
        "rule": {"id": "R12", "version": "1"},
        "drone": {"id": "d", "pose": None},
        "snapshot": None,
        "evidence": None,
        "journal_head": None,
        "provenance": {
            "software": "s",
            "detector": "d",
            "weights_sha256": None,
            "zones_sha256": "0" * 64,
            "site_sha256": None,
        },
        "signature": None,
    }
    return json.dumps({**table, **changes}, ensure_ascii=False).encode()


class Paper:
    def __init__(self) -> None:
        self.alerts: list[tuple[AlertCame, tuple[str, ...]]] = []
        self.notes: list[str] = []

    def alert(self, came: AlertCame, remarks: tuple[str, ...]) -> None:
        self.alerts.append((came, remarks))

    def note(self, text: str) -> None:
        self.notes.append(text)


def desk() -> tuple[Desk, Paper]:
    paper = Paper()
    who = Answerer("s", "police", "terminal")
    return Desk(Post(Subject("s", "police"), who), paper, lambda: 1_790_000_000_000_000), paper


def take(at: Desk, raw: bytes, incident: str) -> tuple[Answer, ...]:
    return at.take(f"droneops/v1/s/alerts/police/{incident}", raw, retained=False)


@given(st.lists(st.tuples(st.sampled_from(INCIDENTS), st.integers(1, 6)), max_size=40))
def test_in_whatever_order_and_however_often_alerts_come_each_is_shown_once_and_answered_each_time(
    arrivals,
) -> None:
    at, paper = desk()
    said = [take(at, alert(*arrival), arrival[0]) for arrival in arrivals]
    shown = [(came.alert.incident_id, came.alert.sequence) for came, _ in paper.alerts]
    assert shown == list(dict.fromkeys(arrivals))
    by_arrival: dict[tuple[str, int], tuple[Answer, ...]] = {}
    for arrival, answers in zip(arrivals, said, strict=True):
        (answer,) = answers
        assert by_arrival.setdefault(arrival, answers) == answers
        assert answer.topic == f"droneops/v1/s/receipts/police/{arrival[0]}"
        assert parse_receipt(answer.payload, "police", None).action == "received"


TOPICS = (
    None,
    "",
    "droneops/v1/s/alerts/police/",
    f"droneops/v1/s/alerts/police/{INCIDENTS[0]}",
    f"droneops/v1/s/snapshots/police/{INCIDENTS[0]}",
    f"droneops/v1/s/alerts/forest/{INCIDENTS[0]}",
    "droneops/v1/s/snapshots/police/../../etc",
)


@given(st.sampled_from(TOPICS), st.binary(max_size=200), st.booleans())
def test_whatever_comes_that_is_no_alert_is_noted_and_never_answered(topic, payload, retained) -> None:
    at, paper = desk()
    assert at.take(topic, payload, retained) == ()
    assert len(paper.notes) == 1
    assert not paper.alerts


def test_another_agencys_alert_is_not_answered() -> None:
    at, paper = desk()
    assert at.take(f"droneops/v1/s/alerts/forest/{INCIDENTS[0]}", alert(INCIDENTS[0], 1), False) == ()
    assert not paper.alerts


def test_an_alert_that_the_broker_had_kept_is_said_to_be_old_perhaps() -> None:
    at, paper = desk()
    at.take(f"droneops/v1/s/alerts/police/{INCIDENTS[0]}", alert(INCIDENTS[0], 1), retained=True)
    assert "may be old" in paper.alerts[0][1][0]


def test_a_card_holds_no_commands_for_the_terminal() -> None:
    text = card(alert(INCIDENTS[0], 1, headline={"th": "ก\u001b]0;x\u0007\nปลอม", "en": "\u202efire\u009b"}))
    assert all(line.isprintable() for line in text.split("\n"))
    assert len(text.split("\n")) == 5


def test_memory_is_bounded_and_the_oldest_goes_first() -> None:
    kept: Bounded[int] = Bounded(limit=2)
    for number in range(3):
        kept.put(str(number), number)
    assert [kept.get(str(number)) for number in range(3)] == [None, 1, 2]


def test_a_real_alert_that_was_said_long_ago_is_marked_as_old() -> None:
    at, paper = desk()
    told = {"2026-09-21T10:00:00.000000Z": 1, "2026-09-21T14:00:00.000000Z": 2}
    for sent, sequence in told.items():
        take(at, alert(INCIDENTS[0], sequence, status="actual", sent=sent), INCIDENTS[0])
    take(at, alert(INCIDENTS[1], 1, sent="2020-01-01T00:00:00.000000Z"), INCIDENTS[1])
    remarks = [remarks for _, remarks in paper.alerts]
    assert remarks == [("SAID 4.2 HOURS AGO: what it tells may be over",), (), ()]


def test_a_card_says_whether_it_is_real_whatever_the_headline_says() -> None:
    real = card(alert(INCIDENTS[0], 1, status="actual", headline={"th": "[การฝึกซ้อม]", "en": "[EXERCISE]"}))
    assert real.splitlines()[0].startswith("ALERT 1  ACTUAL  2026-")
    assert card(alert(INCIDENTS[0], 1)).startswith("ALERT 1  EXERCISE  ")


def test_a_terminal_that_cannot_verify_alerts_says_so() -> None:
    given = WatchRequest(agency="police", broker="mqtt://127.0.0.1", site_id="s")
    assert any("not verified" in warning for warning in plan(given).warnings)


def test_a_forged_alert_is_called_so_before_it_says_anything_and_rings_no_bell(capsys) -> None:
    forged = AlertCame(
        read_alert(alert(INCIDENTS[0], 1, status="actual")), alert(INCIDENTS[0], 1), "", False, "x"
    )
    for screen in (Lines(), Colours("police")):
        screen.alert(forged, ("NOT THE SITE'S WORD",))
        shown = capsys.readouterr().out
        assert 0 <= shown.index("NOT THE SITE'S WORD") < shown.index("ALERT 1")
        assert "\a" not in shown
