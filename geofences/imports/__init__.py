"""Zones from the files of other programs, into a GeoJSON layer."""

from geofences.imports.layer import Imported, ImportOptions, import_layer
from geofences.imports.read import FORMATS

__all__ = ["FORMATS", "ImportOptions", "Imported", "import_layer"]
