"""The shipped access rules with a real mosquitto, tried the opposite way."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from courier_peers import Broker, Terminal, alert, outbox_of, running, site_at, wait_until

from droneops.config import load_site
from droneops.delivery.rights import acl_text

ROOT = Path(__file__).resolve().parents[2]
USERS = ("droneops", "police", "forest")
SETTLED_S = 0.5
"""After the mark that is allowed came, what else the broker would have let through has come too."""


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[tuple[Broker, Path]]:
    """A mosquitto with the rules of a site: police sees drones, forest does not."""
    tmp_path.chmod(0o755)
    passwords, rules = tmp_path / "passwords", tmp_path / "acl"
    passwords.touch()
    for user in USERS:
        subprocess.run(["mosquitto_passwd", "-b", str(passwords), user, f"{user}-secret"], check=True)
    (tmp_path / "secret").write_text("droneops-secret\n")
    settings = f"allow_anonymous false\npassword_file {passwords}\nacl_file {rules}"
    broker = Broker(tmp_path, listener=settings)
    site = site_at(
        tmp_path,
        broker.port,
        broker='username = "droneops"\npassword_file = "secret"',
        police="see_drones = true",
    )
    rules.write_text(acl_text(load_site(site)))
    for file in (passwords, rules):
        file.chmod(0o644)
    with broker:
        yield broker, site


def as_user(port: int, user: str, **more: Any) -> Terminal:
    return Terminal(port, "s", user, user=user, password=f"{user}-secret", answers=False, **more)


def test_each_agency_gets_its_own_alerts_and_its_receipt_counts(guarded: tuple[Broker, Path]) -> None:
    broker, site = guarded
    with as_user(broker.port, "police") as police, running(site) as (outbox, lines):
        outbox.put([alert(1, 1)])
        wait_until(lambda: police.alerts)
        police.say(police.alerts[0], "acknowledged", by="Somchai")
        wait_until(lambda: outbox.depth().unacknowledged == 0)
    assert not any("refuses" in line or "no right" in line for line in lines)


def test_nobody_reads_what_is_anothers(guarded: tuple[Broker, Path]) -> None:
    """Forest asks for everything there is, and gets its own and nothing else."""
    broker, site = guarded
    everything = (
        "#",
        "droneops/v1/s/#",
        "droneops/v1/+/alerts/police/+",
        "droneops/v1/s/receipts/+/+",
        "$SYS/#",
    )
    with (
        as_user(broker.port, "forest", topics=everything) as forest,
        as_user(broker.port, "police") as police,
        running(site) as (outbox, _),
    ):
        outbox.put([alert(1, 1, agencies=("police",), picture=b"\xff\xd8")])
        wait_until(lambda: len(police.messages) == 2)
        police.say(police.alerts[0], "received")
        outbox.put([alert(2, 1, agencies=("forest",))])
        wait_until(lambda: alert(2, 1).raw in forest.alerts)
        time.sleep(SETTLED_S)
    assert {topic.split("/")[3:5][-1] for topic, _, _ in forest.messages} == {"forest"}
    assert {topic.split("/")[4] for topic, _, _ in police.messages} == {"police"}


def test_an_agency_writes_its_own_receipts_and_nothing_else(guarded: tuple[Broker, Path]) -> None:
    broker, _ = guarded
    wrong = [
        "droneops/v1/s/receipts/police/i",
        "droneops/v1/s/alerts/forest/i",
        "droneops/v1/s/alerts/police/i",
        "droneops/v1/s/snapshots/police/i",
        "droneops/v1/s/state",
        "droneops/v1/s/drones/d/state",
        "droneops/v1/s/receipts/forest/i/more",
        "droneops/v1/other/receipts/forest/i",
        "anything",
    ]
    with as_user(broker.port, "forest") as forest:
        denied = {forest.publish(topic, b"x") for topic in wrong}
        allowed = forest.publish("droneops/v1/s/receipts/forest/i", b"x")
        wait_until(lambda: len(forest.acked) == len(wrong) + 1)
        assert all(forest.acked[mid].is_failure for mid in denied)
        assert not forest.acked[allowed].is_failure


def test_only_an_agency_that_may_see_drones_sees_them(guarded: tuple[Broker, Path]) -> None:
    broker, _ = guarded
    topic = "droneops/v1/s/drones/patrol-1/state"
    with (
        as_user(broker.port, "forest", topics=("droneops/v1/s/drones/#",)) as forest,
        as_user(broker.port, "police", topics=("droneops/v1/s/drones/+/state",)) as police,
        as_user(broker.port, "droneops") as site,
    ):
        site.publish(topic, b"{}")
        wait_until(lambda: police.messages)
        time.sleep(SETTLED_S)
        assert forest.messages == []


def test_without_a_name_or_with_a_wrong_password_nobody_gets_in(guarded: tuple[Broker, Path]) -> None:
    broker, _ = guarded
    for options in ([], ["-u", "police", "-P", "wrong"]):
        command = ["mosquitto_sub", "-p", str(broker.port), "-t", "#", "-W", "3", *options]
        done = subprocess.run(command, capture_output=True, timeout=20)
        assert done.returncode == 5, done.stderr


def test_a_site_without_the_right_to_send_says_so_and_keeps_the_alert(
    guarded: tuple[Broker, Path], tmp_path: Path
) -> None:
    broker, site = guarded
    rules = tmp_path / "acl"
    rules.write_text(rules.read_text().replace("topic write droneops/v1/s/alerts/+/+\n", ""))
    broker.kill()
    broker.start()
    with running(site) as (outbox, lines):
        outbox.put([alert(1, 1)])
        wait_until(lambda: any("refuses alerts for police: Not authorized" in line for line in lines))
        assert outbox.depth().waiting == 1


def test_the_shipped_example_is_what_its_site_file_gives() -> None:
    folder = ROOT / "deploy" / "mosquitto"
    assert (folder / "acl.example").read_text() == acl_text(load_site(folder / "example.toml"))


def test_a_wrong_password_is_said_in_one_line_and_not_tried_again_at_once(
    guarded: tuple[Broker, Path], tmp_path: Path
) -> None:
    _, site = guarded
    (tmp_path / "secret").write_text("wrong")
    with running(site) as (_, lines):
        wait_until(lambda: lines)
        time.sleep(2.0)
    assert len([line for line in lines if "stopped" not in line]) == 1
    assert "refused" in lines[0]
    assert "password_file" in lines[0]
    assert "wrong" not in lines[0]


def test_until_sent_says_at_once_that_the_broker_refuses_us(
    guarded: tuple[Broker, Path], tmp_path: Path
) -> None:
    from droneops.delivery.courier import deliver_until_sent
    from droneops.delivery.mqtt import Broker as Address
    from droneops.errors import DeliveryError

    _, site = guarded
    (tmp_path / "secret").write_text("wrong")
    with outbox_of(site) as outbox, pytest.raises(DeliveryError, match="refused us"):
        deliver_until_sent(outbox, Address.of(load_site(site)), "s", lambda: time.time_ns() // 1000)
