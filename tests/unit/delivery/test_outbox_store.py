"""The outbox: what it takes, in which order it gives it out, and what an agency's word does to it."""

from __future__ import annotations

import json
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from outbox_alerts import PICTURE, alert, alert_id, incident, raw, receipt

from droneops.delivery.outbox.database import LOG_BYTES
from droneops.delivery.outbox.store import Outbox
from droneops.delivery.outbox.types import DeliveryState, OutboxConflict, ReceiptOutcome
from droneops.errors import OutputError, UsageError
from droneops.evidence.journal import from_line, verify_chain

NOW = 1_795_000_000_000_000
HOUR = 3_600_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "outbox.sqlite"


@pytest.fixture
def outbox(path: Path) -> Iterator[Outbox]:
    with Outbox.open(path, lambda: NOW) as box:
        yield box


def offered(box: Outbox, now_us: int = NOW) -> list[tuple[str, str, int]]:
    return [
        (one.kind, one.agency, json.loads(one.payload)["incident"] if one.kind == "alert" else 0)
        for one in due(box, now_us)
    ]


def due(box: Outbox, now_us: int = NOW):
    return box.due(now_us, 1000)


def sequences(box: Outbox, agency: str, now_us: int = NOW) -> list[int]:
    return [one.sequence for one in due(box, now_us) if one.agency == agency and one.kind == "alert"]


def send_all(box: Outbox, now_us: int = NOW) -> list[tuple[str, str, int]]:
    """All that goes out until nothing is due, in order: kind, agency, sequence."""
    out = []
    while owed := due(box, now_us):
        out += [(one.kind, one.agency, one.sequence) for one in owed]
        box.sent([one.key for one in owed], now_us)
    return out


def state(box: Outbox, number: int, sequence: int, agency: str) -> str:
    (found,) = (
        delivery.state
        for stored in box.alerts()
        if stored.id == alert_id(number, sequence)
        for delivery in stored.deliveries
        if delivery.agency == agency
    )
    return found.value


def kinds(box: Outbox) -> list[str]:
    return [from_line(line).kind for line in box.journal()]


def test_an_alert_comes_out_with_the_bytes_it_went_in_with_also_after_a_restart(path) -> None:
    content = '{"th":"ป่า",\n "n":1.0}'.encode()
    with Outbox.open(path, lambda: NOW) as box:
        assert box.put([alert(1, 1, "police", content=content)]) == (True,)
    with Outbox.open(path, lambda: NOW) as box:
        (owed,) = due(box)
        assert (owed.payload, owed.agency, owed.sequence) == (content, "police", 1)


def test_only_its_owner_can_read_the_file(outbox, path) -> None:
    outbox.put([alert(1, 1, "police")])
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}
    assert "outbox.sqlite-wal" in modes


def test_the_same_alert_twice_is_one(outbox) -> None:
    one = alert(1, 1, "police")
    assert outbox.put([one]) == (True,)
    assert outbox.put([one, alert(1, 2, "police")]) == (False, True)
    assert outbox.depth().alerts == 2
    assert kinds(outbox) == ["alert_stored", "alert_stored"]


def test_the_same_alert_twice_in_one_call_is_one(outbox) -> None:
    assert outbox.put([alert(1, 1, "police"), alert(1, 1, "police")]) == (True, False)


def test_other_bytes_under_a_known_id_are_refused_and_nothing_of_the_call_is_stored(outbox) -> None:
    outbox.put([alert(1, 1, "police")])
    with pytest.raises(OutboxConflict, match=alert_id(1, 1)):
        outbox.put([alert(2, 1, "police"), alert(1, 1, "police", content=b"{}")], notes={"seq": b"7"})
    assert outbox.depth().alerts == 1
    assert outbox.note("seq") is None
    assert due(outbox)[0].payload == raw(1, 1)


