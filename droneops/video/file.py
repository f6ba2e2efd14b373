"""Frames from a video file, in order, each with its UTC time."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np

from droneops.errors import InputError
from droneops.types import Frame
from droneops.video.container import beginning_us, open_video
from droneops.video.counts import VideoCounts
from droneops.video.decode import decoded_frames
from droneops.video.looks import Looks
from droneops.video.start import VideoStart

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

# A file whose first frames have no time stamp has none at all; hours of it need not be decoded to say so.
MAX_WITHOUT_TIME = 300


class VideoFile:
    """The first video stream of the file at ``path``, whose first frame was taken at ``start``.

    Use it in a ``with`` block, which closes the file. ``counts`` grows while `frames` is read.
    ``nominal_fps`` and ``duration_us`` are what the file says, None where it says nothing.

    Raises:
        InputError: the file cannot be opened as a video.
        UsageError: ``looks_per_second`` is not above 0; None looks at every frame.
    """

    def __init__(
        self,
        path: Path,
        *,
        drone_id: str,
        camera_id: str,
        start: VideoStart,
        looks_per_second: float | None = None,
    ) -> None:
        self._path, self._drone_id, self._camera_id, self._start = path, drone_id, camera_id, start
        self._looks = Looks(looks_per_second)
        self._last_offset_us = -1
        self.counts = VideoCounts()
        self._container, self._stream = open_video(path)
        self.width_px = self._stream.width
        self.height_px = self._stream.height
        self.nominal_fps = float(self._stream.average_rate) if self._stream.average_rate else None
        self.duration_us = self._container.duration

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file."""
        self._container.close()

    def frames(self) -> Iterator[Frame]:
        """The frames looked at, in order of time; only these are turned into pictures. To be read once.

        ``seq`` numbers all frames that were decoded from 0. Pictures are read-only.

        Raises:
            InputError: at the end, when there was no frame, or none with a time stamp.
        """
        first_us: Fraction | None = None
        for seq, frame in enumerate(decoded_frames(self._container, self._stream, self.counts)):
            shown_us = _shown_us(frame)
            if shown_us is None:
                self.counts.without_time += 1
                if first_us is None and self.counts.without_time >= MAX_WITHOUT_TIME:
                    break
                continue
            if first_us is None:
                first_us = beginning_us(self._stream, self.counts.first_packet_pts, shown_us)
            offset_us = round(shown_us - first_us)
            if self._is_usable(frame, offset_us) and self._looks.wants(offset_us):
                self.counts.looked += 1
                yield self._frame(frame, seq, offset_us)
        self._check_found()

    def _is_usable(self, frame: VideoFrame, offset_us: int) -> bool:
        if offset_us <= self._last_offset_us:
            self.counts.backwards += 1
            return False
        self._last_offset_us = offset_us
        # What a decoder patched together from a damaged stream must not raise an alert.
        if frame.is_corrupt:
            self.counts.damaged += 1
            return False
        self._note_time(self._start.start_us + offset_us)
        return True

    def _note_time(self, time_us: int) -> None:
        if self.counts.first_time_us is None:
            self.counts.first_time_us = time_us
        self.counts.last_time_us = time_us

    def _frame(self, frame: VideoFrame, seq: int, offset_us: int) -> Frame:
        image = frame.to_ndarray(format="bgr24").astype(np.uint8, copy=False)
        image.setflags(write=False)
        return Frame(
            drone_id=self._drone_id,
            camera_id=self._camera_id,
            captured_at_us=self._start.start_us + offset_us,
            seq=seq,
            image=image,
            time_source=self._start.source,
        )

    def _check_found(self) -> None:
        counts = self.counts
        if counts.looked:
            return
        if counts.without_time and counts.without_time == counts.decoded:
            raise InputError(
                "its frames have no time stamps",
                where=str(self._path),
                mend="put it into a container that has them: ffmpeg -r FPS -i IN -c copy OUT.mp4",
            )
        raise InputError(
            f"no frame could be used: {counts.decoded} decoded, {counts.damaged} of them damaged,"
            f" {counts.packets_damaged} damaged packets",
            where=str(self._path),
            mend="give an undamaged copy",
        )


def _shown_us(frame: VideoFrame) -> Fraction | None:
    if frame.pts is None or frame.time_base is None:
        return None
    return frame.pts * frame.time_base * 1_000_000
