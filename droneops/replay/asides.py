"""What goes on beside a replay's pipeline and changes nothing in it."""

from __future__ import annotations

from dataclasses import dataclass

from detectors import Detector
from droneops.field_set.doubt import DoubtfulFrames
from droneops.replay.second_looks import SecondLooks
from droneops.second_look.ask import Second


@dataclass(frozen=True, slots=True)
class Asides:
    """A second model's word on incidents, and the frames that the detector was in doubt about."""

    second: SecondLooks
    doubtful: DoubtfulFrames


def asides_of(second: Second | None, keep_doubtful: int, detector: Detector) -> Asides:
    """Those of one replay."""
    name = f"{detector.name} {detector.version}"
    return Asides(SecondLooks(second), DoubtfulFrames(keep_doubtful, detector.least_score, name))


def no_asides() -> Asides:
    """No second model, and nothing kept."""
    return Asides(SecondLooks(None), DoubtfulFrames(0, {}, ""))
