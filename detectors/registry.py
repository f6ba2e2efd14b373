"""Detectors by name. A new one is a line in `FACTORIES`, or a folder in ``models/``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from detectors.aruco import NAME as ARUCO
from detectors.aruco import make_aruco
from detectors.nearest import did_you_mean
from detectors.options import Options
from detectors.types import Detector, DetectorError

CARD = "card.toml"
MODELS_DIR = Path(__file__).parent / "models"

FACTORIES: Mapping[str, Callable[[Options], Detector]] = {
    ARUCO: make_aruco,
}
ABOUT: Mapping[str, str] = {
    ARUCO: "square markers on the ground (OpenCV ArUco); for drills, calibration and tests",
}


def make(name: str, given: Options | None = None, *, models_dir: Path = MODELS_DIR) -> Detector:
    """The detector ``name``: a name of `FACTORIES`, a folder of ``models_dir``, or a path to a card.toml.

    ``given`` are the detector's options; all take ``min_score``, the least score in 0..1 to report.

    Raises:
        DetectorError: no such detector, a wrong option, or a model that cannot be used.
    """
    given = given or {}
    if name in FACTORIES:
        return FACTORIES[name](given)
    card = Path(name) if Path(name).name == CARD else _model_cards(models_dir).get(name)
    if card is None:
        raise DetectorError(f"no detector {name!r}", mend=_known(name, models_dir))
    from detectors.onnx import make_onnx

    return make_onnx(card, given)


def available(*, models_dir: Path = MODELS_DIR) -> dict[str, str]:
    """Every name `make` knows, with one line about it. A card that cannot be read says so in its line."""
    return {**ABOUT, **{name: _about_card(card) for name, card in _model_cards(models_dir).items()}}


def _model_cards(models_dir: Path) -> dict[str, Path]:
    return {card.parent.name: card for card in sorted(models_dir.glob(f"*/{CARD}"))}


def _about_card(path: Path) -> str:
    from detectors.card import load_card

    try:
        card = load_card(path)
    except DetectorError as error:
        return f"cannot be used: {error}"
    untested = f"; never tested on {', '.join(card.untested)}" if card.untested else ""
    return f"{card.name} {card.version}, {card.layout}, {len(card.labels)} labels, {card.licence}{untested}"


def _known(name: str, models_dir: Path) -> str:
    names = [*FACTORIES, *_model_cards(models_dir)]
    near = did_you_mean(name, names)
    every = f"known: {', '.join(sorted(names))}, or a path to a {CARD}"
    return f"{near} {every}" if near.startswith("did") else every
