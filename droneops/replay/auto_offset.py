"""``--video-offset auto``: what the picture's own motion says of the video's clock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from droneops.geo.camera import Camera
from droneops.geo.locate import Ground
from droneops.replay.prepare import fitted
from droneops.sync.choose import telling_times
from droneops.sync.motion import MotionCounts, measure, small_grey
from droneops.sync.offset import CannotTell, OffsetEstimate, estimate_offset
from droneops.telemetry.gimbal_lag import with_gimbal_lag
from droneops.telemetry.pose_track import PoseTrack
from droneops.video.file import VideoFile
from droneops.video.start import VideoStart

PAIRS_PER_SECOND = 10.0

SPAN_S = (-3.0, 3.0)
SPAN_OF_DOUBTFUL_START_S = (-10.0, 10.0)
"""A start from the file's creation time can be off by many seconds."""
# A stream's own time is told within tens of milliseconds, at worst half a second; a creation time, seconds.
_DOUBTFUL_SIGMA_S = 1.0


def find_offset(
    path: Path, start: VideoStart, camera: Camera | None, ground: Ground, poses: PoseTrack
) -> OffsetEstimate | CannotTell:
    """The offset of a video whose nominal start is ``start``; reads the video once.

    Raises:
        InputError: the video cannot be read.
        ConfigError: the camera file is for another picture size.
    """
    span_s = SPAN_S if start.sigma_s < _DOUBTFUL_SIGMA_S else SPAN_OF_DOUBTFUL_START_S
    with VideoFile(
        path, drone_id=poses.drone_id, camera_id="eo", start=start, looks_per_second=PAIRS_PER_SECOND
    ) as video:
        own = fitted(camera, video.width_px, video.height_px)
        seen = with_gimbal_lag(poses, own.bias.gimbal_lag_s)
        wanted = None
        if video.duration_us is not None:
            end_us = start.start_us + video.duration_us
            wanted = telling_times(seen, own, ground, start.start_us, end_us, span_s=span_s)
        pairs = list(measure(map(small_grey, video.frames()), MotionCounts(), wanted))
    return estimate_offset(pairs, seen, own, ground, span_s=span_s)


def with_found_sigma(camera: Camera, found: OffsetEstimate, video_s: float) -> Camera:
    """The camera whose time offset is as certain as it was found to be.

    One offset is used for the whole video, so a drift counts as an error of what it does by its ends.
    """
    drift_s = abs(found.drift_s_per_s or 0.0) * video_s / 2
    sigma_s = (found.sigma_s**2 + drift_s**2) ** 0.5
    return replace(camera, sigma=replace(camera.sigma, time_offset_s=sigma_s))