def test_a_note_that_is_taken_away_is_gone_and_only_with_its_call(outbox) -> None:
    outbox.put([alert(1, 1, "police")], notes={"a": b"1", "b": b"2"})
    with pytest.raises(OutboxConflict):
        outbox.put([alert(1, 1, "police", content=b"{}")], notes={"a": None})
    assert outbox.note("a") == b"1"
    outbox.put([], notes={"a": None, "never": None, "b": b"3"})
    assert (outbox.note("a"), outbox.note("b")) == (None, b"3")


def test_another_alert_in_the_same_place_of_an_incident_is_refused(outbox) -> None:
    from dataclasses import replace

    outbox.put([alert(1, 1, "police")])
    with pytest.raises(OutboxConflict):
        outbox.put([replace(alert(1, 1, "police"), id=alert_id(9, 9))])


@pytest.mark.parametrize(
    "wrong",
    [
        alert(1, 1, "police", content=b"x" * 4097),
        alert(1, 1, "police", picture=b"x" * 65537),
        alert(1, 0, "police"),
        alert(1, 1, ""),
        alert(1, 1, "police", severity="awful"),
    ],
)
def test_what_no_receiver_could_take_is_refused(outbox, wrong) -> None:
    with pytest.raises(ValueError, match="alert"):
        outbox.put([wrong])
    assert outbox.depth().alerts == 0


def test_notes_are_stored_with_the_alerts_and_replaced_by_later_ones(outbox, path) -> None:
    outbox.put([alert(1, 1, "police")], notes={"book": b"one", "consumed/patrol-1": b"1"})
    outbox.put([], notes={"book": b"two"})
    outbox.close()
    with Outbox.open(path, lambda: NOW) as box:
        assert (box.note("book"), box.note("consumed/patrol-1"), box.note("other")) == (b"two", b"1", None)


def test_one_message_of_an_incident_is_under_way_to_an_agency_at_a_time(outbox) -> None:
    outbox.put([alert(1, sequence, "police", "park") for sequence in (1, 2, 3)])
    assert sequences(outbox, "police") == sequences(outbox, "park") == [1]
    first = next(one for one in due(outbox) if one.agency == "police")
    outbox.sent([first.key], NOW)
    assert (sequences(outbox, "police"), sequences(outbox, "park")) == ([2], [1])


def test_the_gravest_goes_first_and_then_the_oldest_whatever_the_clock_says(path) -> None:
    times = iter([NOW, NOW - HOUR, NOW - 2 * HOUR, NOW + HOUR])
    with Outbox.open(path, lambda: next(times)) as box:
        for number, severity in ((1, "minor"), (2, "severe"), (3, "severe"), (4, "extreme")):
            box.put([alert(number, 1, "police", severity=severity)])
        assert [number for _, _, number in offered(box)] == [4, 2, 3, 1]
        assert box.depth().oldest_stored_us == NOW


def test_an_incident_goes_as_early_as_the_gravest_that_waits_in_it(outbox) -> None:
    outbox.put([alert(1, 1, "police", severity="severe")])
    outbox.put([alert(2, 1, "police", severity="minor"), alert(2, 2, "police", severity="extreme")])
    assert [number for _, _, number in offered(outbox)] == [2, 1]


def test_an_agency_named_later_gets_the_incident_from_its_first_message(outbox) -> None:
    outbox.put([alert(1, 1, "police"), alert(1, 2, "police")])
    send_all(outbox)
    outbox.put([alert(1, 3, "park")])
    out = send_all(outbox)
    assert [sequence for _, agency, sequence in out if agency == "park"] == [1, 2, 3]
    assert [sequence for _, agency, sequence in out if agency == "police"] == [3]


def test_an_alert_that_comes_late_goes_out_before_the_later_ones_that_wait(outbox) -> None:
    outbox.put([alert(1, 3, "police")])
    assert sequences(outbox, "police") == [3]
    outbox.put([alert(1, 1, "police")])
    assert [sequence for _, _, sequence in send_all(outbox)] == [1, 3]


