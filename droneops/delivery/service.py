"""The delivery half of ``droneops run SITE.toml``: what is checked, held and told before it begins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from droneops.config import Site
from droneops.delivery.mqtt import Broker
from droneops.delivery.outbox.turn import LockFile
from droneops.errors import ConfigError, OutputError
from droneops.zones.load import zones_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


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
    idle = [d.id for d in file.drone if d.telemetry is None and not any(c.video for c in d.camera)]
    if idle:
        lines.append(f"drones without telemetry and video, nothing is heard of them: {', '.join(idle)}")
    return lines


def checked(site: Site) -> Broker:
    """The site's broker, once the site file is found fit for a live service.

    Raises:
        ConfigError: it is not.
    """
    broker = Broker.of(site)
    broker.check_files()
    section = site.file.site
    if section.status == "actual" and not section.allow_placeholder:
        names = ", ".join(zone.id for zone in zones_of(site).placeholders)
        if names:
            mend = "load the legal boundaries, or set site.allow_placeholder = true"
            raise ConfigError(f"site.status is actual, but these zones are stand-ins: {names}", mend=mend)
    return broker


def data_folder(site: Site) -> Path:
    """The site's data folder, made if it is not there.

    Raises:
        OutputError: it cannot be made.
    """
    folder = site.beside(site.file.site.data_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise OutputError(f"cannot be made: {error.strerror}", where=str(folder)) from None
    return folder


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the folder: to the broker a second `run` is the same client, and would throw out the first.

    Raises:
        OutputError: another one holds it.
    """
    lock = LockFile(folder / "run.lock", folder)
    try:
        if not lock.try_to_lock():
            raise OutputError("another droneops run uses it", where=str(folder), mend="stop that one first")
        yield
    finally:
        lock.close()
