"""The process that shows video.

python -m droneops.sharing.process SITE.toml LOG

LOG is the form of its lines (json, console). Started by the site's process, it ends with it: whoever watches
never makes an alert wait.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from droneops.config import Site, load_site
from droneops.delivery.service import data_folder
from droneops.errors import ConfigError, DroneopsError
from droneops.fleet.logs import site_log, tell_of
from droneops.fleet.metrics.bind import host_and_port
from droneops.fleet.tied import end_with_parent
from droneops.telemetry.live.now import system_clock

if TYPE_CHECKING:
    from uvicorn import Config

    from droneops.sharing.app import Sharing

BEHIND_THE_DRONES = 10
"""Steps of priority (setpriority(2)): a spectator never costs a look."""

CONNECTIONS = 128
TIDY_EVERY_S = 2.0
STOP_S = 1


def main(arguments: list[str]) -> int:
    """Serve until asked to stop, or until the site is gone; the exit status."""
    parent = os.getppid()
    path, form = arguments
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    if not end_with_parent(parent):
        return 0
    with suppress(OSError):
        os.nice(BEHIND_THE_DRONES)
    log = site_log(sys.stdout, "json" if form == "json" else "console", system_clock())
    tell = tell_of(log, "sharing")
    try:
        site = load_site(Path(path))
        asyncio.run(_serve(server_config(site, sharing := sharing_of(site)), sharing))
    except (DroneopsError, OSError) as error:
        tell(error.one_line() if isinstance(error, DroneopsError) else str(error))
        return 1
    return 0


def sharing_of(site: Site) -> Sharing:
    """What a site's server shows."""
    from droneops.sharing.app import Sharing, socket_of
    from droneops.sharing.gate import Gate
    from droneops.sharing.hls_room import HlsRoom
    from droneops.sharing.links import Links
    from droneops.sharing.watched import WatchLog

    folder, now_us = data_folder(site), system_clock().utc_us
    log = WatchLog(folder)
    room = HlsRoom(lambda stream: socket_of(folder, stream), log)
    return Sharing(
        folder, Gate(folder, now_us, Links(folder)), log, room, now_us, site.file.sharing.viewers_max
    )


def server_config(site: Site, sharing: Sharing) -> Config:
    """How uvicorn serves it: no log of addresses, for they hold the links.

    Raises:
        ConfigError: the address or a file of the certificate does not do.
    """
    import uvicorn

    from droneops.sharing.app import app_of

    section = site.file.sharing
    host, port = host_and_port(section.bind, "sharing.bind")
    cert, key = (
        None if name is None else site.beside(name) for name in (section.cert_file, section.key_file)
    )
    for file in (cert, key):
        if file is not None and not os.access(file, os.R_OK):
            raise ConfigError("cannot be read", where=str(file), mend="see [sharing] cert_file and key_file")
    return uvicorn.Config(
        app_of(sharing),
        host=host,
        port=port,
        ssl_certfile=None if cert is None else str(cert),
        ssl_keyfile=None if key is None else str(key),
        access_log=False,
        log_config=None,
        server_header=False,
        lifespan="off",
        ws="websockets-sansio",
        ws_max_size=1024,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=STOP_S,
    )


async def _serve(config: Config, sharing: Sharing) -> None:
    """Until SIGTERM or Ctrl-C, which uvicorn hears."""
    import uvicorn

    tidying = asyncio.create_task(_tidy(sharing))
    try:
        await uvicorn.Server(config).serve()
    except SystemExit:
        raise ConfigError(f"sharing.bind: cannot listen on {config.host}:{config.port}") from None
    finally:
        tidying.cancel()
        sharing.hls.tidy(sharing.now_us(), everything=True)


async def _tidy(sharing: Sharing) -> None:
    while True:
        await asyncio.sleep(TIDY_EVERY_S)
        sharing.hls.tidy(sharing.now_us())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
