"""Before the flight: one drone's model, cameras, streams and telemetry."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from droneops.camera_file import load_camera
from droneops.config import DroneCameraSection, DroneSection, Site
from droneops.replay.prepare import (
    label_mapping,
    live_detector_of,
    live_second_of,
    rules_of,
    unused_labels,
)
from droneops.site.checked import Checked, is_free, reached
from droneops.telemetry.live.address import parse_address
from droneops.video.live.source import VideoSource

_PORTS = {"rtsp": 554, "rtsps": 322, "rtmp": 1935, "rtmps": 443}
"""The schemes' registered ports (IANA, Service Name and Transport Protocol Port Number Registry)."""


def check_drone(site: Site, drone: DroneSection) -> Iterator[Checked]:
    """Raises DroneopsError where something of it cannot be used at all."""
    name = f"drone {drone.id}"
    if drone.telemetry is None:
        yield Checked(name, "warning", "without telemetry nothing gets a place on the map", "set telemetry")
    else:
        yield _telemetry(name, drone.telemetry)
    yield from _model(site, drone, name)
    if not drone.camera:
        yield Checked(name, "warning", "has no camera: nothing is looked at", "add [[drone.camera]]")
    for camera in drone.camera:
        yield from _camera(site, drone, camera)


def _telemetry(name: str, text: str) -> Checked:
    address = parse_address(text, where=name)
    if address.kind == "udpin":
        return is_free(name, socket.SOCK_DGRAM, address.host, address.port, "stop what uses the port")
    if address.kind == "tcp":
        return reached(name, str(address), address.host, address.port, "switch the drone's link on")
    if address.kind == "serial" and not Path(address.device).exists():
        return Checked(name, "fails", f"{address.device} is not there", "plug the radio in")
    return Checked(name, "ok", str(address))


def _model(site: Site, drone: DroneSection, name: str) -> Iterator[Checked]:
    written, detector = live_detector_of(site, drone)
    yield Checked(name, "ok", f"looks with {detector.name} {detector.version}")
    for label in unused_labels(written, site, detector):
        told = f"[detector.{written}] labels: the detector never reports {label!r}"
        yield Checked(name, "warning", told, "correct the label")
    second = live_second_of(site, drone, lambda _: None)
    if second is not None:
        yield Checked(name, "ok", f"asks {second.name} about what may raise an alert")
    label_of = label_mapping(written, site, detector)
    named = {label_of(label) for label in detector.labels}
    deaf = [rule.id for rule in rules_of(site).enabled if rule.all_labels and not rule.all_labels & named]
    if deaf:
        told = f"{written} finds nothing that these rules look for: {', '.join(deaf)}"
        yield Checked(name, "warning", told, "choose another detector, or map its labels")


def _camera(site: Site, drone: DroneSection, camera: DroneCameraSection) -> Iterator[Checked]:
    name = f"drone {drone.id}, camera {camera.id}"
    if camera.file is None:
        yield Checked(name, "warning", "no camera file: its lens is assumed", "make one, and set file")
    else:
        yield Checked(name, "ok", f"camera {load_camera(site.beside(camera.file)).name}")
    if camera.video is None:
        yield Checked(name, "warning", "no video: nothing is looked at", "set video")
        return
    source = VideoSource.parse(camera.video, where=name, folder=site.folder)
    parts = urlsplit(source.url)
    if parts.scheme in _PORTS or source.kind == "rtsp":
        port = parts.port or _PORTS.get(parts.scheme, 554)
        yield reached(name, source.safe, parts.hostname or "", port, "switch the camera's server on")
    elif source.kind == "udp" and parts.port is not None:
        host = parts.hostname or "0.0.0.0"  # noqa: S104 - as the stream itself listens
        yield is_free(name, socket.SOCK_DGRAM, host, parts.port, "stop what uses the port")
    elif "://" not in source.url and not Path(source.url).exists():
        yield Checked(name, "fails", f"{source.safe} is not there", "correct video")
    else:
        yield Checked(name, "ok", source.safe)
