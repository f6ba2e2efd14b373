"""``python -m detectors.training export``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from detectors.training.sets import read_set
from detectors.types import DetectorError


def main(arguments: list[str]) -> None:
    """Exports a checkpoint's running average.

    Raises:
        DetectorError: the checkpoint cannot be read, the size will not do, or the file disagrees.
    """
    given = _parser().parse_args(arguments)
    from detectors.training.export import export
    from detectors.training.select import blended

    width_px, height_px = _size(given.size)
    off_px = export(blended(given.checkpoint, given.share), given.out, width_px=width_px, height_px=height_px)
    sys.stdout.write(
        f"wrote {given.out} for {width_px}x{height_px}, boxes within {off_px:.1e} px of the net's\n"
    )
    if given.int8 is not None:
        from detectors.training.quantise import quantise

        pictures = tuple(picture for folder in given.calibrate for picture in read_set(folder))
        quantise(given.out, given.int8, pictures, seed=given.seed)
        sys.stdout.write(f"wrote {given.int8}, {given.int8.stat().st_size} bytes\n")


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise DetectorError(f"--size {text}: not a size", mend="give WIDTHxHEIGHT, as 640x384")
    if not (int(width) and int(height)) or int(width) % 32 or int(height) % 32:
        raise DetectorError(f"--size {text}: sides must be multiples of 32 px")
    return int(width), int(height)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m detectors.training export", description="Writes ONNX files."
    )
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.onnx")
    parser.add_argument("--size", default="640x640", help="of the input, WIDTHxHEIGHT px")
    parser.add_argument(
        "--share", type=float, default=1.0, help="of the way from the start to the trained weights"
    )
    parser.add_argument("--int8", type=Path, metavar="FILE.onnx", help="write an INT8 file also")
    parser.add_argument(
        "--calibrate", type=Path, action="append", default=[], metavar="SET", help="for --int8"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the calibration pictures")
    return parser
