"""The courier with a real mosquitto that refuses, limits, or has no listeners: others must not suffer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from courier_peers import Broker, Terminal, alert, outbox_of, running, site_at, states, wait_until

from droneops.delivery import absent as absent_module
from droneops.delivery import post as post_module
from droneops.delivery.outbox.types import DeliveryState

NO_RIGHT_FOR_FOREST = """
topic write droneops/v1/s/alerts/police/+
topic write droneops/v1/s/snapshots/police/+
topic write droneops/v1/s/state
topic readwrite droneops/v1/s/receipts/+/+
topic read droneops/#
"""


def test_an_agency_that_the_broker_refuses_holds_up_no_other_nor_its_pictures(tmp_path: Path) -> None:
    """mosquitto 2.0.11 without a limit of the queue hangs up behind each refusal besides."""
    rights = tmp_path / "acl"
    rights.write_text(NO_RIGHT_FOR_FOREST)
    with Broker(tmp_path, f"acl_file {rights}") as broker:
        site = site_at(tmp_path, broker.port)
        with outbox_of(site) as outbox:
            outbox.put([alert(n, seq, agencies=("forest",)) for n in range(1500) for seq in (1, 2)])
        with Terminal(broker.port, "s", "police") as police, running(site) as (outbox, lines):
            wait_until(lambda: any("refuses alerts for forest" in line for line in lines))
            outbox.put([alert(2000, 1, picture=b"\xff\xd8picture")])
            wait_until(lambda: len(police.messages) == 2)
            assert all(d.state is DeliveryState.STORED for d in states(outbox, "forest").values())


def test_a_picture_beyond_the_brokers_limit_is_kept_back_and_breaks_no_connection(tmp_path: Path) -> None:
    with Broker(tmp_path, "max_packet_size 5000") as broker:
        site = site_at(tmp_path, broker.port)
        with Terminal(broker.port, "s", "police") as police, running(site) as (outbox, lines):
            outbox.put([alert(1, 1, picture=b"\xff\xd8" + os.urandom(30_000))])
            wait_until(lambda: any("refuses snapshots for police" in line for line in lines))
            outbox.put([alert(2, 1, picture=b"\xff\xd8small")])
            wait_until(lambda: len(police.messages) == 3)
            assert not any("waiting" in line for line in lines)


def test_an_agency_that_comes_back_after_hours_gets_at_once_what_it_missed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(post_module, "SUBSCRIBERS_RETURN_S", 0.0)
    monkeypatch.setattr(absent_module, "ASK_EVERY_S", 0.5)
    with Broker(tmp_path) as broker:
        # No ordinary repeat comes in the time of this test.
        site = site_at(tmp_path, broker.port, within_s=600)
        with running(site) as (outbox, _):
            outbox.put([alert(n, 1) for n in range(20)])
            wait_until(lambda: all(d.state is DeliveryState.SENT for d in states(outbox).values()))
            with Terminal(broker.port, "s", "police") as police:
                wait_until(lambda: len(police.first_alerts) == 20)
                wait_until(lambda: all(d.state is DeliveryState.RECEIVED for d in states(outbox).values()))
