"""A process that ends with the one that started it, whatever that one dies of.

python tied.py PARENT PROGRAM ARGUMENT...    becomes PROGRAM, tied to the process of number PARENT

For programs of others, which cannot tie themselves. Runs without site packages.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1
"""linux/prctl.h"""


def end_with_parent(parent: int) -> bool:
    """Have the kernel end this process with the thread that started it; False if ``parent`` is gone already.

    Where there is no prctl, the closed socket ends a drone's process, after the look that is under way.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    return os.getppid() == parent


def tied(command: Sequence[str]) -> tuple[str, ...]:
    """The command that runs ``command``, and ends with the thread that starts it (signal 9)."""
    return (sys.executable, "-I", "-S", __file__, str(os.getpid()), *command)


def main(arguments: Sequence[str]) -> int:
    """Tie this process, and go on as the program; comes back only where the parent is gone."""
    parent, *command = arguments
    if end_with_parent(int(parent)):
        # The kernel keeps the tie over an exec of a program without privileges of its own (prctl(2)).
        os.execv(command[0], command)  # noqa: S606 - a command of ours
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
