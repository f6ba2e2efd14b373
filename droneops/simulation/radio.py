"""The drone's end of a MAVLink link over UDP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from droneops.errors import UsageError
from droneops.simulation.replies import replies
from droneops.simulation.telemetry import Mouth, is_failing, said_between
from droneops.simulation.words import Vehicle
from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.deframer import Deframer, Tally


class Radio(asyncio.DatagramProtocol):
    """Says what is due and answers commands. ``second`` tells the scenario's second it is now."""

    def __init__(self, vehicle: Vehicle, uri: str, second: Callable[[], float]) -> None:
        self._vehicle = vehicle
        self._uri = uri
        self._second = second
        self._mouth = Mouth(vehicle.drone.system_id)
        self._ears = Deframer(load_dialect(), Tally(), datagrams=True)
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    async def open(
        cls, vehicle: Vehicle, to: tuple[str, int], uri: str, second: Callable[[], float]
    ) -> Radio:
        """Raises UsageError if the address cannot be sent to."""
        loop = asyncio.get_running_loop()
        try:
            _, radio = await loop.create_datagram_endpoint(lambda: cls(vehicle, uri, second), remote_addr=to)
        except OSError as error:
            mend = "give another with --telemetry HOST:PORT"
            raise UsageError(f"telemetry to {to[0]}:{to[1]}: {error.strerror or error}", mend=mend) from None
        return radio

    async def talk(self, until_s: float, step_s: float) -> None:
        """Sends until a second of the scenario."""
        said_s = self._second()
        while said_s < until_s:
            await asyncio.sleep(step_s)
            now_s = min(self._second(), until_s)
            for _, frame in said_between(self._vehicle, self._mouth, said_s, now_s):
                self._send(frame)
            said_s = now_s

    def close(self) -> None:
        """Closes the socket."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """asyncio's word that the socket is there."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Answers what came, unless the link is lost at present."""
        t_s = self._second()
        if is_failing(self._vehicle, "link", t_s):
            return
        for frame in self._ears.feed(data, self._vehicle.utc_us(t_s), addr[0]):
            for answer in replies(self._vehicle, self._mouth, frame, t_s, self._uri):
                self._send(answer)

    def error_received(self, exc: Exception) -> None:
        """Nobody listens yet: a drone sends all the same."""

    def _send(self, frame: bytes) -> None:
        if self._transport is not None:
            with suppress(OSError):
                self._transport.sendto(frame)
