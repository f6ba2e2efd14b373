"""One MAVLink frame as it came in over a link, and what is to be sent out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from droneops.telemetry.dialect import MessageType
from droneops.telemetry.headers import HEADER_BYTES_V1, HEADER_BYTES_V2, MARKER_V2


@dataclass(frozen=True, slots=True)
class LiveFrame:
    """One whole frame: its checksum held, or, where ``is_known`` is false, its message is none of ours.

    ``received_us`` is our own clock at receipt, UTC microseconds. ``peer`` names who sent it over the link
    ("10.0.0.5:14550", or the device of a serial port); an answer goes back to that name. ``data`` is the
    frame from its marker to the end of its checksum or signature.
    """

    received_us: int
    peer: str
    message_id: int
    system_id: int
    component_id: int
    seq: int
    version: int
    signed: bool
    is_known: bool
    data: bytes

    @property
    def payload(self) -> bytes:
        """The payload as sent, trimmed or not."""
        begin = HEADER_BYTES_V2 if self.data[0] == MARKER_V2 else HEADER_BYTES_V1
        return self.data[begin : begin + self.data[1]]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent to ``peer`` (None: to every peer of the link), fields under their MAVLink names.

    A field that is left out is zero. Text is bytes.
    """

    name: str
    fields: Mapping[str, Any]
    peer: str | None


def fields_of(frame: LiveFrame, message: MessageType) -> np.void:
    """The fields of a frame of ``message``: ``fields["lat"]``, in MAVLink's units.

    Zeros that MAVLink 2 trimmed are put back; a payload longer than the message is cut.
    """
    size = message.payload.itemsize
    padded = frame.payload[:size].ljust(size, b"\0")
    record: np.void = np.frombuffer(padded, dtype=message.payload)[0]
    return record
