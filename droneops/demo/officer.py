"""The police side of the demonstration: subscribes like an agency and shows what an officer reads."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from droneops.errors import DeliveryError
from droneops.watch.card import card

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

__all__ = ["Officer", "card"]

SUBSCRIBE_TIMEOUT_S = 10.0


class Officer:
    """Collects an agency's alerts and snapshots from a broker. ``alerts`` holds their exact bytes."""

    def __init__(self, port: int, site_id: str, agency: str) -> None:
        self._port = port
        self._topics = [(f"droneops/v1/{site_id}/{kind}/{agency}/#", 1) for kind in ("alerts", "snapshots")]
        self._subscribed = threading.Event()
        self.alerts: list[bytes] = []
        self.snapshots: list[bytes] = []
        self._client = self._make_client()

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        if not self._subscribed.wait(SUBSCRIBE_TIMEOUT_S):
            raise DeliveryError("the police terminal got no answer from the broker")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def wait_for(self, count: int, timeout_s: float) -> bool:
        """Whether ``count`` alerts have come in time."""
        deadline = time.monotonic() + timeout_s
        while len(self.alerts) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return len(self.alerts) >= count

    def _make_client(self) -> Client:
        from paho.mqtt.client import Client, MQTTv311
        from paho.mqtt.enums import CallbackAPIVersion

        client = Client(CallbackAPIVersion.VERSION2, client_id="police-terminal", protocol=MQTTv311)
        client.on_connect = self._subscribe
        client.on_subscribe = lambda *_: self._subscribed.set()
        client.on_message = self._take
        return client

    def _subscribe(self, client: Client, *_: object) -> None:
        client.subscribe(self._topics)

    def _take(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        kind = message.topic.split("/")[3]
        (self.alerts if kind == "alerts" else self.snapshots).append(bytes(message.payload))
