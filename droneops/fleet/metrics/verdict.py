"""Whether the service does what it is for, and what is wrong if not. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from droneops.fleet.metrics.snapshot import Snapshot
from droneops.fleet.vitals_like import VitalsLike
from droneops.times import to_text

SILENT_S = 5.0
"""A drone's process speaks every second; one that was restarted is back by then."""

OLD_FRAME_S = 3.0
"""Within which a video that stalls is to be noticed."""

OUTBOX_OLD_S = 60.0
"""A broker that is there takes a message within seconds; a minute is the courier's longest wait."""


def verdict(now: Snapshot) -> dict[str, Any]:
    """``ok``, or ``degraded`` with what is wrong, in words."""
    problems = list(_problems(now))
    return {
        "status": "degraded" if problems else "ok",
        "site": now.site_id,
        "at": to_text(now.now_us),
        "version": now.software,
        "problems": problems,
    }


def _problems(now: Snapshot) -> Iterator[dict[str, str]]:
    if now.broker_state is not None and now.broker_state != "connected":
        yield {"what": "broker", "detail": f"{now.broker_state}: alerts wait on disk"}
    if now.outbox_oldest_s is not None and now.outbox_oldest_s > OUTBOX_OLD_S:
        yield {"what": "outbox", "detail": f"a message has waited for {now.outbox_oldest_s:.0f} s"}
    if now.mirror is not None and now.mirror.state != "connected":
        yield {"what": "store", "detail": f"{now.mirror.state}: {now.mirror.why}".rstrip(": ")}
    for drone_id in now.silent:
        yield {"what": "drone", "drone": drone_id, "detail": "its process has not reported yet"}
    for vitals in now.drones:
        yield from ({"what": "drone", "drone": vitals.drone_id, "detail": text} for text in _of(vitals, now))


def _of(vitals: VitalsLike, now: Snapshot) -> Iterator[str]:
    silent_s = (now.now_us - vitals.time_us) / 1e6
    if silent_s > SILENT_S:
        yield f"its process has been silent for {silent_s:.0f} s"
        return
    values = vitals.values
    if (blind := values.get("blind")) is not None:
        yield f"blind: {blind}"
    frame_age_s = values.get("frame_age_s")
    if isinstance(frame_age_s, (int, float)) and frame_age_s > OLD_FRAME_S:
        yield f"its newest picture is {frame_age_s:.0f} s old"
    if values.get("link_state") not in (None, "connected"):
        yield f"telemetry: {values['link_state']}"
