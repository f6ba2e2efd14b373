"""Memory that a lost connection has freed, back to the system."""

from __future__ import annotations

import ctypes
import gc


def give_memory_back() -> None:
    """Free what only points at itself, and ask glibc to give free pages back (malloc_trim(3)).

    A failure's traceback holds the reader that holds the failure; and glibc keeps what a thread has freed for
    threads to come, of which each connection has new ones. Another C library is left alone.
    """
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
