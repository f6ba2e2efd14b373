"""What reaches the police when everything dies: trials with kill -9 and cut connections at random instants.

Each trial starts a real mosquitto, a police terminal that keeps to the contract (it tells repeats by their
id and sends receipts), and the site process, which takes in a scripted flight and delivers its alerts,
about 50 a second. Then the site process, the broker, or the connection is killed or cut, several times.
Afterwards every message of every scripted event must have reached the terminal, once, in order, with the
bytes that the outbox holds.

    python benchmarks/delivery_faults.py --trials 200 --seed 1 --json

`lost`: messages that the undisturbed script makes and the terminal has not got. `seen_twice`: messages that
came under two ids, or under one id with two contents. `out_of_order`: messages that came first behind a
later one of their incident. `repeats_removed`: copies that the terminal told by their id, and did not show
again. `incidents` must equal `events`.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cut_proxy import CutProxy
from delivery_script import expected
from police_terminal import PoliceTerminal

from droneops.delivery.outbox.store import FILE_NAME, Outbox

HERE = Path(__file__).resolve().parent
SITE_ID, AGENCY = "trial", "police"
FAULTS = ("service", "broker", "connection")
FAULTS_A_TRIAL = 3
DEADLINE_S = 90.0
"""What has not come by then is lost: repeats with their doubled waits, and a slow machine, are in it."""

OWN_SETTINGS = ""
OUR_SETTINGS = (
    "persistence true\npersistence_location {folder}/\nautosave_on_changes true\nautosave_interval 10\n"
)

SITE = """
[site]
id = "{site}"
status = "test"
data_dir = "var"

[broker]
url = "mqtt://127.0.0.1:{port}"

[[agency]]
id = "{agency}"
receipt_within_s = 2

[delivery]
repeat_at_most_every_s = 4
"""


@dataclass
class Trial:
    """What one trial gave."""

    faults: list[str]
    broker_settings: str
    events: int
    incidents: int
    alerts: int
    lost: int
    seen_twice: int
    out_of_order: int
    repeats_removed: int
    other_bytes: int
    seconds: float
    notes: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost, doubled or out of order."""
        wrong = self.lost + self.seen_twice + self.out_of_order + self.other_bytes
        return wrong == 0 and self.incidents == self.events


class Program:
    """A program that can be killed and started again."""

    def __init__(self, command: list[str], log: Path, is_up: Callable[[], bool]) -> None:
        self._command, self._log, self._is_up = command, log, is_up
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is up."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        wait_until(self._is_up, 20)

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        """Ask it to end; kill it when it does not."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self.kill()


def wait_until(is_so: Callable[[], bool], timeout_s: float) -> bool:
    """Whether it became so in time."""
    deadline = time.monotonic() + timeout_s
    while not is_so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def free_port() -> int:
    """A port of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Whether somebody listens."""
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def broker_of(folder: Path, port: int, settings: str) -> Program:
    """A mosquitto with these settings."""
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        raise SystemExit("mosquitto is missing: apt-get install mosquitto")
    state = folder / "mosquitto"
    state.mkdir()
    state.chmod(0o777)
    config = folder / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n"
        + settings.format(folder=state)
    )
    return Program([program, "-c", str(config)], folder / "mosquitto.log", lambda: answers(port))


def service_of(folder: Path, seed: int, events: int, rate: float) -> Program:
    """The site process, fed with the script."""
    script = HERE / "delivery_service.py"
    command = [sys.executable, str(script), str(folder / "site.toml"), str(seed), str(events), str(rate)]
    return Program(command, folder / "service.log", lambda: True)


@contextmanager
def trial_folder(keep: Path | None, number: int) -> Iterator[Path]:
    """A folder for one trial, gone afterwards unless it is to be kept."""
    if keep is not None:
        folder = keep / f"trial-{number}"
        folder.mkdir(parents=True)
        yield folder
        return
    with tempfile.TemporaryDirectory(prefix="delivery-") as name:
        yield Path(name)


def run_trial(number: int, seed: int, events: int, rate: float, folder: Path) -> Trial:
    """One trial; its faults follow from the seed and its number."""
    chance = random.Random(seed * 1_000_003 + number)  # noqa: S311 - repeatable, no secret
    began = time.monotonic()
    own = chance.random() < 0.5
    broker_port = free_port()
    broker = broker_of(folder, broker_port, OWN_SETTINGS if own else OUR_SETTINGS)
    broker.start()
    with CutProxy(broker_port) as proxy:
        (folder / "site.toml").write_text(SITE.format(site=SITE_ID, port=proxy.port, agency=AGENCY))
        service = service_of(folder, seed, events, rate)
        wanted = expected(seed, events, SITE_ID, "test")
        with PoliceTerminal(broker_port, SITE_ID, AGENCY, f"police-{number}") as police:
            service.start()
            faults = _disturb(chance, service, broker, proxy, len(wanted) / rate)
            wait_until(lambda: set(wanted) <= set(police.first_bytes), DEADLINE_S)
            service.stop()
        broker.stop()
    return _judge(wanted, police, faults, own, events, folder, time.monotonic() - began)


def _disturb(
    chance: random.Random, service: Program, broker: Program, proxy: CutProxy, duration_s: float
) -> list[str]:
    """Kill and cut, at random instants of the script's time; what was done, and when."""
    begin = time.monotonic()
    instants = sorted(chance.uniform(0.3, duration_s + 1.5) for _ in range(FAULTS_A_TRIAL))
    done = []
    for instant in instants:
        time.sleep(max(begin + instant - time.monotonic(), 0))
        fault = chance.choice(FAULTS)
        _strike(fault, chance, service, broker, proxy)
        done.append(f"{fault} at {instant:.2f} s")
    return done


