"""The demonstration: a simulated drone in the air, the service, a police terminal, and a replay of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from droneops.clock import now_us
from droneops.delivery.outbox.store import FILE_NAME, Outbox
from droneops.demo.broker import EmbeddedBroker
from droneops.demo.player import Start, company, play_out
from droneops.demo.same import equal
from droneops.demo.stage import AGENCY, Stage, set_stage
from droneops.demo.terminal import Received
from droneops.errors import DeliveryError, DroneopsError

READY_S = 60.0
"""A small machine that does other work loads the service, its zones and the detector in this."""
QUIET_S = 6.0
"""After the flight: looks that lag by some seconds, and an incident's hold, are over."""
RECEIVE_S = 20.0
"""An alert is in the outbox at once; a slow machine delivers it in this."""
OFFICER = "Officer Demo"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: alerts stored, received by the police, and said again by the replay."""

    stored: int
    received: int
    replayed_equal: int
    acknowledged: int
    folder: Path


def rehearse(
    folder: Path, cache: Path, tell: Callable[[str], None], show: Callable[[bytes], None]
) -> Outcome:
    """Runs it into the new ``folder``; the film is in ``cache`` already. ``tell`` hears what happens next.

    Raises:
        DroneopsError: a part failed, or what the police received is not what the service stored.
    """
    with EmbeddedBroker() as broker, company() as start:
        stage = set_stage(folder, broker.port)
        received = _fly(stage, cache, start, tell, show)
        stored, acknowledged = stored_alerts(stage)
        if sorted(received) != sorted(stored):
            what = f"stored {len(stored)} alerts, the police received {len(received)} or other bytes"
            raise DeliveryError(what, where=str(folder))
        tell("replaying what was recorded")
        recordings = stage.data / "recordings"
        again = ("replay", "--telemetry", recordings, "--site", stage.site, "--out", stage.replayed)
        play_out(start, *again, log=folder / "replay.log")
    said_again = (stage.replayed / "alerts.jsonl").read_bytes().splitlines()
    return Outcome(len(stored), len(received), equal(stored, said_again), acknowledged, folder)


def _fly(
    stage: Stage, cache: Path, start: Start, tell: Callable[[str], None], show: Callable[[bytes], None]
) -> list[bytes]:
    """One flight; the alerts that the police received."""
    watch = ("watch", stage.site, "--agency", AGENCY, "--json", "--ack", "--by", OFFICER)
    police = Received(start(*watch, log=stage.folder / "police.log", is_read=True), show)
    run = start("run", stage.site, log=stage.folder / "run.log")
    _wait_for(stage.data / "recordings" / "patrol-1", run.poll, stage.folder / "run.log")
    air = ("--telemetry", stage.telemetry, "--rtsp", stage.rtsp, "--cache", cache)
    tell("the drone flies")
    play_out(start, "simulate", stage.scenario, *air, log=stage.folder / "drone.log")
    tell("the drone is down")
    flown_s = time.monotonic()
    while time.monotonic() - max(flown_s, police.last_s) < QUIET_S:
        time.sleep(0.1)
    police.wait(len(stored_alerts(stage)[0]), RECEIVE_S)
    run.terminate()
    run.wait()
    return list(police.alerts)


def _wait_for(sign: Path, status: Callable[[], int | None], log: Path) -> None:
    deadline_s = time.monotonic() + READY_S
    while not sign.exists():
        if status() is not None or time.monotonic() > deadline_s:
            raise DroneopsError("the service did not start", where=str(log))
        time.sleep(0.05)


def stored_alerts(stage: Stage) -> tuple[list[bytes], int]:
    """The alerts that the service stored, and how many the police acknowledged."""
    with Outbox.open(stage.data / FILE_NAME, now_us) as outbox:
        acknowledged = sum(answer.action == "acknowledged" for answer in outbox.answers(0))
        return [alert.raw for alert in outbox.alerts()], acknowledged
