"""Do rendered things look like real ones to the detector? Its scores on both, by kind and size.

    python benchmarks/rehearsal_realism.py REHEARSAL... --real COCO.json [--detector forest] [--every-s 2]

REHEARSAL is a folder that `droneops simulate --record` wrote (video.mp4, truth.jsonl); the real pictures are
a labelled set in the COCO form, with its `images` beside it. Every thing that is wholly in view counts once
a picture, with the score of the box that found it (overlap of a half), 0 where none did. Things of one
rehearsal are the same few things again and again: their number is said, and no interval would be honest.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

import detectors
from detectors.evaluation.coco_file import load_coco
from detectors.evaluation.labelled import Found, Truth
from detectors.evaluation.matching import match
from detectors.types import Detector

HEIGHTS_PX = (0, 12, 24, 48, 96, 10_000)
MOST = 100
Scores = dict[tuple[str, int], list[float]]


def main() -> int:
    """The table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("rehearsals", type=Path, nargs="+", metavar="REHEARSAL")
    parser.add_argument("--real", type=Path, required=True, metavar="COCO.json")
    parser.add_argument("--detector", default="forest")
    parser.add_argument("--every-s", type=float, default=2.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    detector = detectors.make(given.detector, {"threads": given.threads, "min_score": 0.02})
    drawn: Scores = defaultdict(list)
    things: dict[str, set[str]] = defaultdict(set)
    for folder in given.rehearsals:
        for image, truth, names in pictures_of(folder, given.every_s):
            add(drawn, detector, image, truth)
            for label, name in zip(truth.labels, names, strict=True):
                things[label].add(f"{folder.name}/{name}")
    real: Scores = defaultdict(list)
    for truth in load_coco(given.real).pictures:
        image = cv2.imread(str(given.real.parent / truth.file_name))
        if image is not None:
            add(real, detector, image, truth)
    tell(rows(drawn, real, {label: len(names) for label, names in things.items()}), given.json)
    return 0


def pictures_of(folder: Path, every_s: float) -> Iterator[tuple[Any, Truth, list[str]]]:
    """A rehearsal's pictures, what is in them, and which things those are."""
    lines = [json.loads(line) for line in (folder / "truth.jsonl").read_text().splitlines()]
    next_us = lines[0]["time_us"]
    with av.open(str(folder / "video.mp4")) as film:
        for frame, line in zip(film.decode(video=0), lines, strict=False):
            if line["time_us"] < next_us or line["faults"]:
                continue
            next_us = line["time_us"] + every_s * 1e6
            seen = [actor for actor in line["actors"] if actor["bbox_px"] and actor["visible"] > 0.95]
            part = [actor for actor in line["actors"] if actor["bbox_px"] and actor["visible"] <= 0.95]
            boxes = np.array([actor["bbox_px"] for actor in [*seen, *part]], np.float64).reshape(-1, 4)
            labels = tuple(actor["label"] for actor in [*seen, *part])
            ignore = np.array([False] * len(seen) + [True] * len(part))
            truth = Truth(folder.name, folder.name, frozenset(labels), boxes, labels, ignore)
            yield frame.to_ndarray(format="bgr24"), truth, [actor["id"] for actor in [*seen, *part]]


def add(scores: Scores, detector: Detector, image: Any, truth: Truth) -> None:
    """Note for each thing in a picture the score it was found with."""
    seen = detector.detect(np.ascontiguousarray(image, np.uint8))
    names = tuple(detector.label_map.get(seen.label(row), seen.label(row)) for row in range(len(seen)))
    found = Found(seen.xyxy_px.astype(np.float64), names, seen.score.astype(np.float64))
    for label in set(truth.labels) & truth.labelled:
        boxes, score = found.best(label, MOST)
        true, ignore = truth.of(label)
        one = match(boxes, score, true, ignore, least_overlap=0.5)
        for by, height_px in zip(one.found_by, one.height_px, strict=True):
            size = int(np.searchsorted(HEIGHTS_PX, height_px, side="right")) - 1
            scores[label, size].append(0.0 if np.isnan(by) else float(by))


def rows(drawn: Scores, real: Scores, things: dict[str, int]) -> list[dict[str, Any]]:
    """A row for each kind and size that both have."""
    return [
        {
            "label": label,
            "height_px": [HEIGHTS_PX[size], HEIGHTS_PX[size + 1]],
            "drawn": figures(drawn[label, size]) | {"things": things[label]},
            "real": figures(real[label, size]),
        }
        for label, size in sorted(drawn.keys() & real.keys())
    ]


def figures(scores: list[float]) -> dict[str, Any]:
    """How many, how many found at all and with 0.25, and the median score."""
    values = np.array(scores)
    return {
        "count": len(values),
        "found": round(float((values > 0).mean()), 2),
        "found_at_0.25": round(float((values >= 0.25).mean()), 2),
        "median": round(float(np.median(values)), 2),
    }


def tell(table: list[dict[str, Any]], as_json: bool) -> None:
    """Print it."""
    if as_json:
        print(json.dumps(table))
        return
    print("kind       height px     drawn: n  found  >=.25  median     real: n  found  >=.25  median")
    for row in table:
        parts = [
            f"{part['count']:8}{part['found']:7.2f}{part['found_at_0.25']:7.2f}{part['median']:8.2f}"
            for part in (row["drawn"], row["real"])
        ]
        low, high = row["height_px"]
        print(f"{row['label']:10}{low:4} to {high:<6}  {parts[0]}    {parts[1]}")


if __name__ == "__main__":
    raise SystemExit(main())
