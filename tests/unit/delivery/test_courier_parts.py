"""What the courier is made of, without a broker: topics, waits, windows, what counts as a receipt."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.config import load_site
from droneops.delivery.clerk import doubtful
from droneops.delivery.client import Incoming
from droneops.delivery.exchange import Connected
from droneops.delivery.inbox import GoodReceipt, Refused, read
from droneops.delivery.mqtt import Broker
from droneops.delivery.outbox.types import Delivery, DeliveryState
from droneops.delivery.pace import FEWEST, FIRST, MOST, Pace
from droneops.delivery.receipt import make_receipt
from droneops.delivery.reconnect import LONGEST_WAIT_S, Backoff
from droneops.delivery.rights import acl_text
from droneops.delivery.topics import read_receipt_topic, receipt_topic
from droneops.errors import ConfigError

ALERT, INCIDENT = str(uuid.UUID(int=1)), str(uuid.UUID(int=2))
PART = st.text(min_size=1, max_size=20).filter(lambda text: not set(text) & set("/+#"))


@given(PART, PART, PART)
def test_a_receipts_topic_is_read_back_as_it_was_written(site: str, agency: str, incident: str) -> None:
    assert read_receipt_topic(site, receipt_topic(site, agency, incident)) == (agency, incident)


@pytest.mark.parametrize(
    "topic",
    [
        "droneops/v1/other/receipts/police/i",
        "droneops/v1/s/alerts/police/i",
        "droneops/v1/s/receipts/police",
        "droneops/v1/s/receipts/police/",
        "droneops/v1/s/receipts//i",
        "droneops/v1/s/receipts/police/i/more",
        "",
    ],
)
def test_another_topic_is_no_receipts_topic(topic: str) -> None:
    assert read_receipt_topic("s", topic) is None


def test_waits_double_to_a_minute_and_a_connection_that_held_starts_them_again() -> None:
    backoff, waits = Backoff(), []
    for _ in range(9):
        backoff = backoff.failed(lasted_s=0)
        waits.append(backoff.wait_s(chance=0))
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert backoff.failed(lasted_s=60).wait_s(chance=0) == 1


def test_who_was_refused_waits_long_at_once() -> None:
    assert Backoff().failed(0).wait_s(chance=0, refused=True) == 60


@given(st.integers(0, 5000), st.floats(0, 1))
def test_no_wait_is_below_three_quarters_of_a_second_nor_above_the_longest(
    failures: int, chance: float
) -> None:
    assert 0.75 <= Backoff(failures).wait_s(chance) <= LONGEST_WAIT_S


def test_a_fast_link_gets_a_wide_window_and_a_slow_one_a_narrow_one() -> None:
    def after(rate: float) -> int:
        pace, now_s = Pace(0.0), 0.0
        for _ in range(round(rate * 10) + 10):
            pace.has_room(10_000, 0, 1)
            now_s += 1 / rate
            pace.confirmed(2000, now_s)
        return pace.messages

    assert after(2000) == MOST
    assert after(0.5) == FEWEST


def test_an_idle_link_keeps_its_window() -> None:
    pace = Pace(0.0)
    for second in range(1, 60):
        assert pace.has_room(0, 0, 2000)
        pace.confirmed(2000, float(second))
    assert pace.messages == FIRST


def test_something_larger_than_the_window_goes_when_nothing_else_is_on_its_way() -> None:
    assert Pace(0.0).has_room(0, 0, 10**9)
    assert not Pace(0.0).has_room(1, 1, 10**9)


def incoming(payload: bytes, agency: str = "police", *, retained: bool = False) -> Incoming:
    return Incoming(1, 1, receipt_topic("s", agency, INCIDENT), payload, retained)


def good() -> bytes:
    named = {"id": ALERT, "sha256": hashlib.sha256(b"x").hexdigest()}
    return make_receipt(named, "received", receipt_id=str(uuid.uuid4()), agency="police", at_us=0)


def test_a_good_receipt_comes_with_its_topics_incident() -> None:
    found = read(incoming(good()), "s", {"police": None})
    assert isinstance(found, GoodReceipt)
    assert (found.incident_id, found.receipt.alert_id) == (INCIDENT, ALERT)


@pytest.mark.parametrize(
    ("message", "agency", "reason"),
    [
        (incoming(b"nonsense"), "police", "not_json"),
        (incoming(b" " * 20_000), "police", "too_long"),
        (incoming(good(), retained=True), "police", "retained"),
        (incoming(good(), "forest"), "forest", "other_agency"),
        (incoming(good(), "stranger"), "stranger", "unknown_agency"),
        (Incoming(1, 1, None, b"", retained=False), "", "other_topic"),
        (incoming(json.dumps({"schema": "droneops.receipt/1"}).encode()), "police", "not_a_receipt"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_does_not_count_is_named_by_agency_and_reason(
    message: Incoming, agency: str, reason: str
) -> None:
    found = read(message, "s", {"police": None, "forest": None})
    assert isinstance(found, Refused)
    assert (found.agency, found.reason) == (agency, reason)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(payload: bytes) -> None:
    assert isinstance(read(incoming(payload), "s", {"police": None}), Refused)


def sent(sent_us: int, state: DeliveryState = DeliveryState.SENT) -> Delivery:
    return Delivery("a", "i", 1, "police", "minor", True, state, 1, 0, sent_us, None, None, None, None)


def test_a_broker_that_forgot_us_is_told_everything_again_and_one_that_did_not_only_the_latest() -> None:
    old = [sent(n) for n in range(50)]
    new = [sent(900_000_000 + n) for n in range(50)]
    got = sent(900_000_000, DeliveryState.RECEIVED)
    lost_us = 930_000_000
    assert doubtful([*old, *new, got], Connected(1, broker_remembers=False), lost_us) == (*old, *new)
    assert doubtful([*old, *new, got], Connected(1, broker_remembers=True), lost_us) == tuple(new)


def test_the_last_that_were_sent_are_in_doubt_however_long_ago(tmp_path) -> None:
    old = [sent(n) for n in range(50)]
    assert doubtful(old, Connected(1, broker_remembers=True), 10**15) == tuple(old[-20:])


def test_what_a_newer_message_that_waits_would_cover_is_in_doubt_however_long_ago() -> None:
    """mosquitto with Debian's settings forgets up to half an hour, and still knows us."""
    old = [replace(sent(n), incident_id=f"i{n % 2}") for n in range(60)]
    newer = replace(sent(0, DeliveryState.STORED), incident_id="i1", sequence=2, sent_us=None)
    found = doubtful([*old, newer], Connected(1, broker_remembers=True), 10**15)
    assert found == (*(d for d in old[:40] if d.incident_id == "i1"), *old[40:])


def site_of(tmp_path, text: str):
    path = tmp_path / "site.toml"
    path.write_text(text)
    return load_site(path)


def test_the_brokers_certificates_and_protocol_come_from_the_site_file(tmp_path) -> None:
    text = (
        '[site]\nid = "s"\n[broker]\nurl = "mqtts://h"\ncert_file = "c"\nkey_file = "k"\nprotocol = "3.1.1"\n'
    )
    broker = Broker.of(site_of(tmp_path, text))
    assert (broker.cert_file, broker.key_file) == (tmp_path / "c", tmp_path / "k")
    assert broker.protocol == "3.1.1"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[site]\nid = "s"\n', r"\[broker\]"),
        ('[site]\nid = "s"\n[broker]\nurl = "mqtt://h"\ncert_file = "c"\nkey_file = "k"\n', "mqtts"),
    ],
)
def test_a_broker_that_cannot_be_made_is_said_plainly(tmp_path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Broker.of(site_of(tmp_path, text))


def test_an_agency_named_like_the_sites_user_does_not_get_its_rights(tmp_path) -> None:
    with pytest.raises(ConfigError, match="own user"):
        acl_text(site_of(tmp_path, '[site]\nid = "s"\n[[agency]]\nid = "droneops"\n'))
