"""Which messages we ask a vehicle for, how often, and what for."""

from __future__ import annotations

from dataclasses import dataclass

ARDUPILOT = 3
PX4 = 12


@dataclass(frozen=True, slots=True)
class Want:
    """A message at ``rate_hz``: the first of ``messages`` that is not refused.

    ``px4_first``: the one with which to begin on PX4.
    """

    messages: tuple[str, ...]
    rate_hz: float
    what_for: str
    px4_first: str = ""

    def order(self, autopilot: int) -> tuple[str, ...]:
        """``messages`` in the order in which to ask this MAV_AUTOPILOT."""
        if autopilot == PX4 and self.px4_first:
            return (self.px4_first, *(name for name in self.messages if name != self.px4_first))
        return self.messages


# HEARTBEAT comes unasked. ATTITUDE before ATTITUDE_QUATERNION: the pose track reads both as one series, and
# it takes 28 bytes instead of 32 to 48; both at twice the rate of positions, for a picture turns faster than
# it moves.
WANTED_OF_AUTOPILOT: tuple[Want, ...] = (
    Want(("SYSTEM_TIME",), 1, "the vehicle's clock"),
    Want(("GLOBAL_POSITION_INT",), 10, "where the vehicle is"),
    Want(("ATTITUDE", "ATTITUDE_QUATERNION"), 20, "how the vehicle stands"),
    Want(
        ("GIMBAL_DEVICE_ATTITUDE_STATUS", "MOUNT_ORIENTATION", "MOUNT_STATUS"), 20, "where the camera looks"
    ),
    Want(("GPS_RAW_INT",), 2, "how good the fix is"),
    Want(("GPS2_RAW",), 1, "how good the second receiver's fix is"),
    Want(("EKF_STATUS_REPORT", "ESTIMATOR_STATUS"), 1, "how good the estimate is", "ESTIMATOR_STATUS"),
    Want(("SYS_STATUS",), 1, "battery and sensors"),
    Want(("HOME_POSITION",), 0.2, "the height of home"),
)
WANTED_OF_CAMERA: tuple[Want, ...] = (Want(("CAMERA_FOV_STATUS",), 5, "the zoom"),)
# ArduPilot fronts for cameras that have no MAVLink of their own.
WANTED_OF_ARDUPILOT: tuple[Want, ...] = (*WANTED_OF_AUTOPILOT, *WANTED_OF_CAMERA)

# ArduPilot before 4.0 knows no SET_MESSAGE_INTERVAL, but MAV_DATA_STREAM: POSITION, EXTRA1 (attitude),
# EXTENDED_STATUS (fix, battery), EXTRA3 (clock, estimate), in Hz.
# Source: https://mavlink.io/en/messages/common.html#MAV_DATA_STREAM
WANTED_STREAMS = ((6, 10), (10, 10), (2, 2), (12, 2))
