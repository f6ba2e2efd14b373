"""The MQTT topics: the only place that spells them."""

from __future__ import annotations

from typing import NamedTuple

ROOT = "droneops/v1"


class ReceiptTopic(NamedTuple):
    """Whose receipt, and of which incident."""

    agency: str
    incident_id: str


def alert_topic(site_id: str, agency: str, incident_id: str) -> str:
    """Where an agency reads the messages of an incident."""
    return f"{ROOT}/{site_id}/alerts/{agency}/{incident_id}"


def snapshot_topic(site_id: str, agency: str, incident_id: str) -> str:
    """Where an agency reads the picture of an incident."""
    return f"{ROOT}/{site_id}/snapshots/{agency}/{incident_id}"


def video_topic(site_id: str, agency: str, incident_id: str) -> str:
    """Where an agency reads the link to the video of an incident; retained while the incident goes on."""
    return f"{ROOT}/{site_id}/video/{agency}/{incident_id}"


def receipt_topic(site_id: str, agency: str, incident_id: str) -> str:
    """Where an agency writes its receipts for an incident."""
    return f"{ROOT}/{site_id}/receipts/{agency}/{incident_id}"


def receipts_filter(site_id: str) -> str:
    """What the site subscribes to: all agencies' receipts."""
    return receipt_topic(site_id, "+", "+")


def state_topic(site_id: str) -> str:
    """Where the site says how it is; retained, and its last will."""
    return f"{ROOT}/{site_id}/state"


def drone_state_topic(site_id: str, drone_id: str) -> str:
    """Where a drone's state is; retained, for agencies with see_drones."""
    return f"{ROOT}/{site_id}/drones/{drone_id}/state"


def drone_position_topic(site_id: str, drone_id: str) -> str:
    """Where a drone's position is, once a second; for agencies with see_drones."""
    return f"{ROOT}/{site_id}/drones/{drone_id}/position"


def read_receipt_topic(site_id: str, topic: str) -> ReceiptTopic | None:
    """The parts of a receipt's topic, or None if it is no such topic of this site."""
    head = f"{ROOT}/{site_id}/receipts/"
    rest = topic.removeprefix(head)
    agency, slash, incident_id = rest.partition("/")
    fits = topic.startswith(head) and slash and agency and incident_id and "/" not in incident_id
    return ReceiptTopic(agency, incident_id) if fits else None
