"""What comes on the receipts' topics: a receipt that counts, or a refusal with its reason."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from droneops.delivery.client import Incoming
from droneops.delivery.receipt import BadReceipt, Receipt, parse_receipt
from droneops.delivery.topics import read_receipt_topic

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Keys = Mapping[str, "Ed25519PublicKey | None"]
"""The agencies of the site, each with its key, or None where the site file names none."""

AGENCY_LIMIT = 64
"""What the site file allows; a stranger's topic must not swell the journal."""


@dataclass(frozen=True, slots=True)
class GoodReceipt:
    """A receipt, and the incident that its topic names."""

    receipt: Receipt
    incident_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """What does not count, whose topic it came on, and why: one of a few words, so that it can be counted."""

    agency: str
    reason: str
    raw_sha256: str


def read(message: Incoming, site_id: str, keys: Keys) -> GoodReceipt | Refused:
    """The receipt in a message; never raises, whatever the message."""
    topic = None if message.topic is None else read_receipt_topic(site_id, message.topic)
    digest = hashlib.sha256(message.payload).hexdigest()
    if topic is None:
        return Refused("", "other_topic", digest)
    agency = "".join(c if c.isprintable() else "?" for c in topic.agency)[:AGENCY_LIMIT]
    if topic.agency not in keys:
        return Refused(agency, "unknown_agency", digest)
    if message.retained:
        return Refused(agency, "retained", digest)
    try:
        return GoodReceipt(
            parse_receipt(message.payload, topic.agency, keys[topic.agency]), topic.incident_id
        )
    except BadReceipt as error:
        return Refused(agency, str(error.reason), digest)