def _strike(fault: str, chance: random.Random, service: Program, broker: Program, proxy: CutProxy) -> None:
    if fault == "connection":
        proxy.cut(for_s=chance.uniform(0.0, 1.0))
        return
    program = service if fault == "service" else broker
    program.kill()
    time.sleep(chance.uniform(0.0, 0.5))
    program.start()


def _judge(
    wanted: dict[str, tuple[str, int]],
    police: PoliceTerminal,
    faults: list[str],
    own: bool,
    events: int,
    folder: Path,
    seconds: float,
) -> Trial:
    stored = outbox_bytes(folder)
    got = {alert_id: json.loads(raw) for alert_id, raw in police.first_bytes.items()}
    places = Counter((alert["incident_id"], alert["sequence"]) for alert in got.values())
    return Trial(
        faults=faults,
        broker_settings="its own" if own else "ours",
        events=events,
        incidents=len({alert["incident_id"] for alert in got.values()}),
        alerts=len(wanted),
        lost=len(set(wanted) - set(got)),
        seen_twice=sum(count - 1 for count in places.values()) + police.changed,
        out_of_order=_out_of_order(list(got.values())),
        repeats_removed=police.repeats,
        other_bytes=sum(stored.get(alert_id) != raw for alert_id, raw in police.first_bytes.items()),
        seconds=round(seconds, 1),
    )


def _out_of_order(alerts: list[dict[str, object]]) -> int:
    latest: dict[object, int] = {}
    wrong = 0
    for alert in alerts:
        sequence = int(str(alert["sequence"]))
        expected_next = latest.get(alert["incident_id"], 0) + 1
        wrong += sequence != expected_next
        latest[alert["incident_id"]] = max(sequence, expected_next - 1)
    return wrong


def outbox_bytes(folder: Path) -> dict[str, bytes]:
    """Each alert's bytes as the outbox holds them."""
    with Outbox.open(folder / "var" / FILE_NAME, lambda: time.time_ns() // 1000) as outbox:
        return {alert.id: alert.raw for alert in outbox.alerts()}


def summary(trials: list[Trial]) -> dict[str, object]:
    """All trials in one."""
    names = (
        "events",
        "incidents",
        "alerts",
        "lost",
        "seen_twice",
        "out_of_order",
        "repeats_removed",
        "other_bytes",
    )
    struck = Counter(fault.split()[0] for trial in trials for fault in trial.faults)
    return {
        "trials": len(trials),
        "good_trials": sum(trial.is_good for trial in trials),
        **{name: sum(getattr(trial, name) for trial in trials) for name in names},
        "faults": dict(struck),
        "broker_settings": dict(Counter(trial.broker_settings for trial in trials)),
        "seconds": round(sum(trial.seconds for trial in trials), 1),
    }


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=50)
    parser.add_argument("--rate", type=float, default=50.0, help="alerts a second")
    parser.add_argument("--keep", type=Path, help="keep each trial's files in this folder")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    trials = []
    for number in range(options.trials):
        with trial_folder(options.keep, number) as folder:
            trial = run_trial(number, options.seed, options.events, options.rate, folder)
        trials.append(trial)
        mark = "ok " if trial.is_good else "BAD"
        print(f"{mark} trial {number}: {trial}", file=sys.stderr)
    result = summary(trials)
    print(json.dumps(result) if options.json else "\n".join(f"{k}: {v}" for k, v in result.items()))
    return 0 if result["good_trials"] == result["trials"] else 1


if __name__ == "__main__":
    sys.exit(main())
