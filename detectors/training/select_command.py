"""``python -m detectors.training select``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from detectors.training.classes import CLASSES
from detectors.training.sets import read_set
from detectors.types import DetectorError


def main(arguments: list[str]) -> None:
    """Prints AP50 on held-out sets for nets between the start and the trained weights.

    Raises:
        DetectorError: the checkpoint or a set cannot be read.
    """
    given = _parser().parse_args(arguments)
    from detectors.training.checkpoint import load
    from detectors.training.select import blend
    from detectors.training.validate import validate

    found = load(given.checkpoint)
    pictures = [picture for folder in given.data for picture in read_set(folder)]
    sys.stdout.write("share  " + "  ".join(f"{name:>10}" for name in CLASSES) + "        mean\n")
    for share in _shares(given.shares):
        figures = validate(blend(found, share), pictures)
        known = [value for value in figures.values() if value is not None]
        cells = ["  unlabelled" if value is None else f"{value:>10.3f}" for value in figures.values()]
        sys.stdout.write(f"{share:>5.2f}  " + "  ".join(cells) + f"  {sum(known) / len(known):>10.3f}\n")


def _shares(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise DetectorError(f"--shares {text}: not numbers", mend="as 0,0.5,1") from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m detectors.training select", description="Compares nets on the way of a training."
    )
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument(
        "--data", type=Path, action="append", required=True, metavar="SET", help="held out; repeat"
    )
    parser.add_argument("--shares", default="0.6,0.7,0.8,0.9,1", help="of the way, with commas")
    return parser
