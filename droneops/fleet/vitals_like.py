"""What the mirror, the metrics and the broker's topics need to know of a drone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class VitalsLike(Protocol):
    """What a drone's process last said of itself, at ``time_us`` (UTC microseconds).

    ``values`` by name; None is unknown. The position is the aircraft's, None where it has none.
    """

    @property
    def drone_id(self) -> str:
        """Which drone."""

    @property
    def time_us(self) -> int:
        """When it said so."""

    @property
    def values(self) -> Mapping[str, float | int | str | None]:
        """What it said."""

    @property
    def lat_deg(self) -> float | None:
        """WGS 84."""

    @property
    def lon_deg(self) -> float | None:
        """WGS 84."""

    @property
    def alt_msl_m(self) -> float | None:
        """Above mean sea level."""
