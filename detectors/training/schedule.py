"""How far the training is, and how large its steps are."""

from __future__ import annotations

import math
from dataclasses import dataclass

WARM_UP_SHARE = 0.03
# The last steps still move a little: what is learnt from the newest set is learnt then.
LAST_SHARE = 0.03
EMA_DECAY = 0.9985


@dataclass(frozen=True, slots=True)
class Budget:
    """The end of a training: by ``minutes`` of training, or by ``steps``, which alone can be repeated."""

    minutes: float | None = None
    steps: int | None = None

    def progress(self, trained_s: float, step: int) -> float:
        """0 at the start, 1 at the end."""
        if self.steps is not None:
            return min(1.0, step / self.steps)
        return min(1.0, trained_s / (60.0 * (self.minutes or 1.0)))


def rate(progress: float, peak: float) -> float:
    """A linear warm-up, then half a cosine."""
    if progress < WARM_UP_SHARE:
        return peak * max(progress / WARM_UP_SHARE, 0.01)
    fallen = 0.5 * (1.0 + math.cos(math.pi * (progress - WARM_UP_SHARE) / (1.0 - WARM_UP_SHARE)))
    return peak * (LAST_SHARE + (1.0 - LAST_SHARE) * fallen)


def ema_decay(step: int) -> float:
    """Short at first, so that the average is not held by the start."""
    return min(EMA_DECAY, (1.0 + step) / (10.0 + step))
