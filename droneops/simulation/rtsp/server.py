"""The server: takes connections, bounded in number, and hands each to a `Client`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress

from droneops.errors import UsageError
from droneops.simulation.rtsp.channel import Channel
from droneops.simulation.rtsp.client import Client
from droneops.simulation.rtsp.login import Login
from droneops.simulation.rtsp.message import MOST_HEAD_BYTES

# A rehearsal has a service, a console and a few players.
MOST_CLIENTS = 32


class Server:
    """Serves channels by path on one address. Used as an asynchronous context manager.

    Raises:
        UsageError: on entering, if the address cannot be had.
    """

    def __init__(
        self,
        host: str,
        port: int,
        channels: Mapping[str, Channel],
        login: Login | None,
        random_bits: Callable[[int], int],
    ) -> None:
        self._address = (host, port)
        self._channels = channels
        self._login = login
        self._random_bits = random_bits
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port listened on, also where 0 was asked for."""
        if self._server is None:
            return self._address[1]
        return int(self._server.sockets[0].getsockname()[1])

    async def __aenter__(self) -> Server:
        host, port = self._address
        try:
            self._server = await asyncio.start_server(self._serve, host, port, limit=MOST_HEAD_BYTES)
        except OSError as error:
            mend = "give another address with --rtsp HOST:PORT"
            raise UsageError(f"RTSP on {host}:{port}: {error.strerror or error}", mend=mend) from None
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= MOST_CLIENTS:
            writer.close()
            return
        task = asyncio.current_task()
        if task is None:
            return
        self._tasks.add(task)
        try:
            await Client(reader, writer, self._channels, self._login, self._random_bits).serve()
        except asyncio.CancelledError:
            with suppress(OSError):
                writer.transport.abort()
        finally:
            self._tasks.discard(task)
