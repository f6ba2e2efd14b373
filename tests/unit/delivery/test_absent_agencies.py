"""Agencies of whom the broker says that nobody is subscribed."""

from __future__ import annotations

from droneops.delivery.absent import ASK_EVERY_S, Absent
from droneops.delivery.escalation import Repeat
from droneops.delivery.outbox.types import Delivery, DeliveryState

NOW_US = 1_795_136_400_000_000
LATER_US = NOW_US + 3_600_000_000


def sent(number: int, agency: str = "police", state: DeliveryState = DeliveryState.SENT) -> Delivery:
    times = (NOW_US, NOW_US, None, None, None, LATER_US)
    return Delivery(f"a{number}", f"i{number}", 1, agency, "minor", True, state, 1, *times)


MANY = [sent(0, state=DeliveryState.RECEIVED), *(sent(n) for n in range(1, 9)), sent(9, "forest")]


def again(absent: Absent, now_s: float, most: int = 100) -> list[str]:
    found = list(absent.repeats(MANY, NOW_US, now_s, most))
    assert all(repeat == Repeat(repeat.alert_id, repeat.agency, NOW_US) for repeat in found)
    return [repeat.alert_id for repeat in found]


def test_one_message_a_minute_asks_after_an_absent_agency_however_much_waits() -> None:
    absent = Absent()
    absent.heard("police", nobody_subscribed=True, now_s=0)
    absent.heard("police", nobody_subscribed=True, now_s=ASK_EVERY_S - 1)
    times_s = (ASK_EVERY_S - 1, ASK_EVERY_S, ASK_EVERY_S + 1, 2 * ASK_EVERY_S)
    assert [again(absent, now_s) for now_s in times_s] == [[], ["a1"], [], ["a1"]]


def test_who_came_back_gets_at_once_what_no_machine_received_and_nobody_else_does() -> None:
    absent = Absent()
    absent.heard("police", nobody_subscribed=True, now_s=0)
    absent.heard("forest", nobody_subscribed=False, now_s=1)
    absent.heard("police", nobody_subscribed=False, now_s=2)
    assert again(absent, 3) == [f"a{n}" for n in range(1, 9)]
    assert again(absent, 4) == []


def test_what_is_beyond_one_look_comes_with_the_next() -> None:
    absent = Absent()
    absent.heard("police", nobody_subscribed=True, now_s=0)
    absent.heard("police", nobody_subscribed=False, now_s=1)
    assert len(again(absent, 2, most=3)) == 3
    assert len(again(absent, 3)) == 8


def test_who_was_never_absent_is_left_alone() -> None:
    absent = Absent()
    absent.heard("police", nobody_subscribed=False, now_s=0)
    assert again(absent, 1000) == []
