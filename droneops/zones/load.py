"""The zones of a site file."""

from __future__ import annotations

from pathlib import Path

from droneops.config import Site, default_site, load_site
from droneops.errors import ConfigError
from geofences import ZoneError, ZoneIndex, load_zones
from geofences.layer import shipped_layers


def zones_of_site(path: Path | None) -> ZoneIndex:
    """The zones of the site file; without one all shipped layers.

    Raises:
        ConfigError: the site file or a layer is missing or wrong.
    """
    return zones_of(site_at(path))


def site_at(path: Path | None) -> Site:
    """The site of the file; without one the default, which has all shipped layers.

    Raises:
        ConfigError: the site file is missing or wrong.
    """
    return default_site() if path is None else load_site(path)


def layer_files(site: Site) -> tuple[Path, ...]:
    """The files that a site's zones can come from: its own layers, and all that are shipped."""
    own = [site.beside(layer.path) for layer in site.file.zone_layer if layer.path is not None]
    return (*own, *(Path(str(shipped)) for shipped in shipped_layers().values()))


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
