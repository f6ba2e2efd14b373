"""A line of detections.jsonl (contract 3.3)."""

from __future__ import annotations

import json
from typing import Any

from detectors.types import Detections
from droneops.detect.pictures import Picture


def row(picture: Picture, found: list[dict[str, Any]]) -> bytes:
    """One picture or frame and what was found in it, best first."""
    values: dict[str, Any] = {"image": picture.name}
    if picture.frame is not None:
        values |= {"frame": picture.frame, "time": picture.time_s}
    height, width = picture.image.shape[:2]
    values |= {"width": width, "height": height, "detections": found}
    return json.dumps(values, ensure_ascii=False).encode() + b"\n"


def entries(found: Detections, label_map: dict[str, str]) -> list[dict[str, Any]]:
    """What was found, under the names that the detector's labels mean: label, score, bbox_px."""
    return [
        {
            "label": label_map.get(found.label(index), found.label(index)),
            "score": round(float(found.score[index]), 4),
            "bbox_px": [round(float(side), 2) for side in found.xyxy_px[index]],
        }
        for index in range(len(found))
    ]
