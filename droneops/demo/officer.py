"""The police side of the demonstration: subscribes like an agency and shows what an officer reads."""

from __future__ import annotations

import json
import math
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from droneops.errors import DeliveryError

if TYPE_CHECKING:
    from paho.mqtt.client import Client, MQTTMessage

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


def card(raw: bytes) -> str:
    """An alert as lines of text, Thai first."""
    alert = json.loads(raw)
    position, border = alert["position"], alert["border"]
    lines = [
        f"{alert['message_type'].upper()} {alert['sequence']}  {alert['sent']}  {alert['severity']},"
        f" {alert['certainty']}",
        alert["headline"]["th"],
        alert["headline"]["en"],
        alert["instruction"]["th"],
        alert["instruction"]["en"],
    ]
    if position is not None:
        lines.append(
            f"{position['lat_deg']:.6f} {position['lon_deg']:.6f}  MGRS {position['mgrs']}"
            f"  ±{math.ceil(position['ce90_m'])} m (90 %)"
        )
    if border is not None:
        bank = "Thai" if border["distance_m"] >= 0 else "Lao"
        lines.append(f"border: side {border['side']}, {abs(border['distance_m']):.0f} m on the {bank} side")
    return "\n".join(lines)
