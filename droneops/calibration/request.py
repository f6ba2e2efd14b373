"""What the user asked of a calibration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from droneops.replay.request import ReplayRequest


@dataclass(frozen=True, slots=True)
class CalibrationRequest:
    """The arguments; None where the site file, the camera file or a default decides.

    ``from_utc`` and ``to_utc`` bound the part of the flight that is used. ``ground_alt_msl_m``, where given,
    is the height of all targets.
    """

    telemetry: Path
    video: Path
    camera: Path
    targets: Path
    out: Path
    site: Path | None = None
    system_id: int | None = None
    from_utc: str | None = None
    to_utc: str | None = None
    video_start_utc: str | None = None
    video_offset: float | Literal["auto"] | None = None
    ground_alt_msl_m: float | None = None

    def as_replay(self) -> ReplayRequest:
        """What a replay of the same flight would be asked: log, video and camera are read alike."""
        return ReplayRequest(
            telemetry=self.telemetry,
            out=self.out,
            video=self.video,
            site=self.site,
            camera=self.camera,
            detector="aruco",
            system_id=self.system_id,
            video_start_utc=self.video_start_utc,
            video_offset=self.video_offset,
            ground_alt_msl_m=self.ground_alt_msl_m,
        )
