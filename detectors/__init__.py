"""Finds things in a picture, and knows nothing of drones. See README.md for how to add a detector."""

from detectors.registry import available, make
from detectors.types import Detections, Detector, DetectorError

__all__ = ["Detections", "Detector", "DetectorError", "available", "make"]
