"""`droneops check`: what works, what does not, and what to do, for each thing that a flight needs."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from droneops.config import load_site
from droneops.evidence.keys import make_key_pair
from droneops.site.check import check_site
from droneops.site.checked import Checked

SITE = """
[site]
id = "s"
status = "exercise"
[broker]
url = "mqtt://127.0.0.1:{broker}"
[metrics]
bind = "127.0.0.1:{metrics}"
[[agency]]
id = "police"
[[drone]]
id = "d1"
detector = "aruco"
telemetry = "udpin:127.0.0.1:{mavlink}"
[detector.aruco]
labels = {{ 3 = "boat", 4 = "person" }}
"""
CAMERA = '[[drone.camera]]\nid = "eo"\nvideo = "{video}"\n'


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@pytest.fixture
def listening() -> Iterator[int]:
    """A port at which somebody listens."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        yield int(server.getsockname()[1])


def text(broker: int = 1, metrics: int | None = None, mavlink: int | None = None) -> str:
    return SITE.format(
        broker=broker, metrics=metrics or free_port(), mavlink=mavlink or free_port(socket.SOCK_DGRAM)
    )


def found(folder: Path, written: str) -> list[Checked]:
    path = folder / "site.toml"
    path.write_text(written)
    return list(check_site(load_site(path)))


def of(all_of_them: list[Checked], name: str) -> list[Checked]:
    return [one for one in all_of_them if one.name == name]


def test_a_site_that_can_fly_fails_at_nothing(tmp_path: Path, listening: int) -> None:
    (tmp_path / "flight.mp4").write_bytes(b"")
    make_key_pair(tmp_path / "keys")
    written = text(listening) + CAMERA.format(video="flight.mp4")
    told = found(tmp_path, written + '[evidence]\nkey_file = "keys/site.key"\n')
    assert [one for one in told if one.verdict == "fails"] == []
    assert {"disk", "clock", "zones", "routing", "key", "broker", "store", "metrics", "drone d1"} <= {
        one.name for one in told
    }


def test_each_thing_that_is_not_well_says_what_to_do(tmp_path: Path) -> None:
    told = found(tmp_path, text() + CAMERA.format(video="lost.mp4"))
    assert all(one.mend for one in told if one.verdict != "ok")
    assert not any("\n" in one.told for one in told)


def test_a_broker_that_is_away_fails(tmp_path: Path) -> None:
    (broker,) = of(found(tmp_path, text(free_port())), "broker")
    assert broker.verdict == "fails"


@pytest.mark.parametrize("what", ["metrics", "drone d1"])
def test_a_port_that_somebody_else_uses_fails(tmp_path: Path, what: str) -> None:
    kind = socket.SOCK_STREAM if what == "metrics" else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        if what == "metrics":
            taken.listen()
        port = int(taken.getsockname()[1])
        written = text(metrics=port) if what == "metrics" else text(mavlink=port)
        verdicts = {one.verdict for one in of(found(tmp_path, written), what)}
    assert "fails" in verdicts
    assert "fails" not in {one.verdict for one in of(found(tmp_path, written), what)}


def test_a_folder_that_cannot_be_written_fails_and_the_rest_is_checked(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("no folder")
    told = found(tmp_path, text())
    assert of(told, "disk")[0].verdict == "fails"
    assert of(told, "routing")[0].verdict == "ok"


def test_an_event_that_nobody_takes_fails(tmp_path: Path) -> None:
    written = text().replace('id = "police"', 'id = "police"\nevents = ["fire"]')
    (routing,) = of(found(tmp_path, written), "routing")
    assert routing.verdict == "fails"
    assert "illegal_logging" in routing.told and "fire" not in routing.told


def test_stand_in_zones_warn_and_fail_where_alerts_are_actual(tmp_path: Path) -> None:
    assert "warning" in {one.verdict for one in of(found(tmp_path, text()), "zones")}
    told = found(tmp_path, text().replace('"exercise"', '"actual"'))
    assert "fails" in {one.verdict for one in of(told, "zones")}


def test_rules_that_are_all_off_fail(tmp_path: Path) -> None:
    from droneops.incidents.rule_set import RuleSet

    off = "".join(f'[[rule]]\nid = "{rule.id}"\nenabled = false\n' for rule in RuleSet().rules)
    assert "fails" in {one.verdict for one in of(found(tmp_path, text() + off), "rules")}


def test_a_site_without_a_key_is_warned_that_alerts_are_not_signed(tmp_path: Path) -> None:
    assert any("not signed" in one.told for one in of(found(tmp_path, text()), "key"))


@pytest.mark.parametrize(
    ("video", "verdict"),
    [
        ("lost.mp4", "fails"),
        ("rtsp://someone:hush@127.0.0.1:1/main", "fails"),
        ("udp://127.0.0.1:PORT", "ok"),
    ],
)
def test_a_cameras_stream_is_tried_and_its_password_told_to_nobody(
    tmp_path: Path, video: str, verdict: str
) -> None:
    video = video.replace("PORT", str(free_port(socket.SOCK_DGRAM)))
    told = found(tmp_path, text() + CAMERA.format(video=video))
    assert verdict in {one.verdict for one in of(told, "drone d1, camera eo")}
    assert not any("hush" in f"{one.told}{one.mend}" for one in told)


def test_a_drone_that_sees_nothing_or_hears_nothing_is_warned_of(tmp_path: Path) -> None:
    told = of(found(tmp_path, text()), "drone d1")
    assert any("nothing is looked at" in one.told for one in told)
    written = text().replace("telemetry", "# telemetry")
    assert any("no" in one.told and "map" in one.told for one in of(found(tmp_path, written), "drone d1"))


def test_a_second_model_is_loaded_and_one_that_is_not_there_fails(tmp_path: Path) -> None:
    written = text().replace('detector = "aruco"', 'detector = "aruco"\nsecond_look = "{}"')
    told = of(found(tmp_path, written.replace("{}", "aruco")), "drone d1")
    assert any(one.verdict == "ok" and one.told.startswith("asks aruco") for one in told)
    told = of(found(tmp_path, written.replace("{}", "no-such-model")), "drone d1")
    assert "fails" in {one.verdict for one in told}


def test_a_detector_that_finds_nothing_the_rules_want_is_warned_of(tmp_path: Path) -> None:
    written = text().replace('3 = "boat", 4 = "person"', '3 = "kite"')
    assert any("finds nothing" in one.told for one in of(found(tmp_path, written), "drone d1"))