def test_a_picture_follows_its_alert_and_waits_for_all_other_alerts(outbox) -> None:
    outbox.put([alert(1, 1, "police", picture=PICTURE), alert(1, 2, "police"), alert(1, 3, "police")])
    assert [kind for kind, _, _ in send_all(outbox)] == ["alert", "alert", "alert", "snapshot"]
    assert outbox.depth().pictures_waiting == 0


def test_a_picture_comes_out_with_the_bytes_it_went_in_with(outbox) -> None:
    outbox.put([alert(1, 1, "police", picture=PICTURE)])
    outbox.sent([due(outbox)[0].key], NOW)
    (owed,) = due(outbox)
    assert (owed.kind, owed.payload, owed.alert_id) == ("snapshot", PICTURE, alert_id(1, 1))


def test_a_repeat_goes_out_when_its_time_has_come_and_counts(outbox) -> None:
    outbox.put([alert(1, 1, "police")])
    assert not outbox.plan_repeat(alert_id(1, 1), "police", NOW), "it was never sent"
    send_all(outbox)
    assert outbox.plan_repeat(alert_id(1, 1), "police", NOW + 60)
    assert due(outbox, NOW + 59) == ()
    (owed,) = due(outbox, NOW + 60)
    assert (owed.payload, owed.attempts) == (raw(1, 1), 1)
    outbox.sent([owed.key], NOW + 60)
    (delivery,) = outbox.open_deliveries()
    assert (delivery.attempts, delivery.sent_us, delivery.next_repeat_us) == (2, NOW, None)


def test_new_alerts_go_before_repeats_of_other_incidents(outbox) -> None:
    outbox.put([alert(1, 1, "police", severity="extreme")])
    send_all(outbox)
    outbox.plan_repeat(alert_id(1, 1), "police", NOW)
    outbox.put([alert(2, 1, "police", severity="minor")])
    assert [number for _, _, number in offered(outbox)] == [2, 1]


def test_a_due_repeat_goes_before_the_later_messages_of_its_incident(outbox) -> None:
    outbox.put([alert(1, 1, "police"), alert(1, 2, "police")])
    outbox.sent([due(outbox)[0].key], NOW)
    outbox.plan_repeat(alert_id(1, 1), "police", NOW)
    assert [sequence for _, _, sequence in send_all(outbox)] == [1, 2]


def test_a_receipt_ends_repeats_and_covers_what_was_sent_before(outbox) -> None:
    outbox.put([alert(1, sequence, "police") for sequence in (1, 2, 3)])
    send_all(outbox)
    for sequence in (1, 2, 3):
        outbox.plan_repeat(alert_id(1, sequence), "police", NOW)
    verdict = outbox.receipt(receipt(1, 2, "police", "received"), NOW + 1)
    assert (verdict.outcome, verdict.incident_id, verdict.sequence) == ("applied", incident(1), 2)
    assert [state(outbox, 1, sequence, "police") for sequence in (1, 2, 3)] == [
        "received",
        "received",
        "sent",
    ]
    assert sequences(outbox, "police") == [3]


def test_a_receipt_does_not_cover_what_was_never_sent(outbox) -> None:
    outbox.put([alert(1, 2, "police")])
    send_all(outbox)
    outbox.put([alert(1, 1, "police")])
    outbox.receipt(receipt(1, 2, "police", "acknowledged"), NOW)
    assert state(outbox, 1, 1, "police") == "stored"
    assert sequences(outbox, "police") == [1]


def test_a_receipt_that_overtakes_the_broker_s_confirmation_counts(outbox) -> None:
    outbox.put([alert(1, 1, "police", picture=PICTURE)])
    (owed,) = due(outbox)
    assert outbox.receipt(receipt(1, 1, "police", "received"), NOW).outcome == "applied"
    outbox.sent([owed.key], NOW)
    assert state(outbox, 1, 1, "police") == "received"
    assert [one.kind for one in due(outbox)] == ["snapshot"]


