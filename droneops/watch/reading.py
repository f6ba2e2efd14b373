"""What a message from the broker is: an alert, a picture, or something else."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from droneops.delivery.alert import Alert, BadAlert, read_alert
from droneops.delivery.topics import alert_topic, snapshot_topic
from droneops.evidence.canonical import parse_strictly
from droneops.evidence.signature import BadSignature, verify

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PICTURE_LIMIT = 65_536
JPEG = b"\xff\xd8\xff"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AlertCame:
    """An alert and the digest of its exact bytes. ``doubt`` says why it is not the site's word, or None."""

    alert: Alert
    raw: bytes
    sha256: str
    retained: bool
    doubt: str | None


@dataclass(frozen=True, slots=True)
class PictureCame:
    """A JPEG of an incident."""

    incident_id: str
    raw: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Strange:
    """A message that is neither; nobody answers it."""

    topic: str
    size: int
    why: str


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose messages are read: of a site, for an agency, signed with the site's key where that is known."""

    site_id: str
    agency: str
    public_key: Ed25519PublicKey | None = None


def read(
    subject: Subject, topic: str | None, payload: bytes, retained: bool
) -> AlertCame | PictureCame | Strange:
    """What a message is; never raises, whatever the bytes."""
    kind, incident_id = _place(subject, topic)
    if kind == "alert":
        try:
            return _alert(subject, payload, incident_id, retained)
        except BadAlert as error:
            return Strange(topic or "", len(payload), f"no alert: {error.what}")
    if kind == "picture":
        if len(payload) > PICTURE_LIMIT or not payload.startswith(JPEG):
            return Strange(topic or "", len(payload), f"no JPEG of at most {PICTURE_LIMIT} bytes")
        return PictureCame(incident_id, payload, hashlib.sha256(payload).hexdigest())
    return Strange(topic or "", len(payload), "a topic that is none of ours")


def _place(subject: Subject, topic: str | None) -> tuple[str, str]:
    """Whether a topic is one for alerts or for pictures, and of which incident."""
    head, _, incident_id = (topic or "").rpartition("/")
    if _UUID.fullmatch(incident_id) is None:
        return "", ""
    heads = {
        alert_topic(subject.site_id, subject.agency, "").rstrip("/"): "alert",
        snapshot_topic(subject.site_id, subject.agency, "").rstrip("/"): "picture",
    }
    return heads.get(head, ""), incident_id


def _alert(subject: Subject, payload: bytes, incident_id: str, retained: bool) -> AlertCame:
    alert = read_alert(payload)
    if alert.incident_id != incident_id:
        raise BadAlert("it is of another incident than its topic")
    sha256 = hashlib.sha256(payload).hexdigest()
    return AlertCame(alert, payload, sha256, retained, _doubt(payload, subject.public_key))


def _doubt(payload: bytes, public_key: Ed25519PublicKey | None) -> str | None:
    if public_key is None:
        return None
    try:
        verify(parse_strictly(payload), public_key)
    except BadSignature as error:
        return error.reason
    return None
