"""``droneops run``"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def run(site: Annotated[Path, typer.Argument(metavar="SITE.toml", help="The site to run.")]) -> None:
    """Run the live service of a site: deliver its alerts, take receipts, escalate, until it is stopped.

    Prints a line for each change. SIGTERM or Ctrl-C ends it within two seconds, with exit status 0; what was
    not sent stays in the outbox. Drones are not listened to yet: alerts come from `droneops outbox put`.

    \b
    Example: droneops run site.toml
    """
    import signal
    import threading
    from contextlib import suppress

    from droneops.config import load_site
    from droneops.delivery.service import run_site

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())

    def tell(line: str) -> None:
        # Delivery goes on when whoever read the lines is gone.
        with suppress(OSError, ValueError):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()

    run_site(load_site(site), stop, tell)
