"""A police terminal for measuring: keeps what came, tells repeats by their id, and sends receipts."""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from types import TracebackType
from typing import Any, Self

from paho.mqtt.client import Client, MQTTMessage, MQTTv311
from paho.mqtt.enums import CallbackAPIVersion


class PoliceTerminal:
    """``first_bytes`` holds each alert's bytes by id, in the order in which it first came.

    ``repeats`` counts further copies, ``changed`` those whose bytes differ from the first.
    """

    def __init__(self, port: int, site_id: str, agency: str, client_id: str, receipts: bool = True) -> None:
        self._port, self._site_id, self._agency, self._receipts = port, site_id, agency, receipts
        self.first_bytes: dict[str, bytes] = {}
        self.repeats = self.changed = 0
        self._ready = threading.Event()
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, clean_session=False, protocol=MQTTv311
        )
        self._client.reconnect_delay_set(0.2, 1)
        self._client.max_queued_messages_set(0)
        self._client.on_connect = self._subscribe
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = self._take

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port, keepalive=5)
        self._client.loop_start()
        self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _subscribe(self, client: Client, *_: object) -> None:
        client.subscribe(f"droneops/v1/{self._site_id}/alerts/{self._agency}/#", 1)

    def _take(self, client: Client, _data: Any, message: MQTTMessage) -> None:
        raw = bytes(message.payload)
        alert = json.loads(raw)
        first = self.first_bytes.setdefault(alert["id"], raw)
        if first is not raw:
            self.repeats += 1
            self.changed += first != raw
        if self._receipts:
            topic = f"droneops/v1/{self._site_id}/receipts/{self._agency}/{alert['incident_id']}"
            client.publish(topic, self._receipt(alert, raw), qos=1)

    def _receipt(self, alert: dict[str, Any], raw: bytes) -> bytes:
        digest = hashlib.sha256(raw).hexdigest()
        receipt = {
            "schema": "droneops.receipt/1",
            "receipt_id": str(uuid.uuid5(uuid.UUID(alert["id"]), f"{self._agency}/received")),
            "agency": self._agency,
            "alert_id": alert["id"],
            "alert_sha256": digest,
            "action": "received",
            "by": "trial terminal",
            "at": alert["sent"],
            "note": None,
            "signature": None,
        }
        return json.dumps(receipt).encode()
