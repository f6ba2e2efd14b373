"""``droneops link``"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Annotated, Self

import typer

if TYPE_CHECKING:
    from rich.live import Live

    from droneops.telemetry.live.health import LinkHealth


def link(
    address: Annotated[
        str,
        typer.Argument(
            metavar="ADDRESS",
            help="udpin:HOST:PORT, udpout:HOST:PORT, tcp:HOST:PORT or serial:DEVICE:BAUD.",
        ),
    ],
    seconds: Annotated[
        float | None,
        typer.Option(min=0.1, max=1e9, help="Stop after this long; else listen until interrupted."),
    ] = None,
    record: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Record all frames there, as .tlog files.")
    ] = None,
    signing_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="MAVLink 2 signing key: only frames signed with it are believed."),
    ] = None,
    listen_only: Annotated[
        bool, typer.Option("--listen-only", help="Send nothing: no heartbeat, no requests.")
    ] = False,
    our_system_id: Annotated[
        int, typer.Option(min=0, max=255, help="Our own MAVLink system id; never 255, the pilot's.")
    ] = 246,
    as_json: Annotated[
        bool, typer.Option("--json", help="The health every second, one JSON a line.")
    ] = False,
) -> None:
    """Listen to a live MAVLink link: who is there, how well they are heard, which cameras they have.

    Asks vehicles for the messages that a patrol needs, unless told to listen only. Ctrl-C ends it. Exit
    status 1 if no vehicle was heard, every one was refused, or frames could not be recorded.

    \b
    Example: droneops link udpin:0.0.0.0:14550 --seconds 30
    """
    import random

    from droneops.telemetry.live.listen import LinkRequest, listen, open_station
    from droneops.telemetry.live.now import system_clock
    from droneops.telemetry.signing_key import exposure_warning, read_signing_key

    key = read_signing_key(signing_key) if signing_key else None
    warning = exposure_warning(signing_key) if signing_key else None
    if warning:
        sys.stderr.write(f"warning: {warning}\n")
    clock = system_clock()
    request = LinkRequest(
        address,
        our_system_id=our_system_id,
        record=record,
        signing_key=key,
        signing_state=signing_key.with_name(f"{signing_key.name}.state") if signing_key else None,
        listen_only=listen_only,
    )
    station = open_station(request, clock, random.random)
    with _Page(as_json=as_json) as page:
        last = listen(station, clock, seconds=seconds, tell=page.show)
    page.end(last)
    if not _is_well(last):
        raise typer.Exit(1)


def _is_well(health: LinkHealth) -> bool:
    is_followed = any(vehicle.refused is None for vehicle in health.vehicles)
    return is_followed and (health.recording is None or not health.recording.frames_dropped)


class _Page:
    """One page that changes on a terminal; elsewhere changes of the link's state, and the page at the end."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._live: Live | None = None
        self._state = ""

    def __enter__(self) -> Self:
        if not self._as_json and sys.stdout.isatty():
            from rich.live import Live

            self._live = Live(auto_refresh=False)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def show(self, health: LinkHealth) -> None:
        """The health as it is now."""
        if self._as_json:
            self._print_json(health)
        elif self._live is not None:
            from rich.text import Text

            from droneops.telemetry.live.health_text import health_text

            self._live.update(Text(health_text(health)), refresh=True)
        elif health.link.state != self._state:
            self._state = health.link.state
            sys.stderr.write(f"{health.link.address}: {health.link.state} ({health.link.detail})\n")

    def end(self, health: LinkHealth) -> None:
        """The health at the end."""
        from droneops.telemetry.live.health_text import health_text

        if self._as_json:
            self._print_json(health)
        else:
            sys.stdout.write(health_text(health) + "\n")

    def _print_json(self, health: LinkHealth) -> None:
        from droneops.telemetry.live.health_json import health_json

        sys.stdout.write(json.dumps(health_json(health)) + "\n")
        sys.stdout.flush()
