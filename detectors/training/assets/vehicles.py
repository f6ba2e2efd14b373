"""Everything on land that is a vehicle and no motorcycle."""

from collections.abc import Mapping

from detectors.training.assets.asset import Asset
from detectors.training.assets.cars import CARS
from detectors.training.assets.light_vehicles import LIGHT_VEHICLES
from detectors.training.assets.machines import MACHINES
from detectors.training.assets.trucks import TRUCKS

ASSETS: Mapping[str, Asset] = {**CARS, **LIGHT_VEHICLES, **TRUCKS, **MACHINES}
