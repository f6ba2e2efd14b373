"""An alert as Cursor-on-Target (event 2.0), for ATAK and its like.

Type, ce and opex as in the public event schema of MITRE: ``ce`` may be the radius of an area about the
point, and here it is the one that holds 90 % of the error; ``opex`` is o, e or s for operation, exercise or
simulation. ``uid`` is the incident's id, so that an update moves the marker instead of setting another.
"""

from __future__ import annotations

import hashlib
import math
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element, SubElement

from droneops.delivery.alert import Alert, Position, read_alert
from droneops.delivery.text import short
from droneops.delivery.words import phrases
from droneops.delivery.xml_text import add, clean, to_bytes

UNKNOWN = "9999999.0"
"""How the format writes a height or an error that nobody knows. Ours are above mean sea level, its heights
above the ellipsoid, tens of metres apart in Thailand: none is given rather than a wrong one."""

STALE_AFTER_S = 1800.0
"""A marker without news for half an hour is greyed; what still goes on is told at least every few minutes."""

SPOT = "b-m-p-s-m"
"""A plain spot on the map, for what is no actor."""

TYPES = {
    "illegal_logging": "a-s-G",
    "border_crossing": "a-s-G",
    "intrusion": "a-u-G",
    "fire": SPOT,
    "person_in_distress": SPOT,
    "drone_blind": SPOT,
}
"""a-s-G suspect, a-u-G unknown, on the ground. Nothing that a drone sees is told to be hostile."""

DRILL_SUSPECT = "a-j-G"
"""Joker: who plays the suspect in an exercise."""

OPEX = {"actual": "o", "exercise": "e", "test": "s"}


def to_cot(raw: bytes) -> bytes | None:
    """The event of an alert's bytes; None where it has no position, without which there is no event.

    A cancelled alert's event is stale at once, which takes the marker off the map.

    Raises:
        BadAlert: these are no alert.
    """
    alert = read_alert(raw)
    if alert.position is None:
        return None
    root = Element("event", _attributes(alert))
    SubElement(root, "point", _point(alert.position))
    _detail(SubElement(root, "detail"), alert, raw)
    return to_bytes(root)


def _attributes(alert: Alert) -> dict[str, str]:
    sent = datetime.fromisoformat(alert.sent)
    lasts_s = 0.0 if alert.message_type == "cancel" else STALE_AFTER_S
    return {
        "version": "2.0",
        "uid": alert.incident_id,
        "type": _type(alert),
        "how": "m-i",
        "opex": OPEX[alert.status],
        "time": _time(sent),
        "start": _time(sent),
        "stale": _time(sent + timedelta(seconds=lasts_s)),
    }


def _type(alert: Alert) -> str:
    kind = TYPES[alert.event]
    return DRILL_SUSPECT if kind == "a-s-G" and alert.status != "actual" else kind


def _point(position: Position) -> dict[str, str]:
    return {
        "lat": f"{position.lat_deg:.8f}",
        "lon": f"{position.lon_deg:.8f}",
        "hae": UNKNOWN,
        "ce": f"{max(1, math.ceil(position.ce90_m))}.0",
        "le": UNKNOWN,
    }


def _detail(detail: Element, alert: Alert, raw: bytes) -> None:
    mark = phrases.STATUS[alert.status][1]
    callsign = clean(short(f"{mark}{phrases.SUSPICION[alert.event][1]}"))
    SubElement(detail, "contact", {"callsign": callsign})
    if alert.motion is not None:
        course, speed = f"{alert.motion.course_deg:.1f}", f"{alert.motion.speed_mps:.2f}"
        SubElement(detail, "track", {"course": course, "speed": speed})
    said = (alert.headline.th, alert.headline.en, alert.instruction.th, alert.instruction.en)
    sha256 = hashlib.sha256(raw).hexdigest()
    remarks = add(detail, "remarks", "\n".join((*said, f"alert {alert.id} sha256 {sha256}")))
    remarks.set("source", clean(alert.drone.id))
    remarks.set("time", _time(datetime.fromisoformat(alert.sent)))


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
