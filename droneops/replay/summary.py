"""summary.json: counts, seconds in each stage, the video's time, gaps, versions.

What became of the video's frames, each number a part of the one before it or beside it:
- ``video.decoded``: all frames that the decoder gave;
- ``video.chosen`` (also ``inference.frames``): those taken at ``looks_per_second``; the rest lay between
  looks or were passed over (``without_time``, ``time_going_back``, ``damaged``);
- ``video.looked`` (also ``counts.frames_looked``): chosen frames that the detector saw;
- ``video.skipped_by_zones`` (also ``counts.frames_skipped_by_zones``): chosen frames that it was spared;
- ``video.failed``: chosen frames that it could make nothing of; ``inference.failures`` says why.
So ``chosen = looked + skipped_by_zones + failed``. ``coverage`` holds the same in seconds of the flight:
``looked_s`` with a known direction of view, ``looked_without_pose_s`` without, ``skipped_by_zones_s`` and
``not_looked_s``.

``rules`` says which rules fired (``fired``, in order of time, with the incident), which lacked one condition
(``near_misses``, the most telling first), each with all conditions as wanted and found, and what rules do
otherwise for want of a layer (``gaps``). The lists are bounded; ``..._left_out`` counts the rest.

``second_look`` says what a second model made of the incidents: ``answers`` counts what it said, a raised
incident again, ``incidents`` has its last word on each; null without one. ``doubtful_frames`` were kept.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from typing import Any

from droneops.replay.explained import explained_json
from droneops.replay.ground import survey_summary
from droneops.replay.report.data import SpanKind
from droneops.replay.result import Result
from droneops.telemetry.pose_track import PoseTrack
from droneops.telemetry.tlog import Tlog
from droneops.times import to_text

STAGES = ("decode", "detect", "locate", "rest")


def summary_json(result: Result, seconds_by_stage: dict[str, float], total_s: float) -> bytes:
    """The summary, as indented JSON."""
    return (
        json.dumps(_summary(result, seconds_by_stage, total_s), ensure_ascii=False, indent=1, allow_nan=False)
        + "\n"
    ).encode()


def _summary(result: Result, seconds_by_stage: dict[str, float], total_s: float) -> dict[str, Any]:
    return {
        "schema": "droneops.replay-summary/1",
        "site_id": result.site_id,
        "status": result.status,
        "drone_id": result.drone_id,
        "system_id": result.system_id,
        "run": result.run,
        "counts": _counts(result),
        "messages": None if result.log.tlog is None else result.log.tlog.messages,
        "telemetry": _telemetry(result),
        "video": _video(result),
        "coverage": _coverage(result),
        "inference": _inference(result),
        "gaps": _gaps(result.poses),
        "rules": explained_json(result.rules),
        "second_look": result.asides.second.summary(),
        "doubtful_frames": len(result.asides.doubtful.frames()),
        "seconds": _seconds(seconds_by_stage, total_s),
        "settings": result.settings,
        "placeholder_zones": [zone.id for zone in result.zones.placeholders],
        "warnings": list(result.warnings),
        "versions": result.versions,
    }


def _counts(result: Result) -> dict[str, Any]:
    record = result.record
    types = Counter(message.alert.message_type for message in result.messages)
    located = 0 if record is None else len(record.sightings)
    unlocated = {} if record is None else dict(sorted(record.unlocated.items()))
    return {
        "frames_looked": _looked(result),
        "frames_skipped_by_zones": _spared(result),
        "sightings": located + sum(unlocated.values()),
        "located": located,
        "not_located": unlocated,
        "labels": {} if record is None else dict(sorted(record.labels.items())),
        "tracks": 0 if record is None else len(record.tracks),
        "incidents": len(result.incidents),
        "alerts": dict(sorted(types.items())),
    }


def _telemetry(result: Result) -> dict[str, Any]:
    log, poses = result.log, result.poses
    return {
        "format": str(log.kind),
        "bytes": log.bytes,
        "sha256": log.sha256,
        "first": _time(poses.first_us),
        "last": _time(poses.last_us),
        "boots": len(poses.boots),
        "home_alt_msl_m": poses.home_alt_msl_m,
        **({} if log.tlog is None else _frames(log.tlog)),
    }


def _frames(log: Tlog) -> dict[str, Any]:
    return {
        "messages_total": sum(log.messages.values()),
        "damage": asdict(log.damage),
        "sources": {f"{system}/{component}": n for (system, component), n in sorted(log.sources.items())},
        "signed_frames": log.signed_frames,
        "unknown_frames": log.unknown_frames,
    }


def _video(result: Result) -> dict[str, Any] | None:
    if result.video is None or result.video_counts is None:
        return None
    video, counts = result.video, result.video_counts
    return {
        "start": to_text(video.start_us),
        "start_source": video.start_source,
        "offset_s": video.offset_s,
        "offset_source": video.offset_source,
        "time_sigma_s": video.sigma_s,
        "first_frame": _time(counts.first_time_us),
        "last_frame": _time(counts.last_time_us),
        "decoded": counts.decoded,
        "chosen": counts.looked,
        "looked": _looked(result),
        "skipped_by_zones": _spared(result),
        "failed": 0 if result.record is None else result.record.failed,
        "without_time": counts.without_time,
        "time_going_back": counts.backwards,
        "damaged": counts.damaged,
        "damaged_packets": counts.packets_damaged,
        "cut_short": counts.cut_short,
    }


def _looked(result: Result) -> int:
    """Frames that the detector saw."""
    record = result.record
    return 0 if record is None else len(record.looks) - record.spared - record.failed


def _spared(result: Result) -> int:
    """Frames that it was not given, as no zone was near."""
    return 0 if result.record is None else result.record.spared


def _coverage(result: Result) -> dict[str, Any]:
    coverage = result.coverage
    area_km2, ground = coverage.area_km2, coverage.ground
    return {
        "looked_s": round(coverage.seconds(SpanKind.LOOKED), 3),
        "looked_without_pose_s": round(coverage.seconds(SpanKind.NO_POSE), 3),
        "not_looked_s": round(coverage.seconds(SpanKind.NOT_LOOKED), 3),
        "skipped_by_zones_s": round(coverage.seconds(SpanKind.SPARED), 3),
        "footprint_km2": None if area_km2 is None else round(area_km2, 6),
        "ground": None if ground is None else survey_summary(ground),
    }


def _inference(result: Result) -> dict[str, Any]:
    """How much the zones spared the detector, and what it looked at of the rest.

    All frames have one size, so pixels go with frames. ``tiles`` counts runs of a model;
    ``frames_short_of_tiles`` are frames whose smallest things would have taken more than the limit;
    ``frames_failed`` those that the detector could make nothing of, by reason in ``failures``.
    """
    record, spared = result.record, _spared(result)
    looks = 0 if record is None else len(record.looks)
    return {
        "frames": looks,
        "frames_skipped_by_zones": spared,
        "share_of_pixels_skipped": round(spared / looks, 6) if looks else 0.0,
        "tiles": 0 if record is None else record.tiles,
        "frames_short_of_tiles": 0 if record is None else record.short_of_tiles,
        "frames_failed": 0 if record is None else record.failed,
        "failures": {} if record is None else dict(record.faults.most_common()),
    }


def _gaps(poses: PoseTrack) -> list[dict[str, Any]]:
    return [
        {
            "start": to_text(gap.start_us),
            "end": to_text(gap.end_us),
            "seconds": (gap.end_us - gap.start_us) / 1e6,
            "what": gap.what,
            "reason": gap.reason or None,
        }
        for gap in poses.gaps
    ]


def _seconds(by_stage: dict[str, float], total_s: float) -> dict[str, float]:
    named = {stage: round(by_stage.get(stage, 0.0), 4) for stage in STAGES[:-1]}
    rest_s = total_s - sum(named.values())
    detail = {f"rest_{name}": round(s, 4) for name, s in sorted(by_stage.items()) if name not in named}
    neither = total_s - named["decode"] - named["detect"]
    return {
        **named,
        "rest": round(rest_s, 4),
        "total": round(total_s, 4),
        "share_neither_decode_nor_detect": round(neither / total_s, 4) if total_s > 0 else 0.0,
        **detail,
    }


def _time(time_us: int | None) -> str | None:
    return None if time_us is None else to_text(time_us)
