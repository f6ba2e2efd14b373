"""The ground truth of a frame: where the drone was, and where everything is, on ground and picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from droneops.simulation.bodies import Body
from droneops.simulation.eye import Eye, project
from droneops.simulation.flight import DroneState, plane_at
from droneops.simulation.scenario import PlaceSection
from droneops.telemetry.quaternion import from_euler


def truth_row(
    place: PlaceSection,
    time_us: int,
    number: int,
    state: DroneState,
    eye: Eye,
    bodies: Sequence[Body],
    faults: Sequence[str],
) -> dict[str, Any]:
    """A line of truth.jsonl. ``bbox_px`` counts from the edge of the first pixel, as detectors' boxes do;
    ``foot_px`` is the point on the ground below the thing, integer pixel centres; null where out of view."""
    plane = plane_at(place)
    lat_deg, lon_deg = plane.lat_lon_deg(float(state.enu_m[0]), float(state.enu_m[1]))
    gimbal_yaw_rad = state.heading_rad + state.gimbal_yaw_rad
    pose = {
        "lat_deg": round(lat_deg, 8),
        "lon_deg": round(lon_deg, 8),
        "alt_msl_m": round(place.ground_alt_msl_m + float(state.enu_m[2]), 3),
        "ned_from_body": _quaternion(state.roll_rad, state.pitch_rad, state.heading_rad),
        "ned_from_gimbal": _quaternion(0.0, state.gimbal_pitch_rad, gimbal_yaw_rad),
    }
    actors = [_actor(place, each, eye) for each in bodies]
    return {"time_us": time_us, "frame": number, "pose": pose, "faults": list(faults), "actors": actors}


def _quaternion(roll_rad: float, pitch_rad: float, yaw_rad: float) -> list[float]:
    return [round(float(value), 9) for value in from_euler(roll_rad, pitch_rad, yaw_rad)]


def _actor(place: PlaceSection, each: Body, eye: Eye) -> dict[str, Any]:
    east_m, north_m = float(each.at_enu_m[0]), float(each.at_enu_m[1])
    lat_deg, lon_deg = plane_at(place).lat_lon_deg(east_m, north_m)
    foot, _ = project(eye, each.at_enu_m[None])
    box, share = box_px(each, eye)
    return {
        "id": each.id,
        "label": each.label,
        "lat_deg": round(lat_deg, 8),
        "lon_deg": round(lon_deg, 8),
        "foot_px": [round(float(value), 3) for value in foot[0]] if np.isfinite(foot).all() else None,
        "bbox_px": None if box is None else [round(value, 2) for value in box],
        "visible": round(share, 3),
    }


def box_px(each: Body, eye: Eye) -> tuple[tuple[float, float, float, float] | None, float]:
    """The box about a body within the picture, and which share of its whole box that is: 0 out of view.

    What hides behind a tree counts as visible: the share is of the frame alone.
    """
    above = each.vertices_enu_m.copy()
    above[:, 2] = np.maximum(above[:, 2], 0.0)
    pixels, _ = project(eye, above)
    if not np.isfinite(pixels).all():
        return None, 0.0
    (left, top), (right, bottom) = pixels.min(axis=0) + 0.5, pixels.max(axis=0) + 0.5
    size = eye.lens.width_px, eye.lens.height_px
    inside = max(left, 0.0), max(top, 0.0), min(right, size[0]), min(bottom, size[1])
    if inside[2] <= inside[0] or inside[3] <= inside[1]:
        return None, 0.0
    share = (inside[2] - inside[0]) * (inside[3] - inside[1]) / ((right - left) * (bottom - top))
    return (float(inside[0]), float(inside[1]), float(inside[2]), float(inside[3])), float(share)
