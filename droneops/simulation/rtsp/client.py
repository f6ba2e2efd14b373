"""One client's connection: its requests, and what it is sent."""

from __future__ import annotations

import asyncio
import re
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress

from droneops.simulation.rtsp.channel import Channel, Viewer
from droneops.simulation.rtsp.login import Login
from droneops.simulation.rtsp.message import BadRequestError, Request, answer, body_bytes, parse
from droneops.simulation.rtsp.rtp import Sender
from droneops.simulation.rtsp.udp_pair import UdpPair, open_pair

# About two seconds of a stream of 8 Mbit/s: who is further behind gets no more until a key picture.
MOST_WAITING_BYTES = 2_000_000
# Who connects and says nothing is let go.
IDLE_S = 60.0
_METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER"
_PORTS = re.compile(r"client_port=(\d{1,5})-(\d{1,5})")
_CHANNELS = re.compile(r"interleaved=(\d{1,3})-(\d{1,3})")
_SERVER = {"Server": "droneops"}


class Client:
    """Serves one connection until it ends. ``random_bits`` gives so many random bits."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        channels: Mapping[str, Channel],
        login: Login | None,
        random_bits: Callable[[int], int],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._channels = channels
        self._login = login
        self._random_bits = random_bits
        self._nonce = f"{random_bits(64):016x}"
        self._session = f"{random_bits(64):016x}"
        self._channel: Channel | None = None
        self._viewer: Viewer | None = None
        self._udp: UdpPair | None = None

    async def serve(self) -> None:
        """Answers requests. What is no RTSP ends the connection; raises nothing."""
        try:
            while await self._one():
                await self._writer.drain()
        except (
            BadRequestError,
            asyncio.IncompleteReadError,
            asyncio.LimitOverrunError,
            OSError,
            TimeoutError,
        ):
            pass
        finally:
            self._leave()
            with suppress(OSError):
                self._writer.close()

    async def _one(self) -> bool:
        """Reads and answers one request; False after the last."""
        timeout_s = None if self._viewer is not None else IDLE_S
        first = await asyncio.wait_for(self._reader.readexactly(1), timeout_s)
        if first == b"$":
            # The client's own reports, between requests.
            _, length = struct.unpack(">BH", await self._reader.readexactly(3))
            await self._reader.readexactly(length)
            return True
        head = first + await self._reader.readuntil(b"\r\n\r\n")
        request = parse(head[:-4].lstrip(b"\r\n"))
        await self._reader.readexactly(body_bytes(request))
        return await self._answer(request)

    async def _answer(self, request: Request) -> bool:
        if request.method == "OPTIONS":
            return self._say(200, request, {"Public": _METHODS})
        if self._login is not None and not self._login.lets_in(request, self._nonce):
            return self._say(401, request, {"WWW-Authenticate": self._login.challenge(self._nonce)})
        if request.method == "DESCRIBE":
            return self._describe(request)
        if request.method == "SETUP":
            return await self._set_up(request)
        if self._viewer is None or self._channel is None:
            return self._say(455 if request.method in _METHODS else 405, request, {})
        return self._in_session(request, self._channel, self._viewer)

    def _in_session(self, request: Request, channel: Channel, viewer: Viewer) -> bool:
        session = {"Session": self._session}
        if request.method == "PLAY":
            said = self._say(200, request, {**session, "Range": "npt=now-"})
            if viewer not in channel.viewers:
                channel.viewers.append(viewer)
            return said
        if request.method == "PAUSE":
            self._stop_watching()
            viewer.waits_for_key = True
            return self._say(200, request, session)
        if request.method == "TEARDOWN":
            self._say(200, request, session)
            return False
        known = request.method in ("GET_PARAMETER", "SET_PARAMETER")
        return self._say(200 if known else 405, request, session)

    def _describe(self, request: Request) -> bool:
        channel = self._channels.get(request.path)
        if channel is None or not channel.is_open:
            return self._say(404 if channel is None else 503, request, {})
        headers = {"Content-Base": request.url.rstrip("/") + "/", "Content-Type": "application/sdp"}
        return self._say(200, request, headers, channel.description)

    async def _set_up(self, request: Request) -> bool:
        channel = self._channels.get(request.path.removesuffix("/track0"))
        if channel is None or not channel.is_open:
            return self._say(404 if channel is None else 503, request, {})
        if self._viewer is not None:
            return self._say(455, request, {})
        offered = [each.strip() for each in request.headers.get("transport", "").split(",")]
        for transport in offered:
            chosen = await self._transport(transport)
            if chosen is not None:
                self._channel = channel
                return self._say(
                    200, request, {"Transport": chosen, "Session": f"{self._session};timeout=60"}
                )
        return self._say(461, request, {})

    async def _transport(self, transport: str) -> str | None:
        """Takes one of the client's offers; None for one that is not served (multicast, for one)."""
        if transport.startswith("RTP/AVP/TCP"):
            given = _CHANNELS.search(transport)
            numbers = (int(given[1]) & 0xFF, int(given[2]) & 0xFF) if given else (0, 1)
            self._watch_by(lambda kind, data: self._interleave(numbers[kind], data))
            return f"RTP/AVP/TCP;unicast;interleaved={numbers[0]}-{numbers[1]}"
        given = _PORTS.search(transport)
        if not transport.startswith("RTP/AVP") or "multicast" in transport or given is None:
            return None
        here, there = self._writer.get_extra_info("sockname")[0], self._writer.get_extra_info("peername")[0]
        self._udp = open_pair(here, there, (int(given[1]), int(given[2])))
        if self._udp is None:
            return None
        self._watch_by(self._udp.send)
        ports = "-".join(str(port) for port in self._udp.ports)
        return f"RTP/AVP;unicast;client_port={given[1]}-{given[2]};server_port={ports}"

    def _watch_by(self, send: Callable[[int, bytes], None]) -> None:
        sender = Sender(self._random_bits(32), self._random_bits(16), self._random_bits(32))
        self._viewer = Viewer(sender, send, self._is_slow, self._writer.transport.abort)

    def _interleave(self, number: int, data: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(struct.pack(">cBH", b"$", number, len(data)) + data)

    def _is_slow(self) -> bool:
        return self._writer.transport.get_write_buffer_size() > MOST_WAITING_BYTES

    def _say(self, status: int, request: Request, headers: Mapping[str, str], body: bytes = b"") -> bool:
        self._writer.write(answer(status, request, {**_SERVER, **headers}, body))
        return True

    def _stop_watching(self) -> None:
        if self._channel is not None and self._viewer in self._channel.viewers:
            self._channel.viewers.remove(self._viewer)

    def _leave(self) -> None:
        self._stop_watching()
        if self._udp is not None:
            self._udp.close()
