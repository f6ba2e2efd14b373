"""The comparison that `detectors.py` runs: its arguments, and its tables."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from detector_alarms import count_alarms, empty_pictures
from detector_models import Model, others, peers, shipped
from detector_speed import speed

import detectors
from detectors.evaluation.coco_file import load_coco
from droneops.detect.judged import judge
from droneops.detect.pictures import read_picture
from droneops.detect.request import LEAST_SCORE
from droneops.detect.rows import entries
from droneops.detect.run import thresholds_of

SHARED = Path(__file__).parents[2] / "shared" / "data"
TRUTH = "instances_dev.json"


def main() -> None:
    """Measure and print."""
    given = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        models = [*peers(given.weights, Path(folder)), *shipped(), *others(given.card)]
        chosen = [model for model in models if given.only in model.name]
        if not chosen:
            sys.exit(f"no model here: none below {given.weights}, none in detectors/models")
        figures = {model.name: _figures(model, given) for model in chosen}
    print(json.dumps(figures, indent=1) if given.json else _report(figures))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="detectors.py", description=__doc__.splitlines()[0])
    parser.add_argument("--dev", type=Path, default=SHARED / "aerial")
    parser.add_argument("--weights", type=Path, default=SHARED / "models")
    parser.add_argument("--card", type=Path, nargs="*", default=[], help="cards of other models")
    parser.add_argument("--empty", type=Path, nargs="*", default=[])
    parser.add_argument("--most-empty", type=int, default=3000)
    parser.add_argument("--only", default="", help="models whose name holds this")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--frames", type=int, default=20)
    parser.add_argument("--quick", action="store_true", help="every tenth picture, five frames")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _figures(model: Model, given: argparse.Namespace) -> dict[str, Any]:
    options = {**model.options, "threads": given.threads}
    truth = given.dev / TRUTH
    busiest = _busiest(truth) if truth.is_file() else None
    figures: dict[str, Any] = {
        "cost": speed(model.card, options, 5 if given.quick else given.frames, busiest),
        "accuracy": _accuracy(model, options, truth, every=10 if given.quick else 1) if busiest else {},
    }
    for folder in given.empty:
        detector = detectors.make(str(model.card), options)
        alarms = count_alarms(detector, empty_pictures(folder), given.most_empty)
        figures.setdefault("alarms", {})[str(folder)] = alarms
    return figures


def _busiest(truth: Path) -> Path:
    most = max(load_coco(truth).pictures, key=lambda picture: len(picture.labels))
    return truth.parent / most.file_name


def _accuracy(model: Model, options: Mapping[str, object], truth: Path, *, every: int) -> dict[str, Any]:
    labelled = load_coco(truth)
    detector = detectors.make(str(model.card), {**options, "min_score": LEAST_SCORE})
    known = set(detector.label_map.values()) or set(detector.labels)
    found = {}
    for picture in labelled.pictures[::every]:
        seen = detector.detect(read_picture(truth.parent / picture.file_name))
        found[picture.file_name] = entries(seen, dict(detector.label_map))
    least = thresholds_of(detector, None)
    thresholds = {name: score for name, score in least.items() if name in known}
    return judge(labelled, found, thresholds, truth=truth)["classes"]


def _report(figures: Mapping[str, Mapping[str, Any]]) -> str:
    lines = [
        "| model | class | AP50 | 95 % | AP50:95 | small / medium / large | precision | recall | boxes |"
    ]
    lines.append("|---|---|---|---|---|---|---|---|---|")
    for name, own in figures.items():
        lines += [_class_row(name, label, c) for label, c in own["accuracy"].items() if not c["why"]]
    lines += [
        "",
        "| model | frame | CPU ms | wall ms | frames/s | session.run's share, wall / CPU | tiles | MiB |",
    ]
    lines.append("|---|---|---|---|---|---|---|---|")
    for name, own in figures.items():
        lines += [_cost_row(name, size, own["cost"]) for size in ("720p", "1080p")]
    lines += _alarm_rows(figures)
    return "\n".join(lines)


def _class_row(name: str, label: str, own: Mapping[str, Any]) -> str:
    ends = own["ap50_ci95"]
    interval = f"{ends[0]:.3f} to {ends[1]:.3f}" if ends else "one place"
    sizes = " / ".join(_number(size["ap50"]) for size in own["ap50_by_size"].values())
    at = f"{_number(own['precision'])} | {_number(own['recall'])}"
    boxes = f"{own['boxes']} in {own['pictures']}"
    both = f"{own['ap50']:.3f} | {interval} | {own['ap50_95']:.3f}"
    return f"| {name} | {label} | {both} | {sizes} | {at} | {boxes} |"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _cost_row(name: str, size: str, cost: Mapping[str, Any]) -> str:
    own = cost[size]
    share = f"{own['share_of_bare_run']:.2f} / {own['share_of_bare_run_cpu']:.2f}"
    middle = f"{own['cpu_ms']} | {own['wall_ms']} | {own['frames_per_s']} | {share}"
    return f"| {name} | {size} | {middle} | {own['tiles']} | {cost['peak_mib']:.0f} |"


def _alarm_rows(figures: Mapping[str, Mapping[str, Any]]) -> Sequence[str]:
    if not any("alarms" in own for own in figures.values()):
        return []
    rows = [
        "",
        "| model | empty pictures | frames | with an alarm, per 1000 | tracks per 1000 | at most | what |",
    ]
    rows.append("|---|---|---|---|---|---|---|")
    for name, own in figures.items():
        for folder, alarms in own.get("alarms", {}).items():
            for kind, one in (("all", alarms["all"]), *alarms["kinds"].items()):
                tracks = f"{one['tracks_per_1000_frames']:.2f} | {one['tracks_per_1000_frames_at_most']:.2f}"
                what = ", ".join(f"{label} {n}" for label, n in sorted(one["tracks_by_label"].items()))
                place = f"{Path(folder).name}: {kind} | {one['frames']}"
                rows.append(f"| {name} | {place} | {one['per_1000_frames']:.1f} | {tracks} | {what or '-'} |")
    return rows
