"""The scenario file: what flies, what happens on the ground, and what goes wrong.

Positions are metres east and north of the place's point, times seconds after the scenario's start.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import Field, field_validator, model_validator

from droneops import times
from droneops.errors import ConfigError
from droneops.toml_file import Strict, read_toml

# A square of 800 m is 64 million pixels of painted ground: more than a small machine has memory for.
FURTHEST_M = 400.0
# An hour of video is rendered in about an hour; nobody rehearses longer in one piece.
LONGEST_S = 3600.0

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Metres = Annotated[float, Field(ge=-FURTHEST_M, le=FURTHEST_M)]
Seconds = Annotated[float, Field(ge=0, le=LONGEST_S)]
EastNorth = Annotated[list[Metres], Field(min_length=2, max_length=2)]
Outline = Annotated[list[EastNorth], Field(min_length=3, max_length=1000)]
LIGHTS = Literal["day", "dusk", "night"]
GROUNDS = Literal["grass", "soil", "sand", "water", "litter", "canopy", "road"]
PICTURE_FAULTS = ("black", "frozen", "covered", "defocused")
STREAM_FAULTS = ("stall", "off")


class PlaceSection(Strict):
    """[place]: the point that metres are counted from, and the level ground's height.

    The ground is painted up to ``reach_m`` east, west, north and south of it; beyond, it is mirrored.
    """

    name: str
    lat_deg: Annotated[float, Field(ge=-80, le=80)]
    lon_deg: Annotated[float, Field(ge=-180, le=180)]
    ground_alt_msl_m: Annotated[float, Field(ge=-500, le=6000)]
    reach_m: Annotated[float, Field(ge=20, le=FURTHEST_M)] = 150.0


class VideoSection(Strict):
    """[video]: the camera file beside the scenario, pictures a second, kilobits a second."""

    camera: str
    fps: Annotated[int, Field(ge=1, le=60)] = 10
    kbit_s: Annotated[int, Field(ge=100, le=50_000)] = 4000


class LightSection(Strict):
    """[light]: the sun's (at night the moon's) height and bearing are the shadows'."""

    kind: LIGHTS = "day"
    elevation_deg: Annotated[float, Field(ge=10, le=90)] = 45.0
    bearing_deg: Annotated[float, Field(ge=0, le=360)] = 120.0


class GroundSection(Strict):
    """[[ground]]: painted in order; ``feather_m`` is how wide its edge is."""

    kind: GROUNDS
    outline: Outline
    feather_m: Annotated[float, Field(ge=0, le=20)] = 1.0


class ScatterSection(Strict):
    """[[scatter]]: ``count`` assets strewn over an outline, by the scenario's seed."""

    assets: Annotated[list[str], Field(min_length=1)]
    count: Annotated[int, Field(ge=1, le=2000)]
    outline: Outline


class PathPoint(Strict):
    """Where something is at a time; between two points it moves evenly."""

    t_s: Seconds
    east_m: Metres
    north_m: Metres


class ActorSection(Strict):
    """[[actor]]: a thing that is to be found, or to be mistaken for one.

    ``heading_deg`` is kept where it stands from the start; while it moves it faces where it goes. ``drifts``:
    it keeps its heading while it moves, as a boat on the current.
    """

    id: Id
    asset: str
    path: Annotated[list[PathPoint], Field(min_length=1, max_length=1000)]
    heading_deg: Annotated[float, Field(ge=-360, le=360)] = 0.0
    drifts: bool = False
    appears_s: Seconds = 0.0
    leaves_s: Seconds = LONGEST_S
    variant: Annotated[int, Field(ge=0, le=1_000_000)] = 0

    @field_validator("path")
    @classmethod
    def _in_order(cls, path: list[PathPoint]) -> list[PathPoint]:
        return in_order(path)


Point = TypeVar("Point", bound=PathPoint)


class FlightPoint(PathPoint):
    """A way point of the drone."""

    above_ground_m: Annotated[float, Field(ge=2, le=1000)]


class GazePoint(PathPoint):
    """The point on the ground that the gimbal looks at, at a time."""


