"""What a user must hear of inputs that are damaged, or do not belong together."""

from __future__ import annotations

from pathlib import Path

from droneops.errors import InputError
from droneops.replay.flight_log import FlightLog, is_known
from droneops.replay.record import Record
from droneops.telemetry.pose_track import PoseTrack
from droneops.times import to_text
from droneops.video.counts import VideoCounts
from droneops.video.file import VideoFile
from droneops.video.start import VideoStart

FAULTS_SHOWN = 3
"""A warning is one line; summary.json has more."""


def log_doubts(log: FlightLog, poses: PoseTrack) -> list[str]:
    """What of a .tlog could not be read, and whether it is about a vehicle at all."""
    if log.tlog is None:
        return []
    damage = log.tlog.damage
    texts = []
    if damage.bytes or damage.stamps:
        texts.append(
            f"{damage.bytes} of {log.bytes} bytes could not be read ({damage.frames} damaged frames,"
            f" {damage.stamps} wrong times); the rest was used"
        )
    if log.disbelieved:
        texts.append(f"{log.disbelieved} frames have no good signature (--signing-key) and were left out")
    if not is_known(poses.vehicle):
        texts.append("the log holds no vehicle, only ground stations or the like")
    return texts


def video_damage(counts: VideoCounts) -> list[str]:
    """What of the video was passed over."""
    texts = {
        "frames without a time stamp": counts.without_time,
        "frames whose time goes back": counts.backwards,
        "damaged frames": counts.damaged,
        "damaged packets": counts.packets_damaged,
    }
    found = [f"{number} {what} passed over" for what, number in texts.items() if number]
    return [*found, "reading stopped at a fault before its end"] if counts.cut_short else found


def mostly_unlocated(record: Record) -> list[str]:
    """A word where most of what was seen could not be put on the map."""
    lost, located = sum(record.unlocated.values()), len(record.sightings)
    if lost <= located:
        return []
    reasons = ", ".join(f"{reason} {number}" for reason, number in sorted(record.unlocated.items()))
    return [f"{lost} of {lost + located} sightings could not be put on the map: {reasons}"]


def watch_doubts(record: Record) -> list[str]:
    """All that a user must hear of what was, and was not, seen of a video."""
    return [*detector_faults(record), *nothing_looked_at(record), *mostly_unlocated(record)]


def detector_faults(record: Record) -> list[str]:
    """A word where the detector failed at frames, so that nobody takes them for frames without a thing."""
    if not record.failed:
        return []
    reasons = "; ".join(f"{reason} ({number})" for reason, number in record.faults.most_common(FAULTS_SHOWN))
    failed = f"{record.failed} of {len(record.looks)} frames"
    return [f"{failed} were not looked at, the detector failed: {reasons}"]


def nothing_looked_at(record: Record) -> list[str]:
    """A word where the zones spared every frame, so that no alert says nothing."""
    if not record.looks or record.spared < len(record.looks):
        return []
    return [f'none of {record.spared} frames was looked at: no zone in force lay in view (infer = "zones")']


def refuse_other_times(
    video: VideoFile, path: Path, start: VideoStart, poses: PoseTrack, telemetry: Path
) -> None:
    """Raise where video and log have no time in common; an unknown end of the video is given the doubt.

    Raises:
        InputError: both times, and the mend.
    """
    first_us, last_us = poses.first_us, poses.last_us
    begin_us = start.start_us
    end_us = None if video.duration_us is None else begin_us + video.duration_us
    ends_before = end_us is not None and first_us is not None and end_us < first_us
    if first_us is None or last_us is None or not (begin_us > last_us or ends_before):
        return
    until = "an unknown time" if end_us is None else to_text(end_us)
    what = (
        f"runs from {to_text(begin_us)} to {until}, and {telemetry} has positions only"
        f" from {to_text(first_us)} to {to_text(last_us)}"
    )
    raise InputError(what, where=str(path), mend="give the right --video-start")
