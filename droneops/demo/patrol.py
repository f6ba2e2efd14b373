"""The demonstration: replays the shipped patrol to an embedded broker with a police terminal behind it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

from droneops import app
from droneops.delivery.mqtt import Broker
from droneops.demo.broker import EmbeddedBroker
from droneops.demo.officer import Officer, card
from droneops.errors import DeliveryError, InputError
from droneops.replay.request import Listener, ReplayRequest

AGENCY = "mukdahan-police"
SITE_ID = "mukdahan"
RECEIVE_TIMEOUT_S = 10.0


def example_patrol() -> Path:
    """The folder of the shipped patrol, in an installed package or in a checkout.

    Raises:
        InputError: it is in neither.
    """
    package = Path(app.__file__).parent
    for root in (package, package.parent):
        if (root / "examples" / "park-patrol" / "site.toml").is_file():
            return root / "examples" / "park-patrol"
    raise InputError("the example patrol is missing", where=str(package), mend="install droneops again")


def free_folder(base: Path) -> Path:
    """``base``, or the first of ``base-2``, ``base-3``, ... that does not exist yet."""
    names = (base if number == 1 else base.with_name(f"{base.name}-{number}") for number in count(1))
    return next(path for path in names if not path.exists())


def run_demo(out: Path, listener: Listener, show: Callable[[str], None]) -> int:
    """Run it into the folder ``out``; the number of alerts the police received.

    Raises:
        DroneopsError: a part failed, or what the police received is not what was written down.
    """
    patrol = example_patrol()
    request = ReplayRequest(
        telemetry=patrol / "capture.tlog",
        video=patrol / "video.mp4",
        site=patrol / "site.toml",
        out=out,
        publish=True,
    )
    with EmbeddedBroker() as broker, Officer(broker.port, SITE_ID, AGENCY) as officer:
        address = Broker.from_url(f"mqtt://127.0.0.1:{broker.port}", None, None, None)
        result = app.replay(request, listener, address)
        written = [message.raw for message in result.messages]
        officer.wait_for(len(written), RECEIVE_TIMEOUT_S)
        if officer.alerts != written:
            what = f"wrote {len(written)} alerts, the police received {len(officer.alerts)} or other bytes"
            raise DeliveryError(what, where=str(out))
        for raw in officer.alerts:
            show(card(raw))
        return len(officer.alerts)
