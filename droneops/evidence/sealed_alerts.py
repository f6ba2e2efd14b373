"""The alerts in a bundle: all of one incident, in order, each with a signature of its own that fits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from droneops.evidence.canonical import parse_strictly
from droneops.evidence.journal import Head
from droneops.evidence.manifest import FileEntry, Manifest, read_head
from droneops.evidence.signature import BadSignature, verify

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

NAME = "alerts.jsonl"
SCHEMA = "droneops.alert/1"
_SNAPSHOT = re.compile(r"snapshot(?:-([1-9][0-9]{0,8}))?\.jpg")
_DOCUMENTS = {"rules.json": "rules_sha256", "zones.jsonl": "zones_sha256"}
MAX_ALERT_BYTES = 4096
"""The contract's limit of an alert."""


class BadAlertError(ValueError):
    """``line`` (from 1) of the file does not fit; ``offset`` is where it begins."""

    def __init__(self, reason: str, line: int, offset: int) -> None:
        self.offset = offset
        super().__init__(f"line {line}: {reason}")


@dataclass(frozen=True, slots=True)
class SealedAlert:
    """An alert as it lies in the bundle: its exact bytes, and what of it others must fit."""

    raw: bytes
    sequence: int
    journal_head: Head | None
    snapshot_sha256: str | None


def check_alerts(
    raw: bytes, manifest: Manifest, keys: Mapping[str, Ed25519PublicKey]
) -> tuple[SealedAlert, ...]:
    """The alerts of ``alerts.jsonl``, checked; ``keys`` are the site's, by key id.

    Raises:
        BadAlertError: at the first line that does not fit.
    """
    alerts: list[SealedAlert] = []
    offset = 0
    for number, line in enumerate(raw.split(b"\n")[:-1], start=1):
        try:
            alert = _alert(line, number, manifest, keys)
            _check_heads(alert, alerts, manifest)
        except (ValueError, BadSignature) as error:
            raise BadAlertError(str(error), number, offset) from None
        alerts.append(alert)
        offset += len(line) + 1
    if offset != len(raw) or not alerts:
        raise BadAlertError("there is no alert" if not raw else "is cut short", len(alerts) + 1, offset)
    return tuple(alerts)


def check_snapshot(entry: FileEntry, alerts: Sequence[SealedAlert]) -> str | None:
    """Why a file is not the picture that the alerts speak of; None if it is, and for one that is no picture.

    ``snapshot-3.jpg`` belongs to the third alert, ``snapshot.jpg`` to any.
    """
    named = _SNAPSHOT.fullmatch(entry.name)
    if named is None:
        return None
    about = [alert for alert in alerts if named[1] is None or alert.sequence == int(named[1])]
    spoken_of = {alert.snapshot_sha256 for alert in about}
    nothing_said = named[1] is None and spoken_of == {None}
    if entry.sha256 in spoken_of or nothing_said:
        return None
    return f"is another picture than the one the alerts speak of (sha256 {entry.sha256})"


def check_facts(manifest: Manifest) -> tuple[str, str] | None:
    """The file that is not the one whose digest the manifest's facts give, and why; None if all are.

    The manifest names every file's digest; these two stand in the facts too, as the alerts tell them.
    """
    for entry in manifest.files:
        fact = _DOCUMENTS.get(entry.name)
        told = None if fact is None else manifest.table.get(fact)
        if told is not None and told != entry.sha256:
            return entry.name, f"is not the one that the manifest's {fact} is of"
    return None


def check_held(held: Iterable[bytes], manifest: Manifest, alerts: Sequence[SealedAlert]) -> str | None:
    """Why alerts that somebody else holds of this incident are not in the bundle; None if they are."""
    sealed = {alert.raw for alert in alerts}
    for raw in held:
        table = parse_strictly(raw)
        if table["incident_id"] == manifest.incident_id and raw not in sealed:
            return f"lacks the alert of sequence {table['sequence']} as it was received"
    return None


def signed_table(raw: bytes, keys: Mapping[str, Ed25519PublicKey]) -> dict[str, Any]:
    """An alert whose signature fits one of the keys, as a table with incident_id, sequence and journal_head.

    Raises:
        ValueError: it is no alert.
        BadSignature: its signature does not fit.
    """
    if len(raw) > MAX_ALERT_BYTES:
        raise ValueError(f"is longer than {MAX_ALERT_BYTES} bytes")
    table = parse_strictly(raw)
    if not isinstance(table, dict) or table.get("schema") != SCHEMA:
        raise ValueError(f"is no {SCHEMA}")
    named = isinstance(table.get("incident_id"), str) and type(table.get("sequence")) is int
    if not named or "journal_head" not in table:
        raise ValueError("lacks incident_id, sequence or journal_head")
    verify(table, key_for(table, keys))
    return table


def key_for(table: Mapping[str, Any], keys: Mapping[str, Ed25519PublicKey]) -> Ed25519PublicKey:
    """The key that the message names, else any: its signature then fails with the reason."""
    signature = table.get("signature")
    named = signature.get("key_id") if isinstance(signature, Mapping) else None
    found = keys.get(named) if isinstance(named, str) else None
    return next(iter(keys.values())) if found is None else found


def _alert(line: bytes, number: int, manifest: Manifest, keys: Mapping[str, Ed25519PublicKey]) -> SealedAlert:
    table = signed_table(line, keys)
    if table["incident_id"] != manifest.incident_id:
        raise ValueError(f"is an alert of another incident: {table['incident_id'][:40]}")
    if table["sequence"] != number:
        raise ValueError(f"has sequence {table['sequence']}, where {number} should be")
    _check_said_alike(table, manifest)
    evidence = table.get("evidence")
    if isinstance(evidence, dict) and evidence.get("bundle_id") != manifest.bundle_id:
        raise ValueError("speaks of another bundle")
    return SealedAlert(line, number, read_head(table["journal_head"]), _snapshot_sha256(table))


def _check_said_alike(table: Mapping[str, Any], manifest: Manifest) -> None:
    """A drill must not become a real case by sealing its bundle anew."""
    said, sealed = table.get("status"), manifest.table.get("status")
    if said is not None and sealed is not None and said != sealed:
        raise ValueError(f"is of status {said!s:.20}, the manifest says {sealed!s:.20}")


def _snapshot_sha256(table: Mapping[str, Any]) -> str | None:
    snapshot = table.get("snapshot")
    return str(snapshot.get("sha256")) if isinstance(snapshot, dict) else None


def _check_heads(alert: SealedAlert, earlier: Sequence[SealedAlert], manifest: Manifest) -> None:
    """The journal only grows: from one alert to the next, and to the manifest."""
    heads = [a.journal_head for a in (*earlier, alert) if a.journal_head is not None]
    if len(heads) > 1 and heads[-1][0] < heads[-2][0]:
        raise ValueError("was said at an earlier journal_head than the alert before it")
    if heads and manifest.journal_head is not None and heads[-1][0] > manifest.journal_head[0]:
        raise ValueError("was said at a later journal_head than the bundle's")
