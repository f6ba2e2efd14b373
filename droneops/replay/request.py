"""What the user asked a replay for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

EVERY_FRAME = 0.0


@dataclass(frozen=True, slots=True)
class ReplayRequest:
    """The arguments of a replay; None where the site file or a default decides.

    ``looks_per_second`` may be `EVERY_FRAME`. ``video_offset`` is in seconds, or to be found. With a
    ``signing_key`` (a file) only frames of the log that are signed with it are believed. ``second_look``
    names a second model, which ``ask_second`` False leaves unasked and unloaded whoever names it;
    ``keep_doubtful`` says how many doubtful frames are kept at most.
    """

    telemetry: Path
    out: Path
    video: Path | None = None
    site: Path | None = None
    camera: Path | None = None
    detector: str | None = None
    drone_id: str | None = None
    system_id: int | None = None
    looks_per_second: float | None = None
    video_start_utc: str | None = None
    video_offset: float | Literal["auto"] | None = None
    ground_alt_msl_m: float | None = None
    signing_key: Path | None = None
    publish: bool = False
    second_look: str | None = None
    ask_second: bool = True
    keep_doubtful: int = 0


class Listener(Protocol):
    """Whoever wants to hear how a replay goes."""

    def warn(self, text: str) -> None:
        """Something the user should know; said once."""

    def progress(self, stage: str, done: float) -> None:
        """How far a stage is, from 0 to 1."""
