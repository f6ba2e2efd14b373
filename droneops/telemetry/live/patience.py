"""How long to wait before asking again for what did not come."""

from __future__ import annotations

# Soon once, for what got lost; then ever more rarely: another ground station may want it otherwise, and a
# radio has little to spare.
_WAITS_S = (10.0, 30.0, 60.0, 120.0, 300.0)


def wait_s(times: int) -> float:
    """Seconds to wait after having asked in vain ``times`` times before, from 0."""
    return _WAITS_S[min(times, len(_WAITS_S) - 1)]
