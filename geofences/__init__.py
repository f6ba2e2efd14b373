"""Zones, and how probably a point lies in them. Knows nothing of drones."""

from geofences.batch import BatchHits, BatchZones
from geofences.border import BorderSide
from geofences.box import Box
from geofences.catchment import MINIMUM_PROBABILITY
from geofences.index import ZoneHit, ZoneIndex
from geofences.layer import load_layer, load_zones, shipped_layers
from geofences.nearest import NearestZone
from geofences.zone import Kind, Zone, ZoneError

__all__ = [
    "MINIMUM_PROBABILITY",
    "BatchHits",
    "BatchZones",
    "BorderSide",
    "Box",
    "Kind",
    "NearestZone",
    "Zone",
    "ZoneError",
    "ZoneHit",
    "ZoneIndex",
    "load_layer",
    "load_zones",
    "shipped_layers",
]
