"""The zones of a site file."""

from __future__ import annotations

from pathlib import Path

from droneops.config import Site, default_site, load_site
from droneops.errors import ConfigError
from geofences import ZoneError, ZoneIndex, load_zones


def zones_of_site(path: Path | None) -> ZoneIndex:
    """The zones of the site file; without one all shipped layers.

    Raises:
        ConfigError: the site file or a layer is missing or wrong.
    """
    return zones_of(default_site() if path is None else load_site(path))


def zones_of(site: Site) -> ZoneIndex:
    """The site's zones, or all shipped layers.

    Raises:
        ConfigError: a layer is missing or wrong.
    """
    references = [layer.id or site.beside(layer.path or "") for layer in site.file.zone_layer]
    try:
        return ZoneIndex(load_zones(references))
    except ZoneError as error:
        raise ConfigError(str(error)) from None
