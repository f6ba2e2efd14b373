"""The delivery half of ``droneops run SITE.toml``: the outbox, the courier, and the checks before them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from droneops import __version__
from droneops.clock import now_us
from droneops.config import Site
from droneops.delivery.courier import Courier, site_courier
from droneops.delivery.mqtt import Broker
from droneops.delivery.outbox.store import FILE_NAME, Outbox
from droneops.delivery.outbox.turn import LockFile
from droneops.errors import ConfigError, DeliveryError, OutputError
from droneops.zones.load import zones_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LOOK_EVERY_S = 0.2


def run_site(site: Site, stop: threading.Event, tell: Callable[[str], None]) -> None:
    """Deliver what is in the site's outbox until ``stop`` is set; ``tell`` hears a line for each change.

    Ends within two seconds of being asked.

    Raises:
        ConfigError: the site file does not do for a live service.
        OutputError: the data folder cannot be used, or another `run` uses it.
        DeliveryError: a part of the service died.
    """
    broker = _checked(site)
    keys = agency_keys(site)
    folder = _data_folder(site)
    with _alone(folder), Outbox.open(folder / FILE_NAME, now_us) as outbox:
        for line in opening_lines(site, outbox.depth().waiting):
            tell(line)
        software = f"droneops {__version__}"
        with site_courier(outbox, broker, site, now_us, keys=keys, software=software, tell=tell) as courier:
            _until_stopped(courier, stop)
    tell("stopped")


def agency_keys(site: Site) -> dict[str, Ed25519PublicKey | None]:
    """Every agency with its public key, or None where the site file names none.

    Raises:
        ConfigError: a key cannot be read.
    """
    from droneops.evidence.keys import load_public

    return {
        agency.id: None if agency.public_key is None else load_public(site.beside(agency.public_key))
        for agency in site.file.agency
    }


def opening_lines(site: Site, waiting: int) -> list[str]:
    """What an operator should know at the start."""
    file = site.file
    lines = [f"site {file.site.id}, status {file.site.status}; {waiting} messages wait in the outbox"]
    keyless = [agency.id for agency in file.agency if agency.public_key is None]
    if keyless:
        lines.append(
            f"agencies without public_key, their receipts are believed unsigned: {', '.join(keyless)}"
        )
    if not file.agency:
        lines.append("there is no [[agency]]: nobody gets an alert")
    with_telemetry = [drone.id for drone in file.drone if drone.telemetry is not None]
    if with_telemetry:
        lines.append(f"drones are not listened to yet, only delivery runs: {', '.join(with_telemetry)}")
    return lines


def _checked(site: Site) -> Broker:
    broker = Broker.of(site)
    broker.check_files()
    section = site.file.site
    if section.status == "actual" and not section.allow_placeholder:
        names = ", ".join(zone.id for zone in zones_of(site).placeholders)
        if names:
            mend = "load the legal boundaries, or set site.allow_placeholder = true"
            raise ConfigError(f"site.status is actual, but these zones are stand-ins: {names}", mend=mend)
    return broker


def _data_folder(site: Site) -> Path:
    folder = site.beside(site.file.site.data_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise OutputError(f"cannot be made: {error.strerror}", where=str(folder)) from None
    return folder


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder: to the broker a second `run` is the same client, and would throw out the first."""
    lock = LockFile(folder / "run.lock", folder)
    try:
        if not lock.try_to_lock():
            raise OutputError("another droneops run uses it", where=str(folder), mend="stop that one first")
        yield
    finally:
        lock.close()


def _until_stopped(courier: Courier, stop: threading.Event) -> None:
    while not stop.wait(LOOK_EVERY_S):
        if courier.failure is not None:
            what = f"delivery stopped by an unexpected {type(courier.failure).__name__}: {courier.failure}"
            raise DeliveryError(what, mend="start again; what was not sent stays in the outbox")
