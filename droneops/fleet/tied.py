"""A drone's process ends with the site's, whatever that one dies of."""

from __future__ import annotations

import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""linux/prctl.h"""


def end_with_parent(parent: int) -> bool:
    """Have the kernel end this process with the thread that started it; False if ``parent`` is gone already.

    Where there is no prctl, the closed socket ends it, after the look that is under way.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    return os.getppid() == parent
