"""Frames in."""

from droneops.video.counts import VideoCounts
from droneops.video.file import VideoFile
from droneops.video.start import VideoStart, video_start

__all__ = ["VideoCounts", "VideoFile", "VideoStart", "video_start"]
