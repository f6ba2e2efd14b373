"""What counts as the same alert, said live and by a replay."""

from __future__ import annotations

import json

from droneops.demo.same import equal


def alert(**fields: object) -> bytes:
    return json.dumps({"id": "a", "headline": "boat", "sequence": 1} | fields).encode()


def test_alerts_that_differ_by_what_a_replay_makes_its_own_are_equal() -> None:
    assert equal([alert()], [alert(id="b", journal_head="x", signature="y")]) == 1


def test_alerts_with_other_words_or_in_another_order_are_not() -> None:
    first, second = alert(), alert(sequence=2)
    assert equal([first, second], [first, alert(sequence=2, headline="truck")]) == 1
    assert equal([first, second], [second, first]) == 0


def test_an_alert_that_the_replay_did_not_say_counts_as_unequal() -> None:
    assert equal([alert(), alert()], [alert()]) == 1
