"""``python -m detectors.training real``: the labelled real pictures as a set."""

from __future__ import annotations

import argparse
import sys
from itertools import chain
from pathlib import Path

from detectors.training.backgrounds import background_pictures
from detectors.training.real import maritime_pictures
from detectors.training.set_file import write_set
from detectors.types import DetectorError


def main(arguments: list[str]) -> None:
    """Writes the set.

    Raises:
        DetectorError: the cleared material is not where it was said to be.
    """
    given = _parser().parse_args(arguments)
    folder = given.cleared / "aerial_maritime"
    if not folder.is_dir():
        raise DetectorError(f"{folder}: no such folder", mend="--cleared takes the folder that holds it")
    count = write_set(given.out, chain(maritime_pictures(folder), background_pictures(given.cleared)))
    sys.stdout.write(f"{count} pictures in {given.out}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m detectors.training real", description=__doc__)
    parser.add_argument("--cleared", type=Path, required=True, help="folder of the cleared material")
    parser.add_argument("--out", type=Path, required=True, help="folder of the set")
    return parser
