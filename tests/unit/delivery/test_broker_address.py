"""Broker addresses from the site file."""

from __future__ import annotations

import pytest

from droneops.delivery.mqtt import Broker
from droneops.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "port"),
    [("mqtt://h", 1883), ("mqtts://h", 8883), ("ws://h/mqtt", 80), ("wss://h", 443), ("mqtt://h:99", 99)],
)
def test_each_scheme_has_its_port(url: str, port: int) -> None:
    assert Broker.from_url(url, None, None, None).port == port


@pytest.mark.parametrize(
    "url", ["mqtt://user:secret@h", "mqtt://user@h", "mqtt://", "http://h", "mqtt://h:x"]
)
def test_an_address_with_credentials_or_nonsense_is_refused_without_showing_a_secret(url: str) -> None:
    with pytest.raises(ConfigError) as error:
        Broker.from_url(url, None, None, None)
    assert "secret" not in error.value.one_line()
