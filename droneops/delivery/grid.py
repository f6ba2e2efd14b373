"""Positions as officers read them: UTM and MGRS."""

from __future__ import annotations


def utm_and_mgrs(lat_deg: float, lon_deg: float) -> tuple[str | None, str | None]:
    """Both references of a WGS 84 position, to the metre below; None near the poles, where UTM ends.

    None too where the library fails on it, as within a metre south of the equator: an alert without a grid
    reference is better than none.
    """
    from mgrs import MGRS
    from mgrs.core import MGRSError

    if not -80 <= lat_deg <= 84:
        return None, None
    converter = MGRS()
    try:
        flat = converter.toMGRS(lat_deg, lon_deg, MGRSPrecision=5)
        zone, _, east_m, north_m = converter.MGRSToUTM(flat)
    except MGRSError:
        return None, None
    band, square, digits = flat[-13], flat[-12:-10], flat[-10:]
    return (
        f"{zone}{band} {int(east_m)} {int(north_m)}",
        f"{zone}{band} {square} {digits[:5]} {digits[5:]}",
    )
