"""Zones into the files of other programs."""

from geofences.exports.layer import FORMATS, Exported, export_zones
from geofences.exports.qgc_plan import FenceSense

__all__ = ["FORMATS", "Exported", "FenceSense", "export_zones"]
