"""Alerts as other systems read them: CAP 1.2 and Cursor-on-Target, a file each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from droneops.delivery.alert import BadAlert, read_alert
from droneops.delivery.cap import to_cap
from droneops.delivery.cot import to_cot
from droneops.delivery.outbox.looking import StoredAlert
from droneops.delivery.outbox.store import Outbox
from droneops.errors import InputError, OutputError


def give_cap(outbox: Outbox, site_id: str, folder: Path) -> int:
    """Write each alert as ``<incident>/<sequence>.cap.xml``; how many. The site's id is in the sender.

    Raises:
        InputError: an alert refers to one that the outbox does not hold.
        OutputError: the folder cannot be written to, or holds such a file already.
    """
    sender = "droneops." + re.sub(r"[\s,<&]", "-", site_id)
    earlier: dict[str, list[bytes]] = {}
    count = 0
    for name, alert, incident_id in _named(outbox):
        said = earlier.setdefault(incident_id, [])
        try:
            cap = to_cap(alert.raw, sender=sender, earlier=said)
        except BadAlert as error:
            raise InputError(f"cannot be said in CAP: {error}", where=f"alert {alert.id}") from None
        _write(folder / f"{name}.cap.xml", cap)
        said.append(alert.raw)
        count += 1
    return count


def give_cot(outbox: Outbox, folder: Path) -> int:
    """Write each alert that has a place as ``<incident>/<sequence>.cot.xml``; how many.

    Raises:
        InputError: what the outbox holds is no alert.
        OutputError: the folder cannot be written to, or holds such a file already.
    """
    count = 0
    for name, alert, _ in _named(outbox):
        event = to_cot(alert.raw)
        if event is not None:
            _write(folder / f"{name}.cot.xml", event)
            count += 1
    return count


def _named(outbox: Outbox) -> Iterator[tuple[str, StoredAlert, str]]:
    for alert in outbox.alerts():
        try:
            said = read_alert(alert.raw)
        except BadAlert as error:
            raise InputError(f"is no alert: {error}", where=f"alert {alert.id}") from None
        yield f"{said.incident_id}/{said.sequence}", alert, said.incident_id


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise OutputError("is there already", where=str(path), mend="give an empty folder") from None
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", where=str(path)) from None