@pytest.mark.parametrize("word", ["acknowledged", "dismissed"])
def test_a_machine_s_word_never_undoes_a_person_s(outbox, word) -> None:
    outbox.put([alert(1, 1, "police"), alert(1, 2, "police")])
    send_all(outbox)
    outbox.receipt(receipt(1, 1, "police", word), NOW)
    outbox.receipt(receipt(1, 1, "police", "received"), NOW)
    outbox.receipt(receipt(1, 2, "police", "received"), NOW)
    assert [state(outbox, 1, sequence, "police") for sequence in (1, 2)] == [word, "received"]
    assert [delivery.sequence for delivery in outbox.open_deliveries()] == [2]


def test_a_person_s_later_word_stands_and_leaves_what_was_said_of_earlier_messages(outbox) -> None:
    outbox.put([alert(1, sequence, "police") for sequence in (1, 2)])
    send_all(outbox)
    outbox.receipt(receipt(1, 1, "police", "dismissed"), NOW)
    outbox.receipt(receipt(1, 2, "police", "dismissed"), NOW)
    outbox.receipt(receipt(1, 2, "police", "acknowledged"), NOW)
    assert [state(outbox, 1, sequence, "police") for sequence in (1, 2)] == ["dismissed", "acknowledged"]


def test_a_note_is_kept_and_changes_no_state(outbox) -> None:
    outbox.put([alert(1, 1, "police")])
    send_all(outbox)
    assert outbox.receipt(receipt(1, 1, "police", "note"), NOW).outcome == "applied"
    assert state(outbox, 1, 1, "police") == "sent"
    (stored,) = outbox.alerts()
    assert [said["note"] for said in stored.receipts] == ["words"]


def test_the_same_receipt_twice_is_one(outbox) -> None:
    outbox.put([alert(1, 1, "police")])
    send_all(outbox)
    said = receipt(1, 1, "police", "acknowledged")
    assert [outbox.receipt(said, NOW).outcome for _ in range(3)] == ["applied", "repeated", "repeated"]
    assert kinds(outbox).count("acknowledged") == 1


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (receipt(7, 1, "police", "acknowledged"), "unknown_alert"),
        (receipt(1, 1, "park", "acknowledged"), "not_sent_to_agency"),
        (receipt(1, 1, "police", "acknowledged", sha256="0" * 64), "other_bytes"),
        (receipt(1, 1, "police", "acknowledged", name="used"), "receipt_id_used_before"),
    ],
)
def test_a_receipt_that_does_not_fit_changes_nothing_and_is_recorded_with_its_reason(
    outbox, said, reason
) -> None:
    outbox.put([alert(1, 1, "police"), alert(2, 1, "park")])
    send_all(outbox)
    outbox.receipt(receipt(1, 1, "police", "received", name="used"), NOW)
    verdict = outbox.receipt(said, NOW)
    assert (verdict.outcome, verdict.reason) == (ReceiptOutcome.REFUSED, reason)
    assert state(outbox, 1, 1, "police") == "received"
    assert [(found["agency"], found["reason"], found["count"]) for found in outbox.refusals()] == [
        (said.agency, reason, 1)
    ]
    assert kinds(outbox)[-1] == "refused"


def test_one_agency_cannot_fill_the_disk_with_receipts_of_one_alert(outbox) -> None:
    outbox.put([alert(1, 1, "police")])
    send_all(outbox)
    said = [receipt(1, 1, "police", "note", name=str(number)) for number in range(70)]
    assert [outbox.receipt(one, NOW).outcome for one in said].count(ReceiptOutcome.APPLIED) == 64


def test_a_flood_of_refusals_is_counted_and_not_stored_one_by_one(outbox, path) -> None:
    for _ in range(1000):
        outbox.refuse("police", "not_json", "0" * 64, NOW)
    assert kinds(outbox) == ["refused"] * 10
    outbox.close()
    with Outbox.open(path, lambda: NOW) as box:
        assert [found["count"] for found in box.refusals()] == [1000]
        box.refuse("police", "not_json", "0" * 64, NOW)
        assert [found["count"] for found in box.refusals()] == [1001]


