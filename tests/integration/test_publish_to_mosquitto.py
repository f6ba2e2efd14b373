"""Alerts of a replay on their way through a real mosquitto to a real subscriber."""

from __future__ import annotations

import hashlib
import json
import socket
from pathlib import Path

import jsonschema
import pytest

ROOT = Path(__file__).resolve().parents[2]


def site_file(example: Path, folder: Path, port: int, status: str = "exercise") -> Path:
    text = (example / "site.toml").read_text()
    text = text.replace("127.0.0.1:1883", f"127.0.0.1:{port}").replace('"exercise"', f'"{status}"')
    (folder / "camera.toml").write_text((example / "camera.toml").read_text())
    site = folder / "site.toml"
    site.write_text(text)
    return site


def replayed(droneops, example, site: Path, out: Path, *more: str):
    flight = ("--telemetry", example / "capture.tlog", "--video", example / "video.mp4")
    return droneops("replay", *flight, "--site", site, "--out", out, *more)


def test_the_agency_receives_every_alert_as_it_stands_on_disk(droneops, example, mosquitto, tmp_path) -> None:
    site, out = site_file(example, tmp_path, mosquitto.port), tmp_path / "out"
    received = tmp_path / "received"
    with mosquitto.subscriber("droneops/v1/mukdahan/alerts/mukdahan-police/+", 2, received) as subscriber:
        outcome = replayed(droneops, example, site, out, "--publish")
        assert outcome.status == 0, outcome.stderr
        assert subscriber.wait(30) == 0

    lines = received.read_bytes()
    assert lines == (out / "alerts.jsonl").read_bytes()
    schema = json.loads((ROOT / "docs" / "schemas" / "alert-1.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    for line in lines.splitlines():
        validator.validate(json.loads(line))
        assert len(line) <= 4096
        assert json.loads(line)["status"] == "exercise"


def test_the_picture_follows_and_is_the_one_the_alert_names(droneops, example, mosquitto, tmp_path) -> None:
    site, out, received = site_file(example, tmp_path, mosquitto.port), tmp_path / "out", tmp_path / "picture"
    topic = "droneops/v1/mukdahan/snapshots/mukdahan-police/+"
    with mosquitto.subscriber(topic, 1, received, "-N") as subscriber:
        assert replayed(droneops, example, site, out, "--publish").status == 0
        assert subscriber.wait(30) == 0
    alert = json.loads((out / "alerts.jsonl").read_bytes().splitlines()[0])
    picture = received.read_bytes()
    assert picture[:2] == b"\xff\xd8"
    assert alert["snapshot"] == {"sha256": hashlib.sha256(picture).hexdigest(), "bytes": len(picture)}
    assert len(picture) <= 65536


def test_a_replay_never_speaks_as_actual_whatever_the_site_file_says(
    droneops, example, mosquitto, tmp_path
) -> None:
    site, received = site_file(example, tmp_path, mosquitto.port, "actual"), tmp_path / "received"
    with mosquitto.subscriber("droneops/v1/#", 2, received, "-F", "%p") as subscriber:
        assert replayed(droneops, example, site, tmp_path / "out", "--publish").status == 0
        subscriber.wait(30)
    alerts = (tmp_path / "out" / "alerts.jsonl").read_bytes().splitlines()
    assert {json.loads(line)["status"] for line in alerts} == {"exercise"}
    assert json.loads(received.read_bytes().splitlines()[0])["status"] == "exercise"


def test_without_publish_not_a_single_connection_is_made(droneops, example, tmp_path) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        site = site_file(example, tmp_path, listener.getsockname()[1], "actual")
        assert replayed(droneops, example, site, tmp_path / "out").status == 0
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_broker_that_is_away_is_said_and_the_alerts_stay_on_disk(droneops, example, tmp_path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    outcome = replayed(droneops, example, site_file(example, tmp_path, port), tmp_path / "out", "--publish")
    assert outcome.status == 1
    assert f"127.0.0.1:{port}" in outcome.error
    assert len((tmp_path / "out" / "alerts.jsonl").read_bytes().splitlines()) == 2


def test_a_password_file_that_cannot_be_read_is_noticed_before_the_work(droneops, example, tmp_path) -> None:
    site = site_file(example, tmp_path, 1)
    site.write_text(
        site.read_text().replace("[[agency]]", "username = 'u'\npassword_file = 'none'\n[[agency]]")
    )
    outcome = replayed(droneops, example, site, tmp_path / "out", "--publish")
    assert outcome.status == 2
    assert "password_file" in outcome.error
    assert not (tmp_path / "out").exists()
