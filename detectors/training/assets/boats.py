"""Everything afloat that is a boat, without the people: see ``aboard``."""

from collections.abc import Mapping

from detectors.training.assets.asset import Asset
from detectors.training.assets.barges import BARGES
from detectors.training.assets.motor_boats import MOTOR_BOATS
from detectors.training.assets.wooden_boats import BOATS_OF_WOOD

ASSETS: Mapping[str, Asset] = {**BOATS_OF_WOOD, **MOTOR_BOATS, **BARGES}
