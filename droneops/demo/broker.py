"""An MQTT broker inside this process, for demonstrations only: loopback, no access rules, nothing kept."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from types import TracebackType
from typing import Any, Self

from droneops.errors import DeliveryError

START_TIMEOUT_S = 10.0
STOP_TIMEOUT_S = 2.0


class EmbeddedBroker:
    """amqtt in a thread of its own; ``port`` is a free port of the loopback address."""

    def __init__(self) -> None:
        self.port = _free_port()
        self._ready = threading.Event()
        self._failure: Exception | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="embedded-broker", daemon=True)

    def __enter__(self) -> Self:
        logging.getLogger("amqtt").setLevel(logging.CRITICAL)
        logging.getLogger("transitions").setLevel(logging.CRITICAL)
        self._thread.start()
        if not self._ready.wait(START_TIMEOUT_S) or self._failure is not None:
            raise DeliveryError(f"the embedded broker did not start: {self._failure or 'no answer'}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._loop is not None and self._stop is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(STOP_TIMEOUT_S)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as failure:  # noqa: BLE001 - whatever it is, __enter__ must hear of it
            self._failure = failure
            self._ready.set()

    async def _serve(self) -> None:
        from amqtt.broker import Broker

        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        broker = Broker(_config(self.port))
        await broker.start()
        self._ready.set()
        await self._stop.wait()
        await broker.shutdown()


def _config(port: int) -> dict[str, Any]:
    return {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}", "max_connections": 10}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
