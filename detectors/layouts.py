"""The two ways a model is asked and answers: which inputs it takes, which outputs are read."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.card import Card
from detectors.decode import Candidates, decode_detr, decode_yolox
from detectors.session import Session
from detectors.types import DetectorError, Float32Array

SIZES_INPUT = "orig_target_sizes"
DETR_OUTPUTS = ("labels", "boxes", "scores")


def check(session: Session, card: Card) -> str:
    """The name of the input that takes the picture.

    Raises:
        DetectorError: the model's inputs or outputs are not what the card's layout and size say.
    """
    extra = {SIZES_INPUT: "tensor(int64)"} if card.layout == "detr" else {}
    pictures = [item for item in session.inputs if item[0] not in extra]
    types = {name: kind for name, _, kind in session.inputs if name in extra}
    if len(pictures) != 1 or types != extra:
        raise _unlike(card, f"its inputs are {session.inputs}")
    name, shape, kind = pictures[0]
    due = (1, 3, card.input.height_px, card.input.width_px)
    if kind != "tensor(float)" or not _agrees(shape, due):
        raise _unlike(card, f"its input {name!r} is {kind} {shape}, the card says float {due}")
    _check_outputs(session.output_names, card)
    return str(name)


def _agrees(shape: tuple[Any, ...], due: tuple[int, ...]) -> bool:
    # A side that is free has a name or nothing in place of a number.
    return len(shape) == len(due) and all(
        side == want for side, want in zip(shape, due, strict=True) if isinstance(side, int)
    )


def _check_outputs(names: list[str], card: Card) -> None:
    fits = set(DETR_OUTPUTS) <= set(names) if card.layout == "detr" else len(names) == 1
    if not fits:
        raise _unlike(card, f"its outputs are {names}")


def _unlike(card: Card, what: str) -> DetectorError:
    return DetectorError(
        f"model {card.name!r} is not the {card.layout} model of its card: {what}",
        mend="correct the card's layout or input",
    )


def ask(session: Session, card: Card, picture_input: str, tensor: Float32Array) -> Candidates:
    """All candidates for ``tensor`` (1, 3, height, width), boxes in pixels of the model's input.

    Raises:
        DetectorError: the model does not run, or its outputs have other shapes.
    """
    inputs: dict[str, npt.NDArray[Any]] = {picture_input: tensor}
    width_px, height_px = card.input.width_px, card.input.height_px
    try:
        if card.layout == "yolox":
            (output,) = session.run((session.output_names[0],), inputs)
            return decode_yolox(output, width_px=width_px, height_px=height_px, label_count=len(card.labels))
        # Asked in input pixels, so that stretch and letterbox are undone the same way for both layouts.
        inputs[SIZES_INPUT] = np.array([[width_px, height_px]], np.int64)
        return decode_detr(*session.run(DETR_OUTPUTS, inputs))
    except DetectorError as error:
        raise DetectorError(f"model {card.name!r}: {error}") from error
