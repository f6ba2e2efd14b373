"""``python -m detectors.training card``."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from detectors.card import load_card
from detectors.training.card_text import Origin, Weights, card_toml, model_card
from detectors.training.classes import CLASSES
from detectors.training.coco_start import file_sha256
from detectors.types import DetectorError

# Where no better is given: about the score from which half of what was found in training was right.
THRESHOLD = 0.4


def main(arguments: list[str]) -> None:
    """Writes ``card.toml`` and ``README.md`` beside the weights.

    Raises:
        DetectorError: a file cannot be read, or the card would not be valid.
    """
    given = _parser().parse_args(arguments)
    weights = Weights(
        file=given.weights.name,
        sha256=_sha256(given.weights),
        version=given.version,
        command=given.command,
        thresholds=_thresholds(given.threshold),
    )
    evaluation = None if given.evaluation is None else _json(given.evaluation)
    remarks = "" if given.remarks is None else _text(given.remarks)
    folder: Path = given.weights.parent
    (folder / "card.toml").write_text(card_toml(weights), encoding="utf-8")
    (folder / "README.md").write_text(
        model_card(weights, origins(given.data), evaluation, remarks), encoding="utf-8"
    )
    load_card(folder / "card.toml")
    sys.stdout.write(f"wrote {folder / 'card.toml'} and {folder / 'README.md'}\n")


def origins(folders: Iterable[Path]) -> list[Origin]:
    """Where the pictures of the sets are from.

    Raises:
        DetectorError: a set cannot be read, or a picture in it does not say.
    """
    counted: Counter[tuple[str, str]] = Counter()
    for folder in folders:
        path = folder / "instances.json"
        try:
            counted.update((image["source"], image["licence"]) for image in _json(path)["images"])
        except KeyError as error:
            raise DetectorError(f"{path}: a picture has no {error}", mend="make the set anew") from error
    return [Origin(source, licence, count) for (source, licence), count in counted.items()]


def _thresholds(texts: Iterable[str]) -> Mapping[str, float]:
    found = dict.fromkeys(CLASSES, THRESHOLD)
    for text in texts:
        name, _, value = text.partition("=")
        if name not in CLASSES:
            raise DetectorError(f"--threshold {text}: no class {name!r}", mend=f"one of {', '.join(CLASSES)}")
        try:
            found[name] = float(value)
        except ValueError:
            raise DetectorError(f"--threshold {text}: {value!r} is not a number") from None
    return found


def _sha256(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError as error:
        raise DetectorError(f"{path}: {error.strerror}", mend="export the weights first") from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DetectorError(f"{path}: {error}") from error


def _json(path: Path) -> Any:
    try:
        return json.loads(_text(path))
    except ValueError as error:
        raise DetectorError(f"{path}: not JSON: {error}") from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m detectors.training card", description="Writes the cards."
    )
    parser.add_argument(
        "--weights", type=Path, required=True, metavar="FILE.onnx", help="the cards go beside it"
    )
    parser.add_argument("--version", required=True)
    parser.add_argument("--command", required=True, help="the commands that made the weights")
    parser.add_argument(
        "--data", type=Path, action="append", default=[], metavar="SET", help="trained with; repeat"
    )
    parser.add_argument(
        "--threshold", action="append", default=[], metavar="CLASS=SCORE", help="least score; repeat"
    )
    parser.add_argument(
        "--evaluation", type=Path, metavar="JSON", help="of `droneops detect --evaluate --json`"
    )
    parser.add_argument("--remarks", type=Path, metavar="TEXT", help="for the end of the model card")
    return parser
