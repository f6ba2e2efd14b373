"""``python -m detectors.training thresholds``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from detectors.training.sets import read_set


def main(arguments: list[str]) -> None:
    """Prints the least score of each class as options for the card.

    Raises:
        DetectorError: the checkpoint or a set cannot be read.
    """
    given = _parser().parse_args(arguments)
    from detectors.training.select import blended
    from detectors.training.thresholds import least_scores
    from detectors.training.validate import pairs_of

    pictures = [picture for folder in given.data for picture in read_set(folder)]
    found = least_scores(pairs_of(blended(given.checkpoint, given.share), pictures), given.precision)
    sys.stdout.write(" ".join(f"--threshold {name}={score:.2f}" for name, score in found.items()) + "\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m detectors.training thresholds", description="Chooses the scores from which to report."
    )
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument(
        "--data", type=Path, action="append", required=True, metavar="SET", help="held out; repeat"
    )
    parser.add_argument(
        "--share", type=float, default=1.0, help="of the way from the start to the trained weights"
    )
    parser.add_argument("--precision", type=float, default=0.8, help="how many of the reports must be right")
    return parser
