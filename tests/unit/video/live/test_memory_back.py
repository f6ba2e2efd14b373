"""What a lost connection held does not stay."""

from __future__ import annotations

import gc
import weakref

from droneops.video.live.memory import give_memory_back


class Held:
    """Something that points at itself, as a reader does through its failure's traceback."""

    def __init__(self) -> None:
        self.itself = self


def test_what_only_points_at_itself_is_freed_at_once() -> None:
    gc.disable()
    try:
        held = weakref.ref(Held())
        assert held() is not None
        give_memory_back()
        assert held() is None
    finally:
        gc.enable()
