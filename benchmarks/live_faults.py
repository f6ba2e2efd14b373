"""What a running service does when something around it, or of it, fails: a row for each fault.

    python benchmarks/live_faults.py [--only NAME ...] [--json]

A drone hops from marker to marker, each of which is an event (live_events.py), before `droneops run`, with
a real RTSP server, a MAVLink link, mosquitto and Redis. Each fault strikes while a marker is in view. In
seconds: ``notice`` from then until the service says so (its log, its metrics), ``recover`` from when the
cause is gone until a picture is looked at again, a pose is there again, the broker or store is connected
again. ``blind`` is when the police were told that the drone sees nothing, if they were.

``lost`` and ``doubled`` count events. An event has to have its alert at the police's terminal, in exactly
one incident, if the service went on looking, or if the looks that it wrote down show the marker, placed on
the ground, for as long as the rule asks and two looks more. What nobody could see stands in ``unseen``.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import live_rig as rig
from delivery_faults import answers
from live_bad_video import transcode
from live_events import EVENT_S, FPS, draw_film, scenario_in
from live_fault_list import FAULTS, Fault, fill
from live_fault_rows import NOTICED_WITHIN_S, Row, Struck, judged
from live_fault_stage import SIZE_PX, Stage, build, now_us
from police_terminal import PoliceTerminal

STRIKE_AT_S = 1.0
"""Into an event: the marker has been seen, and the rule has not fired."""

RECOVERED_WITHIN_S = 60.0
FIRST_EVENT = 2
EVENTS_A_FAULT = 6
"""At most: one that it strikes, four that it may hide, and one for which all has to be well again."""


def strike(stage: Stage, fault: Fault, event: int) -> Struck:
    """One fault, from an event on, until it is over."""
    _sleep_until(stage.course.start_us + round((event * EVENT_S + STRIKE_AT_S) * 1e6))
    stage.log_from = (stage.folder / "run.log").stat().st_size
    at_us = now_us()
    fault.strike(stage)
    notice_s = _noticed_s(stage, fault, at_us)
    _sleep_until(at_us + round(fault.lasts_s * 1e6))
    healed_us = now_us() if fault.lasts_s else at_us
    fault.heal(stage)
    is_back = rig.wait_until(lambda: fault.is_over(stage, healed_us), RECOVERED_WITHIN_S) is not None
    recover_s = (now_us() - healed_us) / 1e6 if is_back else None
    print(f"{fault.name}: {_told(notice_s)}, {_told(recover_s)}", file=sys.stderr)
    return Struck(fault, at_us, notice_s, recover_s)


def _noticed_s(stage: Stage, fault: Fault, at_us: int) -> float | None:
    is_noticed = fault.is_noticed
    if is_noticed is None or rig.wait_until(lambda: is_noticed(stage), NOTICED_WITHIN_S) is None:
        return None
    return (now_us() - at_us) / 1e6


def _sleep_until(at_us: int) -> None:
    time.sleep(max((at_us - now_us()) / 1e6, 0.0))


def next_event(stage: Stage) -> int:
    """The event after the next, so that one passes in peace."""
    return int((now_us() - stage.course.start_us) / 1e6 // EVENT_S) + 2


def fly(stage: Stage, faults: list[Fault]) -> tuple[list[Struck], int, PoliceTerminal, float]:
    """All faults one after the other; also the event after the last, the terminal, and the end's seconds."""
    with PoliceTerminal(stage.broker_port, rig.SITE_ID, rig.AGENCY, "police-faults") as police:
        stage.telemetry.start()
        stage.video.start()
        stage.service.start()
        if rig.wait_until(lambda: stage.looks_at(0), 30.0) is None:
            raise SystemExit((stage.folder / "run.log").read_text()[-4000:])
        struck = [strike(stage, fault, max(next_event(stage), FIRST_EVENT)) for fault in faults]
        end = next_event(stage)
        _sleep_until(stage.course.start_us + round((end * EVENT_S + 4.0) * 1e6))
        return struck, end, police, stage.service.stop()


def measured(faults: list[Fault]) -> tuple[list[Row], float]:
    """All rows, and how long SIGTERM took."""
    with tempfile.TemporaryDirectory(prefix="live-faults-") as name:
        folder = Path(name)
        film = folder / "film"
        markers = min(FIRST_EVENT + EVENTS_A_FAULT * len(faults), rig.MARKERS)
        draw_film(scenario_in(folder, SIZE_PX, markers), SIZE_PX, markers, film)
        transcode(film / "video.mp4", {fault.film for fault in faults}, FPS)
        stage = build(folder, film / "video.mp4")
        if not stage.has_own_disk:
            print("disk full: left out, for no small disk can be mounted here", file=sys.stderr)
            faults = [fault for fault in faults if fault.strike is not fill]
        try:
            stage.broker.start()
            stage.store.start()
            rig.wait_until(lambda: answers(stage.broker_port), 10.0)
            struck, end, police, stop_s = fly(stage, faults)
            return judged(stage, struck, end, police), stop_s
        finally:
            for process in (stage.service, stage.video, stage.telemetry, stage.broker, stage.store):
                process.kill()
            if stage.has_own_disk:
                subprocess.run(["umount", str(folder / "var" / "recordings")], check=False)


def main() -> int:
    """The table; exit status 1 if an alert was lost or doubled."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", default=[], help="faults whose name holds one of these words")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    rig.end_tidily()
    faults = [fault for fault in FAULTS if not given.only or any(word in fault.name for word in given.only)]
    rows, stop_s = measured(faults)
    lost, doubled = sum(row.alerts_lost for row in rows), sum(row.alerts_doubled for row in rows)
    if given.json:
        table = [asdict(row) for row in rows]
        print(json.dumps({"faults": table, "lost": lost, "doubled": doubled, "stop_s": round(stop_s, 2)}))
    else:
        print(f"{'fault':24} {'notice':>8} {'recover':>8} {'blind':>8}  events unseen lost doubled")
        for row in rows:
            took = "".join(f" {_told(value):>8}" for value in (row.notice_s, row.recover_s, row.blind_s))
            counts = f"{row.events:8}{row.unseen:7}{row.alerts_lost:5}{row.alerts_doubled:8}"
            print(f"{row.fault:24}{took}{counts}")
        print(f"SIGTERM: ended after {stop_s:.2f} s; {lost} alerts lost, {doubled} doubled")
    return 1 if lost or doubled else 0


def _told(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"


if __name__ == "__main__":
    sys.exit(main())
