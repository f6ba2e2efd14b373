"""MAVLink over a serial port, USB or a radio. The only place that imports pyserial."""

from __future__ import annotations

import os
import termios
from typing import Any

from droneops.telemetry.live.address import LinkAddress
from droneops.telemetry.live.transport import TransportCounts
from droneops.telemetry.live.unsent import FrameWriter
from droneops.telemetry.live.waker import Waker

# What the kernel holds for a port at most.
_BATCH_BYTES = 4096


class SerialTransport:
    """One device, found by its path each time it is opened: unplugged and back, it is the same link."""

    is_datagram = False
    is_shared = False

    def __init__(self, address: LinkAddress, waker: Waker) -> None:
        self._device, self._baud = address.device, address.baud
        self._waker = waker
        self._port: Any = None
        self._writer = FrameWriter()

    def open(self, timeout_s: float) -> bool:
        from serial import Serial

        try:
            # Raw bytes at the rate asked for, and nobody else's: two readers would each get half the frames.
            self._port = Serial(self._device, self._baud, timeout=0, write_timeout=0, exclusive=True)
        except (termios.error, ValueError) as error:
            raise OSError(f"{self._device} cannot be set to {self._baud} baud: {error}") from error
        return True

    def receive(self, timeout_s: float) -> list[tuple[str, bytes]]:
        descriptor = self._descriptor()
        self._writer.flush(self._write)
        if not self._waker.wait(timeout_s, descriptor):
            return []
        try:
            data = os.read(descriptor, _BATCH_BYTES)
        except BlockingIOError:
            return []
        if not data:
            # Readable, and nothing to read: that is how an unplugged device looks.
            raise OSError(f"{self._device} is gone")
        return [(self._device, data)]

    def send(self, data: bytes, peer: str) -> bool:
        return self._writer.send(self._write, data)

    def close(self) -> None:
        self._writer.forget()
        port, self._port = self._port, None
        if port is not None:
            port.close()

    def counts(self) -> TransportCounts:
        return TransportCounts(unsent_frames=self._writer.dropped_frames)

    def _descriptor(self) -> int:
        if self._port is None:
            raise OSError("the link is not open")
        descriptor: int = self._port.fileno()
        return descriptor

    def _write(self, data: bytes) -> int:
        return os.write(self._descriptor(), data)
