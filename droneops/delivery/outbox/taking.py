"""Takes alerts from a stream of JSON lines (`droneops outbox put`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from droneops.config import SEVERITIES, Site
from droneops.delivery.alert import MAX_BYTES, Alert, BadAlert, read_alert
from droneops.delivery.outbox.lines import Line, lines_as_they_come
from droneops.delivery.outbox.store import Outbox
from droneops.delivery.outbox.types import NewAlert, OutboxConflict
from droneops.errors import InputError

AT_A_TIME = 256
"""Alerts in one transaction: its one fdatasync is then a small part of the cost."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Who hears what: an alert's id once it is durable, and what a user should know."""

    durable: Callable[[str], None]
    warn: Callable[[str], None]


def take(read: Callable[[int], bytes], name: str, site: Site, outbox: Outbox, teller: Teller) -> None:
    """Store the alerts of a stream, each as it comes; a line that is no alert is told and passed over.

    Raises:
        InputError: after all the others were stored, where there was such a line.
        OutputError: the disk is full; what was told is durable.
    """
    refusals = _Refusals(name, teller.warn)
    for found in lines_as_they_come(read, MAX_BYTES):
        for batch in _batches(found):
            _take_batch(batch, site, outbox, teller, refusals.add)
    refusals.raise_if_any()


@dataclass(slots=True)
class _Refusals:
    """Each is told at once, for a stream may go on for days; the first and their number end the command."""

    name: str
    warn: Callable[[str], None]
    first: str = ""
    count: int = 0

    def add(self, number: int, why: str) -> None:
        text = f"line {number} {why}"
        self.warn(f"{self.name}: {text}")
        self.first = self.first or text
        self.count += 1

    def raise_if_any(self) -> None:
        if self.count:
            more = f", and {self.count - 1} lines more" if self.count > 1 else ""
            raise InputError(f"{self.first}{more}", where=self.name, mend="all others are stored")


def new_alert(raw: bytes, site: Site, gravest: Callable[[str], str | None]) -> NewAlert:
    """The alert that a line is, with the agencies that the site's rules name.

    ``gravest`` tells the gravest severity of an incident so far: what goes beyond it asks for an answer.

    Raises:
        BadAlert: it is none, or an actual one where the site is not.
    """
    alert = read_alert(raw)
    if alert.status == "actual" and site.file.site.status != "actual":
        raise BadAlert(f"status is actual, but the site's is {site.file.site.status}")
    zone_ids = frozenset(zone.id for zone in alert.zones)
    return NewAlert(
        id=alert.id,
        incident_id=alert.incident_id,
        sequence=alert.sequence,
        raw=raw,
        event=alert.event,
        severity=alert.severity,
        status=alert.status,
        zone_ids=zone_ids,
        agencies=site.agencies_for(alert.event, alert.severity, zone_ids),
        raises=_raises(alert, gravest),
    )


def _raises(alert: Alert, gravest: Callable[[str], str | None]) -> bool:
    if alert.message_type != "update":
        return alert.message_type == "alert"
    before = gravest(alert.incident_id)
    return before is None or SEVERITIES.index(alert.severity) < SEVERITIES.index(before)


def _batches(found: Sequence[Line]) -> Iterator[Sequence[Line]]:
    for start in range(0, len(found), AT_A_TIME):
        yield found[start : start + AT_A_TIME]


def _take_batch(
    batch: Sequence[Line], site: Site, outbox: Outbox, teller: Teller, refuse: Callable[[int, str], None]
) -> None:
    alerts: list[tuple[int, NewAlert]] = []
    for number, line in batch:
        if line is None:
            refuse(number, f"is no alert: longer than {MAX_BYTES} bytes")
        elif line.strip():
            try:
                alert = new_alert(line, site, lambda incident: _gravest(incident, alerts, outbox))
            except BadAlert as error:
                refuse(number, f"is no alert: {error.what}")
                continue
            alerts.append((number, alert))
            if not alert.agencies:
                teller.warn(
                    f"alert {alert.id} goes to nobody: no agency takes it, and [routing] has no default"
                )
    try:
        outbox.put([alert for _, alert in alerts])
    except OutboxConflict:
        _one_by_one(alerts, outbox, teller, refuse)
    else:
        for _, alert in alerts:
            teller.durable(alert.id)


def _one_by_one(
    alerts: Sequence[tuple[int, NewAlert]],
    outbox: Outbox,
    teller: Teller,
    refuse: Callable[[int, str], None],
) -> None:
    for number, alert in alerts:
        try:
            outbox.put([alert])
        except OutboxConflict as error:
            refuse(number, f"{error.where} {error.what}")
        else:
            teller.durable(alert.id)


def _gravest(incident_id: str, before: Sequence[tuple[int, NewAlert]], outbox: Outbox) -> str | None:
    """Among what is stored and what will be with this batch."""
    known = [alert.severity for _, alert in before if alert.incident_id == incident_id]
    stored = outbox.gravest(incident_id)
    return min([*known, *([] if stored is None else [stored])], key=SEVERITIES.index, default=None)