def test_refusals_under_ever_new_names_are_kept_together(outbox) -> None:
    for number in range(400):
        outbox.refuse(f"nobody-{number}", "not_json", "0" * 64, NOW)
    assert len(outbox.refusals()) <= 257


def test_an_incident_handed_on_goes_to_the_next_agency_from_its_first_message(outbox) -> None:
    outbox.put([alert(1, 1, "police"), alert(1, 2, "police")])
    send_all(outbox)
    assert outbox.hand_on(incident(1), "police", "forest", NOW + 5) == 2
    assert outbox.hand_on(incident(1), "police", "forest", NOW + 9) == 0
    assert send_all(outbox) == [("alert", "forest", 1), ("alert", "forest", 2)]
    outbox.put([alert(1, 3, "police")])
    assert sequences(outbox, "forest") == sequences(outbox, "police") == [3]
    marks = {(d.agency, d.sequence): (d.handed_on_us, d.stored_us) for d in outbox.open_deliveries()}
    assert marks["police", 1] == (NOW + 5, NOW)
    assert marks["forest", 1] == (None, NOW + 5), "its deadline counts from when it got the incident"
    assert kinds(outbox).count("handed_on") == 1


def test_what_expired_is_recorded_and_no_longer_stands_in_the_way(outbox) -> None:
    outbox.put([alert(1, 1, "police", picture=PICTURE), alert(1, 2, "police")])
    assert outbox.expire(alert_id(1, 1), "police", NOW, "older than a day")
    assert not outbox.expire(alert_id(1, 1), "police", NOW, "older than a day")
    assert send_all(outbox) == [("alert", "police", 2)]
    entries = [from_line(line) for line in outbox.journal()]
    (expired,) = [entry for entry in entries if entry.kind == "expired"]
    assert expired.body == {"alert_id": alert_id(1, 1), "agency": "police", "why": "older than a day"}


def test_what_was_answered_does_not_expire(outbox) -> None:
    outbox.put([alert(1, 1, "police")])
    send_all(outbox)
    outbox.receipt(receipt(1, 1, "police", "acknowledged"), NOW)
    assert not outbox.expire(alert_id(1, 1), "police", NOW, "old")
    assert state(outbox, 1, 1, "police") == "acknowledged"


def test_an_alert_asked_for_again_goes_out_again_with_the_same_bytes_even_if_it_had_expired(outbox) -> None:
    outbox.put([alert(1, 1, "police", "park")])
    send_all(outbox)
    outbox.receipt(receipt(1, 1, "park", "acknowledged"), NOW)
    outbox.expire(alert_id(1, 1), "police", NOW, "old")
    assert outbox.resend(alert_id(1, 1)) == 2
    assert [one.payload for one in due(outbox)] == [raw(1, 1)] * 2
    send_all(outbox)
    assert [state(outbox, 1, 1, agency) for agency in ("police", "park")] == ["sent", "acknowledged"]
    with pytest.raises(UsageError, match="no alert"):
        outbox.resend("nothing")


def test_asking_for_all_again_leaves_out_what_was_answered_and_what_waits(outbox) -> None:
    outbox.put([alert(number, 1, "police") for number in (1, 2)])
    send_all(outbox)
    outbox.put([alert(3, 1, "police")])
    outbox.receipt(receipt(1, 1, "police", "acknowledged"), NOW)
    assert outbox.resend() == 1
    assert [number for _, _, number in offered(outbox)] == [2, 3]


def test_the_journal_holds_everything_in_one_chain(outbox, path) -> None:
    outbox.put([alert(1, 1, "police")])
    send_all(outbox)
    outbox.receipt(receipt(1, 1, "police", "received"), NOW)
    head = outbox.append_journal("evidence_made", {"bundle": "b", "sha256": "0" * 64}, NOW)
    assert kinds(outbox) == ["alert_stored", "sent", "received", "evidence_made"]
    assert outbox.journal_head() == head == verify_chain(outbox.journal())
    with pytest.raises(ValueError, match="plain"):
        outbox.append_journal("Not A Kind", {}, NOW)
    assert outbox.journal_head() == head


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal SET line = x'00' WHERE n = 1",
        "DELETE FROM journal",
        "INSERT OR REPLACE INTO journal VALUES (1, '', x'00')",
        "INSERT INTO journal VALUES (9, '', x'00')",
        "UPDATE alert SET sha256 = ''",
        "UPDATE content SET raw = x'00'",
    ],
)
def test_the_journal_and_the_alerts_cannot_be_rewritten_through_sql(outbox, path, change) -> None:
    outbox.put([alert(1, 1, "police")])
    other = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|never changed"):
        other.execute("PRAGMA recursive_triggers = ON").connection.execute(change)
    other.close()


