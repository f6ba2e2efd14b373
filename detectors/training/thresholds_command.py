"""``python -m detectors.training thresholds``."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from pathlib import Path

from detectors.evaluation.labelled import Found, Truth
from detectors.training.classes import CLASSES
from detectors.training.sets import read_set
from detectors.training.thresholds import LIMITS, at_scores, least_scores
from detectors.types import Detector, DetectorError

Pairs = Sequence[tuple[Truth, Found]]


def main(arguments: list[str]) -> None:
    """Prints the least score of each class as options for the card.

    Raises:
        DetectorError: the model or a set cannot be read, or an option lacks another.
    """
    given = _parser().parse_args(arguments)
    _check(given)
    detector = _detector(given.model) if given.model.suffix == ".toml" else None
    pairs = _pairs(given, detector)
    scores = least_scores(pairs, given.precision)
    if detector is not None and given.empty:
        scores = _quiet_enough(scores, pairs, detector, given)
    sys.stdout.writelines(f"{line}\n" for line in _figures(scores, pairs))
    sys.stdout.write(" ".join(f"--threshold {name}={score:.2f}" for name, score in scores.items()) + "\n")


def _check(given: argparse.Namespace) -> None:
    if given.empty and given.model.suffix != ".toml":
        raise DetectorError("--empty: a checkpoint has no tiles", mend="give the card.toml of its export")
    if given.empty and given.alarms_per_1000 is None:
        raise DetectorError("--empty without a budget", mend="give --alarms-per-1000 also")
    if given.alarms_per_1000 is not None and not (given.empty and given.alarms_per_1000 >= 0):
        raise DetectorError("--alarms-per-1000 is a number from 0 up, of the scenes in --empty")


def _detector(card: Path) -> Detector:
    """The model as it ships, but for its thresholds; below `LIMITS` nothing will be reported."""
    from detectors.registry import make

    # One thread: the answer is the same, and a training may be at work beside it.
    return make(str(card), {"threads": 1, "min_score": LIMITS[0]})


def _pairs(given: argparse.Namespace, detector: Detector | None) -> Pairs:
    pictures = [picture for folder in given.data for picture in read_set(folder)]
    if detector is not None:
        from detectors.training.as_shipped import pairs_as_shipped

        return pairs_as_shipped(detector, pictures)
    from detectors.training.select import blended
    from detectors.training.validate import pairs_of

    return pairs_of(blended(given.model, given.share), pictures)


def _quiet_enough(
    scores: dict[str, float], pairs: Pairs, detector: Detector, given: argparse.Namespace
) -> dict[str, float]:
    """``scores``, higher where a class has more false tracks than it was allotted; says what came of it."""
    from detectors.evaluation.empties import empty_pictures
    from detectors.evaluation.poisson import upper_bound
    from detectors.training.alarms import believed, frames_of, passes_over, quiet_scores, shared_out

    empties = [path for folder in given.empty for _, path in empty_pictures(folder)]
    if not empties:
        raise DetectorError("--empty: no picture without a box in these folders")
    passes = passes_over(detector, empties)
    frames, before = frames_of(passes), len(believed(passes, scores))
    most = math.floor(given.alarms_per_1000 * frames / 1000)

    def found(name: str, score: float) -> float:
        return at_scores(pairs, {name: max(score, scores[name])})[name].recall or 0.0

    quiet = shared_out(quiet_scores(passes, most, LIMITS[0]), found, most)
    raised = {name: max(scores[name], quiet[name].score) for name in CLASSES}
    left = len(believed(passes, raised))
    sys.stdout.write(
        f"{frames} frames over {len(passes)} empty scenes: {before} false tracks at the precision asked for,"
        f" {left} at these scores ({1000 * left / frames:.2f} in 1000 frames,"
        f" at most {1000 * upper_bound(left) / frames:.2f} with 95 % confidence)\n"
    )
    for name, own in quiet.items():
        if not own.is_enough:
            sys.stdout.write(f"{name}: {own.tracks} false tracks even from {own.score:.2f} up\n")
    return raised


def _figures(scores: dict[str, float], pairs: Pairs) -> list[str]:
    at = at_scores(pairs, scores)
    return [
        f"{name} from {score:.2f}: {_share(at[name].precision)} of {at[name].reported} reports right,"
        f" {_share(at[name].recall)} found"
        for name, score in scores.items()
    ]


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m detectors.training thresholds", description="Chooses the scores from which to report."
    )
    parser.add_argument("model", type=Path, help="card.toml (looks in tiles, as it ships), or a checkpoint")
    parser.add_argument(
        "--data", type=Path, action="append", required=True, metavar="SET", help="held out; repeat"
    )
    parser.add_argument(
        "--share", type=float, default=1.0, help="of a checkpoint: the way from the start to the trained"
    )
    parser.add_argument("--precision", type=float, default=0.8, help="how many of the reports must be right")
    parser.add_argument(
        "--empty", type=Path, action="append", default=[], metavar="DIR", help="scenes of nothing; repeat"
    )
    parser.add_argument(
        "--alarms-per-1000", type=float, help="false tracks in 1000 empty frames, all classes together"
    )
    return parser
