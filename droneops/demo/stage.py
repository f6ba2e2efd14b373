"""Where the live demonstration runs: a folder with a site file whose addresses are free ports here."""

from __future__ import annotations

import shutil
import socket
from dataclasses import dataclass
from pathlib import Path

from droneops import app
from droneops.errors import InputError

SCENARIO = "demo-don-tan.toml"
AGENCY = "mukdahan-police"


@dataclass(frozen=True, slots=True)
class Stage:
    """The folder and the addresses of one demonstration."""

    folder: Path
    scenario: Path
    telemetry: str
    rtsp: str

    @property
    def site(self) -> Path:
        """The site file."""
        return self.folder / "site.toml"

    @property
    def data(self) -> Path:
        """What the service keeps."""
        return self.folder / "var"

    @property
    def replayed(self) -> Path:
        """Where the replay of what was recorded writes."""
        return self.folder / "replay"


def rehearsals() -> Path:
    """The folder of the shipped rehearsals, in an installed package or in a checkout.

    Raises:
        InputError: it is in neither.
    """
    package = Path(app.__file__).parent
    for root in (package, package.parent):
        folder = root / "examples" / "rehearsals"
        if (folder / SCENARIO).is_file():
            return folder
    raise InputError("the shipped rehearsals are missing", where=str(package), mend="install droneops again")


def set_stage(folder: Path, broker_port: int) -> Stage:
    """Writes the site file and its camera into the new ``folder``.

    Raises:
        InputError: the shipped rehearsals are missing.
    """
    source = rehearsals()
    telemetry, rtsp = (f"127.0.0.1:{free_port(kind)}" for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM))
    folder.mkdir(parents=True)
    shutil.copyfile(source / "camera.toml", folder / "camera.toml")
    text = (source / "site.toml").read_text(encoding="utf-8")
    stage = Stage(folder, source / SCENARIO, telemetry, rtsp)
    stage.site.write_text(site_text(text, f"127.0.0.1:{broker_port}", telemetry, rtsp), encoding="utf-8")
    return stage


def site_text(shipped: str, broker: str, telemetry: str, rtsp: str) -> str:
    """The rehearsals' site file with other addresses (HOST:PORT), without a metrics port.

    The embedded broker speaks MQTT 3.1.1 only.
    """
    changes = {
        "mqtt://127.0.0.1:1883": f"mqtt://{broker}",
        "udpin:127.0.0.1:14550": f"udpin:{telemetry}",
        "rtsp://127.0.0.1:8554": f"rtsp://{rtsp}",
        "[broker]": '[broker]\nprotocol = "3.1.1"',
    }
    for old, new in changes.items():
        if shipped.count(old) != 1:
            raise InputError(f"{old} is not there once", where="rehearsals/site.toml", mend="install again")
        shipped = shipped.replace(old, new)
    return shipped + '\n[metrics]\nbind = ""\n'


def free_port(kind: socket.SocketKind) -> int:
    """A port of the loopback address that nobody has now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
