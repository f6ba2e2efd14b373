"""The calibrated camera as a camera file: what was found changed, everything else as it was."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from droneops.calibration.calibrate import Calibration
from droneops.calibration.parameters import BORESIGHT, CX, CY, FOCAL, HEADING, K1, K2, LAG, NAMES
from droneops.camera_file import CameraFile
from droneops.errors import OutputError

_DIGITS = 6
"""A microradian, a microsecond, a thousandth of a thousandth of a pixel: below any error there is."""


def camera_text(given: CameraFile, found: Calibration, notes: tuple[str, ...]) -> str:
    """The file's text, ``notes`` as comments at its head.

    Raises:
        OutputError: what was found is no camera (a lens with no focal length, say).
    """
    sections: dict[str, dict[str, Any]] = given.model_dump(exclude_none=True)
    for name, changes in _changes(found).items():
        sections[name] = {**sections.get(name, {}), **changes}
    if "fx_px" in sections["camera"]:
        sections["camera"].pop("hfov_deg", None)
    head = "".join(f"# {' '.join(note.split())}\n" for note in notes)
    text = head + "".join(_section(name, values) for name, values in sections.items())
    try:
        CameraFile.model_validate(tomllib.loads(text))
    except ValueError:
        what = "what was found is no possible camera, so it was not written"
        raise OutputError(what, mend="check targets.csv, the camera file and the video's start") from None
    return text


def _changes(found: Calibration) -> dict[str, dict[str, Any]]:
    estimated = dict(zip(NAMES, found.found.estimated.tolist(), strict=True))
    camera, lens = found.camera, found.camera.lens
    changed: dict[str, Any] = {}
    if estimated[FOCAL]:
        changed |= {"fx_px": lens.fx_px, "fy_px": lens.fy_px}
    if estimated[CX]:
        changed["cx_px"] = lens.cx_px
    if estimated[CY]:
        changed["cy_px"] = lens.cy_px
    if estimated[K1] or estimated[K2]:
        changed["distortion"] = list(lens.distortion)
    boresight = [math.degrees(angle) for angle in camera.mount.boresight_rpy_rad]
    sigma = camera.sigma
    bias = {"time_offset_s": camera.bias.time_offset_s}
    if estimated[HEADING]:
        bias["heading_deg"] = math.degrees(camera.bias.heading_rad)
    if estimated[LAG]:
        bias["gimbal_lag_s"] = camera.bias.gimbal_lag_s
    return {
        "camera": changed,
        "mount": {"boresight_rpy_deg": boresight} if estimated[BORESIGHT[0]] else {},
        "bias": bias,
        "sigma": {
            "heading_deg": math.degrees(sigma.heading_rad),
            "boresight_deg": math.degrees(sigma.boresight_rad),
            "gimbal_deg": math.degrees(sigma.gimbal_rad),
            "time_offset_s": sigma.time_offset_s,
            "pixel_px": sigma.pixel_px,
            "focal_percent": sigma.focal_fraction * 100,
        },
    }


def _section(name: str, values: Mapping[str, Any]) -> str:
    lines = "".join(f"{key} = {_value(value)}\n" for key, value in values.items())
    return f"\n[{name}]\n{lines}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, float):
        # Adding 0.0 turns a negative zero into a plain one.
        return repr(round(value, _DIGITS) + 0.0)
    # JSON's texts, whole numbers and truth values are TOML's too, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def write_new(path: Path, text: str) -> None:
    """Write a file that does not exist yet.

    Raises:
        OutputError: it exists, or cannot be written; nothing of it is left then.
    """
    refuse_existing(path)
    try:
        with path.open("x", encoding="utf-8") as file:
            try:
                file.write(text)
                file.flush()
            except OSError:
                path.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", where=str(path)) from None


def refuse_existing(path: Path) -> None:
    """Raise where a camera file would be written over: it may be the one in use.

    Raises:
        OutputError: it exists, or its folder does not.
    """
    if path.exists() or path.is_symlink():
        raise OutputError("exists already", where=str(path), mend="give --out a new name")
    if not path.parent.is_dir():
        raise OutputError("its folder does not exist", where=str(path), mend=f"make {path.parent} first")
