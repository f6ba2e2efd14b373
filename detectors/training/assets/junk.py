"""Everything that is none of the classes and that somebody left or keeps: stores, yards, rubbish, animals."""

from collections.abc import Mapping

from detectors.training.assets import animals, rubbish, stores, yard
from detectors.training.assets.asset import Asset

ASSETS: Mapping[str, Asset] = {**stores.ASSETS, **yard.ASSETS, **rubbish.ASSETS, **animals.ASSETS}
