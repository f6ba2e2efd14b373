"""The camera file: TOML into a `Camera`."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from droneops.geo.camera import Bias, Camera, CameraSigma, Lens, Mount
from droneops.toml_file import Strict, read_toml

FocalPx = Annotated[float, Field(ge=1, le=1_000_000)]
PrincipalPx = Annotated[float, Field(ge=-20_000, le=40_000)]
Coefficient = Annotated[float, Field(ge=-1000, le=1000)]
AngleDeg = Annotated[float, Field(ge=-360, le=360)]
ArmM = Annotated[float, Field(ge=-100, le=100)]
OffsetS = Annotated[float, Field(ge=-86_400, le=86_400)]
SigmaDeg = Annotated[float, Field(ge=0, le=180)]
SigmaS = Annotated[float, Field(ge=0, le=3600)]
SigmaPx = Annotated[float, Field(ge=0, le=20_000)]
Percent = Annotated[float, Field(ge=0, le=100)]

MAX_GIMBAL_LAG_S = 2.0
"""Gimbals follow within some tenths of a second; one that took longer would be broken, or its clock wrong."""

LagS = Annotated[float, Field(ge=0, le=MAX_GIMBAL_LAG_S)]


class LensSection(Strict):
    """[camera]"""

    name: str
    width_px: Annotated[int, Field(gt=0, le=20000)]
    height_px: Annotated[int, Field(gt=0, le=20000)]
    fx_px: FocalPx | None = None
    fy_px: FocalPx | None = None
    hfov_deg: Annotated[float, Field(ge=0.1, le=179)] | None = None
    cx_px: PrincipalPx | None = None
    cy_px: PrincipalPx | None = None
    distortion: Annotated[list[Coefficient], Field(min_length=5, max_length=5)] = [0.0] * 5
    fov: Literal["file", "telemetry"] = "file"

    @model_validator(mode="after")
    def _one_focal_length(self) -> LensSection:
        if self.fov == "file" and (self.fx_px is None) == (self.hfov_deg is None):
            raise ValueError("give either fx_px (and fy_px) or hfov_deg")
        if self.fy_px is not None and self.fx_px is None:
            raise ValueError("fy_px needs fx_px")
        return self

    def lens(self) -> Lens:
        """The lens; without a principal point the picture's centre stands in."""
        lens = Lens(
            self.width_px,
            self.height_px,
            None if self.fx_px is None else float(self.fx_px),
            None if self.fx_px is None else float(self.fy_px or self.fx_px),
            float((self.width_px - 1) / 2 if self.cx_px is None else self.cx_px),
            float((self.height_px - 1) / 2 if self.cy_px is None else self.cy_px),
            tuple(float(k) for k in self.distortion),  # type: ignore[arg-type]  # its length is checked above
        )
        return lens if self.hfov_deg is None else lens.with_hfov(math.radians(self.hfov_deg))


class MountSection(Strict):
    """[mount]"""

    kind: Literal["stabilised", "fixed"] = "stabilised"
    boresight_rpy_deg: Annotated[list[AngleDeg], Field(min_length=3, max_length=3)] = [0.0, 0.0, 0.0]
    lever_arm_m: Annotated[list[ArmM], Field(min_length=3, max_length=3)] = [0.0, 0.0, 0.0]

    def mount(self) -> Mount:
        """The mount, in radians."""
        roll, pitch, yaw = (math.radians(angle) for angle in self.boresight_rpy_deg)
        forward, right, down = (float(metres) for metres in self.lever_arm_m)
        return Mount(self.kind, (roll, pitch, yaw), (forward, right, down))


class BiasSection(Strict):
    """[bias]"""

    heading_deg: AngleDeg = 0.0
    time_offset_s: OffsetS = 0.0
    gimbal_lag_s: LagS = 0.0

    def bias(self) -> Bias:
        """The bias, in radians."""
        return Bias(math.radians(self.heading_deg), float(self.time_offset_s), float(self.gimbal_lag_s))


class SigmaSection(Strict):
    """[sigma]: the defaults are those of an uncalibrated camera (DESIGN's camera file)."""

    heading_deg: SigmaDeg = 3.0
    boresight_deg: SigmaDeg = 1.0
    gimbal_deg: SigmaDeg = 0.5
    time_offset_s: SigmaS = 0.1
    pixel_px: SigmaPx = 1.5
    focal_percent: Percent = 1.0

    def sigma(self) -> CameraSigma:
        """The sigmas, in radians and fractions."""
        return CameraSigma(
            heading_rad=math.radians(self.heading_deg),
            boresight_rad=math.radians(self.boresight_deg),
            gimbal_rad=math.radians(self.gimbal_deg),
            time_offset_s=float(self.time_offset_s),
            pixel_px=float(self.pixel_px),
            focal_fraction=self.focal_percent / 100,
        )


class CameraFile(Strict):
    """The whole file."""

    camera: LensSection
    mount: MountSection = MountSection()
    bias: BiasSection = BiasSection()
    sigma: SigmaSection = SigmaSection()

    def build(self, sha256: str | None) -> Camera:
        """The camera this file describes."""
        return Camera(
            name=self.camera.name,
            lens=self.camera.lens(),
            fov_source=self.camera.fov,
            mount=self.mount.mount(),
            bias=self.bias.bias(),
            sigma=self.sigma.sigma(),
            sha256=sha256,
        )


def load_camera(path: Path) -> Camera:
    """The camera of a file.

    Raises:
        ConfigError: the file is missing or wrong; the message names the key.
    """
    file, raw = read_toml(path, CameraFile)
    return file.build(hashlib.sha256(raw).hexdigest())


def assumed_camera(width_px: int, height_px: int) -> Camera:
    """A stand-in without a file: stabilised, no distortion, its field of view from the telemetry alone."""
    lens = LensSection(name="assumed", width_px=width_px, height_px=height_px, fov="telemetry")
    return CameraFile(camera=lens).build(None)
