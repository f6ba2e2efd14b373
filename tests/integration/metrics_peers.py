"""A service at one moment, for the tests of its metrics: everything is known."""

from __future__ import annotations

from store_peers import Vitals

from droneops.fleet.metrics.snapshot import Snapshot
from droneops.fleet.mirror.health import MirrorHealth, StoreState

NOW_US = 1_795_000_000_000_000


def snapshot() -> Snapshot:
    told: dict[str, float | int | str | None] = {
        "frames_decoded": 900,
        "frames_looked": 150,
        "frames_failed": 0,
        "frame_age_s": 0.12,
        "looks_per_s": 5.0,
        "poses_per_s": 10.0,
        "pose_age_s": 0.05,
        "detector_ms_p50": 81.0,
        "detector_ms_p95": 97.0,
        "video_state": "streaming",
        "link_state": "connected",
        "video_reconnects": 1,
        "reports_waiting": 0,
        "blind": None,
        "rss_bytes": 310_000_000,
        "cpu_s": 33.5,
    }
    return Snapshot(
        "s",
        "droneops 1",
        "exercise",
        NOW_US,
        NOW_US - 60_000_000,
        drones=(Vitals("d1", NOW_US, told), Vitals('odd "name"\\', NOW_US, {"blind": "covered"})),
        silent=("d3",),
        broker_state="connected",
        outbox_waiting=2,
        outbox_oldest_s=3.5,
        outbox_bytes=4096,
        receipts_outstanding=1,
        restarts={"d1": 2},
        late_reports=0,
        clips=2,
        clips_failed=0,
        mirror=MirrorHealth("redis://127.0.0.1:6379", StoreState.CONNECTED),
    )
