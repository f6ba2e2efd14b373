"""An alert as OASIS CAP 1.2 (http://docs.oasis-open.org/emergency/cap/v1.2/CAP-v1.2-os.html).

The JSON stays the original: it alone is signed and receipted, and its digest stands in the parameters.

| CAP | from |
|---|---|
| status | actual, exercise, test as they are |
| msgType | alert, update, cancel as they are |
| scope | always Restricted: this is for the agencies that the site names |
| category | Security; fire: Fire; person_in_distress: Rescue; drone_blind: Infra; illegal_logging also Env |
| responseType | Assess (a machine's finding is to be looked into); None for drills and a cancel |
| urgency | extreme, severe: Immediate; moderate, minor: Expected; a cancel: Past |
| severity, certainty | as they are |
| circle | the position and the radius that holds 90 % of its error |
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement

from droneops.delivery.alert import Alert, BadAlert, Position, read_alert
from droneops.delivery.text import percent, subjects_text
from droneops.delivery.words import phrases
from droneops.delivery.xml_text import add, to_bytes

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
SENDER = "droneops"

CATEGORIES = {
    "illegal_logging": ("Security", "Env"),
    "border_crossing": ("Security",),
    "intrusion": ("Security",),
    "fire": ("Fire",),
    "person_in_distress": ("Rescue",),
    "drone_blind": ("Infra",),
}
URGENCY = {"extreme": "Immediate", "severe": "Immediate", "moderate": "Expected", "minor": "Expected"}
RESTRICTION = "For the agencies that the site names; not for the public."


def to_cap(raw: bytes, *, sender: str = SENDER, earlier: Sequence[bytes] = ()) -> bytes:
    """The CAP message of an alert's bytes, in Thai and in English.

    ``sender`` names the site and has no spaces, commas, ``<`` or ``&``. ``earlier`` are the bytes of the
    incident's earlier alerts: CAP names a message by its time too, which ``references`` does not hold.

    Raises:
        BadAlert: these are no alerts, or one that is referred to is not among ``earlier``.
        ValueError: ``sender`` is none.
    """
    if not sender or any(c.isspace() or c in ",<&" for c in sender):
        raise ValueError(f"sender {sender!r} is empty or holds a space, a comma, < or &")
    alert = read_alert(raw)
    sent_of = {said.id: _time(said.sent) for said in map(read_alert, earlier)}
    root = Element("alert", xmlns=NAMESPACE)
    _head(root, alert, sender, sent_of)
    for language, code in (("th", "th-TH"), ("en", "en-US")):
        _info(SubElement(root, "info"), alert, raw, language, code)
    return to_bytes(root)


def _head(root: Element, alert: Alert, sender: str, sent_of: Mapping[str, str]) -> None:
    add(root, "identifier", alert.id)
    add(root, "sender", sender)
    add(root, "sent", _time(alert.sent))
    add(root, "status", alert.status.capitalize())
    add(root, "msgType", alert.message_type.capitalize())
    add(root, "scope", "Restricted")
    add(root, "restriction", RESTRICTION)
    if alert.references:
        add(root, "references", _references(alert, sender, sent_of))
    add(root, "incidents", " ".join(filter(None, (alert.incident_id, alert.replaced_by))))


def _references(alert: Alert, sender: str, sent_of: Mapping[str, str]) -> str:
    unknown = next((name for name in alert.references if name not in sent_of), None)
    if unknown is not None:
        raise BadAlert(
            f"alert {alert.id} refers to {unknown}", mend="give the earlier alerts of its incident"
        )
    return " ".join(f"{sender},{name},{sent_of[name]}" for name in alert.references)


def _info(info: Element, alert: Alert, raw: bytes, language: str, code: str) -> None:
    which = 0 if language == "th" else 1
    add(info, "language", code)
    for category in CATEGORIES[alert.event]:
        add(info, "category", category)
    add(info, "event", phrases.SUSPICION[alert.event][which])
    add(info, "responseType", _response(alert))
    add(info, "urgency", "Past" if alert.message_type == "cancel" else URGENCY[alert.severity])
    add(info, "severity", alert.severity.capitalize())
    add(info, "certainty", alert.certainty.capitalize())
    _pair(info, "eventCode", "droneops:event", alert.event)
    add(info, "onset", _time(alert.onset))
    add(info, "headline", getattr(alert.headline, language))
    description = _description(alert, language)
    if description:
        add(info, "description", description)
    add(info, "instruction", getattr(alert.instruction, language))
    for name, value in _parameters(alert, raw).items():
        _pair(info, "parameter", f"droneops:{name}", value)
    if alert.position is not None:
        _area(SubElement(info, "area"), alert.position)


def _response(alert: Alert) -> str:
    return "None" if alert.status != "actual" or alert.message_type == "cancel" else "Assess"


def _description(alert: Alert, language: str) -> str:
    seen: str = getattr(subjects_text(alert.subjects), language)
    zones = (f"{getattr(zone.name, language)} ({percent(zone.probability_inside)})" for zone in alert.zones)
    return "; ".join(part for part in (seen, *zones) if part)


def _parameters(alert: Alert, raw: bytes) -> dict[str, str]:
    told = {
        "alert_sha256": hashlib.sha256(raw).hexdigest(),
        "sequence": str(alert.sequence),
        "last_seen": _time(alert.last_seen),
        "rule": f"{alert.rule.id} version {alert.rule.version}",
        "drone": alert.drone.id,
    }
    if alert.position is not None and alert.position.mgrs is not None:
        told |= {"mgrs": alert.position.mgrs, "utm": alert.position.utm or ""}
    if alert.border is not None:
        told["border_side"] = alert.border.side
        told["border_distance_m"] = f"{alert.border.distance_m:.0f}"
    if alert.motion is not None:
        told["course_deg"] = f"{alert.motion.course_deg:.0f}"
        told["speed_mps"] = f"{alert.motion.speed_mps:.1f}"
    if alert.snapshot is not None:
        told["snapshot_sha256"] = alert.snapshot.sha256
    return told


def _area(area: Element, position: Position) -> None:
    place = position.near or (f"UTM {position.utm}" if position.utm else "")
    add(area, "areaDesc", place or f"{position.lat_deg:.6f} {position.lon_deg:.6f}")
    # CAP's radius is in kilometres; rounded up to the metre, since a smaller circle would promise too much.
    radius_km = max(1, math.ceil(position.ce90_m)) / 1000
    add(area, "circle", f"{position.lat_deg:.6f},{position.lon_deg:.6f} {radius_km:.3f}")


def _pair(parent: Element, name: str, key: str, value: str) -> None:
    pair = SubElement(parent, name)
    add(pair, "valueName", key)
    add(pair, "value", value)


def _time(text: str) -> str:
    # CAP 3.3.2 forbids Z and knows no fractions of a second.
    return datetime.fromisoformat(text).strftime("%Y-%m-%dT%H:%M:%S-00:00")
