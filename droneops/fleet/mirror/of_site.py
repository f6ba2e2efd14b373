"""The mirror of a site file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from droneops.config import Site
from droneops.fleet.mirror.address import StoreAddress
from droneops.fleet.mirror.embedded import EmbeddedStore
from droneops.fleet.mirror.mirror import Mirror
from droneops.telemetry.live.now import Clock


def site_mirror(site: Site, run_folder: Path, clock: Clock, tell: Callable[[str], None]) -> Mirror:
    """A mirror into the store of [redis], or into one of the site's own in ``run_folder``; not started yet.

    Raises:
        ConfigError: [redis] is wrong.
    """
    address = StoreAddress.of(site)
    return Mirror(site.file.site.id, EmbeddedStore(run_folder) if address is None else address, clock, tell)
