"""Who we are on a MAVLink network: never a ground station, never a vehicle."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from droneops.errors import UsageError
from droneops.telemetry.live.frame import Outgoing
from droneops.telemetry.vehicles import AUTOPILOT_INVALID

# MAV_TYPE_ONBOARD_CONTROLLER, and the version of MAVLink that every HEARTBEAT carries.
# Source: https://mavlink.io/en/messages/common.html#HEARTBEAT
_ONBOARD_CONTROLLER = 18
_MAVLINK_VERSION = 3

# ArduPilot's default SYSID_MYGCS (MAV_GCS_SYSID). Source: https://ardupilot.org/copter/docs/gcs-failsafe.html
_GROUND_STATION = 255
_BROADCAST = 0
_LARGEST_ID = 255


@dataclass(frozen=True, slots=True)
class Identity:
    """The system and component id under which we send; 191 is MAV_COMP_ID_ONBOARD_COMPUTER.

    246 lies above what people give to vehicles (they count from 1) and below what ground stations take.
    Raises UsageError for an id with a meaning of its own: 255 and 0 as system, 0 as component.
    """

    system_id: int = 246
    component_id: int = 191

    def __post_init__(self) -> None:
        if self.system_id == _GROUND_STATION:
            raise UsageError(
                "our own MAVLink system id cannot be 255: ArduPilot takes heartbeats of 255 for those of the"
                " pilot's ground station and acts on a failsafe when they stop",
                mend="choose one from 1 to 254 that no vehicle has, such as 246",
            )
        _refuse_outside("system", self.system_id)
        _refuse_outside("component", self.component_id)


def _refuse_outside(what: str, number: int) -> None:
    if not _BROADCAST < number <= _LARGEST_ID:
        reason = " addresses everybody" if number == _BROADCAST else " does not fit into a byte"
        raise UsageError(
            f"our own MAVLink {what} id cannot be {number}: it{reason}",
            mend="choose one from 1 to 254 that no vehicle has",
        )


def refuse_shared(identity: Identity, vehicle_system_ids: Collection[int]) -> None:
    """Raises UsageError if a vehicle on the link has our system id: it would take our frames for its own."""
    if identity.system_id in vehicle_system_ids:
        raise UsageError(
            f"our own MAVLink system id {identity.system_id} is that of a vehicle on the link",
            mend="choose another for us, from 1 to 254",
        )


def heartbeat() -> Outgoing:
    """Our HEARTBEAT, to every peer: an onboard controller without an autopilot, never MAV_TYPE_GCS.

    An autopilot counts ground stations by heartbeat (ArduPilot those of one system id, PX4 every one of
    MAV_TYPE_GCS) and acts on a failsafe, to return or to land, when they stop. We only listen; that we come
    and go must change nothing in flight. It is sent at all because routers and autopilots send only to whom
    they have heard.
    """
    fields = {
        "type": _ONBOARD_CONTROLLER,
        "autopilot": AUTOPILOT_INVALID,
        "mavlink_version": _MAVLINK_VERSION,
    }
    return Outgoing("HEARTBEAT", fields, peer=None)
