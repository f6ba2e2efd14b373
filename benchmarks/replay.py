"""What a replay costs beyond decoding and detecting, and how far its points are from the surveyed targets.

    python benchmarks/replay.py [FLIGHT] [--looks-per-second N|all] [--json]

FLIGHT is a folder with capture.tlog, video.mp4, camera.toml and targets.csv; the shipped example by default.
The limit is measured in the same run: bare PyAV decoding of the video with the conversion of the looked-at
frames, and the bare detector on those frames. Ratios are to that limit.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

EXAMPLE = Path(__file__).resolve().parent.parent / "examples" / "park-patrol"


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        process_s = _replay(arguments.flight, out, arguments.looks_per_second)
        summary = json.loads((out / "summary.json").read_text())
        accuracy = _accuracy(out / "sightings.jsonl", arguments.flight / "targets.csv")
    limit = _limit(arguments.flight / "video.mp4", arguments.looks_per_second)
    limit_s = limit["decode_s"] + limit["detect_s"]
    figures = {
        "flight": arguments.flight.name,
        "frames_looked": summary["counts"]["frames_looked"],
        "seconds": summary["seconds"],
        "process_s": round(process_s, 3),
        "limit": limit,
        "replay_over_limit": round(summary["seconds"]["total"] / limit_s, 3),
        "process_over_limit": round(process_s / limit_s, 3),
        **accuracy,
    }
    print(json.dumps(figures, indent=1) if arguments.json else _table(figures))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("flight", nargs="?", type=Path, default=EXAMPLE)
    parser.add_argument("--looks-per-second", default="5")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _replay(flight: Path, out: Path, looks: str) -> float:
    command = [sys.executable, "-m", "droneops", "replay", "--out", str(out), "--looks-per-second", looks]
    command += ["--telemetry", str(flight / "capture.tlog"), "--video", str(flight / "video.mp4")]
    command += ["--camera", str(flight / "camera.toml"), "--detector", "aruco"]
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def _limit(video: Path, looks: str) -> dict[str, float]:
    import av

    from detectors import make

    detector = make("aruco")
    every = 1 if looks == "all" else max(round(10 / float(looks)), 1)
    decode_s = detect_s = 0.0
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        frames = container.decode(stream)
        number = 0
        while True:
            began = time.perf_counter()
            frame = next(frames, None)
            image = None if frame is None or number % every else frame.to_ndarray(format="bgr24")
            decode_s += time.perf_counter() - began
            if frame is None:
                return {"decode_s": round(decode_s, 3), "detect_s": round(detect_s, 3)}
            number += 1
            if image is not None:
                began = time.perf_counter()
                detector.detect(image)
                detect_s += time.perf_counter() - began


def _accuracy(sightings: Path, targets: Path) -> dict[str, float]:
    surveyed = {f"marker-{row['id']}": row for row in csv.DictReader(targets.read_text().splitlines())}
    errors_m, circles_m = [], []
    for line in sightings.read_text().splitlines():
        row = json.loads(line)
        target = surveyed.get(row["detector_label"])
        if target is None or row["reason"] is not None:
            continue
        errors_m.append(_distance_m(row, float(target["lat"]), float(target["lon"])))
        circles_m.append(row["ce90_m"])
    errors, circles = np.array(errors_m), np.array(circles_m)
    return {
        "sightings": len(errors),
        "error_median_m": round(float(np.median(errors)), 3),
        "error_p95_m": round(float(np.percentile(errors, 95)), 3),
        "share_within_ce90": round(float(np.mean(errors <= circles)), 4),
        "ce90_median_m": round(float(np.median(circles)), 3),
    }


def _distance_m(row: dict[str, float], lat_deg: float, lon_deg: float) -> float:
    import pymap3d

    east_m, north_m, _ = pymap3d.geodetic2enu(row["lat_deg"], row["lon_deg"], 0, lat_deg, lon_deg, 0)
    return math.hypot(east_m, north_m)


def _table(figures: dict[str, object]) -> str:
    return "\n".join(f"{name:>20}  {value}" for name, value in figures.items())


if __name__ == "__main__":
    main()
