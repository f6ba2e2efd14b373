"""A whole calibration: from the request to the camera file and the report."""

from __future__ import annotations

import os
from typing import Any

from droneops import __version__
from droneops.calibration.calibrate import calibrate
from droneops.calibration.camera_text import camera_text, refuse_existing, write_new
from droneops.calibration.prepare import prepared
from droneops.calibration.report import Source, notes, report
from droneops.calibration.request import CalibrationRequest
from droneops.camera_file import CameraFile
from droneops.replay.request import Listener
from droneops.toml_file import read_toml


def run(request: CalibrationRequest, listener: Listener) -> dict[str, Any]:
    """Calibrate and write ``request.out``; the report, ready for JSON.

    Raises:
        CannotCalibrateError: the flight does not tell enough; nothing is written.
        DroneopsError: one line that says what, where and the mend; nothing is written.
    """
    refuse_existing(request.out)
    given, _ = read_toml(request.camera, CameraFile)
    flight = prepared(request, listener)
    found = calibrate(flight.problem, flight.seen, flight.time_sigma_s, flight.ground_sigma_m)
    source = Source(
        telemetry=_name(request.telemetry.name),
        telemetry_sha256=flight.log.sha256,
        video=_name(request.video.name),
        camera=_name(request.camera.name),
        camera_sha256=flight.problem.camera.sha256,
        targets=_name(request.targets.name),
        software=f"droneops {__version__}",
    )
    values = report(found, source, str(request.out))
    write_new(request.out, camera_text(given, found, notes(found, source)))
    for text in values["warnings"]:
        listener.warn(text)
    return values


def _name(name: str) -> str:
    """A file's name may hold bytes that are no text, or that a comment cannot."""
    text = os.fsencode(name).decode("utf-8", "replace")
    return "".join(letter if letter.isprintable() else "?" for letter in text)
