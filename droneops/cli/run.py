"""``droneops run``"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class LogForm(StrEnum):
    """How lines are written: for machines, or for people."""

    JSON = "json"
    CONSOLE = "console"


def run(
    site: Annotated[Path, typer.Argument(metavar="SITE.toml", help="The site to run.")],
    log: Annotated[LogForm, typer.Option(help="Lines for machines, or for people.")] = LogForm.CONSOLE,
) -> None:
    """Run the live service of a site: watch its drones, deliver its alerts, until it is stopped.

    One process for each drone takes in telemetry and video, detects and tracks; this one owns rules,
    incidents and the outbox, takes receipts and escalates. Prints a line for each change. SIGTERM or Ctrl-C
    ends it within two seconds, with exit status 0; what was not sent stays in the outbox. SIGHUP reads the
    site file anew: zones, rules and drones change without a gap; a file that is wrong changes nothing.

    \b
    Example: droneops run site.toml
    """
    import signal
    import threading

    from droneops.fleet.logs import site_log, tell_of
    from droneops.site.service import Asked, run_site
    from droneops.telemetry.live.now import system_clock

    asked = Asked(threading.Event(), threading.Event())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: asked.stop.set())
    signal.signal(signal.SIGHUP, lambda *_: asked.reload.set())

    tell = tell_of(site_log(sys.stdout, log.value, system_clock()), "site")
    run_site(site, asked, tell, log.value)