def test_callers_in_many_threads_are_all_served_and_share_transactions(outbox, path) -> None:
    def work(number: int) -> None:
        for sequence in range(1, 26):
            outbox.put([alert(number, sequence, "police")])

    commits = []
    outbox._writer._database.writer.set_trace_callback(
        lambda text: commits.append(text) if text == "COMMIT" else None
    )
    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    outbox._writer._database.writer.set_trace_callback(None)
    assert outbox.depth().alerts == 16 * 25
    assert len(commits) < 16 * 25
    assert verify_chain(outbox.journal())[0] == 16 * 25


def test_one_caller_s_conflict_leaves_the_others_of_its_transaction_alone(outbox) -> None:
    outbox.put([alert(1, 1, "police")])
    outcomes: dict[int, object] = {}
    gate = threading.Barrier(12)

    def work(number: int) -> None:
        gate.wait()
        wrong = number % 3 == 0
        try:
            outcomes[number] = outbox.put(
                [alert(1, 1, "x", content=b"{}") if wrong else alert(number, 1, "x")]
            )
        except OutboxConflict as error:
            outcomes[number] = error

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2, 14)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(isinstance(outcomes[number], OutboxConflict) == (number % 3 == 0) for number in outcomes)
    assert outbox.depth().alerts == 1 + 8


def test_two_outboxes_share_a_file_and_see_what_the_other_did(outbox, path) -> None:
    with Outbox.open(path, lambda: NOW) as other:
        assert not outbox.changed()
        other.put([alert(1, 1, "police")])
        assert outbox.changed()
        assert not outbox.changed()
        outbox.sent([due(outbox)[0].key], NOW)
        assert not outbox.changed(), "its own change is no news"
        assert due(other) == ()
        assert verify_chain(other.journal()) == outbox.journal_head()


def test_waiting_ends_at_once_when_something_is_put_and_after_the_time_when_not(outbox) -> None:
    assert not outbox.wait(0.0)
    thread = threading.Timer(0.05, outbox.put, [[alert(1, 1, "police")]])
    thread.start()
    assert outbox.wait(30)
    thread.join()
    assert not outbox.wait(0.0)


def test_the_log_stays_small_however_much_goes_through(outbox) -> None:
    largest = 0
    for number in range(60):
        outbox.put([alert(number, s, "police", content=b"x" * 4000) for s in range(1, 51)])
        largest = max(largest, outbox._database.log_bytes)
    assert largest < 3 * LOG_BYTES


def test_a_closed_outbox_says_so(outbox) -> None:
    outbox.close()
    outbox.close()
    for use in (lambda: outbox.put([alert(1, 1, "police")]), lambda: due(outbox)):
        with pytest.raises(OutputError, match="closed"):
            use()


def test_states_have_the_names_of_the_contract(outbox) -> None:
    assert [str(one) for one in DeliveryState][:4] == ["stored", "sent", "received", "acknowledged"]


def test_a_receipt_that_came_by_another_incidents_topic_is_refused(outbox) -> None:
    outbox.put([alert(1, 1, "police")])
    send_all(outbox)
    refused = outbox.receipt(receipt(1, 1, "police", "acknowledged"), NOW, incident(2))
    assert (refused.outcome, refused.reason) == ("refused", "other_incident")
    assert outbox.receipt(receipt(1, 1, "police", "acknowledged"), NOW, incident(1)).outcome == "applied"