class FaultSection(Strict):
    """[[drone.fault]]: what goes wrong from ``from_s`` to ``to_s``.

    black, frozen, covered, defocused: the picture. stall: the stream stays open and nothing comes. off: the
    stream's server closes and refuses. link: no telemetry.
    """

    kind: Literal["black", "frozen", "covered", "defocused", "stall", "off", "link"]
    from_s: Seconds
    to_s: Seconds

    @model_validator(mode="after")
    def _lasts(self) -> FaultSection:
        if self.to_s <= self.from_s:
            raise ValueError("to_s must be after from_s")
        return self


class DroneSection(Strict):
    """[[drone]]: how it flies, looks, errs and fails."""

    id: Id
    system_id: Annotated[int, Field(ge=1, le=255)] = 1
    path: Annotated[list[FlightPoint], Field(min_length=1, max_length=1000)]
    gaze: Annotated[list[GazePoint], Field(min_length=1, max_length=1000)]
    wind_mps: Annotated[float, Field(ge=0, le=25)] = 3.0
    wind_from_deg: Annotated[float, Field(ge=0, le=360)] = 45.0
    gps_sigma_m: Annotated[float, Field(ge=0, le=50)] = 0.8
    heading_error_deg: Annotated[float, Field(ge=-30, le=30)] = 1.0
    fault: list[FaultSection] = Field(default_factory=list)

    @field_validator("path", "gaze")
    @classmethod
    def _in_order(cls, path: list[Point]) -> list[Point]:
        return in_order(path)


class ScenarioFile(Strict):
    """The whole file."""

    name: Id
    start_utc: str
    duration_s: Annotated[float, Field(gt=1, le=LONGEST_S)]
    seed: Annotated[int, Field(ge=0, le=2**31)] = 1
    base: GROUNDS = "grass"
    place: PlaceSection
    video: VideoSection
    light: LightSection = LightSection()
    ground: list[GroundSection] = Field(default_factory=list)
    scatter: list[ScatterSection] = Field(default_factory=list)
    actor: list[ActorSection] = Field(default_factory=list)
    drone: Annotated[list[DroneSection], Field(min_length=1, max_length=8)]

    @field_validator("start_utc")
    @classmethod
    def _is_a_time(cls, text: str) -> str:
        times.from_text(text)
        return text

    @model_validator(mode="after")
    def _ids_are_single(self) -> ScenarioFile:
        for what, ids in (("actor", [a.id for a in self.actor]), ("drone", [d.id for d in self.drone])):
            twins = sorted({name for name in ids if ids.count(name) > 1})
            if twins:
                raise ValueError(f"{what} {twins[0]!r} is given twice")
        return self


def in_order(path: list[Point]) -> list[Point]:
    """The points, if their times ascend. Raises ValueError."""
    if any(later.t_s <= earlier.t_s for earlier, later in pairwise(path)):
        raise ValueError("the times t_s must ascend")
    return path


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario file, where it lies, and the digest of it and of its camera file."""

    file: ScenarioFile
    folder: Path
    sha256: str

    @property
    def start_us(self) -> int:
        """UTC microseconds of second 0."""
        return times.from_text(self.file.start_utc)

    @property
    def camera_path(self) -> Path:
        """The camera file."""
        return self.folder / self.file.video.camera

    def drone(self, drone_id: str) -> DroneSection:
        """Raises KeyError for a drone that is not in it."""
        return {drone.id: drone for drone in self.file.drone}[drone_id]


def load_scenario(path: Path) -> Scenario:
    """The scenario of a file.

    Raises:
        ConfigError: the file, or the camera file it names, is missing or wrong.
    """
    file, raw = read_toml(path, ScenarioFile)
    camera = path.parent / file.video.camera
    try:
        camera_raw = camera.read_bytes()
    except OSError as error:
        raise ConfigError(f"camera file {camera}: {error.strerror}", where=str(path)) from None
    return Scenario(file, path.parent, hashlib.sha256(raw + b"\0" + camera_raw).hexdigest())
